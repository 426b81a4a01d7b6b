"""日均资产: the mean of an account's or client's net assets over the trading days before a day, from the ledger.

The history's value is cash less what was borrowed plus securities, so that funds from margin are out already; the value
of securities borrowed (融券) is taken off where it is given. Accounts of other currencies are left out and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from diagnosis.types import History, IssueKind
from kit.days import calendar
from market.types import BoolArray, FloatArray, IntArray

CALENDAR: Final = "XSHG"
HOME: Final = "CNY"
DIGITS: Final = 6  # yuan; clears the noise of floating sums, so that 500,000 on the limit is on it
_UNSEEN: Final = (IssueKind.OPENING_UNKNOWN, IssueKind.OVERSOLD)


@dataclass(frozen=True)
class MeanAssets:
    """Means (n,) in yuan of accounts or clients. `exact` False: at least so much; NaN: nothing can be said."""

    owners: tuple[str, ...]
    days: IntArray  # the trading days of the window, ordinals
    mean: FloatArray
    exact: BoolArray
    notes: tuple[tuple[str, ...], ...]  # why a mean is a bound or missing (Chinese, for the reader)

    def of(self, owner: str) -> tuple[float | None, float | None, tuple[str, ...]]:
        """(mean, at least, notes) of one owner; a mean that is a bound stands in the second place."""
        place = self.owners.index(owner)
        mean = float(self.mean[place])
        if np.isnan(mean):
            return None, None, self.notes[place]
        return (mean, None, self.notes[place]) if self.exact[place] else (None, mean, self.notes[place])


def window_before(day: date, count: int) -> IntArray:
    """The `count` trading days before `day`; `day` itself is not among them."""
    days = calendar(CALENDAR).open_days
    end = int(np.searchsorted(days, day.toordinal()))
    return days[max(end - count, 0):end]


def mean_assets(
    history: History, day: date, count: int = 20, *, borrowed_securities: FloatArray | None = None,
    by_client: bool = True,
) -> MeanAssets:
    """Means over the `count` trading days before `day`, of all accounts of each client (or of each account).

    borrowed_securities: (A, count) yuan, the value of securities borrowed on each day of the window.
    """
    days = window_before(day, count)
    return _means(history, days, borrowed_securities, by_client)


def mean_assets_20d(history: History, day: date, *, borrowed_securities: FloatArray | None = None) -> MeanAssets:
    """`mean_assets` over 20 trading days, by client."""
    return mean_assets(history, day, 20, borrowed_securities=borrowed_securities)


def assets_on(history: History, day: date, *, by_client: bool = True) -> MeanAssets:
    """Assets at the end of `day`, or of the last trading day before it."""
    days = window_before(date.fromordinal(day.toordinal() + 1), 1)
    return _means(history, days, None, by_client)


def _means(history: History, days: IntArray, borrowed: FloatArray | None, by_client: bool) -> MeanAssets:
    accounts = history.accounts
    owners = tuple(dict.fromkeys(one.client_no if by_client else one.account_no for one in accounts))
    place = {owner: n for n, owner in enumerate(owners)}
    owner = np.array([place[a.client_no if by_client else a.account_no] for a in accounts], dtype=np.int64)
    values, notes = account_values(history, days)
    if borrowed is not None:
        values = values - borrowed
    sums = np.zeros((len(owners), len(days)))
    np.add.at(sums, owner, values)
    told: list[list[str]] = [[] for _ in owners]
    for a, said in enumerate(notes):
        told[int(owner[a])] += [f"{accounts[a].account_no}：{one}" for one in said]
    mean = np.round(sums.mean(axis=1), DIGITS) if len(days) else np.full(len(owners), np.nan)
    exact = np.array([not said for said in told], dtype=np.bool_)
    return MeanAssets(owners, days, mean, exact, tuple(tuple(said) for said in told))


def account_values(history: History, days: IntArray) -> tuple[FloatArray, list[list[str]]]:
    """Net value (A, len(days)) of each account at the end of each day, and why it may be more (Chinese).

    NaN where nothing can be said: the day lies after the last price, or the account is valued at trades alone.
    """
    points, accounts = history.grid.points, history.accounts
    notes: list[list[str]] = [[] for _ in accounts]
    if history.grid.granularity != "DAY" or not len(points):
        for said in notes:
            said.append("没有逐日行情，不能计算日均资产")
        return np.full((len(accounts), len(days)), np.nan), notes
    at = np.searchsorted(points, days, side="right") - 1
    values = np.where(at >= 0, history.value[:, np.maximum(at, 0)], 0.0)
    late = days > points[-1]
    if late.any():
        values[:, late] = np.nan
    home = np.array([one.currency == HOME for one in accounts], dtype=np.bool_)
    values[~home] = 0.0
    unpriced = _unpriced(history, at)
    for a, account in enumerate(accounts):
        if not home[a]:
            notes[a].append(f"币种 {account.currency} 未计入")
        if late.any():
            notes[a].append(f"窗口末 {int(late.sum())} 个交易日还没有行情")
        if not account.has_cash_statement:
            notes[a].append("没有资金流水，只计证券市值")
        if unpriced[a]:
            notes[a].append("持有没有行情的证券，未计其市值")
        if any(issue.kind in _UNSEEN for issue in history.issues[a]):
            notes[a].append("期初持仓未知，只计账本所见")
        if account.opened_on is None and len(days) and _begins_after(history, a, int(days[0])):
            notes[a].append("账本晚于窗口起点，也没有开户日，此前按 0 计")
    return values, notes


def _begins_after(history: History, a: int, day: int) -> bool:
    first, last = int(history.first[a]), int(history.last[a])
    return last < first or int(history.grid.points[first]) > day


def _unpriced(history: History, at: IntArray) -> BoolArray:
    """Accounts that hold a security without any known price on a day of the window."""
    inside = np.unique(at[at >= 0])
    bare = ((history.quantity[:, inside] > 0) & np.isnan(history.price[:, inside])).any(axis=1)
    slots = np.repeat(np.arange(len(history.accounts)), np.diff(history.slot_offsets))
    found = np.zeros(len(history.accounts), dtype=np.bool_)
    found[slots[bare]] = True
    return found
