"""`heshi suitability recheck` on a book in PostgreSQL: read, judged, the difference written, committed.

The book has been looked at the day before; then some clients' levels fall. Nothing of it is kept in memory between the
two: positions, ratings, assessments and what was seen last are read from the database, cases and state are written to
it. The other line is the whole book again: every client with every product, from the rows of both.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import numpy as np
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from benchmarks.imports import database, server
from benchmarks.machine import peak_rss
from benchmarks.result import Line, Scale, seconds
from clients.staff.filing import Stamp
from kit.access import Actor, Role
from kit.db import engine
from market.types import IntArray
from suitability.cases.rules import watched
from suitability.levels import AskedBy, Outcome
from suitability.matching.book import scan
from suitability.matching.service import house_rules
from suitability.monitoring.book import rule_mark
from suitability.monitoring.positions import Positions
from suitability.monitoring.reader import BookReader
from suitability.monitoring.repository import WatchRepository
from suitability.monitoring.service import WatchRun, WatchService
from suitability.monitoring.state import EMPTY, step
from suitability.monitoring.tables import WatchRunRow
from suitability.rating.service import RatingService

DAY = date(2026, 11, 27)
BEFORE = DAY - timedelta(days=1)
NOW = datetime(2026, 11, 27, 1, tzinfo=UTC)
STAMP = Stamp(Actor("bench", "性能测量", Role.SERVICE), NOW)
HELD_EACH, CHANGED = 5, 1_000
BOARDS = ("MAIN", "STAR", "CHINEXT", "BSE")
GIB = 2**30

_BOOK = (
    "INSERT INTO client (id, client_no, name, kind, birth_date)"
    " SELECT n, 'C' || lpad(n::text, 7, '0'), '样本', 'NATURAL', DATE '1980-01-01' FROM generate_series(1, :n) n",
    "INSERT INTO account (id, account_no, client_id, kind, currency, opened_on)"
    " SELECT n, 'A' || n, n, 'CASH', 'CNY', DATE '2020-01-02' FROM generate_series(1, :n) n",
    "INSERT INTO instrument (id, code, name, kind, venue, board, currency)"
    " SELECT i, 'S' || i, '证券' || i, 'STOCK', 'XSHG', (CAST(:boards AS text[]))[1 + i % 4], 'CNY'"
    " FROM generate_series(1, :p) i",
    "INSERT INTO daily_price (instrument_id, day, close) SELECT i, :before, 10000000 FROM generate_series(1, :p) i",
    "INSERT INTO holding (account_id, day, instrument_id, quantity)"
    " SELECT n, :before, 1 + (n * 7 + k * 397) % :p, 100000000 * (1 + n % 9)"
    " FROM generate_series(1, :n) n, generate_series(0, :each - 1) k",
    "INSERT INTO watch_holding (account_id, instrument_id, quantity)"
    " SELECT account_id, instrument_id, quantity FROM holding",
    "INSERT INTO questionnaire (id, version, form, status, digest, content, drafted_at, drafted_by)"
    " VALUES (1, 'bench-1', 'NATURAL', 'PUBLISHED', '', '{}', :at, '')",
)
_ASSESSED = (
    "INSERT INTO assessment_session"
    " (id, client_id, questionnaire_id, channel, entered_by, entered_by_name, started_at, state, version)"
    " SELECT :first + n, n, 1, 'APP', 'CLIENT', '', :at, 'SUBMITTED', 1 FROM generate_series(1, :n) n",
    "INSERT INTO assessment (id, client_id, session_id, questionnaire_id, assessed_on, assessed_at, valid_through,"
    " total, level, lowest, term, types, needs_review, bands, content, digest)"
    " SELECT :first + n, n, :first + n, 1, :day, :at, :through, 60, 1 + (n % 5) * :spread, false, 4, 5, false,"
    " 'bench-1', '{}', '' FROM generate_series(1, :n) n",
    "INSERT INTO assessment_confirmation"
    " (assessment_id, confirmed_on, confirmed_at, confirmed_by, channel, shown_digest, evidence)"
    " SELECT :first + n, :day, :at, '', 'APP', '', '' FROM generate_series(1, :n) n",
)


def fill(url: str, n: int, p: int) -> None:
    """The book: each client with an account, five holdings and a confirmed result; seen last the day before."""
    values = {"n": n, "p": p, "each": HELD_EACH, "before": BEFORE, "at": NOW, "boards": list(BOARDS)}
    with Session(engine(url)) as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # rows that are known to fit
        for statement in _BOOK:
            _said(session, statement, values)
        assess(session, n, 0, BEFORE, spread=1)
        seen(session)
        session.commit()
    with engine(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def assess(session: Session, n: int, first: int, day: date, *, spread: int) -> None:
    """A confirmed result for each of the first n clients: of all levels, or of the lowest (spread 0)."""
    values = {"n": n, "first": first, "day": day, "at": NOW, "through": day + timedelta(days=364), "spread": spread}
    for statement in _ASSESSED:
        _said(session, statement, values)


def _said(session: Session, statement: str, values: dict[str, object]) -> None:
    session.execute(text(statement), {name: value for name, value in values.items() if f":{name}" in statement})


def seen(session: Session) -> None:
    """What a run of the day before leaves behind, without its cases: accounts, pairs, its record."""
    kept, reader = WatchRepository(session), BookReader(session, BEFORE)
    holdings, none = kept.holdings(), np.empty(0, dtype=np.int64)
    cash = np.zeros(len(reader.account_ids), dtype=np.int64)
    accounts = {
        "account_id": reader.account_ids, "client_id": reader.owner_ids, "ledger_mark": reader.marks(holdings),
        "cash": cash,
    }  # fmt: skip
    kept.write_accounts(accounts, none)
    positions = Positions(
        holdings["account_id"], holdings["instrument_id"], holdings["quantity"], reader.account_ids, cash
    )
    rules, watching = house_rules().matching, tuple(watched(BEFORE))
    after = step(EMPTY, reader.book(positions, none)[0], rules, watching).after
    every = np.arange(len(after))
    kept.write_pairs(EMPTY, after, every, np.full(len(after), -1), none)
    kept.add_run(WatchRunRow(
        day=BEFORE, whole=True, ran_at=NOW, ran_by="", rule_mark=rule_mark(rules, watching, BEFORE), counts={},
        digest="", retain_until=BEFORE,
    ))  # fmt: skip


def recheck(url: str) -> WatchRun:
    """The run of the day, as the command does it."""
    with Session(engine(url), expire_on_commit=False) as session, session.begin():
        return WatchService(session).recheck(DAY, STAMP)


def every_pair(url: str) -> IntArray:
    """From the rows to how many products each client may be offered."""
    with Session(engine(url)) as session:
        reader = BookReader(session, DAY)
        ids = np.array(sorted(reader.clients), dtype=np.int64)
        clients = reader.client_columns(ids).columns
        products = RatingService(session).product_columns(DAY).as_cases()
        return scan(clients, products, DAY, AskedBy.FIRM, house_rules().matching).counts(Outcome.ALLOW)


def run(scale: Scale) -> list[Line]:
    n, p, fewer = scale.of(1_000_000, 2_000), scale.of(2_000, 400), scale.of(CHANGED, 20)
    work = f"隔日核对，{n:,} 名客户、{n * HELD_EACH:,} 条持仓，PostgreSQL 读出、判断、差额写回"
    runs: list[WatchRun] = []
    try:
        with database(server()) as url:
            fill(url, n, p)
            with Session(engine(url)) as session:
                assess(session, fewer, n, DAY, spread=0)
                session.commit()
            taken = seconds(lambda: runs.append(recheck(url)))
            whole = seconds(partial(every_pair, url))
    except OperationalError:
        return [Line(work, float("nan"), "秒", note="没有可用的 PostgreSQL，未测")]
    counts = runs[0].counts
    note = (
        f"{fewer:,} 名客户等级下调，重判 {counts['judged']:,} 对，改动 {counts['changed']:,} 对，"
        f"告知案件台 {len(runs[0].observations):,} 项；内存峰值 {peak_rss() / GIB:.1f} GiB"
    )
    return [
        Line(work, taken, "秒", 60.0, note=note),
        Line(f"全账簿适当性，{n:,} 名客户 × {p:,} 个证券，从 PostgreSQL 读出到每户可售数", whole, "秒", 60.0),
    ]
