"""Recording a business change, sealing what is committed, and reading the history of a record."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlmodel import Session

from kit.db import one_at_a_time
from kit.marks import database_id
from kit.together import Asked, Row
from kit.trail import repository
from kit.trail.chain import Head, genesis, linked
from kit.trail.entry import Entry, columns_of, entry_digest, instant

SEAL_LOCK: Final = "heshi.trail.seal"
SEALED_AT_ONCE: Final = 10_000


def record(session: Session, entry: Entry) -> int:
    """Write `entry` in the caller's transaction and return its id: both are kept or neither is."""
    columns = columns_of(entry)
    return repository.append(session, columns, entry_digest(columns))


def record_after(session: Session, entry: Entry, *others: Asked) -> list[list[Row]]:
    """`record`, behind other statements of the same transaction and sent with them; returns the rows of the others."""
    columns = columns_of(entry)
    return repository.append_after(session, columns, entry_digest(columns), *others)[1]


def seal_pending(session: Session, now: datetime, most: int = SEALED_AT_ONCE) -> int:
    """Seal committed entries by id behind the head, up to `most`, and return how many. The caller commits.

    One sealer works at a time, others wait. An entry that commits late with a low id stands in the queue
    until it is sealed: none is skipped.
    """
    if not repository.anything_pending(session):
        return 0
    one_at_a_time(session, SEAL_LOCK)
    entries = repository.pending(session, most)
    if entries:
        repository.append_seals(session, linked(head_of(session), entries, instant(now)))
    return len(entries)


def head_of(session: Session) -> Head:
    """The newest seal, or where the chain of this database begins."""
    return repository.head(session.connection()) or genesis(database_id(session))


def history(session: Session, kind: str, record_id: str, most: int = 200) -> list[dict[str, Any]]:
    """The entries of one record, newest first; `position` and `seal` are None until it is sealed."""
    return repository.history(session, kind, record_id, most)


def page(session: Session, before: int | None = None, most: int = 50) -> list[dict[str, Any]]:
    """The entries of all records, newest first, those with an id below `before`."""
    return repository.page(session, before, most)
