"""Daily totals of the book filed: what `diagnosis.totals` computes is kept, so that a day is graded from a few rows.

The night's run writes what is new. A block whose past changed (a late file, a corrected price) is seen by its digest
and written whole again; so the totals on file are always those that a replay of the whole book would give.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository
from clients.staff.filing import Stamp
from clients.totals.repository import NUMBER, TotalsRepository, TotalTuple
from clients.totals.tables import BLOCK, DailyTotalRunRow
from clients.totals.types import NAMES, sampled
from diagnosis.client_days import LOOK_BACK
from diagnosis.totals import TotalsMaker, batches
from kit.access import everything
from market.grids import session_points
from market.types import IntArray

KEEP: Final = LOOK_BACK + 40  # calendar days on file


@dataclass(frozen=True, slots=True)
class TotalsFiled:
    """What a run came to. rows: columns of blocks and sessions written; anew: blocks whose past had changed."""

    clients: int
    rows: int
    anew: int


def file_totals(session: Session, day: date, stamp: Stamp) -> TotalsFiled:
    """Bring the totals on file up to the day. A day before the newest one on file writes nothing."""
    repository, clients = TotalsRepository(session), ClientRepository(session, everything(day))
    last = repository.newest_run()
    if last is not None and last.day > day:
        return TotalsFiled(0, 0, 0)
    version = clients.import_version()
    facts = sorted(clients.clients(), key=lambda one: one.id)
    if last is not None and (last.day, last.clients, last.data_version) == (day, len(facts), version):
        return TotalsFiled(len(facts), 0, 0)
    filer = _Filer(session, day)
    for block in sorted({one.id // BLOCK for one in facts}):
        filer.file(block, [one for one in facts if one.id // BLOCK == block])
    first = filer.first_kept
    repository.drop_before(first)
    repository.add_run(
        DailyTotalRunRow(
            day=day,
            first=first,
            clients=len(facts),
            data_version=version,
            made_at=stamp.at,
        )
    )
    return TotalsFiled(len(facts), filer.rows, filer.anew)


class _Filer:
    """Writes blocks, each from a replay of its clients."""

    def __init__(self, session: Session, day: date) -> None:
        self._repository = TotalsRepository(session)
        self._maker = TotalsMaker(session, everything(day), day)
        self._accounts = self._maker.accounts()
        self._known = self._repository.blocks()
        self._points = session_points((), day - timedelta(days=KEEP), day)
        self.rows = self.anew = 0

    @property
    def first_kept(self) -> date:
        return date.fromordinal(int(self._points[0]))

    def file(self, block: int, clients: Sequence[ClientFacts]) -> None:
        known = self._known.get(block)
        points = self._points
        if known is not None and known[0] < self.first_kept:  # what is on file from before is compared, then dropped
            points = session_points((), known[0], date.fromordinal(int(points[-1])))
        columns = self._columns(block, clients, points)
        new = 0
        if known is not None:
            until = int(np.searchsorted(points, known[1].toordinal(), side="right"))
            if _digest(columns, slice(0, until)) == known[2]:
                new = until
            else:
                self._repository.drop_block(block)
                self.anew += 1
        kept = int(np.searchsorted(points, self._points[0]))
        new = max(new, kept)
        self.rows += self._repository.add(_rows(block, columns, points, new))
        ends = date.fromordinal(int(points[kept])), date.fromordinal(int(points[-1]))
        self._repository.put_block(block, *ends, _digest(columns, slice(kept, None)))

    def _columns(self, block: int, clients: Sequence[ClientFacts], points: IntArray) -> dict[str, IntArray]:
        width = clients[-1].id - block * BLOCK + 1
        found = {name: np.zeros((width, len(points)), dtype=NUMBER) for name in NAMES}
        for some in batches(clients, self._accounts):
            totals = self._maker.totals(some, self._accounts)
            places = np.array([one.id for one in some]) - block * BLOCK
            for name in NAMES:
                found[name][places] = sampled(totals.points, totals.columns[name], points)
        return found


def _digest(columns: Mapping[str, IntArray], span: slice) -> str:
    hashed = hashlib.sha256()
    for name in NAMES:
        hashed.update(np.ascontiguousarray(columns[name][:, span]).tobytes())
    return "sha256:" + hashed.hexdigest()


def _rows(block: int, columns: Mapping[str, IntArray], points: IntArray, first: int) -> Iterator[TotalTuple]:
    for at in range(first, len(points)):
        day = date.fromordinal(int(points[at]))
        for name in NAMES:
            yield name, day, block, np.ascontiguousarray(columns[name][:, at]).tobytes()
