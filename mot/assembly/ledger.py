"""账本 of the book over a span: daily paths, holdings, trades, first things; replayed some accounts at a time.

An account of which nothing can be known in the span (no price and no row for longer than the longest holidays) is not
replayed: its answer would be that it is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.types import CASH_KINDS, MOVEMENTS, AccountFacts, AccountKind, CashKind, Ledger, Movement
from diagnosis.client_days import HOME, STALE, client_days
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from kit.access import everything
from kit.money import SCALE
from market.types import BoolArray, FloatArray, IntArray
from mot.assembly.paths import Holdings, Paths, holdings_of, no_paths, put
from mot.events.columns import NO_DAY

NO_PLACES: Final[IntArray] = np.empty(0, dtype=np.int64)
BLOCK: Final = 64  # accounts at a time
BEFORE: Final = 251  # trading days of history: a year of returns, and what the derivations look back on
YEAR: Final = 371  # calendar days of trades: 53 weeks
_TRADED: Final = (MOVEMENTS.index(Movement.BUY), MOVEMENTS.index(Movement.SELL))
_IN: Final = tuple(CASH_KINDS.index(kind) for kind in (CashKind.DEPOSIT, CashKind.TRANSFER_IN))


@dataclass(frozen=True)
class LedgerSpan:
    """What the ledgers say of N clients over a span and the days before it."""

    paths: Paths
    holdings: Holdings
    trade_client: IntArray  # one entry a trade of the last 53 weeks and more
    trade_day: IntArray
    trade_yuan: FloatArray
    first_deposit: IntArray  # (N,) ordinals, NO_DAY none
    first_deposit_yuan: FloatArray
    first_trade: IntArray
    first_buys: tuple[IntArray, IntArray, IntArray]  # client, instrument id, first day bought: one entry a pair
    last_trade: IntArray  # (N,) up to the last day of the span
    margin: IntArray  # (N,) flag: an open margin account
    with_account: BoolArray


class LedgerReader:
    """Reads ledgers of all clients, or of some, on one session; the house's own work."""

    def __init__(self, session: Session, last: date) -> None:
        self._session = session
        self._last = last
        self._clients = ClientRepository(session, everything(last))
        self._diagnosis = DiagnosisService(session, everything(last))

    def span(
        self, first: date, days: IntArray, accounts: Sequence[AccountFacts], row_of: dict[str, int],
        industries: dict[str, int], industry_at: IntArray = NO_PLACES,
    ) -> LedgerSpan:  # fmt: skip
        """first: of the span; days: trading days that are looked at, those before the span included.

        row_of: the row of each client number; accounts of others are passed over. industry_at: places of the days of
        which the values by industry are kept.
        """
        n = len(row_of)
        paths = no_paths(n, days, len(industries), industry_at)
        parts = _Parts(n)
        own = [one for one in accounts if one.client_no in row_of]
        edge = self._edge(first)
        for some in _blocks(own, row_of):
            ledger = self._clients.ledger([one.account_no for one in some])
            owner = np.array([row_of[one.client_no] for one in ledger.accounts], dtype=np.int64)
            parts.add(ledger, owner, self._last)
            awake = {ledger.accounts[a].client_no for a in np.flatnonzero(_last_rows(ledger, self._last) >= edge)}
            foreign = {one.client_no for one in ledger.accounts if one.currency != HOME}
            replayed = [one.account_no for one in ledger.accounts if one.client_no in awake - foreign]
            if replayed:
                part = ledger if len(replayed) == len(ledger.accounts) else self._clients.ledger(replayed)
                self._replay(part, row_of, paths, parts, industries)
        return parts.span(paths, own, row_of, self._last)

    def _replay(
        self, part: Ledger, row_of: dict[str, int], paths: Paths, parts: _Parts, industries: dict[str, int]
    ) -> None:
        setting = self._diagnosis.setting(part, self._last, None)
        if setting.grid.granularity != "DAY" or not setting.grid.points.size:
            return
        history = replay(part, setting.grid, setting.actions, last=self._last)
        owner = np.array([row_of[one.client_no] for one in history.accounts], dtype=np.int64)
        rows = np.unique(owner)
        place = np.searchsorted(rows, owner)
        put(paths, rows, client_days(history, place, len(rows), self._last), history, place, industries)
        parts.holdings.append(holdings_of(history, owner, part.securities))
        _global_codes(paths, rows, part.securities)

    def _edge(self, first: date) -> int:
        """The day since when an account has to have a row for anything to be known of it in the span."""
        market, edge = self._diagnosis.market_days(), first - timedelta(days=STALE)
        return int(np.iinfo(np.int64).min if market is not None and market[1] >= edge else edge.toordinal())


def _last_rows(ledger: Ledger, last: date) -> IntArray:
    """(A,) the day of each account's last row up to `last`."""
    found = np.full(len(ledger.accounts), np.iinfo(np.int64).min, dtype=np.int64)
    for rows in (ledger.trades, ledger.cashflows):
        account = np.repeat(np.arange(len(ledger.accounts)), np.diff(rows.offsets))
        past = rows.day <= last.toordinal()
        np.maximum.at(found, account[past], rows.day[past])
    return found


