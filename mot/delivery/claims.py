"""The two statements that sending lives by: claim what is ready, file what became of it; each one round trip a batch.

PostgreSQL passes over rows that others hold (SKIP LOCKED); SQLite knows one writer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Integer, String, bindparam, text
from sqlmodel import Session

from kit.db import Moment, one_at_a_time
from mot.channels.types import Channel
from mot.delivery.machine import ENDED, Settlement
from mot.delivery.types import Delivery, DeliveryState, Happening, SubjectKind

WRITER: Final = "heshi.delivery.writer"
NAMES: Final = (
    "id", "key", "subject_kind", "subject_id", "channel", "recipient", "address", "client_no", "guard", "category",
    "priority", "title", "body", "link", "state", "reason", "ready_at", "fence", "worker", "began_at", "attempts",
    "uncertain", "created_at", "expires_at", "ended_at",
)  # fmt: skip
_LONGEST: Final = 400
_CODES: Final[Mapping[str, Mapping[str, Any]]] = {
    name: {one.value: one for one in codes}
    for name, codes in (("subject_kind", SubjectKind), ("channel", Channel), ("state", DeliveryState))
}
_MOMENTS: Final = frozenset(("ready_at", "began_at", "created_at", "expires_at", "ended_at"))

_READY: Final = "ready_at <= :now AND channel <> 'INBOX' ORDER BY priority, ready_at LIMIT :most"
_PICK: Final = f"SELECT id, state FROM delivery WHERE {_READY}"
_OUTWARD: Final = "EXISTS (SELECT 1 FROM delivery o WHERE o.ready_at <= :now AND o.channel <> 'INBOX') AS outward"
_LOCK: Final = f"SELECT {', '.join(NAMES)}, {_OUTWARD} FROM delivery WHERE {_READY.replace('<>', '=')}"
_NOW: Final = bindparam("now", type_=Moment)
_UNTIL: Final = bindparam("until", type_=Moment)
_CLAIM_POSTGRES: Final = text(f"""
WITH picked AS MATERIALIZED ({_PICK} FOR UPDATE SKIP LOCKED)
UPDATE delivery d SET state = 'CLAIMED', fence = d.fence + 1, worker = :worker, ready_at = :until
FROM picked p WHERE d.id = p.id
RETURNING {", ".join("p.state" if one == "state" else f"d.{one}" for one in NAMES)}
""").bindparams(_NOW, _UNTIL)
_LOCKS: Final = {
    "postgresql": text(f"{_LOCK} FOR UPDATE SKIP LOCKED").bindparams(_NOW), "sqlite": text(_LOCK).bindparams(_NOW),
}  # fmt: skip
_PICK_SQLITE: Final = text(_PICK).bindparams(_NOW)
_CLAIM_SQLITE: Final = text(f"""
UPDATE delivery SET state = 'CLAIMED', fence = fence + 1, worker = :worker, ready_at = :until
WHERE id IN :ids RETURNING {", ".join(NAMES)}
""").bindparams(bindparam("ids", expanding=True), _UNTIL)


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
    told = dict(zip(NAMES, row, strict=True))
    for name, codes in _CODES.items():
        told[name] = codes[told[name]]
    return Delivery(**told)


def claim(session: Session, worker: str, now: datetime, until: datetime, most: int) -> list[Delivery]:
    """Up to so many deliveries that leave the house and are ready, the most urgent first, ours until the lease ends.

    began_at tells of a push by a claim before whose answer was never filed. `state` is what it was before the claim.
    """
    connection, given = session.connection(), {"now": now, "until": until, "most": most, "worker": worker}
    if connection.dialect.name == "postgresql":
        return _in_order([delivery_of(row) for row in connection.execute(_CLAIM_POSTGRES, given)])
    one_at_a_time(session, WRITER)
    before: dict[int, str] = dict(connection.execute(_PICK_SQLITE, {"now": now, "most": most}).all())
    if not before:
        return []
    told = {"until": until, "worker": worker, "ids": list(before)}
    found = [delivery_of(_aware(row)) for row in connection.execute(_CLAIM_SQLITE, told)]
    return _in_order([replace(one, state=DeliveryState(before[one.id])) for one in found])


def lock(session: Session, now: datetime, most: int) -> Locked:
    """Up to so many deliveries for the inbox that are ready, the most urgent first, ours until the transaction ends.

    No lease: their whole effect is in this transaction, and a worker that dies leaves them as they were.
    """
    connection = session.connection()
    postgres = connection.dialect.name == "postgresql"
    if not postgres:
        one_at_a_time(session, WRITER)
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


def reword(session: Session, one: Delivery) -> None:
    """The words that are really sent, where the gates gave others than those that were enqueued."""
    statement = text("UPDATE delivery SET title = :title, body = :body WHERE id = :id AND fence = :fence")
    given = {"title": one.title, "body": one.body, "id": one.id, "fence": one.fence}
    session.connection().execute(statement, given)


def begin(session: Session, ids: Sequence[tuple[int, int]], now: datetime, until: datetime) -> set[int]:
    """Note that a push leaves now, and hold on for another lease. ids: delivery and fence. Returns those still ours."""
    statement = text(
        "UPDATE delivery SET began_at = :now, ready_at = :until "
        "WHERE id = :id AND fence = :fence AND state = 'CLAIMED' RETURNING id"
    ).bindparams(bindparam("now", type_=Moment), bindparam("until", type_=Moment))
    kept: set[int] = set()
    for one, fence in sorted(ids):
        given = {"now": now, "until": until, "id": one, "fence": fence}
        kept |= set(session.connection().execute(statement, given).scalars())
    return kept


_FILE_POSTGRES: Final = text("""
WITH told AS MATERIALIZED (
  SELECT * FROM unnest(
    CAST(:ids AS integer[]), CAST(:fences AS integer[]), CAST(:states AS text[]), CAST(:reasons AS text[]),
    CAST(:readies AS timestamptz[]), CAST(:tried AS integer[]), CAST(:lost AS integer[]), CAST(:happenings AS text[]),
    CAST(:ended AS boolean[])
  ) AS t(id, fence, state, reason, ready_at, tried, lost, happening, ended)
), done AS (
  UPDATE delivery d SET state = t.state, reason = t.reason, ready_at = t.ready_at, began_at = NULL,
    fence = d.fence + :locked, worker = :worker, attempts = d.attempts + t.tried, uncertain = d.uncertain + t.lost,
    ended_at = CASE WHEN t.ended THEN CAST(:now AS timestamptz) ELSE NULL END
  FROM told t WHERE d.id = t.id AND d.fence = t.fence AND (:locked = 1 OR d.state = 'CLAIMED') RETURNING d.id
), noted AS (
  INSERT INTO delivery_attempt (delivery_id, fence, worker, at, happening, detail)
  SELECT t.id, t.fence, :worker, :now, CASE WHEN done.id IS NULL THEN 'LATE' ELSE t.happening END, t.reason
  FROM told t LEFT JOIN done ON done.id = t.id WHERE t.happening IS NOT NULL
) SELECT id FROM done
""").bindparams(bindparam("now", type_=Moment), bindparam("locked", type_=Integer), bindparam("worker", type_=String))

_FILE_ONE: Final = text("""
UPDATE delivery SET state = :state, reason = :reason, ready_at = :ready, began_at = NULL,
  fence = fence + :locked, worker = :worker, attempts = attempts + :tried, uncertain = uncertain + :lost,
  ended_at = :ended
