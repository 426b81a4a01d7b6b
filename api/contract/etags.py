"""`ETag` and `If-Match` on what people edit: nobody overwrites a change that they have not seen."""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import Depends, Request, Response

from kit.problems import Problem

_STRONG: Final = re.compile(r'\s*"(\d{1,18})"\s*')


class PreconditionRequired(Problem):
    """缺少 If-Match"""

    status = 428
    title = "If-Match required"


class ChangedMeanwhile(Problem):
    """记录已变，If-Match 不符"""

    status = 412
    title = "Changed meanwhile"


def etag(version: int) -> str:
    """A strong entity tag of a record's version."""
    return f'"{version}"'


def set_etag(response: Response, version: int) -> None:
    response.headers["ETag"] = etag(version)


def seen_version(request: Request) -> int:
    """The version that the asker has read, from `If-Match`.

    Raises PreconditionRequired without one, ChangedMeanwhile for what no record of ours can match. `*` is not taken:
    it would overwrite what nobody has read.
    """
    said = request.headers.get("if-match", "")
    if not said or said.strip() == "*":
        raise PreconditionRequired("修改前请先读取，并把读到的 ETag 原样放入请求头 If-Match")
    found = _STRONG.fullmatch(said)
    if found is None:
        raise ChangedMeanwhile("If-Match 与当前版本不符；请重新读取后再改")
    return int(found.group(1))


SeenVersion = Annotated[int, Depends(seen_version)]
