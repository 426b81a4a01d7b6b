"""Claiming and filing deliveries on PostgreSQL, beside a bare SKIP LOCKED loop in batches of 100; they take turns.

The bare loop does what every queue with a lease does and nothing else, on a table of id, state and payload: claim a
batch (UPDATE … RETURNING over SKIP LOCKED), commit; settle it, commit. The same server, the same durability.
Ours for the inbox locks a batch, asks the gate of each, and files message and state: one commit. A second line claims
by lease and files with its fence, two commits a batch, for channels that leave the house; that it was sent is told by
the row that is filed, so no history is written. A third line is no peer:
the bare loop that takes and is done in one statement, of which a worker that dies half-way would lose what it took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from sqlalchemy import String, bindparam, text
from sqlmodel import Session

from benchmarks.imports import database, server
from benchmarks.result import AT_LEAST, Line, Scale, median, seconds
from kit.db import engine, one_statement
from mot.channels.addresses import AddressBook
from mot.channels.types import Channel
from mot.delivery.claims import Filing, claim, file
from mot.delivery.dispatch import Dispatcher
from mot.delivery.machine import Settlement
from mot.delivery.types import DeliveryState, Happening

BATCH = 100
RUNS = 3
SHARE = 0.5
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)

BARE = "CREATE TABLE bare_task (id integer PRIMARY KEY, state text NOT NULL, payload text NOT NULL)"
BARE_INDEX = "CREATE INDEX bare_task_ready ON bare_task (id) WHERE state = 'READY'"
FILL_BARE = "INSERT INTO bare_task SELECT n, 'READY', 'hello ' || n FROM generate_series(1, :n) AS n"
TAKE_BARE = """
UPDATE bare_task SET state = '{}' WHERE id = ANY(ARRAY(
  SELECT id FROM bare_task WHERE state = 'READY' ORDER BY id LIMIT :n FOR UPDATE SKIP LOCKED)) RETURNING id, payload
"""
CLAIM_BARE = text(TAKE_BARE.format("CLAIMED"))
TAKE_AND_DONE = text(TAKE_BARE.format("DONE"))
SETTLE_BARE = text("UPDATE bare_task SET state = 'DONE' WHERE id = ANY(CAST(:ids AS integer[]))")
FILL = text("""
WITH said AS (
  INSERT INTO delivery (key, subject_kind, subject_id, channel, recipient, address, client_no, guard, category,
    priority, title, body, link, created_at)
  SELECT :run || ':' || n, 'NOTICE', n, :channel, 'staff:S' || n % 500, '', '', '', 'NEW', 1 + n % 5,
    '客户风险测评将到期', '请在到期前联系客户更新风险测评', '/tasks/T' || n, :at
  FROM generate_series(1, :n) AS n RETURNING id, priority, recipient
) INSERT INTO delivery_standing (delivery_id, priority, outward, recipient, state, reason, ready_at, fence, worker,
    attempts, uncertain, since)
SELECT id, priority, :channel <> 'INBOX', recipient, 'PENDING', '', :at, 0, '', 0, 0, :at FROM said
""").bindparams(bindparam("channel", type_=String))


def bare(url: str) -> int:
    """The bare loop, one worker: claim, commit, settle, commit. Returns how many it took."""
    taken = 0
    with Session(engine(url)) as session:
        while found := session.connection().execute(CLAIM_BARE, {"n": BATCH}).all():
            session.commit()
            session.connection().execute(SETTLE_BARE, {"ids": [row[0] for row in found]})
            session.commit()
            taken += len(found)
    return taken


def at_once(url: str) -> int:
    """Taken and done in one statement and one commit a batch: no lease, nothing in between."""
    taken = 0
    with Session(engine(url)) as session:
        while found := session.connection().execute(TAKE_AND_DONE, {"n": BATCH}).all():
            session.commit()
            taken += len(found)
    return taken


def inbox(url: str) -> int:
    """Ours, whole: to the message in the inbox."""
    worker = Dispatcher(url, "bench", addresses=AddressBook(), clock=lambda: LATER, batch=BATCH)
    total: Counter[str] = Counter()
    while done := worker.turn():
        total += done
    return total["SENT"]


def claimed(url: str) -> int:
    """Ours without any sending: claim a batch, file it."""
    filed, sent = 0, Settlement(DeliveryState.SENT, Happening.SENT, "ok", tried=True)
    while True:
        with one_statement(url) as connection:
            found = claim(connection, "bench", LATER, LATER + timedelta(minutes=1), BATCH)
        if not found:
            return filed
        with one_statement(url) as connection:
            filed += len(file(connection, [Filing(one, sent) for one in found], "bench", LATER))


def fill_bare(url: str, rows: int) -> None:
    with engine(url).begin() as connection:
        connection.execute(text("DROP TABLE IF EXISTS bare_task"))
        connection.execute(text(BARE))
        connection.execute(text(BARE_INDEX))
        connection.execute(text(FILL_BARE), {"n": rows})
    _settle(url)


def fill(url: str, rows: int, run: str, channel: Channel) -> None:
    with engine(url).begin() as connection:
        connection.execute(FILL, {"run": run, "n": rows, "at": AT, "channel": channel.value})
    _settle(url)


def _settle(url: str) -> None:
    with engine(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def run(scale: Scale) -> list[Line]:
    rows = scale.of(20_000, 400)
    floor, single, ours, alone = [], [], [], []
    with database(server()) as url:
        for number in range(RUNS):
            fill_bare(url, rows)
            floor.append(rows / seconds(partial(_all, bare, url, rows)))
            fill_bare(url, rows)
            single.append(rows / seconds(partial(_all, at_once, url, rows)))
            fill(url, rows, f"a{number}", Channel.CONSOLE)
            alone.append(rows / seconds(partial(_all, claimed, url, rows)))
            fill(url, rows, f"b{number}", Channel.INBOX)
            ours.append(rows / seconds(partial(_all, inbox, url, rows)))
    peer = median(floor)
    told = f"裸 SKIP LOCKED 循环（领取、登记各一次提交），每批 {BATCH}：{peer:,.0f} 条/秒"
    return [
        Line(f"领取、写入收件箱并登记，{rows:,} 条，每批 {BATCH}", median(ours), "条/秒", peer * SHARE, AT_LEAST, told,
             median(ours) / peer, "逐条复核与站内信在内，一次提交"),
        Line(f"按租约领取并登记外发，{rows:,} 条，每批 {BATCH}", median(alone), "条/秒", peer * SHARE, AT_LEAST, told,
             median(alone) / peer, "租约、栅栏、登记在内，两次提交，不含推送；送达由登记的那一行自证，不另写经过"),
        Line(f"只取不登记的裸循环，{rows:,} 条，每批 {BATCH}", median(single), "条/秒", None, AT_LEAST, told,
             median(single) / peer, "一条语句取走即算完成，一次提交；中断即丢失，不作对照，仅供参考"),
    ]  # fmt: skip


def _all(work: Callable[[str], int], url: str, rows: int) -> None:
    """Raises AssertionError where not every row was done: a rate of lost rows means nothing."""
    done = work(url)
    if done != rows:
        raise AssertionError(f"{done} of {rows} done")
