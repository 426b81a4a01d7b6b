"""The two statements that sending lives by: claim what is ready, file what became of it; each one round trip a batch.

PostgreSQL passes over rows that others hold (SKIP LOCKED); SQLite knows one writer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Integer, String, bindparam, text

from kit.db import Moment, one_at_a_time
from mot.channels.types import Channel
from mot.delivery.machine import ENDED, Settlement
from mot.delivery.types import Delivery, DeliveryState, Happening, SubjectKind

WRITER: Final = "heshi.delivery.writer"
NAMES: Final = Delivery._fields
STANDS: Final = frozenset((
    "state", "reason", "ready_at", "fence", "worker", "began_at", "attempts", "uncertain", "since", "ended_at",
))  # fmt: skip
"""Of these, how a delivery stands; the others are what it says, and to whom."""
_LONGEST: Final = 400
_KINDS: Final = {one.value: one for one in SubjectKind}
_CHANNELS: Final = {one.value: one for one in Channel}
_STATES: Final = {one.value: one for one in DeliveryState}
_MOMENTS: Final = frozenset(("ready_at", "began_at", "created_at", "expires_at", "since", "ended_at"))

_COLUMNS: Final = ", ".join(f"{'s' if one in STANDS else 'd'}.{one}" for one in NAMES)
_READY: Final = "ready_at <= :now AND {} ORDER BY priority, ready_at LIMIT :most"
_PICK: Final = f"SELECT delivery_id, state FROM delivery_standing WHERE {_READY.format('outward')}"
# In order, so that the index is read: a search for any at all would read the table through where there is none.
_FIRST_OUTWARD: Final = _READY.format("outward").replace(":most", "1")
_OUTWARD: Final = f"(SELECT true FROM delivery_standing WHERE {_FIRST_OUTWARD}) AS leaves"
_LOCK: Final = f"""
WITH picked AS MATERIALIZED (SELECT * FROM delivery_standing WHERE {_READY.format("NOT outward")} {{0}})
SELECT {_COLUMNS}, {_OUTWARD} FROM picked s JOIN delivery d ON d.id = s.delivery_id {{1}}
"""
# What was picked is named once more as an array, of which PostgreSQL expects few: it then looks rows up by their key
# and never reads a whole table, however many it thinks that a limit lets through.
_AMONG: Final = "= ANY(ARRAY(SELECT delivery_id FROM picked))"
_NOW: Final = bindparam("now", type_=Moment)
_UNTIL: Final = bindparam("until", type_=Moment)
_CLAIM_POSTGRES: Final = text(f"""
WITH picked AS MATERIALIZED ({_PICK} FOR UPDATE SKIP LOCKED), taken AS (
  UPDATE delivery_standing SET state = 'CLAIMED', fence = fence + 1, worker = :worker, ready_at = :until
  WHERE delivery_id {_AMONG} RETURNING *
) SELECT {_COLUMNS.replace("s.state", "p.state")}
FROM taken s JOIN picked p USING (delivery_id) JOIN delivery d ON d.id = s.delivery_id
""").bindparams(_NOW, _UNTIL)
_LOCKS: Final = {
    "postgresql": text(_LOCK.format("FOR UPDATE SKIP LOCKED", f"AND d.id {_AMONG}")).bindparams(_NOW),
    "sqlite": text(_LOCK.format("", "")).bindparams(_NOW),
}
_PICK_SQLITE: Final = text(_PICK).bindparams(_NOW)
_CLAIM_SQLITE: Final = text("""
UPDATE delivery_standing SET state = 'CLAIMED', fence = fence + 1, worker = :worker, ready_at = :until
WHERE delivery_id IN :ids
""").bindparams(bindparam("ids", expanding=True), _UNTIL)
_CLAIMED_SQLITE: Final = text(
    f"SELECT {_COLUMNS} FROM delivery_standing s JOIN delivery d ON d.id = s.delivery_id WHERE d.id IN :ids"
).bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class Filing:
    """A settlement of one claim."""

    delivery: Delivery
    what: Settlement


@dataclass(frozen=True, slots=True)
class Locked:
    """Deliveries for the inbox that this transaction holds. outward: whether anything that leaves the house waits."""

    found: list[Delivery]
    outward: bool


def delivery_of(row: Sequence[Any]) -> Delivery:
    """A row, in the order of NAMES, as a value."""
    kind, channel, state, *rest = row
    return Delivery(_KINDS[kind], _CHANNELS[channel], _STATES[state], *rest)


def claim(connection: Connection, worker: str, now: datetime, until: datetime, most: int) -> list[Delivery]:
    """Up to so many deliveries that leave the house and are ready, the most urgent first, ours until the lease ends.

    began_at tells of a push by a claim before whose answer was never filed. `state` is what it was before the claim.
    One statement on PostgreSQL.
    """
    given = {"now": now, "until": until, "most": most, "worker": worker}
    if connection.dialect.name == "postgresql":
        return _in_order([delivery_of(row) for row in connection.execute(_CLAIM_POSTGRES, given).all()])
    one_at_a_time(connection, WRITER)
    before: dict[int, str] = dict(connection.execute(_PICK_SQLITE, {"now": now, "most": most}).all())
    if not before:
        return []
    connection.execute(_CLAIM_SQLITE, {"until": until, "worker": worker, "ids": list(before)})
    found = [delivery_of(_aware(row)) for row in connection.execute(_CLAIMED_SQLITE, {"ids": list(before)})]
    return _in_order([one._replace(state=_STATES[before[one.id]]) for one in found])


def lock(connection: Connection, now: datetime, most: int) -> Locked:
    """Up to so many deliveries for the inbox that are ready, the most urgent first, ours until the transaction ends.

    No lease: their whole effect is in this transaction, and a worker that dies leaves them as they were.
    """
    postgres = connection.dialect.name == "postgresql"
    if not postgres:
        one_at_a_time(connection, WRITER)
    rows = connection.execute(_LOCKS[connection.dialect.name], {"now": now, "most": most}).all()
    found = [delivery_of(row[:-1] if postgres else _aware(row[:-1])) for row in rows]
    return Locked(_in_order(found), not rows or bool(rows[0][-1]))


def _in_order(found: list[Delivery]) -> list[Delivery]:
    return sorted(found, key=lambda one: (one.priority, one.created_at, one.id))


def _aware(row: Sequence[Any]) -> list[Any]:
    """A raw row of SQLite, which writes moments as text, with moments as PostgreSQL gives them."""
    return [_moment(value) if name in _MOMENTS else value for name, value in zip(NAMES, row, strict=True)]


def _moment(value: Any) -> datetime | None:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    moment: datetime | None = value
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def reword(connection: Connection, one: Delivery) -> None:
    """The words that are really sent, where the gates gave others than those that were enqueued."""
    statement = text(
        "UPDATE delivery SET title = :title, body = :body WHERE id = :id AND EXISTS "
        "(SELECT 1 FROM delivery_standing s WHERE s.delivery_id = :id AND s.fence = :fence)"
    )
    given = {"title": one.title, "body": one.body, "id": one.id, "fence": one.fence}
    connection.execute(statement, given)


def begin(connection: Connection, ids: Sequence[tuple[int, int]], now: datetime, until: datetime) -> set[int]:
    """Note that a push leaves now, and hold on for another lease. ids: delivery and fence. Returns those still ours."""
    statement = text(
        "UPDATE delivery_standing SET began_at = :now, ready_at = :until "
        "WHERE delivery_id = :id AND fence = :fence AND state = 'CLAIMED' RETURNING delivery_id"
    ).bindparams(bindparam("now", type_=Moment), bindparam("until", type_=Moment))
    kept: set[int] = set()
    for one, fence in sorted(ids):
        given = {"now": now, "until": until, "id": one, "fence": fence}
        kept |= set(connection.execute(statement, given).scalars())
    return kept


_FILE_POSTGRES: Final = text("""
WITH told AS MATERIALIZED (
  SELECT t.id, t.fence, w.*
  FROM unnest(CAST(:ids AS integer[]), CAST(:fences AS integer[]), CAST(:places AS integer[])) AS t(id, fence, place)
  JOIN unnest(
    CAST(:states AS text[]), CAST(:reasons AS text[]), CAST(:readies AS timestamptz[]), CAST(:tried AS integer[]),
    CAST(:lost AS integer[]), CAST(:happenings AS text[]), CAST(:ended AS boolean[])
  ) WITH ORDINALITY AS w(state, reason, ready_at, tried, lost, happening, ended, place) ON w.place = t.place
), done AS (
  UPDATE delivery_standing s SET state = t.state, reason = t.reason, ready_at = t.ready_at, began_at = NULL,
    fence = s.fence + :locked, worker = :worker, attempts = s.attempts + t.tried, uncertain = s.uncertain + t.lost,
    ended_at = CASE WHEN t.ended THEN CAST(:now AS timestamptz) ELSE NULL END
  FROM told t WHERE s.delivery_id = t.id AND s.fence = t.fence AND (:locked = 1 OR s.state = 'CLAIMED')
  RETURNING s.delivery_id
), noted AS (
  INSERT INTO delivery_attempt (delivery_id, fence, worker, at, happening, detail)
  SELECT id, fence, :worker, :now, CASE WHEN id IN (SELECT delivery_id FROM done) THEN happening ELSE 'LATE' END,
    reason
  FROM told
  WHERE happening IS NOT NULL AND (happening <> 'SENT' OR id NOT IN (SELECT delivery_id FROM done))
) SELECT delivery_id FROM done
""").bindparams(_NOW, bindparam("locked", type_=Integer), bindparam("worker", type_=String))

_FILE_ONE: Final = text("""
UPDATE delivery_standing SET state = :state, reason = :reason, ready_at = :ready, began_at = NULL,
  fence = fence + :locked, worker = :worker, attempts = attempts + :tried, uncertain = uncertain + :lost,
  ended_at = :ended
