"""Every query on the trail: entries are added and read, seals are appended; nothing here changes or deletes either."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from secrets import token_hex
from typing import Any, Final

from sqlalchemy import CTE, Connection, Insert, Table, bindparam, delete, func, insert, select, text
from sqlmodel import Session, SQLModel

from kit.together import Row as Told
from kit.together import send
from kit.trail.chain import Head, Seal
from kit.trail.entry import COLUMNS
from kit.trail.tables import PendingRow, SealRow, TrailRow

TRAIL: Final[Table] = SQLModel.metadata.tables[str(TrailRow.__tablename__)]
PENDING: Final[Table] = SQLModel.metadata.tables[str(PendingRow.__tablename__)]
SEALS: Final[Table] = SQLModel.metadata.tables[str(SealRow.__tablename__)]
AT_ONCE: Final = 5_000  # rows a fetch
_DELETED_AT_ONCE: Final = 500  # values in one IN
_ENTRY: Final = insert(TRAIL).returning(TRAIL.c.id)
_WAITING: Final = insert(PENDING)


def _entry_and_place(*told: Any, behind: CTE | None = None) -> Insert:
    """The entry and its place in the queue in one statement, as PostgreSQL knows it; `behind` another insert."""
    said = {name: bindparam(f"said_{name}", type_=TRAIL.c[name].type) for name in COLUMNS}
    entry = insert(TRAIL).values(said).returning(TRAIL.c.id).cte("entry")
    digest = bindparam("waiting_digest", type_=PENDING.c.entry_digest.type)
    waiting = insert(PENDING).from_select(["trail_id", "entry_digest"], select(entry.c.id, digest))
    if behind is not None:
        waiting = waiting.add_cte(behind)
    return waiting.returning(PENDING.c.trail_id, *told)


_AT_ONCE: Final = _entry_and_place()


@dataclass(frozen=True, slots=True)
class Filing:
    """An insert of one row that returns something, and the same with the entry that tells of it in one statement."""

    alone: Insert
    told: Insert


def filing(statement: Insert) -> Filing:
    """statement: written once by name, every value a named place."""
    own = statement.cte("own")
    answers = [select(column).scalar_subquery().label(column.name) for column in own.c]
    return Filing(statement, _entry_and_place(*answers, behind=own))


Row = tuple[Any, ...]
Rows = Iterator[Row]


def append(session: Session, columns: Mapping[str, str], entry_digest: str) -> int:
    """One entry and its place in the queue for a seal; returns its id."""
    if session.connection().dialect.name == "postgresql":
        return int(send(session, _AT_ONCE, _said(columns, entry_digest))[0]["trail_id"])
    connection = session.connection()
    trail_id = int(connection.execute(_ENTRY, dict(columns)).scalar_one())
    connection.execute(_WAITING, {"trail_id": trail_id, "entry_digest": entry_digest})
    return trail_id


def append_with(
    session: Session, columns: Mapping[str, str], entry_digest: str, filed: Filing, given: Mapping[str, Any]
) -> Told:
    """The same behind a row that it tells of; what the row's own insert returns."""
    if session.connection().dialect.name == "postgresql":
        return send(session, filed.told, {**given, **_said(columns, entry_digest)})[0]
    row = send(session, filed.alone, given)[0]
    append(session, columns, entry_digest)
    return row


def append_all(session: Session, entries: Sequence[tuple[Mapping[str, str], str]]) -> None:
    """The same for many entries with their digests, in their order: three statements, however many."""
    if not entries:
        return
    if session.connection().dialect.name != "postgresql":
        for columns, entry_digest in entries:
            append(session, columns, entry_digest)
        return
    session.flush()
    numbers = text("SELECT nextval(pg_get_serial_sequence('trail', 'id')) FROM generate_series(1, :n)")
    ids = sorted(session.scalars(numbers, {"n": len(entries)}))
    told: dict[str, list[Any]] = {name: [columns[name] for columns, _ in entries] for name in COLUMNS}
    session.execute(_MANY, {"ids": ids, **told})
    session.execute(_MANY_WAITING, {"ids": ids, "digests": [entry_digest for _, entry_digest in entries]})


_MANY: Final = text(
    f"INSERT INTO trail (id, {', '.join(COLUMNS)})"
    f" SELECT * FROM unnest(CAST(:ids AS bigint[]), {', '.join(f'CAST(:{name} AS text[])' for name in COLUMNS)})"
)
_MANY_WAITING: Final = text(
    "INSERT INTO trail_pending (trail_id, entry_digest)"
    " SELECT * FROM unnest(CAST(:ids AS bigint[]), CAST(:digests AS text[]))"
)


def _said(columns: Mapping[str, str], entry_digest: str) -> dict[str, str]:
    return {f"said_{name}": columns[name] for name in COLUMNS} | {"waiting_digest": entry_digest}


def anything_pending(session: Session) -> bool:
    return session.connection().execute(select(PENDING.c.trail_id).limit(1)).first() is not None


