"""What clients are worth at the end of trading days, and what came in: from the daily totals on file, else by replay.

Both round to the millionth, so that a day filed from one and computed again by the other is the same to the cent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts
from clients.totals.repository import StoredTotals
from clients.totals.types import between, place_of, yuan
from clients.types import AccountFacts
from diagnosis.client_days import LOOK_BACK, STALE
from diagnosis.totals import stored_totals
from kit.money import SCALE
from market.types import BoolArray, FloatArray, IntArray
from mot.assembly.ledger import LedgerReader
from mot.tasks.rules import house_calendar


@dataclass(frozen=True)
class Money:
    """n clients on one day, yuan, NaN not known. before: at the end of the session before; flow: of the day."""

    assets: FloatArray
    before: FloatArray
    flow: FloatArray


class MoneyReader(Protocol):
    """Where the money of a span is read."""

    def on(self, ordinal: int) -> Money: ...


def money_of(
    session: Session, clients: Sequence[ClientFacts], accounts: Sequence[AccountFacts], days: IntArray,
    data_version: str,
) -> MoneyReader:  # fmt: skip
    """For trading days, ascending. Totals on file serve where they end on the last of them and are of these data."""
    calendar = house_calendar()
    first, last = date.fromordinal(int(days[0])), date.fromordinal(int(days[-1]))
    before = calendar.previous(first)
    totals = stored_totals(session, last, data_version)
    if totals is not None and len(totals.points) and totals.points[0] <= before.toordinal():
        return StoredMoney(totals, np.array([one.id for one in clients], dtype=np.int64), last)
    return ReplayedMoney(session, clients, accounts, first, calendar.sessions(before, last), last)


class StoredMoney:
    """From the daily totals on file."""

    def __init__(self, totals: StoredTotals, ids: IntArray, last: date) -> None:
        self._totals = totals
        self._place = np.minimum(ids, max(totals.n - 1, 0))
        today = last.toordinal()
        priced = between(totals, "unpriced", today - LOOK_BACK, today) == 0
        self._there = (ids < totals.n) & priced[self._place]

    def on(self, ordinal: int) -> Money:
        totals, place = self._totals, place_of(self._totals, ordinal)
        earlier = int(totals.points[place - 1]) if place else ordinal - 1
        known = self._known(place, ordinal)
        flow = -yuan(between(totals, "net_out", ordinal, ordinal)[self._place])
        return Money(
            self._assets(place, known), self._assets(place - 1, self._known(place - 1, earlier)),
            np.where(known, flow, np.nan),
        )  # fmt: skip

    def _assets(self, place: int, known: BoolArray) -> FloatArray:
        return np.where(known, yuan(self._totals.at("assets", place)[self._place]), np.nan)

    def _known(self, place: int, ordinal: int) -> BoolArray:
        whole, seen = (self._totals.at(name, place)[self._place] for name in ("whole", "seen"))
        return np.asarray(self._there & (whole > 0) & (seen > ordinal - STALE))


class ReplayedMoney:
    """From the ledgers, replayed."""

    def __init__(
        self, session: Session, clients: Sequence[ClientFacts], accounts: Sequence[AccountFacts], first: date,
        days: IntArray, last: date,
    ) -> None:  # fmt: skip
        row_of = {one.client_no: row for row, one in enumerate(clients)}
        self._days = days
        self._paths = LedgerReader(session, last).span(first, days, accounts, row_of, {}).paths

    def on(self, ordinal: int) -> Money:
        at, paths = int(np.searchsorted(self._days, ordinal)), self._paths
        flow = _millionths(paths.inflow[:, at]) - _millionths(paths.outflow[:, at])
        assets, before = (_millionths(paths.assets[:, one]) / SCALE for one in (at, at - 1))
        return Money(assets, before, flow / SCALE)


def _millionths(money: FloatArray) -> FloatArray:
    """Whole numbers, as the totals on file are; NaN stays."""
    rounded: FloatArray = np.rint(money * SCALE)
    return rounded