WHERE id = :id AND fence = :fence AND (:locked = 1 OR state = 'CLAIMED') RETURNING id
""").bindparams(bindparam("ready", type_=Moment), bindparam("ended", type_=Moment))
_NOTE_ONE: Final = text(
    "INSERT INTO delivery_attempt (delivery_id, fence, worker, at, happening, detail) "
    "VALUES (:id, :fence, :worker, :now, :happening, :detail)"
).bindparams(bindparam("now", type_=Moment), bindparam("worker", type_=String))


def file(
    session: Session, filings: Sequence[Filing], worker: str, now: datetime, *, locked: bool = False
) -> set[int]:
    """File what became of claims; one whose lease was lost adds to the history only. Returns those that were ours.

    locked: of deliveries that this transaction holds by `lock`.
    """
    if not filings:
        return set()
    if session.get_bind().dialect.name == "postgresql":
        return set(session.connection().execute(_FILE_POSTGRES, _columns(filings, worker, now, locked)).scalars())
    one_at_a_time(session, WRITER)
    kept: set[int] = set()
    for one in filings:
        kept |= _file_one(session, one, worker, now, locked)
    return kept


def _columns(filings: Sequence[Filing], worker: str, now: datetime, locked: bool) -> dict[str, Any]:
    return {
        "ids": [one.delivery.id for one in filings], "fences": [one.delivery.fence for one in filings],
        "states": [one.what.state.value for one in filings], "reasons": [one.what.reason[:_LONGEST] for one in filings],
        "readies": [one.what.ready_at for one in filings], "tried": [int(one.what.tried) for one in filings],
        "lost": [int(one.what.lost) for one in filings],
        "happenings": [one.what.happening and one.what.happening.value for one in filings],
        "ended": [one.what.state in ENDED for one in filings], "worker": worker, "now": now, "locked": int(locked),
    }  # fmt: skip


def _file_one(session: Session, one: Filing, worker: str, now: datetime, locked: bool) -> set[int]:
    what, who = one.what, one.delivery
    given = {
        "state": what.state.value, "reason": what.reason[:_LONGEST], "ready": what.ready_at, "tried": int(what.tried),
        "lost": int(what.lost), "ended": now if what.state in ENDED else None, "id": who.id, "fence": who.fence,
        "worker": worker, "locked": int(locked),
    }  # fmt: skip
    kept = set(session.connection().execute(_FILE_ONE, given).scalars())
    if what.happening is not None:
        happening = what.happening if kept else Happening.LATE
        note(session, who.id, who.fence, worker, now, happening, what.reason)
    return kept


def note(
    session: Session, delivery_id: int, fence: int, worker: str, now: datetime, happening: Happening, detail: str
) -> None:
    """Append one row of history."""
    given = {"id": delivery_id, "fence": fence, "worker": worker[:80], "now": now, "happening": happening.value,
             "detail": detail[:_LONGEST]}  # fmt: skip
    session.connection().execute(_NOTE_ONE, given)


INBOX_CALL: Final = "heshi_inbox"
_SENT: Final = """state = 'SENT', reason = :reason, ready_at = NULL, began_at = NULL, fence = fence + 1,
  worker = :worker, attempts = attempts + 1, ended_at = :now"""
_SEND_POSTGRES: Final = text(f"""
WITH done AS (
  UPDATE delivery SET {_SENT}, inbox_no = nextval('inbox_no') WHERE id = ANY(CAST(:ids AS integer[]))
  RETURNING recipient
), called AS MATERIALIZED (
  SELECT pg_notify('{INBOX_CALL}', recipient) FROM done GROUP BY recipient
) SELECT count(*) FROM called
""").bindparams(_NOW, bindparam("worker", type_=String), bindparam("reason", type_=String))
_SEND_SQLITE: Final = text(f"""
UPDATE delivery SET {_SENT}, inbox_no = (SELECT coalesce(max(inbox_no), 0) + 1 FROM delivery WHERE inbox_no IS NOT NULL)
WHERE id = :id
""").bindparams(_NOW)


def send_inbox(session: Session, ids: Sequence[int], reason: str, worker: str, now: datetime) -> None:
    """The deliveries become messages in their inboxes, filed as sent; whoever listens is woken at the commit.

    ids: of deliveries that this transaction holds by `lock`. The row is the message and the proof that it arrived:
    nothing is copied, and no row of history is written beside it. One round trip on PostgreSQL.
    """
    given = {"reason": reason[:_LONGEST], "worker": worker, "now": now}
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(_SEND_POSTGRES, {**given, "ids": sorted(ids)})
        return
    for one in sorted(ids):
        session.connection().execute(_SEND_SQLITE, {**given, "id": one})
