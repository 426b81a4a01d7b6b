"""Load, ask: the ledger of an account, of a client or of the book, its market and benchmark, and what they say.

Nothing is filed here. What depends on the market alone is kept in this process until the next import.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.types import UNKNOWN, Ledger
from diagnosis.assembly import diagnoses_of
from diagnosis.behaviour.flags import Universe, universe_of
from diagnosis.book import BookNumbers, numbers_of
from diagnosis.breaks import breaks_of, issue_of
from diagnosis.merge import merge_client
from diagnosis.types import DataIssue, Diagnosis, IssueKind
from kit.access import Scope
from kit.kept import Kept
from kit.problems import BadInput
from market.repository import MarketRepository
from market.types import BenchmarkSeries, CorporateAction, Grid, IntArray

LOOKBACK: Final = 40  # trading days before the first row: what a purchase is compared with reaches back 20
BLOCK: Final = 64  # accounts at a time: one account's rows are found by looking at the rows of its block
HOME: Final = "CNY"
NO_BENCHMARKS: Final = "没有导入任何基准，与基准比较的指标不计算"
_UNIVERSES: Final[Kept[Universe]] = Kept(2)


class EmptyPeriod(BadInput):
    """所选区间内没有该账户的记录"""

    title = "Nothing in the period"


@dataclass(frozen=True)
class Setting:
    """The market around a ledger: prices on points, announced events, and the benchmark or why there is none."""

    grid: Grid
    actions: Sequence[CorporateAction]
    benchmark: BenchmarkSeries | None
    no_benchmark: str | None

    @property
    def issues(self) -> tuple[DataIssue, ...]:
        """What is to be said of the market's data."""
        return () if self.no_benchmark is None else (DataIssue(IssueKind.NO_BENCHMARK, self.no_benchmark),)