def _global_codes(paths: Paths, rows: IntArray, securities: tuple[int, ...]) -> None:
    """The places of a block's securities become their ids. Called once for each block, right after it was put."""
    if not len(securities):
        return
    ids = np.array(securities, dtype=np.int64)
    top = paths.top[rows]
    paths.top[rows] = np.where(top >= 0, ids[np.maximum(top, 0)], -1)


def _blocks(accounts: Sequence[AccountFacts], row_of: dict[str, int]) -> list[list[AccountFacts]]:
    """Accounts of the same clients together."""
    by_client: dict[str, list[AccountFacts]] = {}
    for one in accounts:
        by_client.setdefault(one.client_no, []).append(one)
    found: list[list[AccountFacts]] = [[]]
    for client in sorted(by_client, key=row_of.__getitem__):
        if found[-1] and len(found[-1]) + len(by_client[client]) > BLOCK:
            found.append([])
        found[-1] += by_client[client]
    return [some for some in found if some]


class _Parts:
    """What blocks add up to."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.holdings: list[Holdings] = []
        self.trades: list[tuple[IntArray, IntArray, FloatArray]] = []
        self.firsts: list[tuple[IntArray, IntArray, IntArray]] = []
        self.first_deposit = np.full(n, NO_DAY, dtype=np.int64)
        self.first_deposit_yuan = np.full(n, np.nan)
        self.first_trade = np.full(n, NO_DAY, dtype=np.int64)
        self.last_trade = np.full(n, NO_DAY, dtype=np.int64)

    def add(self, ledger: Ledger, owner: IntArray, last: date) -> None:
        trades, flows = ledger.trades, ledger.cashflows
        client = np.repeat(owner, np.diff(trades.offsets))
        deal = np.isin(trades.kind, _TRADED) & (trades.day <= last.toordinal())
        yuan = trades.quantity[deal] / SCALE * trades.price[deal] / SCALE
        who, when = client[deal], trades.day[deal]
        recent = when > last.toordinal() - 2 * YEAR
        self.trades.append((who[recent], when[recent], yuan[recent]))
        _earliest(self.first_trade, who, when)
        np.maximum.at(self.last_trade, who, when)
        bought = deal & (trades.kind == _TRADED[0]) & (trades.security >= 0)
        self._first_buys(client[bought], np.array(ledger.securities, dtype=np.int64)[trades.security[bought]],
                         trades.day[bought])  # fmt: skip
        payer = np.repeat(owner, np.diff(flows.offsets))
        paid = np.isin(flows.kind, _IN) & (flows.amount > 0) & (flows.day <= last.toordinal())
        self._deposits(payer[paid], flows.day[paid], flows.amount[paid] / SCALE)

    def _deposits(self, who: IntArray, when: IntArray, yuan: FloatArray) -> None:
        _earliest(self.first_deposit, who, when)
        first = when == self.first_deposit[who]
        total = np.bincount(who[first], weights=yuan[first], minlength=self.n)
        fresh = np.unique(who[first])
        self.first_deposit_yuan[fresh] = total[fresh]

    def _first_buys(self, who: IntArray, what: IntArray, when: IntArray) -> None:
        if not len(who):
            return
        order = np.lexsort((when, what, who))
        who, what, when = who[order], what[order], when[order]
        fresh = np.concatenate(([True], (np.diff(who) != 0) | (np.diff(what) != 0)))
        self.firsts.append((who[fresh], what[fresh], when[fresh]))

    def span(self, paths: Paths, accounts: Sequence[AccountFacts], row_of: dict[str, int], last: date) -> LedgerSpan:
        margin, held = np.zeros(self.n, dtype=np.int64), np.zeros(self.n, dtype=bool)
        for one in accounts:
            row = row_of[one.client_no]
            held[row] = True
            open_now = one.closed_on is None or one.closed_on > last
            margin[row] |= int(open_now and one.kind is AccountKind.MARGIN)
        who, when, yuan = _joined(self.trades, float)
        buys = _joined(self.firsts, int)
        return LedgerSpan(
            paths=paths, holdings=_all_holdings(self.holdings), trade_client=who, trade_day=when, trade_yuan=yuan,
            first_deposit=self.first_deposit, first_deposit_yuan=self.first_deposit_yuan,
            first_trade=self.first_trade, first_buys=(buys[0], buys[1], buys[2]), last_trade=self.last_trade,
            margin=margin, with_account=held,
        )  # fmt: skip


def _earliest(found: IntArray, who: IntArray, when: IntArray) -> None:
    """The earlier of what stands there and what comes; NO_DAY is later than every day here."""
    wide = np.where(found == NO_DAY, np.iinfo(np.int64).max, found)
    np.minimum.at(wide, who, when)
    found[:] = np.where(wide == np.iinfo(np.int64).max, NO_DAY, wide)


def _joined(parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]], third: type) -> tuple[np.ndarray, ...]:
    kinds = (np.int64, np.int64, np.float64 if third is float else np.int64)
    return tuple(
        np.concatenate([np.empty(0, kind), *(part[place] for part in parts)]).astype(kind)
        for place, kind in enumerate(kinds)
    )


def _all_holdings(parts: Sequence[Holdings]) -> Holdings:
    names = ("client", "instrument", "since", "gone_on")
    return Holdings(**{
        name: np.concatenate([np.empty(0, np.int64), *(getattr(part, name) for part in parts)]) for name in names
    })  # fmt: skip
