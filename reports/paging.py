"""Cursor paging: a page knows its rows and the mark from which the next page goes on."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Generic, TypeVar

from reports.problems import BadCursor

Row = TypeVar("Row")
LARGEST_PAGE = 200
NOT_OURS = "翻页标记无法识别；请从第一页重新开始"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """`next` is None on the last page."""

    rows: tuple[Row, ...]
    next: str | None


def write_cursor(*parts: str) -> str:
    """An opaque mark that holds the sort key of the last row of a page."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> list[str]:
    """The parts of a mark. Raises BadCursor for anything that `write_cursor` did not make."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as fault:
        raise BadCursor(NOT_OURS) from fault
    if (
        not isinstance(parts, list)
        or len(parts) != length
        or not all(isinstance(part, str) for part in parts)
    ):
        raise BadCursor("翻页标记属于另一个列表；请从第一页重新开始")
    return parts


def read_number(cursor: str | None) -> int | None:
    """The number in a mark that holds one alone; None without a mark. Raises BadCursor."""
    if cursor is None:
        return None
    (told,) = read_cursor(cursor, 1)
    if not (told.isascii() and told.isdigit() and len(told) <= 9):
        raise BadCursor(NOT_OURS)
    return int(told)


def page_size(limit: int) -> int:
    """Between 1 and LARGEST_PAGE, whatever was asked for."""
    return max(1, min(limit, LARGEST_PAGE))
