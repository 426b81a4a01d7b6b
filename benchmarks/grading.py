"""A book by every scheme: from daily totals in PostgreSQL to grades on file with their features, beside a loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
from sqlalchemy import text
from sqlmodel import Session

from benchmarks.imports import database, server
from benchmarks.machine import peak_rss
from benchmarks.result import Line, Scale, median, seconds
from clients.grading.engine import Graded, grade_all
from clients.grading.features import Values, values_of
from clients.grading.loading import schemes_on
from clients.grading.schemes import Scheme
from clients.grading.service import GradeBook
from clients.repository import ClientRepository
from clients.staff.filing import Stamp
from clients.totals.repository import TotalsRepository, TotalTuple
from clients.totals.tables import BLOCK, DailyTotalRunRow
from clients.totals.types import Totals, TotalsReader
from diagnosis.client_days import ClientDays
from diagnosis.day_totals import day_totals
from jobs.grading import FeatureReader, features_of
from jobs.totals import KEEP
from kit.access import Actor, Role, everything
from kit.db import engine, transaction
from kit.money import SCALE
from market.grids import session_points
from market.types import IntArray

DAY: Final = date(2026, 11, 27)
STAMP: Final = Stamp(Actor("bench", "测量", Role.SERVICE), datetime(2026, 11, 27, tzinfo=UTC))
RUNS: Final = 3
GIB: Final = 2**30
WARM: Final = 300


def totals_of(n: int, seed: int) -> Totals:
    """The totals of n synthetic clients at every session that is kept."""
    draw = np.random.default_rng(seed)
    points = session_points((), DAY - timedelta(days=KEEP), DAY)
    shape = (n, len(points))
    return Totals(points, {**day_totals(_days(points, shape, draw), points), **_ledger(points, shape, draw)}, n)


def _days(points: IntArray, shape: tuple[int, int], draw: np.random.Generator) -> ClientDays:
    assets = draw.lognormal(12, 2, (shape[0], 1)) * np.exp(np.cumsum(draw.normal(0, 0.01, shape), axis=1))
    moved = np.where(draw.random(shape) < 0.01, assets * 0.1, 0.0)
    return ClientDays(
        points, assets, assets * 0.2, assets * 0.1, moved, moved[:, ::-1].copy(), assets * 0.1, assets * 0.05,
        np.zeros(shape, dtype=np.bool_), draw.random(shape[0]) < 0.98,
    )  # fmt: skip


def _ledger(points: IntArray, shape: tuple[int, int], draw: np.random.Generator) -> dict[str, IntArray]:
    """Deals on some days, by clients who trade more and less; every client with one account."""
    buys = draw.random(shape) < draw.beta(1, 20, (shape[0], 1))
    money = np.rint(draw.lognormal(9, 1, shape) * SCALE).astype(np.int64)
    day = np.where(buys, points, 0)
    before = np.maximum.accumulate(np.pad(day, ((0, 0), (1, 0)))[:, :-1], axis=1)
    first = np.where(buys.any(axis=1), points[np.argmax(buys, axis=1)], 0)
    last = np.maximum.accumulate(day, axis=1)
    one = np.ones(shape, dtype=np.int64)
    bought = np.cumsum(buys * money, axis=1)
    opened = np.broadcast_to(draw.integers(points[0] - 3_000, points[0], (shape[0], 1)), shape)
    return {
        "turnover": bought * 2, "purchases": bought, "commission": bought // 4_000, "net_in": bought // 10,
        "trade_days": np.cumsum(buys, axis=1), "purchase_days": np.cumsum(buys, axis=1),
        "purchase_gaps": np.cumsum(np.where(buys & (before > 0), day - before, 0), axis=1),
        "first_buy": np.where(last > 0, first[:, None], 0), "first_deal": np.where(last > 0, first[:, None], 0),
        "last_buy": last, "last_deal": last, "accounts": one, "open_accounts": one, "margin_accounts": one * 0,
        "foreign_accounts": one * 0, "opened": opened,
    }  # fmt: skip


@dataclass
class Recorded:
    """A reader that remembers what it was asked for."""

    within: Totals
    asked: set[tuple[int, str]] = field(default_factory=set)

    @property
    def n(self) -> int:
        return self.within.n

    @property
    def points(self) -> IntArray:
        return self.within.points

    def at(self, name: str, place: int) -> IntArray:
        if place >= 0:
            self.asked.add((place, name))
        return self.within.at(name, place)

    def most(self, name: str, first: int, stop: int) -> IntArray:
        self.asked |= {(place, name) for place in range(first, stop)}
        return self.within.most(name, first, stop)


def fill(url: str, n: int) -> None:
    """Clients with ids below n, and every column of every session that the features of the day look at.

    A session that nothing looks at lies elsewhere in the index: it would cost room, not time.
    """
    block = totals_of(BLOCK, seed=5)
    asking: TotalsReader = (recorded := Recorded(block))
    features_of(asking, DAY)

    def rows() -> Iterator[TotalTuple]:
        for place, name in sorted(recorded.asked):
            day = date.fromordinal(int(block.points[place]))
            numbers = np.ascontiguousarray(block.columns[name][:, place]).tobytes()
            for number in range(-(-n // BLOCK)):
                yield name, day, number, numbers

    with transaction(url) as session:
        session.execute(text(
            "INSERT INTO client (id, client_no, name, kind)"
            " SELECT n, 'C' || lpad(n::text, 7, '0'), '样本', 'NATURAL'"
            f" FROM generate_series(0, {n - 1}) AS n"
        ))
        repository = TotalsRepository(session)
        repository.add(rows())
        for number in range(-(-n // BLOCK)):
            repository.put_block(number, DAY, DAY, "")
        version = ClientRepository(session, everything(DAY)).import_version()
        first = date.fromordinal(int(block.points[0]))
        repository.add_run(DailyTotalRunRow(day=DAY, first=first, clients=n, data_version=version, made_at=STAMP.at))
        session.execute(text("ANALYZE"))


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of a grading run by its parts."""

    read: float
    graded: float
    filed: float

    @property
    def whole(self) -> float:
        return self.read + self.graded + self.filed


