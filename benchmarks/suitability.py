"""Suitability of the whole book with arrays in memory, an impact preview, and the stored check on PostgreSQL.

The peer of the scan is zen-engine with a decision table that was compiled before: the level rules alone, one pair at a
time, called from Python as a service would call it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from typing import Any

import numpy as np
import zen
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from benchmarks.assessments import assess
from benchmarks.imports import database, server
from benchmarks.result import AT_LEAST, Line, Scale, median, seconds
from clients.staff.filing import Stamp
from clients.tables import ClientRow
from kit.access import Actor, Role, everything
from kit.columns import UNKNOWN
from kit.db import engine, transaction
from kit.memory import keep_what_is_loaded
from market.products.tables import ProductRow
from market.products.types import FACTORS
from suitability.assessment.rebanding import Moved, rebanded, would_rise
from suitability.assessment.standing import AssessmentColumns
from suitability.changes.impact import Book, Side, impact
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.levels import AskedBy, AssetType, OrderSide, Outcome
from suitability.matching.book import Columns, Scan, scan
from suitability.matching.cases import NO_LIMIT
from suitability.matching.service import house_rules
from suitability.questionnaire.bands import Bands
from suitability.rating.service import RatingService

DAY = date(2026, 11, 27)
RUNS = 3
WORKERS = 2
LIMIT = 25.0  # milliseconds, p99 of a stored check
RATES = (50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 500.0)  # a second
SECONDS_EACH = 8
BRANCHES = tuple(f"营业部{number:02}" for number in range(40))
NOW_IN_FORCE = Bands("A", (0, 20, 37, 54, 83), 100)
PROPOSED = Bands("B", (0, 24, 41, 58, 86), 100)
OFFICER = Actor("bench", "性能测量", Role.COMPLIANCE)


def clients_of(n: int, seed: int) -> dict[str, Any]:
    """Clients as a book has them: every level, some professional, some expired, ages, permissions, profiles."""
    draw = np.random.default_rng(seed)
    rank = draw.integers(0, 6, n)
    return {
        "ordinary": draw.random(n) < 0.97, "client_rank": rank, "lowest": (rank == 1) & (draw.random(n) < 0.1),
        "expired": draw.random(n) < 0.1, "term_rank": draw.integers(0, 5, n), "type_rank": draw.integers(0, 6, n),
        "age": draw.integers(18, 95, n), "opened": draw.integers(0, 2**15, n), "biases": draw.integers(0, 2**7, n),
        "expected_return": np.where(draw.random(n) < 0.3, draw.uniform(0.01, 0.2, n), np.nan),
        "lock_limit": np.where(draw.random(n) < 0.3, draw.integers(1, 1500, n), NO_LIMIT),
        "reserve_months": np.where(draw.random(n) < 0.5, draw.uniform(0, 24, n), np.nan),
    }  # fmt: skip


def products_of(p: int, seed: int) -> dict[str, Any]:
    """Products of every level and kind; some locked, some behind a gate."""
    draw = np.random.default_rng(seed)
    locked = draw.random(p) < 0.3
    return {
        "product_rank": draw.integers(1, 6, p), "product_type": draw.integers(1, len(AssetType) + 1, p),
        "term_days": np.where(locked, draw.integers(30, 2000, p), 0), "lockup_days": np.where(
            locked, draw.choice([30, 90, 180, 365, 730, 1095], p), 0
        ),
        "return_high": np.where(draw.random(p) < 0.6, np.round(draw.uniform(0.01, 0.2, p), 3), np.nan),
        "gate": np.where(draw.random(p) < 0.3, 1 << draw.integers(0, 15, p), 0),
        "min_amount": np.where(draw.random(p) < 0.5, 1000.0, np.nan),
    }  # fmt: skip


def scanned(clients: Columns, products: Columns) -> Scan:
    """Every pair judged, and each client's products counted."""
    found = scan(clients, products, DAY, AskedBy.FIRM, house_rules().matching)
    found.counts(Outcome.ALLOW)
    return found


def assessed(clients: Columns, seed: int) -> AssessmentColumns:
    """Scores that give the clients' levels under the bands in force."""
    draw = np.random.default_rng(seed)
    rank = np.asarray(clients["client_rank"])
    lows = np.array([0, *NOW_IN_FORCE.lows])
    ends = np.array([1, *NOW_IN_FORCE.lows[1:], NOW_IN_FORCE.top + 1])
    total = lows[rank] + (draw.random(len(rank)) * (ends[rank] - lows[rank])).astype(np.int64)
    n, nothing = len(rank), np.full(len(rank), UNKNOWN)
    return AssessmentColumns(
        client_id=np.arange(n), id=np.arange(n), questionnaire_id=np.ones(n, dtype=np.int64),
        assessed_on=np.full(n, DAY.toordinal() - 30), valid_through=nothing, total=total, level=rank,
        confirmed_level=rank, lowest=np.asarray(clients["lowest"]), term=nothing, types=nothing, waiting_id=nothing,
    )  # fmt: skip


