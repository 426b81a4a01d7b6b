"""What clients are worth day by day, and the grading features that come of it. Owner: diagnosis.

Arrays of a batch: n clients over T trading days. An account whose money is not whole (no cash statement, another
currency, no recent daily prices) makes its client unknown: a grade is never given on a part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from clients.grading.features import last_quarter
from diagnosis.types import History
from kit.money import SCALE
from market.types import BoolArray, FloatArray, Instrument, InstrumentKind, IntArray, Venue

HOME: Final = "CNY"
TREASURY: Final = "国债"
SESSIONS: Final = 20
YEAR, QUARTER_YEAR = 365, 90
LOOK_BACK: Final = YEAR + 60  # calendar days, with 20 sessions before a year ago inside
STALE: Final = 15  # calendar days without a price after which nothing is said; the longest holidays are shorter
LEAST_BEFORE: Final = 1_000.0  # yuan a year ago, below which growth says nothing
LEAST_AT_STAKE: Final = 0.01


@dataclass(frozen=True)
class ClientDays:
    """n clients at T trading days, ascending, the last at most the day asked. Yuan, float64."""

    points: IntArray  # (T,) date ordinals
    assets: FloatArray  # (n, T)
    cash: FloatArray  # (n, T)
    wealth: FloatArray  # (n, T) wealth products
    inflow: FloatArray  # (n, T) external money and securities in
    outflow: FloatArray  # (n, T)
    funds: FloatArray  # (n,) at the last point
    bonds: FloatArray  # (n,)
    known: BoolArray  # (n,) False: a part of the client's money is not known


def client_days(history: History, client: IntArray, n: int, day: date) -> ClientDays:
    """The days of a batch of accounts by client, as many as features look back on.

    client: (A,) the place of each account's client among n.
    """
    since = int(np.searchsorted(history.grid.points, day.toordinal() - LOOK_BACK))
    owner = np.repeat(client, np.diff(history.slot_offsets))
    quantity, price = history.quantity[:, since:], history.price[:, since:]
    held = quantity * np.nan_to_num(price)
    unquoted = np.asarray(np.isnan(history.grid.close).all(axis=0))  # valued at its own trades alone
    never_quoted = unquoted[history.slot_security]
    unpriced = np.unique(owner[((quantity != 0) & (np.isnan(price) | never_quoted[:, None])).any(axis=1)])
    known = _whole(history, client, n)
    known[unpriced] = False
    accounts = {
        name: _by_client(client, getattr(history, column)[:, since:], n)
        for name, column in (("assets", "value"), ("cash", "cash"), ("inflow", "inflow"), ("outflow", "outflow"))
    }
    _net_of_own_transfers(accounts, np.bincount(client, minlength=n) > 1)
    kinds = {name: _of_kind(history, owner, held, belongs, n) for name, belongs in KINDS.items()}
    return ClientDays(
        points=history.grid.points[since:], **accounts, wealth=kinds["wealth"], funds=_last(kinds["funds"]),
        bonds=_last(kinds["bonds"]), known=known,
    )  # fmt: skip


def _net_of_own_transfers(columns: dict[str, FloatArray], several: BoolArray) -> None:
    """What leaves one account of a client and enters another on the same day has not left the client."""
    own = np.where(several[:, None], np.minimum(columns["inflow"], columns["outflow"]), 0.0)
    columns["inflow"] -= own
    columns["outflow"] -= own


def nothing_known(n: int) -> ClientDays:
    """Clients of whose days nothing can be said."""
    none = np.zeros((n, 0))
    no_day = np.empty(0, dtype=np.int64)
    return ClientDays(no_day, none, none, none, none, none, _last(none), _last(none), np.zeros(n, dtype=np.bool_))


def _whole(history: History, client: IntArray, n: int) -> BoolArray:
    """Clients all of whose accounts have a cash statement, the home currency and daily prices."""
    known = np.zeros(n, dtype=np.bool_)
    known[client] = history.grid.granularity == "DAY"
    for a, account in enumerate(history.accounts):
        if not history.has_cash[a] or account.currency != HOME:
            known[client[a]] = False
    return known


def _is_fund(one: Instrument) -> bool:
    return one.kind is InstrumentKind.FUND


def _is_treasury(one: Instrument) -> bool:
    return one.kind is InstrumentKind.BOND and TREASURY in one.name


def _is_wealth(one: Instrument) -> bool:
    return one.kind is InstrumentKind.OTHER and one.venue is Venue.OTC


KINDS: Final[Mapping[str, Callable[[Instrument], bool]]] = {
    "funds": _is_fund, "bonds": _is_treasury, "wealth": _is_wealth,
}  # fmt: skip


def day_features(days: ClientDays, day: date, turnover_year: FloatArray) -> dict[str, FloatArray]:
    """Features by name, (n,), NaN where unknown. turnover_year: yuan, of the same clients."""
    today = day.toordinal()
    n = len(days.known)
    first, last = last_quarter(day)
    weights = calendar_weights(days.points, first.toordinal(), last.toordinal())
    begun = len(days.points) > 0 and bool(days.points[0] <= last.toordinal())
    span = (last - first).days + 1
    recent, year = _within(days.points, today - QUARTER_YEAR + 1, today), _within(days.points, today - 364, today)
    peak = days.assets[:, recent].max(axis=1, initial=0.0)
    found = {
        "assets": _last(days.assets),
        "assets_sessions_20": _mean(days.assets[:, -SESSIONS:]),
        "assets_quarter": quarter_mean(days.assets, weights, span) if begun else np.full(n, np.nan),
        "cash_quarter": quarter_mean(days.cash, weights, span) if begun else np.full(n, np.nan),
        "wealth_quarter": quarter_mean(days.wealth, weights, span) if begun else np.full(n, np.nan),
        "fund_value": days.funds, "bond_balance": days.bonds, "assets_peak_90": peak,
        "outflow_share_90": _outflow_share(days, recent, peak),
        "assets_growth_year": _growth(days, today),
        "return_year": _return(days, year),
        "turnover_rate_year": _rate(turnover_year, _mean(days.assets[:, year])),
    }  # fmt: skip
    known = days.known & (len(days.points) > 0 and bool(days.points[-1] > today - STALE))
    return {name: np.where(known, column, np.nan) for name, column in found.items()}


def calendar_weights(points: IntArray, first: int, last: int) -> IntArray:
    """How many calendar days of first..last each point stands for: its own and those until the next point. (T,)

    Days before the first point stand for nothing: there was no money yet.
    """
    until = np.append(points[1:], np.iinfo(np.int64).max) - 1
    covered = np.minimum(until, last) - np.maximum(points, first) + 1
    weights: IntArray = np.maximum(covered, 0)
    return weights


def quarter_mean(values: FloatArray, weights: IntArray, span: int) -> FloatArray:
    """Mean over `span` calendar days, down to the millionth of a yuan: it never rises over a bound by rounding."""
    used = weights > 0
    millionths = np.rint(values[:, used] * SCALE).astype(np.int64)
    mean: FloatArray = (millionths * weights[used]).sum(axis=1) // span / SCALE
    return mean


def _within(points: IntArray, first: int, last: int) -> slice:
    """The run of points from one ordinal to another, both included."""
    return slice(int(np.searchsorted(points, first)), int(np.searchsorted(points, last, side="right")))


def _mean(values: FloatArray) -> FloatArray:
    """Mean of a run of points, down to the millionth; 0 points give NaN."""
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    return quarter_mean(values, np.ones(values.shape[1], dtype=np.int64), values.shape[1])


def _last(values: FloatArray) -> FloatArray:
    return values[:, -1] if values.shape[1] else np.full(len(values), np.nan)


def _outflow_share(days: ClientDays, recent: slice, peak: FloatArray) -> FloatArray:
    net = (days.outflow[:, recent] - days.inflow[:, recent]).sum(axis=1)
    return np.where(peak > 0, np.maximum(net, 0) / np.where(peak > 0, peak, 1), 0.0)


def _growth(days: ClientDays, today: int) -> FloatArray:
    """The mean of 20 sessions against that of the 20 sessions up to a year before."""
    before = int(np.searchsorted(days.points, today - YEAR, side="right"))
    if before < SESSIONS:
        return np.full(len(days.known), np.nan)
    then, now = _mean(days.assets[:, before - SESSIONS : before]), _mean(days.assets[:, -SESSIONS:])
    enough = then >= LEAST_BEFORE
    return np.where(enough, now / np.where(enough, then, 1) - 1, np.nan)


def _return(days: ClientDays, year: slice) -> FloatArray:
    """Time-weighted return of all accounts as one: money in at the start of a day, money out at its end."""
    stake = days.inflow[:, year].copy()
    if not stake.shape[1]:
        return np.full(len(days.known), np.nan)
    before = days.assets[:, max(year.start - 1, 0) : year.stop - 1]
    stake[:, stake.shape[1] - before.shape[1] :] += before  # on the very first day nothing came before
    result = days.assets[:, year] + days.outflow[:, year]
    real = stake > LEAST_AT_STAKE
    growth = np.divide(result, stake, out=np.ones_like(stake), where=real)
    return np.where(real.any(axis=1), growth.prod(axis=1) - 1, np.nan)


def _rate(turnover: FloatArray, mean: FloatArray) -> FloatArray:
    enough = mean > LEAST_AT_STAKE
    return np.where(enough, turnover / np.where(enough, mean, 1), np.nan)


def _by_client(client: IntArray, values: FloatArray, n: int) -> FloatArray:
    found = np.zeros((n, values.shape[1]))
    np.add.at(found, client, np.nan_to_num(values))
    return found


def _of_kind(
    history: History, owner: IntArray, held: FloatArray, belongs: Callable[[Instrument], bool], n: int
) -> FloatArray:
    """The value of securities of a kind, (n, T)."""
    securities = history.grid.securities
    chosen = np.array([belongs(securities[int(one)]) for one in history.slot_security], dtype=np.bool_)
    return _by_client(owner[chosen], held[chosen], n)
