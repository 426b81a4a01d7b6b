"""What clients are worth day by day. Arrays of a batch: n clients over T trading days.

An account whose money is not whole (no cash statement, another currency, no recent daily prices) makes its client
unknown: a grade is never given on a part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np

from diagnosis.types import History
from market.types import BoolArray, FloatArray, Instrument, InstrumentKind, IntArray, Venue

HOME: Final = "CNY"
TREASURY: Final = "国债"
LOOK_BACK: Final = 365 + 60  # calendar days, with 20 sessions before a year ago inside
STALE: Final = 15  # calendar days without a price after which nothing is said; the longest holidays are shorter


@dataclass(frozen=True)
class ClientDays:
    """n clients at T trading days, ascending, the last at most the day asked. Yuan, float64."""

    points: IntArray  # (T,) date ordinals
    assets: FloatArray  # (n, T)
    cash: FloatArray  # (n, T)
    wealth: FloatArray  # (n, T) wealth products
    inflow: FloatArray  # (n, T) external money and securities in
    outflow: FloatArray  # (n, T)
    funds: FloatArray  # (n, T)
    bonds: FloatArray  # (n, T)
    unpriced: BoolArray  # (n, T) holds a security that no price is known of
    whole: BoolArray  # (n,) False: a part of the client's money is not known on any day

    @property
    def known(self) -> BoolArray:
        """(n,) all of the client's money is known on all of these days."""
        known: BoolArray = self.whole & ~self.unpriced.any(axis=1)
        return known


def client_days(
    history: History, client: IntArray, n: int, day: date, look_back: int | None = LOOK_BACK
) -> ClientDays:
    """The days of a batch of accounts by client.

    client: (A,) the place of each account's client among n. look_back: calendar days, None for all there are.
    """
    edge = 0 if look_back is None else day.toordinal() - look_back
    since = int(np.searchsorted(history.grid.points, edge))
    owner = np.repeat(client, np.diff(history.slot_offsets))
    quantity, price = history.quantity[:, since:], history.price[:, since:]
    held = quantity * np.nan_to_num(price)
    unquoted = np.asarray(np.isnan(history.grid.close).all(axis=0))  # valued at its own trades alone
    never_quoted = unquoted[history.slot_security]
    unpriced = np.zeros((n, held.shape[1]), dtype=np.bool_)
    np.logical_or.at(unpriced, owner, (quantity != 0) & (np.isnan(price) | never_quoted[:, None]))
    accounts = {
        name: _by_client(client, getattr(history, column)[:, since:], n)
        for name, column in (("assets", "value"), ("cash", "cash"), ("inflow", "inflow"), ("outflow", "outflow"))
    }
    _net_of_own_transfers(accounts, np.bincount(client, minlength=n) > 1)
    kinds = {name: _of_kind(history, owner, held, belongs, n) for name, belongs in KINDS.items()}
    return ClientDays(history.grid.points[since:], **accounts, **kinds, unpriced=unpriced,
                      whole=_whole(history, client, n))  # fmt: skip


def _net_of_own_transfers(columns: dict[str, FloatArray], several: BoolArray) -> None:
    """What leaves one account of a client and enters another on the same day has not left the client."""
    own = np.where(several[:, None], np.minimum(columns["inflow"], columns["outflow"]), 0.0)
    columns["inflow"] -= own
    columns["outflow"] -= own


def nothing_known(n: int) -> ClientDays:
    """Clients of whose days nothing can be said."""
    none = np.zeros((n, 0))
    no_day = np.empty(0, dtype=np.int64)
    never = np.zeros(n, dtype=np.bool_)
    return ClientDays(no_day, none, none, none, none, none, none, none, none.astype(np.bool_), never)


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
