"""Moments over a whole book in memory: a scenario backtested over ninety days, and the triggers of one day.

Money and returns of a day lie in columns, as they are read from the daily totals; blocks of clients keep the memory
flat. What is measured is the product's own derivation, matching, gate and merging. The change of trading habits, which
needs a year of weeks, is not among the triggers of the day here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np

from benchmarks.machine import peak_rss
from benchmarks.result import AT_MOST, Line, Scale, seconds
from market.types import FloatArray, IntArray
from mot.derive.abnormal import big_losses, concentrations, large_flows
from mot.derive.lifecycle import birthdays, churn, dormant, expired, expiring, firsts, reaching
from mot.derive.span import Span
from mot.events.columns import NO_DAY, Events, joined
from mot.events.kinds import event_kinds
from mot.events.types import Source
from mot.features import ClientBook, encoded
from mot.matching.day import Backtest, Engine, backtest, judge_day
from mot.matching.gate import Contacts, contacts
from mot.matching.holdout import Holdout
from mot.matching.outcome import Matches
from mot.matching.tasks import mandatories, purposes
from mot.scenario.loading import shipped, shipped_scenario
from mot.scenario.types import Scenario
from mot.tasks.rules import house_calendar

LAST: Final = date(2026, 11, 27)
DAYS: Final = 90
BEFORE: Final = 60  # trading days before the first: the longest quiet time of a derivation
BLOCK: Final = 50_000
SCENARIO: Final = "big-loss-company"
BUDGET: Final = 60.0
GIB: Final = 2**30
HOLDOUT: Final = Holdout(b"a key of the measurement", 0.05)


@dataclass(frozen=True)
class Book:
    """n synthetic clients: what a scenario may ask of them, and what the gate knows."""

    clients: ClientBook
    born: IntArray
    valid_through: IntArray
    traded_on: IntArray
    refuses: IntArray

    def facts(self, found: Matches, scenarios: Sequence[Scenario], day: date) -> Contacts:
        """Nine in ten agreed to marketing; one in thirty is not to be disturbed."""
        who = found.client
        return contacts(
            purposes(found, scenarios), day, mandatory=mandatories(found, scenarios),
            consent_marketing=(who % 10 != 0).astype(np.int64), do_not_disturb=self.refuses[who],
        )  # fmt: skip


def book_of(n: int, seed: int) -> Book:
    draw = np.random.default_rng(seed)
    today = LAST.toordinal()
    code, yes = encoded("client_kind", "NATURAL"), encoded("account_open", True)
    columns: dict[str, FloatArray | IntArray] = {
        "client_kind": np.full(n, code, dtype=np.int64), "account_open": np.full(n, yes, dtype=np.int64),
        "assets_yuan": draw.lognormal(12, 1.5, n), "cash_share": draw.random(n), "equity_share": draw.random(n),
        "top_share": draw.random(n), "age": draw.integers(20, 90, n).astype(np.float64),
        "client_level": draw.integers(0, 5, n), "mismatch_open": (draw.random(n) < 0.03).astype(np.int64),
        "complaint_open": (draw.random(n) < 0.01).astype(np.int64), "assessment_valid": draw.integers(0, 2, n),
    }  # fmt: skip
    return Book(
        ClientBook(tuple(f"C{number:07d}" for number in range(n)), columns),
        born=today - draw.integers(20 * 365, 90 * 365, n), valid_through=today + draw.integers(-400, 400, n),
        traded_on=today - draw.integers(1, 400, n), refuses=(draw.random(n) < 1 / 30).astype(np.int64),
    )  # fmt: skip


def sessions(first: date) -> IntArray:
    calendar = house_calendar()
    return np.asarray(calendar.sessions(calendar.previous(first, BEFORE), LAST))


def blocks(n: int, seed: int, t: int) -> Iterator[tuple[IntArray, FloatArray]]:
    """Rows of a block and the returns of its clients over t days: fat tails, so that some lose a fifth."""
    for number, start in enumerate(range(0, n, BLOCK)):
        rows = np.arange(start, min(start + BLOCK, n))
        draw = np.random.default_rng((seed, number))
        yield rows, draw.standard_t(4, (len(rows), t)) * 0.018


def losses(drawn: Iterable[tuple[IntArray, FloatArray]], span: Span, days: IntArray) -> Events:
    """The events of the span, derived block by block."""
    kind = event_kinds(span.last)["BIG_LOSS"]
    return joined([big_losses(kind, rows, days, returns, span) for rows, returns in drawn])


def backtested(book: Book, drawn: Iterable[tuple[IntArray, FloatArray]], scenario: Scenario) -> Backtest:
    """Ninety days of one scenario: its events derived, then each day matched, asked of the gate and merged."""
    span = Span(LAST - timedelta(days=DAYS - 1), LAST)
    events = losses(drawn, span, sessions(span.first))
    days = [span.first + timedelta(days=n) for n in range(DAYS)]
    engine = Engine(scenarios=(scenario,), holdout=HOLDOUT, calendar=house_calendar(), facts_of=book.facts)

    def of_day(day: date) -> Events:
        return events.take(np.flatnonzero(events.day == day.toordinal()))

    return backtest(engine, days, of_day, lambda _: book.clients, len(book.clients))


def triggers(book: Book, seed: int) -> Events:
    """What happened to everybody on one day, of the kinds that a ledger and a register of clients tell."""
    span, kinds = Span(LAST, LAST), event_kinds(LAST)
    n = len(book.clients)
    rows, none = np.arange(n), np.full(n, NO_DAY, dtype=np.int64)
    days = sessions(LAST)
    found = [
        birthdays(kinds["BIRTHDAY"], rows, book.born, span), reaching(kinds["RETIREMENT"], rows, book.born, span),
        firsts(kinds["FIRST_TRADE"], rows, book.traded_on, span),
        expiring(kinds["ASSESSMENT_EXPIRING"], rows, book.valid_through, none, (60, 30, 7), span, Source.SUITABILITY),
        expired(kinds["ASSESSMENT_EXPIRED"], rows, book.valid_through, none, span),
        dormant(kinds["DORMANT"], rows, book.traded_on, none, span),
    ]  # fmt: skip
    for own, returns in blocks(n, seed, len(days)):
        found += _of_ledger(own, returns, book.clients.columns["assets_yuan"][own], days, span)
    return joined(found)


def _of_ledger(rows: IntArray, returns: FloatArray, assets: FloatArray, days: IntArray, span: Span) -> list[Events]:
    """The kinds that read the path of a client's days."""
    kinds = event_kinds(span.last)
    worth = assets[:, None] * np.exp(np.cumsum(np.maximum(returns, -0.9), axis=1))
    moved = np.where(returns > 0.08, worth * 0.3, 0.0)
    top = np.where(returns > 0.05, 7, 3)
    who, t = np.nonzero(moved[:, -1:])
    return [
        big_losses(kinds["BIG_LOSS"], rows, days, returns, span),
        churn(kinds["CHURN_RISK"], rows, days, moved, np.zeros_like(moved), worth, span),
        concentrations(kinds["CONCENTRATION"], rows, days, worth * np.abs(returns * 20), top, worth, span),
        large_flows(
            kinds["LARGE_INFLOW"], kinds["LARGE_OUTFLOW"], rows[who], days[-1 - t], moved[who, -1], worth[who, -2], span
        ),
    ]  # fmt: skip


