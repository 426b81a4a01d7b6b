"""The desk of the registers: record a breach that was established, or training; take an entry back. On the trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from advisors.register.tables import ConductRow, TrainingRow
from advisors.rules_in_force import advisor_rules
from clients.grading.review.filing import plain
from clients.grading.review.problems import ReviewRefused
from clients.staff.filing import Stamp, file_change
from clients.staff.service import StaffService
from kit.access import Scope
from kit.clock import day_of

KINDS: Final = ("TRAINING", "CERTIFICATE")
LONGEST_NOTE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingAsk:
    """kind: TRAINING with hours, or CERTIFICATE with a code of the rules and its last day (None: for good)."""

    staff_no: str
    kind: str
    day: date
    title: str
    code: str = ""
    hours: float = 0.0
    valid_to: date | None = None


class RegisterDesk:
    """Registers of the people whom the scope shows. The commit is the caller's."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._staff = StaffService(session, scope)

    def record_conduct(
        self, staff_no: str, code: str, day: date, note: str, stamp: Stamp, *, client_no: str = ""
    ) -> int:
        """A breach of the list of deductions or vetoes. Raises NoSuchStaff, ReviewRefused."""
        self._known(staff_no, day, stamp)
        rules = advisor_rules(day)
        known = {**{name: title for name, (title, _) in rules.deductions.items()}, **rules.severe}
        if code not in known:
            words = "、".join(f"{name}（{title}）" for name, title in sorted(known.items()))
            raise ReviewRefused(f"没有行为代码 {code}；应为 {words}")
        row = ConductRow(
            staff_no=staff_no, code=code, day=day, client_no=client_no.strip()[:64],
            note=plain(note, "查实的情况", LONGEST_NOTE), recorded_by=stamp.actor.name[:64], recorded_at=stamp.at,
        )  # fmt: skip
        return self._filed(row, "conduct", stamp, staff=staff_no, code=code, day=day.isoformat(), client=client_no)

    def record_training(self, ask: TrainingAsk, stamp: Stamp) -> int:
        """Training or a certificate. Raises NoSuchStaff, ReviewRefused."""
        self._known(ask.staff_no, ask.day, stamp)
        if ask.kind not in KINDS:
            raise ReviewRefused(f"种类没有 {ask.kind}；应为 TRAINING（培训）或 CERTIFICATE（证书）")
        codes = advisor_rules(ask.day).certificates
        if ask.kind == "CERTIFICATE" and ask.code not in codes:
            raise ReviewRefused(f"没有证书 {ask.code}；应为 {'、'.join(sorted(codes))}")
        if ask.kind == "TRAINING" and not 0 < ask.hours <= 500:
            raise ReviewRefused(f"培训学时 {ask.hours:g} 须大于 0、不超过 500")
        if ask.valid_to is not None and ask.valid_to < ask.day:
            raise ReviewRefused(f"有效期至 {ask.valid_to}，早于取得的日子 {ask.day}")
        row = TrainingRow(
            staff_no=ask.staff_no, kind=ask.kind, code=ask.code, title=plain(ask.title, "名称", 128), day=ask.day,
            hours=ask.hours if ask.kind == "TRAINING" else 0.0, valid_to=ask.valid_to,
            recorded_by=stamp.actor.name[:64], recorded_at=stamp.at,
        )  # fmt: skip
        return self._filed(row, "training", stamp, staff=ask.staff_no, kind=ask.kind, code=ask.code, hours=ask.hours)

    def withdraw_conduct(self, entry: int, note: str, stamp: Stamp) -> int:
        """Take an entry back by a row of its own. Raises ReviewRefused."""
        told = self._taken_back(ConductRow, entry)
        row = ConductRow(
            staff_no=told.staff_no, code=told.code, day=told.day, note=plain(note, "撤回的理由", LONGEST_NOTE),
            withdraws=entry, recorded_by=stamp.actor.name[:64], recorded_at=stamp.at,
        )  # fmt: skip
        return self._filed(row, "conduct.withdraw", stamp, staff=told.staff_no, entry=entry, note=row.note)

    def _known(self, staff_no: str, day: date, stamp: Stamp) -> None:
        self._staff.get(staff_no)
        if day > day_of(stamp.at):
            raise ReviewRefused(f"{day} 还没有到，不能登记")

    def _taken_back(self, table: Any, entry: int) -> Any:
        row = self._session.get(table, entry)
        if row is None or row.withdraws is not None:
            raise ReviewRefused(f"没有第 {entry} 条登记")
        self._staff.get(row.staff_no)
        if self._session.exec(select(table.id).where(col(table.withdraws) == entry)).first() is not None:
            raise ReviewRefused(f"第 {entry} 条登记已经撤回")
        return row

    def _filed(self, row: Any, what: str, stamp: Stamp, **detail: Any) -> int:
        self._session.add(row)
        self._session.flush()
        file_change(self._session, stamp, f"advisor.{what}", f"advisor_{what.partition('.')[0]}", str(row.id), **detail)
        made: int = row.id
        return made
