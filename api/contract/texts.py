"""Texts that no table can hold: a zero byte, half of a character. Refused at the door, in whichever field."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from fastapi import Request

from kit.problems import Problem

_SUSPECT: Final = re.compile(rb"\\u(0000|[dD][89a-fA-F])|\x00")
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


class UnfitText(Problem):
    """文字里有不能保存的字符"""

    status = 422
    title = "Unfit text"


def refuse_unfit_address(request: Request) -> None:
    """Judge path and query. Raises UnfitText."""
    values = [request.url.path, *(part for pair in request.query_params.multi_items() for part in pair)]
    if any(map(_UNFIT.search, values)):
        raise UnfitText("地址里有不能保存的字符（如零字节）；请去掉后重试")


async def refuse_unfit_body(request: Request, *, is_form: bool) -> None:
    """Judge the fields of a form, or every text of a JSON body. Raises UnfitText."""
    if is_form:
        form = await request.form()
        unfit = any(isinstance(part, str) and _UNFIT.search(part) for pair in form.multi_items() for part in pair)
    else:
        body = await request.body()
        unfit = _SUSPECT.search(body) is not None and _holds_unfit(body)
    if unfit:
        raise UnfitText("请求内容里有不能保存的字符（零字节或半个字符）；请去掉后重试")


def _holds_unfit(body: bytes) -> bool:
    try:
        return _any_unfit(json.loads(body))
    except (ValueError, RecursionError):
        return False  # not JSON: refused for that


def _any_unfit(value: Any) -> bool:
    if isinstance(value, str):
        return _UNFIT.search(value) is not None
    if isinstance(value, dict):
        return any(_any_unfit(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_any_unfit, value))
