"""One million clients by every scheme: from daily totals in memory to grades, beside a client-by-client loop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
from sqlalchemy import text
from sqlmodel import Session

from benchmarks.imports import database, server
from benchmarks.machine import peak_rss
from benchmarks.result import Line, Scale, median, seconds
from clients.grading.engine import Graded, grade_all
from clients.grading.features import FEATURES, Unit, Values, values_of
from clients.grading.loading import schemes_on
from clients.grading.schemes import Scheme
from clients.grading.service import GradeBook
from clients.staff.filing import Stamp
from diagnosis.client_days import ClientDays, day_features
from kit.access import Actor, Role, everything
from kit.db import engine
from market.types import FloatArray

DAY = date(2026, 11, 27)
POINTS, BLOCK = 300, 2_000
RUNS = 3
GIB = 2**30


@dataclass(frozen=True)
class Book:
    """n clients: the days of a block of them, and what the ledger says of all."""

    n: int
    days: ClientDays
    ledger: dict[str, FloatArray]


def book_of(n: int, seed: int) -> Book:
    """A synthetic book of at most one block, or of whole blocks.

    Every block of clients has the same days: those of a million would need 12 GiB.
    """
    random = np.random.default_rng(seed)
    own = [one for one in FEATURES.values() if one.owner != "diagnosis"]
    return Book(n, days_of(min(BLOCK, n), random), {one.name: column_of(one.unit, n, random) for one in own})


def days_of(n: int, random: np.random.Generator) -> ClientDays:
    """Trading days that end on the day, by calendar five in seven."""
    points = np.array([DAY.toordinal() - back for back in range(POINTS * 7 // 5) if (back % 7) < 5][::-1])
    shape = (n, len(points))
    assets = random.lognormal(12, 2, (n, 1)) * np.exp(np.cumsum(random.normal(0, 0.01, shape), axis=1))
    moved = np.where(random.random(shape) < 0.01, assets * 0.1, 0.0)
    return ClientDays(
        points, assets, assets * 0.2, assets * 0.1, moved, moved[:, ::-1].copy(), assets[:, -1] * 0.1,
        assets[:, -1] * 0.05, random.random(n) < 0.98,
    )  # fmt: skip


def column_of(unit: Unit, n: int, random: np.random.Generator) -> FloatArray:
    """Values as a book has them, a part of them unknown."""
    if unit is Unit.FLAG:
        return (random.random(n) < 0.2).astype(np.float64)
    if unit in (Unit.YUAN, Unit.PPM):
        made = np.round(random.lognormal(10, 3, n), 2)
    elif unit in (Unit.RATIO, Unit.SCORE, Unit.TIMES):
        made = random.random(n) * (100 if unit is Unit.SCORE else 1)
    else:
        made = np.floor(random.exponential(60, n))
    return np.where(random.random(n) < 0.05, np.nan, made)


def values(book: Book) -> Values:
    """All features of the book: those of the days computed, block by block."""
    blocks = []
    for start in range(0, book.n, BLOCK):
        turnover = book.ledger["turnover_year"][start : start + BLOCK]
        blocks.append(day_features(book.days, DAY, turnover))
    columns = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return values_of(DAY, numbers(book.n), {**book.ledger, **columns})


def numbers(n: int) -> tuple[str, ...]:
    return tuple(f"C{place:07d}" for place in range(n))


def one_by_one(schemes: tuple[Scheme, ...], told: Values, n: int) -> list[dict[str, int]]:
    """The peer: the same engine asked client by client."""
    return [grade_all(schemes, told.at(np.array([place]))).at(0) for place in range(n)]


def file_in(url: str, schemes: tuple[Scheme, ...], told: Values, graded: Graded) -> float:
    """Seconds in which a first run over the book is on file, committed: every client is written."""
    with Session(engine(url)) as session:
        session.execute(text(
            "INSERT INTO client (id, client_no, name, kind)"
            " SELECT n, 'C' || lpad((n - 1)::text, 7, '0'), '样本', 'NATURAL'"
            f" FROM generate_series(1, {len(told)}) AS n"
        ))
        session.commit()
        stamp = Stamp(Actor("bench", "测量", Role.SERVICE), datetime(2026, 11, 27, tzinfo=UTC))
        ids = np.arange(1, len(told) + 1)

        def file() -> None:
            GradeBook(session, everything(DAY)).file(schemes, told, graded, ids, stamp)
            session.commit()

        return seconds(file)


def run(scale: Scale) -> list[Line]:
    n, few = scale.of(1_000_000, 20_000), scale.of(300, 50)
    schemes = schemes_on(DAY)
    book = book_of(n, seed=5)
    grade_all(schemes, values(book_of(few, seed=6)))
    told = values(book)
    made = [seconds(lambda: values(book)) for _ in range(RUNS)]
    graded = [seconds(lambda: grade_all(schemes, told)) for _ in range(RUNS)]
    some = values(book_of(few, seed=7))
    alone = median([seconds(lambda: one_by_one(schemes, some, few)) for _ in range(RUNS)]) / few
    whole = [a + b for a, b in zip(made, graded, strict=True)]
    with database(server()) as url:
        filing = file_in(url, schemes, told, grade_all(schemes, told))
    memory = peak_rss() / GIB
    work = f"客户分级，{n:,} 个客户 × {len(schemes)} 个方案，从日终资产到等级，内存中"
    return [
        Line(
            work, median(whole), "秒", 30.0, peer=f"同一引擎逐个客户（{few} 个）每个 {alone * 1e6:,.0f} 微秒",
            ratio=alone / (median(graded) / n),
            note=f"特征 {median(made):.2f} 秒，评级 {median(graded):.2f} 秒，单进程；倍数只比评级",
        ),
        Line(
            f"{work}，登记到 PostgreSQL 为止", median(whole) + filing, "秒", 30.0,
            note=f"其中登记等级与特征 {filing:.1f} 秒，一次，空表",
        ),
        Line(f"{work}：内存峰值", memory, "GiB", 4.0),
    ]  # fmt: skip