def graded_from(url: str, schemes: tuple[Scheme, ...]) -> Taken:
    """One run over the book as the night does it, committed: every client is written, for there was none before."""
    with Session(engine(url)) as session:
        reader = FeatureReader(session, everything(DAY), DAY)
        found: list[tuple[Values, IntArray]] = []
        read = seconds(lambda: found.append(reader.book()))
        values, ids = found[0]
        took: list[Graded] = []
        graded = seconds(lambda: took.append(grade_all(schemes, values)))

        def file() -> None:
            GradeBook(session, everything(DAY)).file(schemes, values, took[0], ids, STAMP)
            session.commit()

        return Taken(read, graded, seconds(file))


def one_by_one(schemes: tuple[Scheme, ...], told: Values, n: int) -> list[dict[str, int]]:
    """The peer: the same engine asked client by client."""
    return [grade_all(schemes, told.at(np.array([place]))).at(0) for place in range(n)]


def values(n: int, seed: int) -> Values:
    """The features of n synthetic clients, in memory."""
    return values_of(DAY, tuple(f"C{place:07d}" for place in range(n)), features_of(totals_of(n, seed), DAY))


def run(scale: Scale) -> list[Line]:
    sizes = (scale.of(10_000, 500), scale.of(100_000, 3_000), scale.of(1_000_000, 9_000))
    few = scale.of(300, 50)
    schemes = schemes_on(DAY)
    took = {}
    for n in (WARM, *sizes):  # the first reads rules and calendar of the process: it is no size of the table
        with database(server()) as url:
            fill(url, n)
            took[n] = graded_from(url, schemes)
    some = values(few, seed=7)
    alone = median([seconds(lambda: one_by_one(schemes, some, few)) for _ in range(RUNS)]) / few
    n = sizes[-1]
    each = "，".join(f"{size:,} 个每个 {took[size].whole / size * 1e6:.1f} 微秒" for size in sizes)
    return [
        Line(
            f"客户分级，{n:,} 个客户 × {len(schemes)} 个方案，从 PostgreSQL 里的日终汇总到登记的等级与特征",
            took[n].whole, "秒", 30.0, peer=f"同一引擎逐个客户（{few} 个）每个 {alone * 1e6:,.0f} 微秒",
            ratio=alone / (took[n].graded / n),
            note=f"读特征 {took[n].read:.1f} 秒，评级 {took[n].graded:.1f} 秒，登记 {took[n].filed:.1f} 秒，"
                 "单进程，预热后一次，等级表与投诉、接触、答卷的登记表为空；倍数只比评级",
        ),
        Line("客户分级：每个客户的成本", took[n].whole / n * 1e6, "微秒", note=each),
        Line("客户分级：内存峰值", peak_rss() / GIB, "GiB", 4.0),
    ]  # fmt: skip
