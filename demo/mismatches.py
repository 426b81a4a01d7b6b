"""Mismatches of the demo: planted and on record, the runs of the watch over them, what was found, some of it worked.

Everything is dated from the demo's day backwards.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from sqlmodel import Session

from clients.intake import import_file
from demo.assessments import Planted as Assessed
from demo.casework import work_some
from demo.market_files import write_csv
from demo.permissions import Breach
from demo.planting import FIRST_RUN, SECOND_RUN, Plant, Planted, closed, ground_of, rerated, standing, traded
from demo.products import stamp
from kit.access import Actor, Role, everything
from kit.db import transaction
from suitability.cases.filters import CaseFilter, CaseSort
from suitability.cases.service import CaseService
from suitability.cases.types import Case, Cause
from suitability.monitoring.service import WatchService

WATCH: Final = Actor("demo-watch", "系统核对", Role.SERVICE)
HEADINGS: Final = ("planted", "client_no", "product_code", "dimension", "cause")


def plant_and_watch(
    url: str, books: Path, assessed: Sequence[Assessed], breaches: Sequence[Breach], day: date
) -> dict[str, Any]:
    """Plant, run the watch three times and once over everything, work some cases. What the demo tells of it."""
    folder = books / "mismatches"
    folder.mkdir(parents=True, exist_ok=True)
    with transaction(url) as session:
        ground = ground_of(session, books, assessed, breaches, day)
        planted = [*standing(ground), *rerated(ground), *closed(ground)]
        trades, files = traded(ground, folder)
    for path, kind in files:
        import_file(url, path, kind=kind)
    planted += trades
    write_csv(folder / "planted-mismatches.csv", HEADINGS, [one.row() for one in planted])
    counts = watch(url, day)
    with transaction(url) as session:
        told = {**summary(session, planted, day), "watch": counts}
        work_some(session, day)
    return told


def watch(url: str, day: date) -> dict[str, int]:
    """Three runs, each over what the one before has not seen, and a full one that proves them. Its counts."""
    counts: dict[str, int] = {}
    for before, whole in ((FIRST_RUN, False), (SECOND_RUN, False), (0, False), (0, True)):
        with transaction(url) as session:
            on = day - timedelta(days=before)
            counts = WatchService(session).recheck(on, stamp(WATCH, on), whole=whole).counts
    return counts


def summary(session: Session, planted: Sequence[Planted], day: date) -> dict[str, Any]:
    """Planted and found by sort, all cases by cause and severity, and the gravest few, as plain values."""
    desk = CaseService(session, everything(day))
    known = {(one.client_no, one.product_code): one for one in _all(desk)}
    counted = Counter(one.plant for one in planted)
    found = Counter(one.plant for one in planted if _found(desk, known, one))
    counts = desk.counts(CaseFilter())
    return {
        "planted": {plant.value: [counted[plant], found[plant]] for plant in Plant if counted[plant]},
        "causes": counts["origin"], "severity": counts["severity"], "cases": counts["all"].get("all", 0),
        "clients": len({client_no for client_no, _ in known}),
        "shown": [
            [
                one.number, one.client_no, one.client_class, one.product_name or "评估", one.product_level,
                one.dimensions[0].label, one.origin.label,
            ]
            for one in _various(desk)
        ],
    }  # fmt: skip


def _found(desk: CaseService, known: Mapping[tuple[str, str], Case], one: Planted) -> bool:
    """The case is there, for what was planted, and (where it is known) for the right cause at some point."""
    case = known.get((one.client_no, one.product_code))
    if case is None or one.dimension not in case.dimensions:
        return False
    if one.cause in (None, case.origin):
        return True
    return one.cause in {event.detail.get("cause") for event in desk.detail(case.number).events}


def _all(desk: CaseService) -> Iterator[Case]:
    cursor: str | None = None
    while True:
        page = desk.list(sort=CaseSort.CLIENT, cursor=cursor, limit=200)
        yield from page.cases
        cursor = page.next_cursor
        if cursor is None:
            return


def _various(desk: CaseService) -> list[Any]:
    """The gravest case of each cause, those that came since the first run before what was there already."""
    first = [
        desk.list(CaseFilter(origin=cause), sort=CaseSort.SEVERITY, limit=1).cases
        for cause in (*(one for one in Cause if one is not Cause.FOUND), Cause.FOUND)
    ]
    return [found[0] for found in first if found]


def read_planted(path: Path) -> list[dict[str, str]]:
    """What was planted, as the file states it."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