def triggered(book: Book, seed: int) -> int:
    """The triggers of the day under every scenario that ships; how many tasks they come to."""
    engine = Engine(scenarios=shipped(LAST), holdout=HOLDOUT, calendar=house_calendar(), facts_of=book.facts)
    return int(judge_day(engine, triggers(book, seed), book.clients, LAST).matches.fired.sum())


def run(scale: Scale) -> list[Line]:
    n, seed = scale.of(1_000_000, 2_000), 11
    book = book_of(n, seed)
    span_days = len(sessions(LAST - timedelta(days=DAYS - 1)))
    scenario = shipped_scenario(SCENARIO, LAST)
    drawing = seconds(lambda: [rows for rows, _ in blocks(n, seed, span_days)])
    done: list[Backtest] = []
    took = seconds(lambda: done.append(backtested(book, blocks(n, seed, span_days), scenario))) - drawing
    fired: list[int] = []
    one = seconds(lambda: fired.append(triggered(book, seed)))
    told = f"{done[0].tasks:,} 件任务；读数据库不在内，峰值 {peak_rss() / GIB:.1f} GiB"
    return [
        Line(f"场景 {SCENARIO} 回溯 {DAYS} 天，{n:,} 位客户", took, "秒", BUDGET, AT_MOST, note=told),
        Line(f"当天触发，{n:,} 位客户，{len(shipped(LAST))} 个场景", one, "秒", BUDGET, AT_MOST,
             note=f"{fired[0]:,} 件任务；推算、匹配、闸门与合并，不含成交变化与读数据库"),
    ]  # fmt: skip