WHERE delivery_id = :id AND fence = :fence AND (:locked = 1 OR state = 'CLAIMED') RETURNING delivery_id
""").bindparams(bindparam("ready", type_=Moment), bindparam("ended", type_=Moment))
_NOTE_ONE: Final = text(
    "INSERT INTO delivery_attempt (delivery_id, fence, worker, at, happening, detail) "
    "VALUES (:id, :fence, :worker, :now, :happening, :detail)"
).bindparams(_NOW, bindparam("worker", type_=String))


def file(
    connection: Connection, filings: Sequence[Filing], worker: str, now: datetime, *, locked: bool = False
) -> set[int]:
    """File what became of claims; one whose lease was lost adds to the history only. Returns those that were ours.

    That it was sent is told by the delivery itself, which nothing changes any more: no row of history is written
    beside it. locked: of deliveries that this transaction holds by `lock`. One statement on PostgreSQL.
    """
    if not filings:
        return set()
    if connection.dialect.name == "postgresql":
        return set(connection.execute(_FILE_POSTGRES, _columns(filings, worker, now, locked)).scalars().all())
    one_at_a_time(connection, WRITER)
    kept: set[int] = set()
    for one in filings:
        kept |= _file_one(connection, one, worker, now, locked)
    return kept


def _columns(filings: Sequence[Filing], worker: str, now: datetime, locked: bool) -> dict[str, Any]:
    """A batch mostly ends in one way: each way is told once, and a delivery names its place among them."""
    ways = list(dict.fromkeys(one.what for one in filings))
    places = {way: place for place, way in enumerate(ways, 1)}
    return {
        "ids": _numbers(one.delivery.id for one in filings), "fences": _numbers(one.delivery.fence for one in filings),
        "places": _numbers(places[one.what] for one in filings),
        "states": [way.state.value for way in ways], "reasons": [way.reason[:_LONGEST] for way in ways],
        "readies": [way.ready_at for way in ways], "tried": [int(way.tried) for way in ways],
        "lost": [int(way.lost) for way in ways],
        "happenings": [way.happening and way.happening.value for way in ways],
        "ended": [way.state in ENDED for way in ways], "worker": worker, "now": now, "locked": int(locked),
    }  # fmt: skip


def _numbers(found: Iterable[int]) -> str:
    """An array as PostgreSQL reads it: the driver writes a list item by item."""
    return "{" + ",".join(map(str, found)) + "}"


def _file_one(connection: Connection, one: Filing, worker: str, now: datetime, locked: bool) -> set[int]:
    what, who = one.what, one.delivery
    given = {
        "state": what.state.value, "reason": what.reason[:_LONGEST], "ready": what.ready_at, "tried": int(what.tried),
        "lost": int(what.lost), "ended": now if what.state in ENDED else None, "id": who.id, "fence": who.fence,
        "worker": worker, "locked": int(locked),
    }  # fmt: skip
    kept = set(connection.execute(_FILE_ONE, given).scalars())
    if what.happening is not None and not (kept and what.happening is Happening.SENT):
        happening = what.happening if kept else Happening.LATE
        note(connection, who.id, who.fence, worker, now, happening, what.reason)
    return kept


def note(
    connection: Connection, delivery_id: int, fence: int, worker: str, now: datetime, happening: Happening, detail: str
) -> None:
    """Append one row of history."""
    given = {"id": delivery_id, "fence": fence, "worker": worker[:80], "now": now, "happening": happening.value,
             "detail": detail[:_LONGEST]}  # fmt: skip
    connection.execute(_NOTE_ONE, given)


INBOX_CALL: Final = "heshi_inbox"
_SENT: Final = """state = 'SENT', reason = :reason, ready_at = NULL, began_at = NULL, fence = fence + 1,
  worker = :worker, attempts = attempts + 1, ended_at = :now"""
_SEND_POSTGRES: Final = text(f"""
WITH done AS (
  UPDATE delivery_standing SET {_SENT}, inbox_no = nextval('inbox_no') WHERE delivery_id = ANY(CAST(:ids AS integer[]))
  RETURNING recipient
), called AS MATERIALIZED (
  SELECT pg_notify('{INBOX_CALL}', recipient) FROM done GROUP BY recipient
) SELECT count(*) FROM called
""").bindparams(_NOW, bindparam("worker", type_=String), bindparam("reason", type_=String))
_SEND_SQLITE: Final = text(f"""
UPDATE delivery_standing SET {_SENT}, inbox_no =
  (SELECT coalesce(max(inbox_no), 0) + 1 FROM delivery_standing WHERE inbox_no IS NOT NULL)
WHERE delivery_id = :id
""").bindparams(_NOW)


def send_inbox(connection: Connection, ids: Sequence[int], reason: str, worker: str, now: datetime) -> None:
    """The deliveries become messages in their inboxes, filed as sent; whoever listens is woken at the commit.

    ids: of deliveries that this transaction holds by `lock`. The delivery is the message and the proof that it
    arrived: nothing is copied, and no row of history is written beside it. One round trip on PostgreSQL.
    """
    given = {"reason": reason[:_LONGEST], "worker": worker, "now": now}
    if connection.dialect.name == "postgresql":
        connection.execute(_SEND_POSTGRES, {**given, "ids": _numbers(sorted(ids))})
        return
    for one in sorted(ids):
        connection.execute(_SEND_SQLITE, {**given, "id": one})
