"""Recording a business change, sealing what is committed, and reading the history of a record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session

from kit.db import one_at_a_time
from kit.marks import database_id
from kit.together import Row
from kit.trail import repository
from kit.trail.chain import Head, genesis, linked
from kit.trail.entry import Entry, columns_of, entry_digest, instant

SEAL_LOCK: Final = "heshi.trail.seal"
SEALED_AT_ONCE: Final = 10_000


def record(session: Session, entry: Entry) -> int:
    """Write `entry` in the caller's transaction and return its id: both are kept or neither is."""
    columns = columns_of(entry)
    return repository.append(session, columns, entry_digest(columns))


def record_with(session: Session, entry: Entry, filed: repository.Filing, given: Mapping[str, Any]) -> Row:
    """`record`, and the row that the entry tells of in the same statement; returns what the row's insert returns."""
    columns = columns_of(entry)
    return repository.append_with(session, columns, entry_digest(columns), filed, given)


def record_all(session: Session, entries: Iterable[Entry]) -> None:
    """`record` for each, in their order; the same rows with a fraction of the statements."""
    told = [columns_of(entry) for entry in entries]
    repository.append_all(session, [(columns, entry_digest(columns)) for columns in told])


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