def preview(book: Book, clients: Columns, products: Columns, scores: AssessmentColumns) -> dict[str, Any]:
    """A change of bands on the whole book: levels, holdings, offers, lists and digests."""
    rules = house_rules().matching
    moved = {1: Moved(DAY.toordinal(), PROPOSED, by_score=False)}
    after = {**clients, "client_rank": rebanded(scores, moved).level}
    nobody = np.zeros(len(scores), dtype=np.bool_)
    sides = Side(clients, products, rules, nobody), Side(after, products, rules, would_rise(scores, moved))
    return impact(book, *sides, DAY)


def book_of(n: int, p: int, holdings: int, seed: int) -> Book:
    draw = np.random.default_rng(seed)
    return Book(
        [f"C{place:07}" for place in range(n)], BRANCHES, draw.integers(0, len(BRANCHES), n),
        [f"P{place:04}" for place in range(p)], draw.integers(0, n, holdings), draw.integers(0, p, holdings),
    )  # fmt: skip


DECISION = {  # 匹配的等级三条，与 SUIT-101、102、103 同义
    "nodes": [
        {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
        {
            "id": "table", "type": "decisionTableNode", "name": "table", "position": {"x": 1, "y": 0},
            "content": {
                "hitPolicy": "first",
                "inputs": [
                    {"id": "o", "field": "ordinary", "name": "ordinary", "type": "expression"},
                    {"id": "l", "field": "lowest", "name": "lowest", "type": "expression"},
                    {"id": "f", "field": "firm_asked", "name": "firm_asked", "type": "expression"},
                    {"id": "g", "field": "product_rank - client_rank", "name": "gap", "type": "expression"},
                ],
                "outputs": [{"id": "out", "field": "outcome", "name": "outcome", "type": "expression"}],
                "rules": [
                    {"_id": "1", "o": "true", "l": "", "f": "true", "g": "> 0", "out": '"REFUSE"'},
                    {"_id": "2", "o": "true", "l": "true", "f": "", "g": "> 0", "out": '"REFUSE"'},
                    {"_id": "3", "o": "true", "l": "", "f": "false", "g": "> 0", "out": '"WARN"'},
                    {"_id": "4", "o": "", "l": "", "f": "", "g": "", "out": '"ALLOW"'},
                ],
            },
        },
        {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
    ],
    "edges": [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "2", "type": "edge", "sourceId": "table", "targetId": "out"},
    ],
}  # fmt: skip


def compiled() -> Any:
    """The peer's engine with the decision compiled: its content is parsed once and handed out by the loader."""
    content = zen.ZenDecisionContent(json.dumps(DECISION))
    return zen.ZenEngine({"loader": lambda _key: content})


def peer_cases(n: int, seed: int) -> list[dict[str, Any]]:
    draw = np.random.default_rng(seed)
    flags = [draw.random(n) < share for share in (0.97, 0.1, 0.5)]
    columns = [draw.integers(1, 6, n), draw.integers(1, 6, n), *flags]
    return [
        {"client_rank": client, "product_rank": product, "ordinary": ordinary, "lowest": lowest, "firm_asked": firm}
        for client, product, ordinary, lowest, firm in zip(*(column.tolist() for column in columns), strict=True)
    ]


def evaluate(engine_of_peer: Any, cases: list[dict[str, Any]]) -> list[str]:
    return [engine_of_peer.evaluate("level", case)["result"]["outcome"] for case in cases]


def stored_checks(checks: int, a_second: float) -> tuple[list[float], str]:
    """Seconds of each stored check at a steady rate, from the moment at which it was due; and the server's version."""
    with database(server()) as url:
        prepare(url)
        context = get_context("spawn")
        ready = context.Barrier(WORKERS)
        with ProcessPoolExecutor(WORKERS, mp_context=context, initializer=_meet_at, initargs=(ready,)) as pool:
            each = checks // WORKERS, a_second / WORKERS
            parts = [pool.submit(paced, url, worker, *each) for worker in range(WORKERS)]
            taken = [one for part in parts for one in part.result()]
        with engine(url).connect() as connection:
            version = str(connection.exec_driver_sql("SHOW server_version").scalar())
    return taken, version


_READY: dict[str, Any] = {}


def _meet_at(ready: Any) -> None:
    """In a worker: where all wait for each other."""
    _READY["all"] = ready


def paced(url: str, worker: int, checks: int, a_second: float) -> list[float]:
    """One worker's part, at its part of the rate; it begins when every worker is warm, each half a turn apart."""
    warm(url)
    _READY["all"].wait()
    taken, start = [], time.perf_counter() + worker / (a_second * WORKERS)
    for number in range(checks):
        due = start + number / a_second
        time.sleep(max(0.0, due - time.perf_counter()))
        one_check(url, number * WORKERS + worker)
        taken.append(time.perf_counter() - due)
    return taken


def warm(url: str) -> None:
    """A worker's first checks: modules, connections, plans; then, as a serving process does, what is loaded stays."""
    for number in range(100):
        one_check(url, number)
    keep_what_is_loaded()


def prepare(url: str) -> None:
    """Clients with a confirmed assessment each, and rated products."""
    now = Stamp(OFFICER, _now())
    with transaction(url) as session:
        clients = [ClientRow(client_no=f"C{place}", name="客户", birth_date=date(1980, 1, 1)) for place in range(500)]
        session.add_all(clients)
        session.flush()
        assess(session, [client.id or 0 for client in clients], DAY, now.at)
        session.add_all([
            ProductRow(
                code=f"P{place}", name=f"产品{place}", kind="MIXED_FUND", issuer="样例", leads_to="", lockup_days=0,
                expected_return_low=Decimal("0.02"), expected_return_high=Decimal("0.04"), factors_on=DAY,
                **{factor.value: 1 + place % 5 for factor in FACTORS},
            )
            for place in range(100)
        ])  # fmt: skip
        session.flush()
        RatingService(session).rate_all(DAY, now)


def one_check(url: str, number: int) -> None:
    """One check, answered, stored with its trail, committed."""
    request = Request(
        client_no=f"C{number % 500}", product_code=f"P{number % 100}", asked_by=AskedBy.FIRM, side=OrderSide.BUY,
        day=DAY,
    )  # fmt: skip
    with Session(engine(url), expire_on_commit=False) as session, session.begin():
        matching_desk(session, everything(DAY)).decide(request, Stamp(OFFICER, _now()))


def _now() -> datetime:
    return datetime.now(UTC)


def run(scale: Scale) -> list[Line]:
    n, p, holdings = scale.of(1_000_000, 2_000), scale.of(2_000, 50), scale.of(5_000_000, 5_000)
    clients, products = clients_of(n, 1), products_of(p, 2)
    scanned(clients_of(100, 3), products)
    taken = median([seconds(partial(scanned, clients, products)) for _ in range(RUNS)])
    found, book = scanned(clients, products), book_of(n, p, holdings, 4)
    held = median([seconds(partial(found.of, book.held_client, book.held_product)) for _ in range(RUNS)])
    scores = assessed(clients, 5)
    previewed = median([seconds(partial(preview, book, clients, products, scores)) for _ in range(RUNS)])
    decision, cases = compiled(), peer_cases(scale.of(100_000, 500), 6)
    evaluate(decision, cases[:100])
    theirs = len(cases) / median([seconds(partial(evaluate, decision, cases)) for _ in range(RUNS)])
    ours = n * p / taken
    return [
        Line(
            f"全账簿适当性，{n:,} 名客户 × {p:,} 个产品，内存数组", taken, "秒", 5.0,
            peer=f"zen-engine 预编译决策（只有等级三条）每秒 {theirs:,.0f} 对", ratio=ours / theirs,
            note=f"每秒 {ours:,.0f} 对，18 条规则",
        ),
        Line("全账簿适当性，每秒判断的客户产品对，比 zen-engine", ours / theirs, "倍", 1000.0, AT_LEAST),
        Line(f"持仓核对，{holdings:,} 条", held, "秒", 2.0),
        Line(f"分数段变更的影响预演，{n:,} 名客户、{holdings:,} 条持仓、{p:,} 个产品", previewed, "秒", 15.0),
        _stored(scale),
    ]  # fmt: skip


def _stored(scale: Scale) -> Line:
    work = "一次登记的适当性检查，PostgreSQL，每秒 200 次，p99"
    try:
        taken, version = stored_checks(scale.of(4_000, 40), 200.0)
    except OperationalError:
        return Line(work, float("nan"), "毫秒", note="没有可用的 PostgreSQL，未测")
    middle = median(taken) * 1000
    note = f"中位 {middle:.1f} 毫秒；{WORKERS} 个进程，自应到时刻起计；{_highest(scale)}；PostgreSQL {version}"
    return Line(work, p99(taken), "毫秒", LIMIT, note=note)


def _highest(scale: Scale) -> str:
    """The highest of a few rates at which the limit is kept, in words: each for some seconds, up to the first miss."""
    kept = 0.0
    for rate in RATES[: scale.of(len(RATES), 1)]:
        taken, _ = stored_checks(scale.of(int(rate * SECONDS_EACH), 40), rate)
        if p99(taken) > LIMIT:
            return f"每秒 {kept:.0f} 次以内守住 {LIMIT:.0f} 毫秒" if kept else f"每秒 {rate:.0f} 次已守不住"
        kept = rate
    return f"每秒 {kept:.0f} 次仍守住 {LIMIT:.0f} 毫秒"


def p99(taken: Sequence[float]) -> float:
    """Milliseconds."""
    return float(np.quantile(taken, 0.99, method="higher")) * 1000
