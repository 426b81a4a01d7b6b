"""交接: the clients of one person to another from a day on, with everything that is open, in one transaction.

The preview and the deed run the same plan; the deed names the digest of the plan that was seen, and is refused where
the plan has changed since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session, col

from clients.open_items import OpenItem, open_items
from clients.staff.filing import Stamp, file_change
from clients.staff.periods import OPEN, Period, day_before
from clients.staff.problems import ChangedMeanwhile, NoSuchRelation, StaffRefused
from clients.staff.relation_repository import RelationRepository
from clients.staff.relations import RelationService
from clients.staff.repository import StaffRepository
from clients.staff.tables import HandoverRow, RelationRow, StaffRow
from clients.staff.types import Relation, RelationRole
from clients.tables import ClientRow
from kit.access import Scope
from kit.digest import canonical, digest
from kit.problems import Problem

AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAsk:
    """From whom to whom, from which day on. client_nos None: everybody whom the first one serves by own relation."""

    from_staff: str
    to_staff: str
    day: date
    client_nos: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """One relation that passes on. joined: the receiver holds the role already, so that it only ends."""

    relation_id: int
    version: int
    client_no: str
    client_name: str
    role: RelationRole
    valid_from: date
    valid_to: date | None
    joined: bool


@dataclass(frozen=True, slots=True)
class HandoverPlan:
    """What a handover would do. refusals: why it cannot be done as it stands, each with its way out."""

    from_staff: str
    to_staff: str
    day: date
    moves: tuple[Move, ...]
    open_items: tuple[OpenItem, ...]
    refusals: tuple[str, ...]
    book_before: int
    book_after: int
    capacity: int | None
    digest: str

    @property
    def clients(self) -> int:
        return len({move.client_no for move in self.moves})


@dataclass(frozen=True, slots=True)
class HandoverDone:
    """交接单"""

    id: int
    plan: HandoverPlan
    reason: str


class HandoverService:
    """Handovers within a scope; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._staff = StaffRepository(session, scope)
        self._read = RelationRepository(session, scope)
        self._relations = RelationService(session, scope)

    def preview(self, ask: HandoverAsk) -> HandoverPlan:
        """What would be done, what is open, and what stands against it; nothing is filed.

        Raises NoSuchStaff, NoSuchRelation, StaffRefused.
        """
        giver, taker = self._staff.row(ask.from_staff), self._staff.row(ask.to_staff)
        if giver.id == taker.id:
            raise StaffRefused("交出人与接手人不能是同一人")
        relations = self._chosen(giver, ask)
        moves = self._moves(relations, taker, ask.day)
        before = self._staff.clients_served(_id(taker), ask.day)
        return self._plan(ask, taker, moves, before)

    def do(self, ask: HandoverAsk, *, reason: str, expected_digest: str, stamp: Stamp) -> HandoverDone:
        """Do what the preview with `expected_digest` said.

        Raises ChangedMeanwhile where it would do something else by now, StaffRefused without a reason, and what
        stands against it (NotInPost, NotQualified, OverCapacity).
        """
        if not reason.strip() or len(reason) > 256:
            raise StaffRefused("请写明交接事由，最多 256 个字符")
        self._hold(ask)
        plan = self.preview(ask)
        if plan.digest != expected_digest:
            raise ChangedMeanwhile("交接内容在预览之后有变化；请重新预览，核对后再办理")
        taker = self._staff.row(ask.to_staff)
        for problem in self._against(plan.moves, taker, ask.day):
            raise problem
        row = HandoverRow(
            from_staff_id=_id(self._staff.row(ask.from_staff)), to_staff_id=_id(taker), day=ask.day, reason=reason,
            clients=plan.clients, open_items=[canonical(asdict(item)) for item in plan.open_items],
            done_by=stamp.actor.name, done_at=stamp.at,
        )
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        self._pass_on(plan, row, _id(taker))
        file_change(
            self._session, stamp, "relation.handover", "handover", str(row.id), purpose=reason, day=ask.day,
            from_staff=ask.from_staff, to_staff=ask.to_staff, clients=plan.clients, relations=len(plan.moves),
            open_items=len(plan.open_items), plan=plan.digest,
        )  # fmt: skip
        return HandoverDone(row.id, plan, reason)

    def _chosen(self, giver: StaffRow, ask: HandoverAsk) -> tuple[Relation, ...]:
        """The giver's relations on the day or later. Raises NoSuchRelation for a client not among them."""
        own = self._read.relations(
            col(RelationRow.staff_id) == _id(giver), col(RelationRow.valid_to) >= ask.day
        )
        if ask.client_nos is None:
            chosen = own
        else:
            wanted = set(ask.client_nos)
            chosen = tuple(one for one in own if one.client_no in wanted)
            missing = sorted(wanted - {one.client_no for one in chosen})
            if missing:
                raise NoSuchRelation(
                    f"{ask.from_staff} 在 {ask.day} 不服务客户 {'、'.join(missing[:10])}{'等' if missing[10:] else ''}"
                )
        if not chosen:
            raise StaffRefused(f"{ask.from_staff} 在 {ask.day} 及以后没有服务的客户，无需交接")
        return tuple(sorted(chosen, key=lambda one: (one.client_no, one.id)))

    def _moves(self, relations: tuple[Relation, ...], taker: StaffRow, day: date) -> tuple[Move, ...]:
        """A relation of the taker's in the same role on any day that passes on makes it one that only ends."""
        theirs: dict[str, list[Relation]] = {}
        for one in self._read.relations(col(RelationRow.staff_id) == _id(taker), col(RelationRow.valid_to) >= day):
            theirs.setdefault(one.client_no, []).append(one)
        found = []
        for one in relations:
            passing = Period(max(one.valid_from, day), one.valid_to or OPEN)
            joined = any(
                other.role is one.role and Period(other.valid_from, other.valid_to or OPEN).meets(passing)
                for other in theirs.get(one.client_no, ())
            )
            found.append(Move(
                one.id, one.version, one.client_no, one.client_name, one.role, one.valid_from, one.valid_to, joined
            ))
        return tuple(found)

    def _plan(self, ask: HandoverAsk, taker: StaffRow, moves: tuple[Move, ...], before: int) -> HandoverPlan:
        clients = self._client_ids(move.client_no for move in moves)
        items = tuple(open_items(self._session, list(clients.values()), ask.day))
        told = [(move.relation_id, move.version, move.joined) for move in moves]
        return HandoverPlan(
            ask.from_staff, ask.to_staff, ask.day, moves, items,
            tuple(problem.detail for problem in self._against(moves, taker, ask.day)), before,
            before + self._gained(moves, taker, ask.day), taker.capacity,
            digest([ask.from_staff, ask.to_staff, ask.day, told, [(item.kind, item.id) for item in items]]),
        )

    def _against(self, moves: tuple[Move, ...], taker: StaffRow, day: date) -> list[Problem]:
        """Everything that stands against it, first things first."""
        found: list[Problem] = []
        for role in sorted({move.role for move in moves}):
            try:
                self._relations.refuse_unfit(taker, role, day)
            except Problem as problem:
                found.append(problem)
        try:
            self._relations.refuse_overload(taker, day, self._gained(moves, taker, day))
        except Problem as problem:
            found.append(problem)
        return list({problem.detail: problem for problem in found}.values())

    def _gained(self, moves: tuple[Move, ...], taker: StaffRow, day: date) -> int:
        """How many clients the taker serves on the day who were not served before."""
        served = {one.client_no for one in self._read.on(day, col(RelationRow.staff_id) == _id(taker))}
        return len({move.client_no for move in moves if move.valid_from <= day} - served)

    def _client_ids(self, client_nos: Iterable[str]) -> dict[str, int]:
        wanted, found = sorted(set(client_nos)), dict[str, int]()
        for start in range(0, len(wanted), AT_ONCE):
            asked = select(col(ClientRow.client_no), col(ClientRow.id))
            some = wanted[start : start + AT_ONCE]
            rows = self._session.execute(asked.where(col(ClientRow.client_no).in_(some)))
            found.update({row[0]: row[1] for row in rows})
        return found

    def _hold(self, ask: HandoverAsk) -> None:
        """Lock what both serve from the day on, so that the plan cannot change under our hands."""
        people = list(self._read.ids_of_staff([ask.from_staff, ask.to_staff]).values())
        self._session.execute(
            update(RelationRow)
            .where(col(RelationRow.staff_id).in_(people), col(RelationRow.valid_to) >= ask.day)
            .values(version=RelationRow.version)
        )

    def _pass_on(self, plan: HandoverPlan, handover: HandoverRow, taker_id: int) -> None:
        """End what has begun, begin it anew with the receiver; what lies ahead changes hands or falls away."""
        begun = [move for move in plan.moves if move.valid_from < plan.day]
        ahead = [move for move in plan.moves if move.valid_from >= plan.day]
        clients = self._client_ids(move.client_no for move in plan.moves)
        self._update([move.relation_id for move in begun], {
            "valid_to": day_before(plan.day), "ended_reason": handover.reason, "handover_id": handover.id
        })
        self._update([move.relation_id for move in ahead if not move.joined], {
            "staff_id": taker_id, "reason": handover.reason, "handover_id": handover.id
        })
        gone = [move.relation_id for move in ahead if move.joined]
        for start in range(0, len(gone), AT_ONCE):
            self._session.execute(delete(RelationRow).where(col(RelationRow.id).in_(gone[start : start + AT_ONCE])))
        made = [
            {
                "client_id": clients[move.client_no], "staff_id": taker_id, "role": move.role.value,
                "valid_from": plan.day, "valid_to": move.valid_to or OPEN, "reason": handover.reason,
                "ended_reason": "", "handover_id": handover.id, "version": 1,
            }
            for move in begun
            if not move.joined
        ]
        if made:
            self._session.execute(insert(RelationRow), made)
        self._session.expire_all()

    def _update(self, ids: list[int], values: dict[str, object]) -> None:
        for start in range(0, len(ids), AT_ONCE):
            self._session.execute(
                update(RelationRow)
                .where(col(RelationRow.id).in_(ids[start : start + AT_ONCE]))
                .values(**values, version=RelationRow.version + 1)
                .execution_options(synchronize_session=False)
            )


def _id(row: StaffRow) -> int:
    assert row.id is not None
    return row.id