class DiagnosisService:
    """Diagnoses within a scope over one session: what the scope does not hold is not there."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._scope = scope
        self._clients = ClientRepository(session, scope)
        self._version = self._clients.import_version()
        self._market = MarketRepository(session, self._version)
        self._url = str(session.get_bind().engine.url)

    def account(
        self, account_no: str, *, first: date | None = None, last: date | None = None, benchmark: str | None = None
    ) -> Diagnosis:
        """The diagnosis of one account over its life, or from `first` to `last` inclusive.

        Raises NoSuchAccount, NoSuchBenchmark, EmptyPeriod.
        """
        return self._diagnose(self._clients.ledger([account_no]), first, last, benchmark)

    def client(
        self, client_no: str, *, first: date | None = None, last: date | None = None, benchmark: str | None = None
    ) -> Diagnosis:
        """All accounts of a client as one, transfers between them netted.

        Raises NoSuchClient, NoSuchBenchmark, EmptyPeriod, and BadInput where accounts cannot be merged.
        """
        accounts = self._clients.accounts_of_client(client_no)
        if not accounts:
            raise EmptyPeriod(f"客户 {client_no} 名下还没有账户；请先导入账户与成交")
        ledger = merge_client(self._clients.ledger([account.account_no for account in accounts]))
        return replace(self._diagnose(ledger, first, last, benchmark), account_no=client_no)

    def blocks(self, benchmark: str | None = None) -> Iterator[tuple[BookNumbers, tuple[DataIssue, ...]]]:
        """The numbers of the whole scope, some accounts at a time, and what is to be said of their data.

        Accounts valued at moments, and those whose prices break, come one by one.
        """
        known = [account.account_no for account in self._clients.accounts()]
        for start in range(0, len(known), BLOCK):
            for ledger in self._alike(self._clients.ledger(known[start : start + BLOCK])):
                setting = self.setting(ledger, None, benchmark)
                numbers = self._numbers(ledger, setting)
                broken = [a for a, found in enumerate(breaks_of(numbers.history)) if found is not None]
                if not broken:
                    yield numbers, setting.issues
                    continue
                whole = [a.account_no for place, a in enumerate(ledger.accounts) if place not in broken]
                if whole:
                    sound = self._clients.ledger(whole)
                    again = self.setting(sound, None, benchmark)
                    yield self._numbers(sound, again), again.issues
                for place in broken:
                    alone = self._clients.ledger([ledger.accounts[place].account_no])
                    yield self._until_break(alone, self.setting(alone, None, benchmark), None, None)

    def account_count(self) -> int:
        """Accounts in the scope."""
        return self._clients.account_count()

    def market_days(self) -> tuple[date, date] | None:
        """First and last day on which any stock of the home market has a price."""
        ids = self._market.stock_ids(HOME)
        return self._market.price_span(ids) if ids else None

    def _diagnose(self, ledger: Ledger, first: date | None, last: date | None, benchmark: str | None) -> Diagnosis:
        if first is not None and last is not None and first > last:
            raise EmptyPeriod(f"起始日 {first} 晚于截止日 {last}；请调换或改写其中一个")
        setting = self.setting(ledger, last, benchmark)
        _refuse_empty(ledger, setting.grid, first, last)
        if first is not None and first <= _days(ledger, self._scope.day)[0]:
            first = None  # nothing came before: the period is the life of the account up to `last`
        numbers, issues = self._until_break(ledger, setting, first, last)
        notes = self._off_session(ledger, setting.grid)
        return diagnoses_of(numbers, first=first, issues=issues, notes=notes)[0]

    def _until_break(
        self, ledger: Ledger, setting: Setting, first: date | None, last: date | None
    ) -> tuple[BookNumbers, tuple[DataIssue, ...]]:
        """The numbers of one account up to the last day on which its prices can be believed."""
        numbers = self._numbers(ledger, setting, first, last)
        found = breaks_of(numbers.history)[0]
        if found is None:
            return numbers, setting.issues
        told = issue_of(numbers.history, found)
        if first is not None and first > found.sound_until:
            raise EmptyPeriod(told.text)
        return self._numbers(ledger, setting, first, found.sound_until), (told, *setting.issues)

    def _numbers(
        self, ledger: Ledger, setting: Setting, first: date | None = None, last: date | None = None
    ) -> BookNumbers:
        universe = self.universe(setting.grid)
        return numbers_of(ledger, setting.grid, setting.actions, setting.benchmark, universe, first=first, last=last)

    def setting(self, ledger: Ledger, last: date | None, benchmark: str | None) -> Setting:
        """Prices, events and benchmark for a ledger: by days where daily prices are on file, else at its trades."""
        span = self._market.price_span(ledger.securities) if ledger.securities else None
        if span is None and ledger.securities:
            marked = self._market.mark_grid(ledger.securities, _moments(ledger))
            if np.isfinite(marked.close).any():
                actions = self._market.actions(ledger.securities, date.min, date.max)
                return self._with_benchmark(marked, actions, benchmark)
        start, end = _days(ledger, self._scope.day)
        end = max(end, span[1]) if span else end
        end = max(start, min(end, last)) if last else end
        grid = self._market.daily_grid(ledger.securities, start, end, LOOKBACK if ledger.securities else 0)
        return self._with_benchmark(grid, self._market.actions(ledger.securities, date.min, end), benchmark)

    def _with_benchmark(self, grid: Grid, actions: Sequence[CorporateAction], code: str | None) -> Setting:
        if code is not None:
            series, reason = self._market.benchmark_or_reason(code, grid)
            return Setting(grid, actions, series, reason)
        reason = NO_BENCHMARKS
        for known in self._market.benchmark_codes():
            series, said = self._market.benchmark_or_reason(known, grid)
            if series is not None:
                return Setting(grid, actions, series, None)
            reason = said or reason
        return Setting(grid, actions, None, reason)

    def universe(self, grid: Grid) -> Universe | None:
        """The sort of all home stocks into lottery stocks and others; none for accounts valued at moments."""
        if grid.granularity != "DAY":
            return None
        key = (self._url, self._version)
        known = _UNIVERSES.get(key)
        if known is None:
            ids = self._market.stock_ids(HOME)
            span = self._market.price_span(ids) if ids else None
            if span is None:
                return None
            known = universe_of(self._market.daily_grid(ids, *span), span[1])
            _UNIVERSES.put(key, known)
        return known

    def _alike(self, ledger: Ledger) -> Iterator[Ledger]:
        """The ledger split so that each part stands on one grid; whole where all of it is priced by days."""
        priced = self._market.with_daily_prices(ledger.securities)
        daily: list[str] = []
        single: list[str] = []
        for a, account in enumerate(ledger.accounts):
            rows = slice(int(ledger.trades.offsets[a]), int(ledger.trades.offsets[a + 1]))
            places = np.unique(ledger.trades.security[rows])
            held = {ledger.securities[place] for place in places[places >= 0].tolist()}
            (daily if not held or held & priced else single).append(account.account_no)
        if not single:
            yield ledger
            return
        for part in ([daily] if daily else []) + [[number] for number in single]:
            yield self._clients.ledger(part)

    def _off_session(self, ledger: Ledger, grid: Grid) -> list[str]:
        """A vendor's price on a day that never was a trading day is not used, and said."""
        if grid.granularity != "DAY" or not len(grid.points) or not ledger.securities:
            return []
        first, last = (date.fromordinal(int(point)) for point in (grid.points[0], grid.points[-1]))
        found = self._market.prices_off_session(ledger.securities, first, last)
        if not found:
            return []
        days = sorted({day for of_one in found.values() for day in of_one})
        told = "、".join(day.isoformat() for day in days[:3]) + ("等" if len(days) > 3 else "")
        return [f"行情文件中 {len(found)} 只证券在休市日（{told}）有价格，未采用"]


def _moments(ledger: Ledger) -> IntArray:
    """Every moment at which the ledger has a trade, ascending."""
    return np.unique(ledger.trades.at[ledger.trades.at != UNKNOWN])


def _days(ledger: Ledger, today: date) -> tuple[date, date]:
    """First and last day of any row; for a ledger without rows the day its first account was opened."""
    days = np.concatenate([ledger.trades.day, ledger.cashflows.day, ledger.snapshots.day])
    if days.size:
        return date.fromordinal(int(days.min())), date.fromordinal(int(days.max()))
    opened = [account.opened_on for account in ledger.accounts if account.opened_on is not None]
    start = min(opened, default=today)
    return start, max(start, today if not opened else start)


def _refuse_empty(ledger: Ledger, grid: Grid, first: date | None, last: date | None) -> None:
    """A period in which the account has nothing at all is refused with the period that it has."""
    days = np.concatenate([ledger.trades.day, ledger.cashflows.day, ledger.snapshots.day])
    if not days.size:
        return
    start = date.fromordinal(int(days.min()))
    whole = "、".join(account.account_no for account in ledger.accounts)
    if last is not None and last < start:
        raise EmptyPeriod(f"账户 {whole} 的首笔记录在 {start}，截止日 {last} 之前没有内容；请改用更晚的截止日")
    if first is not None and grid.points.size:
        end = grid.points[-1] if grid.granularity == "DAY" else days.max()
        final = date.fromordinal(int(end))
        if first > final:
            raise EmptyPeriod(f"账户 {whole} 的记录与行情止于 {final}，起始日 {first} 之后没有内容；请改用更早的起始日")
