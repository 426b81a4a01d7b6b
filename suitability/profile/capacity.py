"""财务承受能力: the highest level that finances bear. It may only lower the level that is used, never raise it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kit.rulebook import Rulebook
from suitability.levels import ClientLevel
from suitability.profile.rules import told
from suitability.profile.types import Capacity, Needs


def capacity_of(needs: Needs | None, day: date, book: Rulebook) -> Capacity:
    """The lowest of all caps that apply; none of them without a household."""
    if needs is None:
        return Capacity(None)
    found = [
        _capped(told(book, "CAP-RESERVE", day), needs.reserve_months, _reserve),
        _capped(told(book, "CAP-DEBT", day), _share(needs.debts, needs.assets), _debt),
        _capped(told(book, "CAP-DUE", day), _share(needs.next_year, needs.investable), _due),
    ]
    applied = [one for one in found if one is not None]
    if not applied:
        return Capacity(None, (), needs.as_of)
    lowest = min((level for level, _ in applied), key=lambda level: level.rank)
    return Capacity(lowest, tuple(why for _, why in applied), needs.as_of)


def _capped(
    bands: Sequence[Mapping[str, Any]] | None, value: float | None, words: Callable[[float, float], str]
) -> tuple[ClientLevel, str] | None:
    """The first band that holds, the hardest first. 低于 and 超过 exclude the limit."""
    if value is None:
        return None
    for band in bands or ():
        limit = band.get("below", band.get("above"))
        if value < limit if "below" in band else value > limit:
            level = ClientLevel(band["level"])
            return level, f"{words(value, limit)}，使用的等级不高于 {level.value}（{level.label}）"
    return None


def _share(part: Decimal, whole: Decimal) -> float | None:
    """None where there is neither; a part of nothing is without bound."""
    if whole > 0:
        return float(part / whole)
    return float("inf") if part > 0 else None


def _reserve(value: float, limit: float) -> str:
    return f"备用金 {value:.1f} 个月，低于 {limit:g} 个月"


def _debt(value: float, limit: float) -> str:
    return f"负债为资产的 {_percent(value)}，超过 {limit:.0%}"


def _due(value: float, limit: float) -> str:
    return f"十二个月内到期的大额支出为可用资产的 {_percent(value)}，超过 {limit:.0%}"


def _percent(value: float) -> str:
    return "全部以上" if value == float("inf") else f"{value:.0%}"
