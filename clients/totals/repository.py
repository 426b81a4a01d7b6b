"""Every query on daily totals, and the reader of those on file."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any, Final

import numpy as np
from sqlalchemy import delete, func, insert, select
from sqlmodel import Session, col

from clients.totals.tables import BLOCK, DailyTotalBlockRow, DailyTotalRow, DailyTotalRunRow
from clients.totals.types import TotalsRun
from kit.numbers import plain_rows
from market.types import IntArray

NUMBER: Final = np.dtype("<i8")
_COLUMNS: Final = ("name", "day", "block", "numbers")
_TYPES: Final = ("varchar", "date", "int4", "bytea")
_AT_ONCE: Final = 2_000

TotalTuple = tuple[str, date, int, bytes]


class TotalsRepository:
    """Reads and writes daily totals; the commit belongs to the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def newest_run(self) -> TotalsRun | None:
        row = self._session.scalars(select(DailyTotalRunRow).order_by(col(DailyTotalRunRow.id).desc()).limit(1)).first()
        return None if row is None else TotalsRun(row.day, row.first, row.clients, row.data_version)

    def add_run(self, row: DailyTotalRunRow) -> None:
        self._session.add(row)
        self._session.flush()

    def blocks(self) -> dict[int, tuple[date, date, str]]:
        """(first, last, digest) of each block on file."""
        row = DailyTotalBlockRow
        asked = select(col(row.block), col(row.first), col(row.last), col(row.digest))
        return {block: (first, last, digest) for block, first, last, digest in self._session.execute(asked)}

    def put_block(self, block: int, first: date, last: date, digest: str) -> None:
        self._session.execute(delete(DailyTotalBlockRow).where(col(DailyTotalBlockRow.block) == block))
        self._session.execute(
            insert(DailyTotalBlockRow), [{"block": block, "first": first, "last": last, "digest": digest}]
        )

    def drop_block(self, block: int) -> None:
        self._session.execute(delete(DailyTotalRow).where(col(DailyTotalRow.block) == block))

    def drop_before(self, day: date) -> None:
        self._session.execute(delete(DailyTotalRow).where(col(DailyTotalRow.day) < day))

    def last_block(self) -> int:
        """-1 where nothing is on file."""
        found = self._session.execute(select(func.max(col(DailyTotalBlockRow.block)))).scalar()
        return -1 if found is None else int(found)

    def column(self, name: str, day: date, blocks: int) -> IntArray:
        """One column of one session, (blocks * BLOCK,), zeros where nothing is on file."""
        found = np.zeros((blocks, BLOCK), dtype=np.int64)
        row = DailyTotalRow
        asked = select(col(row.block), col(row.numbers)).where(col(row.name) == name, col(row.day) == day)
        for block, numbers in plain_rows(self._session.connection(), asked):
            told = np.frombuffer(numbers, dtype=NUMBER)
            found[block, : len(told)] = told
        return found.reshape(-1)

    def add(self, rows: Iterable[TotalTuple]) -> int:
        """Append rows in the order of `_COLUMNS`; how many they were."""
        if self._session.get_bind().dialect.name == "postgresql":
            return self._copy(rows)
        waiting, added = iter(rows), 0
        while some := list(islice(waiting, _AT_ONCE)):
            self._session.execute(insert(DailyTotalRow), [dict(zip(_COLUMNS, row, strict=True)) for row in some])
            added += len(some)
        return added

    def _copy(self, rows: Iterable[TotalTuple]) -> int:
        driver: Any = self._session.connection().connection.driver_connection
        added = 0
        with driver.cursor() as cursor:
            into = f"COPY daily_total ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT BINARY)"
            with cursor.copy(into) as copy:
                copy.set_types(_TYPES)
                for row in rows:
                    copy.write_row(row)
                    added += 1
        return added


class StoredTotals:
    """Totals on file, a column of a session read when it is asked for. The place of a client is its id."""

    def __init__(self, repository: TotalsRepository, points: IntArray) -> None:
        """points: ordinals of the sessions on file, ascending."""
        self._repository = repository
        self._points = points
        self._blocks = repository.last_block() + 1
        self._read: dict[tuple[str, int], IntArray] = {}

    @property
    def n(self) -> int:
        return self._blocks * BLOCK

    @property
    def points(self) -> IntArray:
        return self._points

    def _day(self, place: int) -> date:
        return date.fromordinal(int(self._points[place]))

    def at(self, name: str, place: int) -> IntArray:
        if place < 0:
            return np.zeros(self.n, dtype=np.int64)
        if (name, place) not in self._read:
            self._read[name, place] = self._repository.column(name, self._day(place), self._blocks)
        return self._read[name, place]

    def once(self, name: str, place: int) -> IntArray:
        if place < 0 or (name, place) in self._read:
            return self.at(name, place)
        return self._repository.column(name, self._day(place), self._blocks)

    def most(self, name: str, first: int, stop: int) -> IntArray:
        """Read and let go, session by session: a quarter of a million clients is half a gigabyte."""
        found = np.zeros(self.n, dtype=np.int64)
        for place in range(max(first, 0), stop):
            np.maximum(found, self.once(name, place), out=found)
        return found
