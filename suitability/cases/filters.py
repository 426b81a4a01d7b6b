"""Which cases a list shows, in which order, from where on."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from kit.labels import Labelled
from kit.money import to_scaled
from suitability.cases.problems import BadCursor
from suitability.cases.types import CaseStatus, Cause, Dimension, Severity

DEFAULT_LIMIT: Final = 50
MOST: Final = 200
_LARGEST: Final = 2**31 - 1  # of an id or a rank


class CaseSort(Labelled):
    """排序"""

    DUE = "DUE", "期限最近在前"
    SEVERITY = "SEVERITY", "严重在前"
    OPENED = "OPENED", "新近发现在前"
    VALUE = "VALUE", "金额大在前"
    CLIENT = "CLIENT", "按客户号"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """None and "" take all. unsettled: whatever is not closed. text: a part of the number or name of a client, of the
    code or name of a product, or a case number.
    """

    origin: Cause | None = None
    severity: Severity | None = None
    status: CaseStatus | None = None
    unsettled: bool | None = None
    owner_no: str | None = None
    branch_no: str | None = None
    overdue: bool | None = None
    escalated: bool | None = None
    dimension: Dimension | None = None
    product_level: str | None = None
    client_class: str | None = None
    client_no: str | None = None
    text: str = ""


FACETS: Final = (
    "status", "severity", "origin", "client_class", "product_level", "owner_no", "branch_no", "overdue", "escalated",
)  # fmt: skip
"""What `counts` counts by; each under all filters but its own."""


def cursor_of(values: tuple[Any, ...]) -> str:
    """An opaque text for the sort key of a page's last case."""
    plain = [one.isoformat() if isinstance(one, date) else str(one) for one in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def read_cursor(cursor: str, kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """The sort key of a cursor. Raises BadCursor."""
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(told, list) or len(told) != len(kinds):
            raise ValueError
        values = tuple(
            date.fromisoformat(one) if kind is date else kind(one) for kind, one in zip(kinds, told, strict=True)
        )
        _check_size(values)
        return values
    except (ValueError, TypeError, ArithmeticError, RecursionError) as fault:
        raise BadCursor("翻页位置无法识别，或来自另一种排序；请从第一页开始") from fault


def _check_size(values: tuple[Any, ...]) -> None:
    """Raises ValueError for a number that no column holds."""
    for one in values:
        if isinstance(one, Decimal):
            to_scaled(one)
        elif isinstance(one, int) and abs(one) > _LARGEST:
            raise ValueError(f"{one} is no id")
