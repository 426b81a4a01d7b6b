"""Who serves the demo clients: three branches, their supervisors and advisers, and relations for both books.

Names are synthetic and drawn from the seed; every client of both books is served on every day since the account was
opened. Planted: one adviser whose registration ran out, one away with a stand-in, one who left and handed over.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from clients.staff.absences import AbsenceAsk, AbsenceService
from clients.staff.filing import Stamp
from clients.staff.types import AbsenceKind
from demo.cast import GIVEN, SURNAMES
from demo.files import Book, BookFile
from demo.market_files import write_csv
from kit.access import Actor, Role, everything
from kit.db import transaction
from kit.trail.entry import Origin

BRANCHES: Final = (("B01", "上海浦东营业部"), ("B02", "北京朝阳营业部"), ("B03", "深圳南山营业部"))
ADVISERS: Final = 12
CAPACITY: Final = 80
FIRST_YEAR: Final = 2008
SINCE: Final = date(2010, 1, 4)
"""First day served where the source knows no day of opening."""
LAPSED: Final = "A04"
LAPSED_ON: Final = date(2025, 12, 31)
LEFT: Final = "A13"
LEFT_ON: Final = date(2023, 6, 30)
SUCCESSOR: Final = "A06"
ABSENT: Final = "A08"
STAND_IN: Final = "A07"
AWAY_SINCE: Final = date(2026, 1, 5)
_STAFF_HEADINGS: Final = (
    "staff_no", "name", "role", "branch", "licence", "licence_no", "licensed_from", "licensed_to", "joined_on",
    "left_on", "capacity",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """One of the staff."""

    staff_no: str
    name: str
    post: str
    branch_no: str
    joined_on: date


def write_staff(folder: Path, books: Sequence[Book], seed: int, shown: Collection[str] = ()) -> Book:
    """Write branches, staff, and relations for the clients of `books` into `folder`.

    shown: clients of the adviser who signs in to the demo.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = staff_of(seed)
    branches = write_csv(folder / "branches.csv", ("branch_no", "name"), BRANCHES)
    staff = write_csv(folder / "staff.csv", _STAFF_HEADINGS, _staff_rows(people))
    relations = write_csv(
        folder / "relations.csv", ("client_no", "staff_no", "role", "valid_from", "valid_to", "reason"),
        _relation_rows([one for book in books for one in _clients(book)], seed, shown),
    )
    return Book(
        "staff", (BookFile(branches, "branches"), BookFile(staff, "staff"), BookFile(relations, "relations"))
    )


def send_away(url: str | None) -> None:
    """Record the absence that the demo shows, once; no file of a broker tells it."""
    stamp = Stamp(
        Actor("", "演示", Role.ADMINISTRATOR), datetime(2026, 1, 5, 1, tzinfo=UTC), Origin(user_agent="heshi demo")
    )
    with transaction(url) as session:
        desk = AbsenceService(session, everything(AWAY_SINCE))
        if not desk.list(ABSENT):
            away = AbsenceAsk(kind=AbsenceKind.SICK, valid_from=AWAY_SINCE, stand_in=STAND_IN, note="示范：长期病假")
            desk.add(ABSENT, away, stamp)


def staff_of(seed: int) -> list[Person]:
    """Supervisors first, then advisers by number; the one who left stands last."""
    rng = np.random.default_rng([seed, 9001])
    people = [
        Person(f"M{place + 1:02d}", _name(rng), "SUPERVISOR", branch_no, date(FIRST_YEAR, 3, 3))
        for place, (branch_no, _) in enumerate(BRANCHES)
    ]
    for number in range(1, ADVISERS + 2):
        joined = date(FIRST_YEAR, 1 + number % 12, 5)
        people.append(Person(f"A{number:02d}", _name(rng), "ADVISOR", branch_of(number), joined))
    return people


def branch_of(number: int) -> str:
    """Four advisers a branch; the one who left sat with the successor."""
    return BRANCHES[(int(SUCCESSOR[1:]) if number > ADVISERS else number) * len(BRANCHES) // (ADVISERS + 1)][0]


def _name(rng: np.random.Generator) -> str:
    return SURNAMES[int(rng.integers(len(SURNAMES)))] + GIVEN[int(rng.integers(len(GIVEN)))]


def _staff_rows(people: Sequence[Person]) -> Iterator[tuple[object, ...]]:
    """One row a registration; every second adviser may sell funds too."""
    for place, one in enumerate(people):
        kind, digit = ("INVESTMENT_ADVISER", 6) if one.post == "ADVISOR" else ("GENERAL", 1)
        left = LEFT_ON.isoformat() if one.staff_no == LEFT else ""
        until = LAPSED_ON.isoformat() if one.staff_no == LAPSED else left
        capacity = CAPACITY if one.post == "ADVISOR" else ""
        number = f"S0999{digit}{one.joined_on:%y%m}{place + 1:04d}"
        joined = one.joined_on.isoformat()
        same = (one.staff_no, one.name, one.post, one.branch_no)
        yield (*same, kind, number, joined, until, joined, left, capacity)
        if place % 2 and one.staff_no != LEFT:
            yield (*same, "FUND", f"A0999{one.joined_on:%y%m}{place + 1:04d}", joined, "", joined, left, capacity)


def _clients(book: Book) -> Iterator[tuple[str, date]]:
    """Client numbers with the day on which the first account was opened, in the order of the book."""
    paths = {file.kind: file.path for file in book.files if file.kind in ("clients", "accounts")}
    opened: dict[str, date] = {}
    for row in _rows(paths["accounts"]):
        day = date.fromisoformat(row["opened_on"]) if row.get("opened_on") else SINCE
        opened[row["client_no"]] = min(day, opened.get(row["client_no"], day))
    for row in _rows(paths["clients"]):
        yield row["client_no"], opened.get(row["client_no"], SINCE)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _relation_rows(
    clients: Sequence[tuple[str, date]], seed: int, shown: Collection[str]
) -> Iterator[tuple[str, ...]]:
    """A main adviser for everybody, an assisting colleague for every eighth, a handover of the one who left."""
    rng = np.random.default_rng([seed, 9002])
    for place, (client_no, since) in enumerate(clients):
        number = int(rng.integers(1, ADVISERS + 2))
        main = SUCCESSOR if client_no in shown else f"A{number:02d}"
        if main == LEFT and since > LEFT_ON:
            main = SUCCESSOR
        if main == LEFT:
            yield client_no, LEFT, "MAIN", since.isoformat(), LEFT_ON.isoformat(), ""
            yield client_no, SUCCESSOR, "MAIN", (LEFT_ON + timedelta(1)).isoformat(), "", f"{LEFT} 离职交接"
        else:
            yield client_no, main, "MAIN", since.isoformat(), "", ""
        if place % 8 == 0:
            yield client_no, _colleague(SUCCESSOR if main == LEFT else main), "ASSISTANT", since.isoformat(), "", ""


def _colleague(staff_no: str) -> str:
    """The next adviser of the same branch."""
    number = int(staff_no[1:])
    same = [one for one in range(1, ADVISERS + 1) if branch_of(one) == branch_of(number)]
    return f"A{same[(same.index(number) + 1) % len(same)]:02d}"
