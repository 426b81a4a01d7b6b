"""Files the daily series from the daily totals or the ledgers: again for the same day and ledger, nothing changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from sqlmodel import Session

from clients.activity_days import act_days
from clients.grading.book import NOT_GRADED, StandingGrades
from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change
from clients.staff.relation_repository import RelationRepository
from clients.staff.repository import StaffRepository
from clients.staff.types import RelationRole
from clients.types import AccountFacts
from kit.access import everything
from kit.db import one_at_a_time
from market.types import BoolArray, IntArray
from mot.assembly.grades import scheme_of
from mot.effect.money import money_of
from mot.effect.repository import SeriesRepository
from mot.effect.rules import value_of
from mot.effect.series import NOBODY, ClientDay, Total, Unit, active, placed, totals
from mot.effect.tables import SeriesRow
from mot.effect.types import Level
from mot.tasks.rules import house_calendar

FILING: Final = "heshi.mot.series"
EVERYBODY: Final = 1_000_000
FIRM: Final = Unit(Level.FIRM, "", "全公司")


@dataclass(frozen=True, slots=True)
class Filled:
    """What a run came to: trading days of the span, those whose rows are new or changed, rows of these."""

    days: int
    changed: int
    rows: int


class SeriesFiler:
    """Computes and files the series over one session; the house's own work. The commit belongs to the caller."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def fill(self, first: date, last: date, stamp: Stamp, *, dry: bool = False) -> Filled:
        """Every trading day of the span, in one reading of the money. A day without trading has no row."""
        if not dry:
            one_at_a_time(self._session, FILING)
        days = house_calendar().sessions(first, last)
        if not len(days):
            return Filled(0, 0, 0)
        changed, rows = 0, 0
        read = SeriesRepository(self._session, everything(last))
        for day, found in self.compute(days):
            fresh = [_row(day, one) for one in found]
            if sorted(map(_key, read.on(day))) == sorted(map(_key, fresh)):
                continue
            changed, rows = changed + 1, rows + len(fresh)
            if not dry:
                read.replace(day, fresh)
                self._trail(day, fresh, stamp)
        return Filled(len(days), changed, rows)

    def compute(self, days: IntArray) -> Iterator[tuple[date, list[Total]]]:
        """The rows of these trading days. Nothing is filed."""
        first, last = date.fromordinal(int(days[0])), date.fromordinal(int(days[-1]))
        read = ClientRepository(self._session, everything(last))
        clients = read.clients()
        numbers = tuple(one.client_no for one in clients)
        accounts = [one for one in read.accounts() if one.opened_on is None or one.opened_on <= last]
        row_of = {one: row for row, one in enumerate(numbers)}
        money = money_of(self._session, clients, accounts, days, read.import_version())
        acts = self._acts(first, last, row_of)
        span = int(value_of("EFFECT-MAU", last)["days"])
        for ordinal in days.tolist():
            day, own = date.fromordinal(ordinal), money.on(ordinal)
            people = ClientDay(
                own.assets, own.before, own.flow, _open(accounts, row_of, day),
                active(*acts, len(numbers), ordinal, span),
            )  # fmt: skip
            yield day, self._totals(people, numbers, day)

    def _acts(self, first: date, last: date, row_of: dict[str, int]) -> tuple[IntArray, IntArray]:
        """Row and day of everything that makes a client active, for every day of the span."""
        rule = value_of("EFFECT-MAU", last)
        since = first - timedelta(days=int(rule["days"]))
        found = [
            (row_of[client], on.toordinal())
            for client, on in act_days(self._session, tuple(rule["acts"]), since, last) if client in row_of
        ]  # fmt: skip
        pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def _totals(self, people: ClientDay, numbers: Sequence[str], day: date) -> list[Total]:
        found = list(totals(people, (FIRM,), np.zeros(len(numbers), dtype=np.int64)))
        served = self._served(day)
        staff = StaffRepository(self._session, everything(day)).staff(limit=EVERYBODY)
        post = {one.staff_no: (one.name, one.branch_no or "", one.branch_name or "") for one in staff}
        advisors = [served.get(one, NOBODY) for one in numbers]
        branches = [post[one][1] or NOBODY if one != NOBODY else NOBODY for one in advisors]
        people_of = {number: (name, branch) for number, (name, branch, _) in post.items()} | {NOBODY: ("无主办", "")}
        houses = {branch: (name, branch) for _, branch, name in post.values()} | {NOBODY: ("不属于营业部", "")}
        for codes, names, level in ((branches, houses, Level.BRANCH), (advisors, people_of, Level.ADVISOR)):
            found += totals(people, *placed(codes, names, level))
        return found + list(totals(people, *self._graded(numbers, day)))

    def _served(self, day: date) -> dict[str, str]:
        """The main person of each client on the day."""
        relations = RelationRepository(self._session, everything(day)).on(day)
        return {one.client_no: one.staff_no for one in relations if one.role is RelationRole.MAIN}

    def _graded(self, numbers: Sequence[str], day: date) -> tuple[tuple[Unit, ...], IntArray]:
        book, code = StandingGrades(self._session, everything(day)).on(day), scheme_of(day)
        scheme = book.scheme(code)
        names = {NOBODY: (NOT_GRADED, "")} | {grade: (label, "") for grade, label in (scheme.classes if scheme else ())}
        held = dict(zip(book.client_no, book.codes(code), strict=True)) if scheme else {}
        return placed([held.get(one) or NOBODY for one in numbers], names, Level.GRADE)

    def _trail(self, day: date, rows: Sequence[SeriesRow], stamp: Stamp) -> None:
        firm = rows[0]
        file_change(
            self._session, stamp, "mot.series", "mot_day", day.isoformat(), rows=len(rows), aum=str(firm.aum),
            mau=firm.mau, clients=firm.clients,
        )  # fmt: skip


def _open(accounts: Sequence[AccountFacts], row_of: dict[str, int], day: date) -> BoolArray:
    found = np.zeros(len(row_of), dtype=bool)
    for one in accounts:
        if (one.opened_on is None or one.opened_on <= day) and (one.closed_on is None or one.closed_on > day):
            found[row_of[one.client_no]] = True
    return found


def _row(day: date, one: Total) -> SeriesRow:
    return SeriesRow(
        day=day, level=one.unit.level.value, unit=one.unit.code, name=one.unit.name, branch_no=one.unit.branch_no,
        clients=one.clients, known=one.known, aum=one.aum, flow=one.flow, market=one.market, mau=one.mau,
    )  # fmt: skip


def _key(row: SeriesRow) -> tuple[Any, ...]:
    return (
        row.level, row.unit, row.name, row.branch_no, row.clients, row.known, row.aum, row.flow, row.market, row.mau
    )  # fmt: skip
