"""Daily totals as values: columns over clients and sessions, from which every window is two looks.

A column is either a level (what was so at the end of a session) or a running total since the client's beginning, whose
difference between two days is what happened between them. Money in millionths of a yuan, days as ordinals; integers,
so that nothing hangs on the order of addition. Running totals may wrap round 64 bits: differences do not mind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

import numpy as np

from kit.money import SCALE
from market.types import FloatArray, IntArray

LEVELS: Final[Mapping[str, str]] = {
    "assets": "总资产", "cash": "资金余额", "wealth": "理财产品市值", "funds": "基金市值", "bonds": "国债市值",
    "seen": "最近一个有行情或流水的日子", "begun": "首个有资产的日子", "whole": "资金流水齐全且均为本币",
    "opened": "最早开户日", "first_buy": "首次买入日", "first_deal": "首次成交日", "last_deal": "最近成交日",
    "last_buy": "最近买入日",
    "accounts": "账户数", "open_accounts": "未销户的账户数", "margin_accounts": "未销户的信用账户数",
    "foreign_accounts": "外币账户数",
}  # fmt: skip
TOTALS: Final[Mapping[str, str]] = {
    "assets_sum": "总资产按交易日累计", "assets_days": "总资产按自然日累计", "cash_days": "资金余额按自然日累计",
    "wealth_days": "理财产品市值按自然日累计", "net_out": "净流出的资金与证券累计", "growth": "净值增长（浮点数的位）",
    "at_stake": "有资产的交易日数", "ruined": "资产全部亏损的次数", "unpriced": "持有无行情证券的交易日数",
    "turnover": "成交金额累计", "purchases": "买入金额累计", "commission": "佣金累计", "net_in": "资金净转入累计",
    "trade_days": "有成交的天数", "purchase_days": "有买入的天数", "purchase_gaps": "相邻买入之间的天数累计",
}  # fmt: skip
NAMES: Final = (*LEVELS, *TOTALS)
BEFORE: Final = -1
"""The place before the first session: every level and total is 0 there."""


class TotalsReader(Protocol):
    """Totals of n clients at T sessions, wherever they lie."""

    @property
    def n(self) -> int: ...

    @property
    def points(self) -> IntArray:
        """(T,) ordinals of the sessions, ascending."""

    def at(self, name: str, place: int) -> IntArray:
        """A column at the end of a session, (n,); zeros at `BEFORE`."""

    def once(self, name: str, place: int) -> IntArray:
        """The same where it is not asked for again: a walk over the sessions of a year."""

    def most(self, name: str, first: int, stop: int) -> IntArray:
        """The largest of a level at the sessions first..stop-1, at least 0, (n,)."""


@dataclass(frozen=True)
class Totals:
    """Totals in memory: columns (n, T) by name."""

    points: IntArray
    columns: Mapping[str, IntArray]
    n: int

    def at(self, name: str, place: int) -> IntArray:
        if place < 0:
            return np.zeros(self.n, dtype=np.int64)
        found: IntArray = self.columns[name][:, place]
        return found

    once = at

    def most(self, name: str, first: int, stop: int) -> IntArray:
        found: IntArray = self.columns[name][:, first:stop].max(axis=1, initial=0)
        return found


def place_of(reader: TotalsReader, ordinal: int) -> int:
    """The last session up to a day; `BEFORE` where there is none."""
    return int(np.searchsorted(reader.points, ordinal, side="right")) - 1


def between(reader: TotalsReader, name: str, first: int, last: int) -> IntArray:
    """What a running total gained on the days first..last (ordinals, both included), (n,)."""
    with np.errstate(over="ignore"):
        gained: IntArray = reader.at(name, place_of(reader, last)) - reader.at(name, place_of(reader, first - 1))
    return gained


def calendar_sum(reader: TotalsReader, level: str, days: str, ordinal: int) -> IntArray:
    """The sum of a level over every calendar day up to one, each day having what the last session left, (n,)."""
    place = place_of(reader, ordinal)
    if place < 0:
        return np.zeros(reader.n, dtype=np.int64)
    with np.errstate(over="ignore"):
        found: IntArray = reader.at(days, place) + reader.at(level, place) * (ordinal - int(reader.points[place]) + 1)
    return found


def yuan(millionths: IntArray) -> FloatArray:
    found: FloatArray = millionths / SCALE
    return found


def sampled(points: IntArray, levels: IntArray, wanted: IntArray) -> IntArray:
    """Columns (n, T) at their own points, seen at others: what the last own point left; 0 before the first."""
    place = np.searchsorted(points, wanted, side="right") - 1
    if not len(points):
        return np.zeros((len(levels), len(wanted)), dtype=levels.dtype)
    found: IntArray = np.where(place >= 0, levels[:, np.maximum(place, 0)], 0)
    return found


def session_total(levels: IntArray) -> IntArray:
    """The running total of a level over sessions, (n, T)."""
    with np.errstate(over="ignore"):
        total: IntArray = np.cumsum(levels, axis=1)
    return total


def calendar_total(points: IntArray, levels: IntArray) -> IntArray:
    """The running total of a level over calendar days up to, and without, each session, (n, T)."""
    total = np.zeros_like(levels)
    if len(points) > 1:
        with np.errstate(over="ignore"):
            total[:, 1:] = np.cumsum(levels[:, :-1] * np.diff(points), axis=1)
    return total


@dataclass(frozen=True, slots=True)
class TotalsRun:
    """汇总记录: totals up to a day, of the data of a version"""

    day: date
    first: date  # the first session on file
    clients: int
    data_version: str
