"""Every query on what the watch saw last: read whole as columns, written as the difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from sqlalchemy import Table, and_, bindparam, delete, insert, select, update
from sqlmodel import Session, SQLModel, col

from kit.columns import Kind, integer_columns
from kit.numbers import put, take_away
from market.types import IntArray
from suitability.monitoring.book import key_of, pair_of
from suitability.monitoring.state import State, places_in
from suitability.monitoring.tables import WatchAccountRow, WatchHoldingRow, WatchPairRow, WatchRunRow

_PAIR: Final = tuple(one.name for one in fields(State) if one.name != "key")
Columns = dict[str, IntArray]
BULK: Final = 500  # rows from which a COPY is worth its temporary table


class WatchRepository:
    """State of the watch on one session: it is of the whole book, and only the house itself reads it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    # reading

    def last_run(self) -> WatchRunRow | None:
        """The newest run."""
        newest = select(WatchRunRow).order_by(col(WatchRunRow.day).desc(), col(WatchRunRow.id).desc()).limit(1)
        return self._session.scalars(newest).first()

    def runs(self, limit: int = 50) -> list[WatchRunRow]:
        """Newest first."""
        asked = select(WatchRunRow).order_by(col(WatchRunRow.day).desc(), col(WatchRunRow.id).desc()).limit(limit)
        return list(self._session.scalars(asked))

    def state(self) -> State:
        """Every pair as it was judged last."""
        read = self._read(WatchPairRow, ("client_id", "instrument_id", *_PAIR))
        key = key_of(read["client_id"], read["instrument_id"])
        order = np.argsort(key)
        return State(key=key[order], **{name: read[name][order] for name in _PAIR})

    def accounts(self) -> Columns:
        """Accounts as their ledgers were read last, ascending by id."""
        read = self._read(WatchAccountRow, ("account_id", "client_id", "ledger_mark", "cash"))
        order = np.argsort(read["account_id"])
        return {name: column[order] for name, column in read.items()}

    def holdings(self) -> Columns:
        """What each account held then, ascending by account and instrument."""
        read = self._read(WatchHoldingRow, ("account_id", "instrument_id", "quantity"))
        order = np.lexsort((read["instrument_id"], read["account_id"]))
        return {name: column[order] for name, column in read.items()}

    # writing

    def add_run(self, row: WatchRunRow) -> None:
        self._session.add(row)
        self._session.flush()

    def known_run(self, day: Any, digest: str) -> bool:
        asked = select(col(WatchRunRow.id)).where(col(WatchRunRow.day) == day, col(WatchRunRow.digest) == digest)
        return self._session.execute(asked).first() is not None

    def write_pairs(self, old: State, new: State, changed: IntArray, before: IntArray, gone: IntArray) -> int:
        """The difference alone: pairs of `new` at `changed` (`before`: their places in `old`), `gone` of `old`."""
        client_id, instrument_id = pair_of(new.key[changed])
        rows = {"client_id": client_id, "instrument_id": instrument_id}
        rows |= {name: getattr(new, name)[changed] for name in _PAIR}
        self._write(WatchPairRow, rows, before[changed] >= 0)
        lost = dict(zip(("client_id", "instrument_id"), pair_of(old.key[gone]), strict=True))
        self._delete(WatchPairRow, lost)
        return len(changed) + len(gone)

    def write_accounts(self, rows: Columns, known: IntArray) -> None:
        """known: ids that are on file already."""
        self._write(WatchAccountRow, rows, np.isin(rows["account_id"], known))

    def replace_holdings(self, account_ids: IntArray, old: Columns, new: Columns) -> None:
        """What these accounts hold, changed where it differs."""
        mine = np.isin(old["account_id"], account_ids)
        before = {name: column[mine] for name, column in old.items()}
        keys = [key_of(part["account_id"], part["instrument_id"]) for part in (before, new)]
        place = places_in(keys[0], keys[1])
        differs = place < 0
        if len(keys[0]):
            differs |= before["quantity"][np.maximum(place, 0)] != new["quantity"]
        changed = {name: column[differs] for name, column in new.items()}
        self._write(WatchHoldingRow, changed, place[differs] >= 0)
        gone = places_in(keys[1], keys[0]) < 0
        self._delete(WatchHoldingRow, {name: before[name][gone] for name in ("account_id", "instrument_id")})

    # within

    def _read(self, table: type[SQLModel], names: Sequence[str]) -> Columns:
        where = str(_table(table).name)
        return integer_columns(self._session.connection(), dict.fromkeys(names, Kind.INTEGER), where)

    def _write(self, table: type[SQLModel], rows: Columns, known: Any) -> None:
        """Insert what is new, update what is known."""
        if self._in_bulk(rows):
            put(self._session.connection(), _table(table), rows)
            return
        target, every = _table(table), _records(rows)
        fresh = [row for row, there in zip(every, known.tolist(), strict=True) if not there]
        again = [row for row, there in zip(every, known.tolist(), strict=True) if there]
        connection = self._session.connection()
        if fresh:
            connection.execute(insert(target), fresh)
        if again:
            keys = [one.name for one in target.primary_key]
            where = and_(*(target.c[name] == bindparam(f"key_{name}") for name in keys))
            values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in rows if name not in keys}
            told = [
                {(f"key_{name}" if name in keys else f"new_{name}"): value for name, value in row.items()}
                for row in again
            ]
            connection.execute(update(target).where(where).values(values), told)

    def _in_bulk(self, rows: Columns) -> bool:
        postgres = self._session.connection().dialect.name == "postgresql"
        return postgres and len(next(iter(rows.values()))) >= BULK

    def _delete(self, table: type[SQLModel], rows: Columns) -> None:
        if self._in_bulk(rows):
            take_away(self._session.connection(), _table(table), rows)
            return
        target, every = _table(table), _records(rows)
        if every:
            where = and_(*(target.c[name] == bindparam(f"key_{name}") for name in rows))
            told = [{f"key_{name}": value for name, value in row.items()} for row in every]
            self._session.connection().execute(delete(target).where(where), told)


def _table(table: type[SQLModel]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


def _records(rows: Columns) -> list[dict[str, int]]:
    names = list(rows)
    return [dict(zip(names, row, strict=True)) for row in zip(*(rows[name].tolist() for name in names), strict=True)]
