"""价格断点: a price that multiplies from one quote to the next without any announcement (an unrecorded consolidation).

From there on neither the number of shares nor their worth can be known, so the account is told only up to the quote
before it. A fall is not judged this way: certificates knocked out do lose all but everything at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from diagnosis.behaviour.book import days_of
from diagnosis.charges import scaled_rule, whole_rule
from diagnosis.types import DataIssue, History, IssueKind
from diagnosis.wording import number
from kit.money import SCALE
from market.types import FloatArray, Grid, IntArray


@dataclass(frozen=True, slots=True)
class Break:
    """Where the account stops being knowable: the last sound day, and the price that no record explains."""

    sound_until: date
    broke_on: date
    security: int  # index into the grid
    before: float
    after: float


def breaks_of(history: History) -> tuple[Break | None, ...]:
    """The first break of a holding of each account, None where there is none. Shape (A,)."""
    found: list[Break | None] = [None] * len(history.accounts)
    owner = np.repeat(np.arange(len(history.accounts)), np.diff(history.slot_offsets))
    days = days_of(history.grid)
    for security in np.unique(history.slot_security).tolist():
        for before, after in _leaps(history.grid, security, days):
            held = history.slot_security == security
            held &= (history.quantity[:, before] > 0) & (history.quantity[:, after - 1] > 0)
            for a in owner[np.flatnonzero(held)].tolist():
                known = found[a]
                one = _told(history.grid, days, security, before, after)
                if known is None or one.sound_until < known.sound_until:
                    found[a] = one
    return tuple(found)


def _leaps(grid: Grid, security: int, days: IntArray) -> list[tuple[int, int]]:
    """Neighbouring quotes (points) of which the later is too many times the earlier, events accounted for."""
    close: FloatArray = grid.close[:, security]
    at = np.flatnonzero(close > 0)
    if at.size < 2:
        return []
    ratio, dividend = np.cumprod(grid.ratio[:, security]), np.cumsum(grid.dividend[:, security])
    start, end = at[:-1], at[1:]
    worth = close[end] * ratio[end] / ratio[start] + dividend[end] - dividend[start]
    many = worth >= close[start] * (scaled_rule("LEDGER-BREAK") / SCALE)
    near = days[end] - days[start] <= whole_rule("LEDGER-BREAK-DAYS")
    places = np.flatnonzero(many & near)
    return [(int(start[place]), int(end[place])) for place in places]


def _told(grid: Grid, days: IntArray, security: int, before: int, after: int) -> Break:
    broke = int(days[after])
    sound = min(int(days[before]), broke - 1)
    prices = float(grid.close[before, security]), float(grid.close[after, security])
    return Break(date.fromordinal(sound), date.fromordinal(broke), security, *prices)


def issue_of(history: History, found: Break) -> DataIssue:
    """The break as a data-quality finding, with the way out."""
    instrument = history.grid.securities[found.security]
    times = number(found.after / found.before, 0)
    text = (
        f"{instrument.name}（{instrument.code}）的价格在 {found.broke_on} 由 {found.before:g} 变为 {found.after:g}"
        f"（约 {times} 倍），没有对应的公告，疑似份额合并；此后的持股数与市值无法确定，报告止于 {found.sound_until}。"
        "导入该公司行动后即可续算"
    )
    return DataIssue(IssueKind.PRICE_BREAK, text, 1, instrument.code, found.broke_on)