def pending(session: Session, most: int) -> list[tuple[int, str]]:
    """Committed entries without a seal as (trail id, digest), by id."""
    sealed = select(SEALS.c.trail_id).where(SEALS.c.trail_id == PENDING.c.trail_id)
    statement = select(PENDING.c.trail_id, PENDING.c.entry_digest).where(~sealed.exists())
    statement = statement.order_by(PENDING.c.trail_id).limit(most)
    return [(row.trail_id, row.entry_digest) for row in session.connection().execute(statement)]


def head(connection: Connection) -> Head | None:
    """The newest seal, None before the first."""
    found = connection.execute(select(SEALS.c.position, SEALS.c.seal).order_by(SEALS.c.position.desc()).limit(1))
    row = found.first()
    return Head(row.position, row.seal) if row else None


def append_seals(session: Session, seals: Sequence[Seal]) -> None:
    """The seals, and their entries out of the queue."""
    connection = session.connection()
    connection.execute(insert(SEALS), [asdict(seal) for seal in seals])
    for start in range(0, len(seals), _DELETED_AT_ONCE):
        ids = [seal.trail_id for seal in seals[start : start + _DELETED_AT_ONCE]]
        connection.execute(delete(PENDING).where(PENDING.c.trail_id.in_(ids)))


def history(session: Session, kind: str, record_id: str, most: int) -> list[dict[str, Any]]:
    """Entries of one record, newest first, each with the position and seal it has or None."""
    statement = (
        select(TRAIL, SEALS.c.position, SEALS.c.seal)
        .outerjoin(SEALS, SEALS.c.trail_id == TRAIL.c.id)
        .where(TRAIL.c.record_kind == kind, TRAIL.c.record_id == record_id)
        .order_by(TRAIL.c.id.desc())
        .limit(most)
    )
    return [dict(row) for row in session.connection().execute(statement).mappings()]


def page(session: Session, before: int | None, most: int) -> list[dict[str, Any]]:
    """Entries of all records, newest first, those with an id below `before`."""
    statement = select(TRAIL).order_by(TRAIL.c.id.desc()).limit(most)
    if before is not None:
        statement = statement.where(TRAIL.c.id < before)
    return [dict(row) for row in session.connection().execute(statement).mappings()]


def all_seals(connection: Connection) -> Rows:
    """Every seal by position: (position, trail_id, entry_digest, previous, sealed_at, seal), texts as bytes."""
    texts: tuple[str, ...] = ("entry_digest", "previous", "sealed_at", "seal")
    if connection.dialect.name == "postgresql":
        texts = tuple(f"convert_to({name}, 'UTF8')" for name in texts)
    return _streamed(connection, f"SELECT position, trail_id, {', '.join(texts)} FROM trail_seal ORDER BY position")


def all_entries(connection: Connection) -> Rows:
    """Every entry by id as the columns give it now: (id, *parts).

    The parts are bytes; joined by U+001F they are what the digest covers. PostgreSQL joins them itself; SQLite does
    that slower than Python, and its printf stops at a zero byte.
    """
    parts = _POSTGRES_CONTENT if connection.dialect.name == "postgresql" else ", ".join(COLUMNS)
    return _streamed(connection, f"SELECT id, {parts} FROM trail t ORDER BY id")


_POSTGRES_CONTENT: Final = f"convert_to(concat_ws(chr(31), {', '.join(f't.{name}' for name in COLUMNS)}), 'UTF8')"


def _streamed(connection: Connection, statement: str) -> Rows:
    """The rows of the driver itself, without keeping them: a trail is longer than memory."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        return chain.from_iterable(_blocks(driver, statement))
    rows: Rows = driver.cursor().execute(statement)
    return rows


def _blocks(driver: Any, statement: str) -> Iterator[list[Row]]:
    with driver.cursor(name=f"trail_{token_hex(4)}", binary=True) as cursor:
        cursor.execute(statement)
        while block := cursor.fetchmany(AT_ONCE):
            yield block


@contextmanager
def texts_as_bytes(connection: Connection) -> Iterator[None]:
    """Inside, SQLite gives texts as the bytes they are, PostgreSQL whatever was asked for."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        yield
        return
    driver.text_factory = bytes
    try:
        yield
    finally:
        driver.text_factory = str


def waiting(connection: Connection) -> dict[int, str]:
    """The queue for a seal: digest when recorded, by trail id."""
    sealed = select(SEALS.c.trail_id).where(SEALS.c.trail_id == PENDING.c.trail_id)
    rows = connection.execute(select(PENDING.c.trail_id, PENDING.c.entry_digest).where(~sealed.exists()))
    return {row.trail_id: row.entry_digest for row in rows}


def id_given_last(connection: Connection) -> int | None:
    """The highest id that an entry has had, where the database knows: SQLite gives none twice and none in vain."""
    if connection.dialect.name != "sqlite":
        return None  # a sequence also moves for transactions that were rolled back
    found = connection.execute(text("SELECT seq FROM sqlite_sequence WHERE name = 'trail'")).scalar()
    return int(found or 0)


def highest_id(connection: Connection) -> int:
    return int(connection.execute(select(func.max(TRAIL.c.id))).scalar() or 0)
