"""服务关系: who serves whom on a day, and changes of it: assign, end, withdraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from clients.staff.checks import Stretch, main_words, other_main, twin, unqualified
from clients.staff.filing import Stamp, changed, file_change, held
from clients.staff.periods import OPEN, Period, period
from clients.staff.problems import MainTaken, NotInPost, NotQualified, OverCapacity, PeriodTaken, StaffRefused
from clients.staff.relation_repository import RelationRepository
from clients.staff.repository import StaffRepository
from clients.staff.rules import allowed
from clients.staff.tables import RelationRow, StaffRow
from clients.staff.types import Relation, RelationRole, Serving
from clients.visibility import on_day
from kit.access import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class RelationAsk:
    """A new relation. valid_to None: until further notice."""

    client_no: str
    staff_no: str
    role: RelationRole = RelationRole.MAIN
    valid_from: date
    valid_to: date | None = None
    reason: str = ""


class RelationService:
    """Service relations of the clients that a scope shows; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = RelationRepository(session, scope)
        self._staff = StaffRepository(session, scope)

    # reading

    def serving(self, client_no: str, day: date) -> tuple[Serving, ...]:
        """Who serves the client on the day, stand-ins behind those for whom they stand. Raises NoSuchClient."""
        client = self._read.client_id(client_no)
        relations = self._read.on(day, col(RelationRow.client_id) == client)
        ids = self._read.ids_of_staff({one.staff_no for one in relations})
        away = self._read.stand_ins(ids.values(), day)
        people = {*ids.values(), *(one for one in away.values() if one is not None)}
        names, on_file = self._staff.staff_nos(people), self._staff.held(people)
        found = []
        for one in relations:
            person = ids[one.staff_no]
            found.append(Serving(
                one.id, one.staff_no, one.staff_name, one.role, None, person in away, allowed(on_file[person], day)
            ))
            stand_in = away.get(person)
            if stand_in is not None:
                found.append(Serving(
                    one.id, *names[stand_in], one.role, one.staff_no, False, allowed(on_file[stand_in], day)
                ))
        return tuple(found)

    def book_of(self, staff_no: str, day: date) -> tuple[Relation, ...]:
        """Relations by which a person serves on the day, own ones and those of absent colleagues, by client.

        Raises NoSuchStaff.
        """
        person = _id(self._staff.row(staff_no))
        people = [person, *self._read.replaced_by(person, day)]
        return self._read.on(day, col(RelationRow.staff_id).in_(people))

    def list(
        self, *, client_no: str | None = None, staff_no: str | None = None, role: RelationRole | None = None,
        day: date | None = None, after: int = 0, limit: int = 50,
    ) -> tuple[Relation, ...]:  # fmt: skip
        """Relations by id after `after`; day: those in force on it, None takes past and future ones too.

        Raises NoSuchClient, NoSuchStaff.
        """
        where = [] if day is None else [*on_day(RelationRow, day)]
        if client_no is not None:
            where.append(col(RelationRow.client_id) == self._read.client_id(client_no))
        if staff_no is not None:
            where.append(col(RelationRow.staff_id) == _id(self._staff.row(staff_no)))
        if role is not None:
            where.append(col(RelationRow.role) == role.value)
        return self._read.relations(*where, after=after, limit=limit)

    def get(self, relation_id: int) -> Relation:
        """Raises NoSuchRelation."""
        return self._read.relation(relation_id)

    def lapsed(self, day: date) -> tuple[tuple[Relation, str], ...]:
        """Relations in force on the day whose server lacks a registration that it demands, and what is lacking."""
        relations = self._read.on(day)
        ids = self._read.ids_of_staff({one.staff_no for one in relations})
        on_file = self._staff.held(ids.values())
        postings = {no: self._staff.posting(person, day) for no, person in ids.items()}
        found = []
        for one in relations:
            posting = postings[one.staff_no]
            why = unqualified(posting.post if posting else None, one.role, on_file[ids[one.staff_no]], day)
            if why is not None:
                found.append((one, why))
        return tuple(found)

    # changing

    def assign(self, ask: RelationAsk, stamp: Stamp) -> Relation:
        """Begin a relation.

        Raises NoSuchClient, NoSuchStaff, StaffRefused, NotInPost, NotQualified, MainTaken, PeriodTaken, OverCapacity.
        """
        client = self._read.client_id(ask.client_no)
        person = self._staff.row(ask.staff_no)
        if len(ask.reason) > 256:
            raise StaffRefused("事由最多 256 个字符")
        try:
            during = period(ask.valid_from, ask.valid_to)
        except ValueError as fault:
            raise StaffRefused(str(fault)) from fault
        self.refuse_unfit(person, ask.role, during.first)
        new = Stretch(None, ask.staff_no, person.name, ask.role, during)
        on_file = self._read.stretches(client)
        self._refuse_taken(ask.client_no, new, on_file)
        known = any(one.staff_no == ask.staff_no and one.during.covers(during.first) for one in on_file)
        self.refuse_overload(person, during.first, 0 if known else 1)
        row = RelationRow(
            client_id=client, staff_id=_id(person), role=ask.role.value, valid_from=during.first,
            valid_to=during.last, reason=ask.reason,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
                self._session.flush()
        except IntegrityError:  # somebody else was faster: what stands there now is named
            self._refuse_taken(ask.client_no, new, self._read.stretches(client))
            raise
        assert row.id is not None
        self._file(stamp, "relation.assign", row, ask.client_no, ask.staff_no, ask.reason)
        return self._read.relation(row.id) if self._shows(row.id) else _unseen(row, ask, person)

    def end(
        self, relation_id: int, *, last_day: date, reason: str, expected_version: int, stamp: Stamp
    ) -> Relation:
        """Let `last_day` be the last day served. Raises NoSuchRelation, ChangedMeanwhile, StaffRefused."""
        seen = self._read.relation(relation_id)
        if not reason.strip():
            raise StaffRefused("请写明结束服务关系的事由")
        row = held(self._session, RelationRow, relation_id, expected_version, f"服务关系 {relation_id}")
        if not Period(row.valid_from, row.valid_to).covers(last_day):
            when = Period(row.valid_from, row.valid_to).text
            raise StaffRefused(f"结束日须在服务期内（{when}）；尚未开始的关系请撤销")
        told = changed(row, {"valid_to": last_day, "ended_reason": reason[:256]})
        if told:
            self._file(stamp, "relation.end", row, seen.client_no, seen.staff_no, reason, changes=told)
        return self._read.relation(relation_id) if self._shows(relation_id) else seen

    def withdraw(self, relation_id: int, *, reason: str, expected_version: int, stamp: Stamp) -> None:
        """Take back a relation that has not begun on the scope's day; the trail keeps it.

        Raises NoSuchRelation, ChangedMeanwhile, StaffRefused.
        """
        seen = self._read.relation(relation_id)
        row = held(self._session, RelationRow, relation_id, expected_version, f"服务关系 {relation_id}")
        if row.valid_from <= self._scope.day:
            raise StaffRefused(f"服务关系自 {row.valid_from} 起已开始，不能撤销；请以结束日结束它")
        self._file(stamp, "relation.withdraw", row, seen.client_no, seen.staff_no, reason)
        self._session.delete(row)
        self._session.flush()

    # what a handover asks too

    def refuse_unfit(self, person: StaffRow, role: RelationRole, day: date) -> None:
        """Raises NotInPost, NotQualified."""
        posting = self._staff.posting(_id(person), day)
        if posting is None:
            raise NotInPost(f"{person.staff_no} {person.name} 在 {day} 不在岗；请改派在岗的同事，或先登记任职")
        why = unqualified(posting.post, role, self._staff.held([_id(person)])[_id(person)], day)
        if why is not None:
            raise NotQualified(
                f"{person.staff_no} {person.name} {why}，不能以{role.label}身份服务客户；请先补登记，或改派已登记的同事"
            )

    def refuse_overload(self, person: StaffRow, day: date, more: int) -> None:
        """Raises OverCapacity where `more` clients would go beyond the person's capacity on the day."""
        if person.capacity is None:
            return
        now = self._staff.clients_served(_id(person), day)
        if now + more > person.capacity:
            raise OverCapacity(
                f"{person.staff_no} {person.name} 在 {day} 已服务 {now} 位客户，再加 {more} 位"
                f"超过上限 {person.capacity}；请改派同事，或先调高上限",
                capacity=person.capacity, clients=now,
            )

    def _refuse_taken(self, client_no: str, new: Stretch, on_file: Sequence[Stretch]) -> None:
        """Raises MainTaken, PeriodTaken."""
        main = other_main(new, on_file)
        if main is not None and main.staff_no != new.staff_no:
            raise MainTaken(main_words(client_no, main, new), staff_no=main.staff_no)
        same = twin(new, on_file)
        if same is not None:
            raise PeriodTaken(
                f"{new.staff_no} 在 {same.during.text} 已是客户 {client_no} 的{new.role.label}；无需再次登记"
            )

    def _shows(self, relation_id: int) -> bool:
        return bool(self._read.relations(col(RelationRow.id) == relation_id))

    def _file(
        self, stamp: Stamp, action: str, row: RelationRow, client_no: str, staff_no: str, reason: str, **detail: Any
    ) -> None:
        file_change(
            self._session, stamp, action, "service_relation", str(row.id), version=row.version, purpose=reason,
            client=client_no, staff=staff_no, role=row.role, valid_from=row.valid_from, valid_to=row.valid_to, **detail,
        )  # fmt: skip


def _unseen(row: RelationRow, ask: RelationAsk, person: StaffRow) -> Relation:
    """What was filed, where the filing itself took it out of the scope (its first day lies ahead)."""
    assert row.id is not None
    return Relation(
        row.id, ask.client_no, "", ask.staff_no, person.name, ask.role, row.valid_from,
        None if row.valid_to == OPEN else row.valid_to, row.reason, row.ended_reason, row.version,
    )


def _id(row: StaffRow) -> int:
    assert row.id is not None
    return row.id
