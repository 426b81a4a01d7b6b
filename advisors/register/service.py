"""The desk of the registers: record a breach that was established, or training; take an entry back. On the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session

from advisors.register.repository import PREFIX, names_of, number_of, page_of, withdrawals
from advisors.register.tables import ConductRow, TrainingRow
from advisors.register.types import EntryKind, Registered, Withdrawal
from advisors.rules_in_force import advisor_rules
from clients.grading.review.filing import plain
from clients.grading.review.problems import ReviewRefused
from clients.staff.filing import Stamp, file_change
from clients.staff.service import StaffService
from clients.visibility import STAFF
from kit.access import Scope
from kit.clock import day_of
from kit.digest import is_digest
from kit.problems import Problem

LONGEST_NOTE: Final = 1_000
LONGEST_TITLE: Final = 128
MOST_HOURS: Final = 500


class NoSuchEntry(Problem):
    """登记里没有这一条"""

    status = 404
    title = "No such entry"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConductAsk:
    """A breach by its code in the rules, on the day when it happened. evidence: sha256 of a paper."""

    staff_no: str
    code: str
    day: date
    note: str
    client_no: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingAsk:
    """Training with hours, or a certificate with a code of the rules and its last day (None: for good)."""

    staff_no: str
    kind: EntryKind
    day: date
    title: str
    code: str = ""
    hours: float = 0.0
    valid_to: date | None = None


class RegisterDesk:
    """Registers of the people whom the scope shows. The commit is the caller's."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._staff = StaffService(session, scope)

    # reading

    def conduct(self, *, staff_no: str = "", before: str = "", limit: int = 50) -> tuple[Registered, ...]:
        """Breaches as they were recorded, the newest first, those taken back with the reason. before: a number."""
        return self._page(ConductRow, staff_no, before, limit)

    def training(self, *, staff_no: str = "", before: str = "", limit: int = 50) -> tuple[Registered, ...]:
        """Training and certificates, likewise."""
        return self._page(TrainingRow, staff_no, before, limit)

    def get(self, number: str) -> Registered:
        """Raises NoSuchEntry."""
        return self._told([self._row(number)])[0]

    # recording

    def record_conduct(self, ask: ConductAsk, stamp: Stamp) -> Registered:
        """A breach of the list of deductions or vetoes. Raises NoSuchStaff, ReviewRefused."""
        self._may_be_recorded(ask.staff_no, ask.day, stamp)
        known = breaches(ask.day)
        if ask.code not in known:
            words = "、".join(f"{code}（{title}）" for code, (title, _) in sorted(known.items()))
            raise ReviewRefused(f"没有行为代码 {ask.code}；应为 {words}")
        if ask.evidence and not is_digest(ask.evidence):
            raise ReviewRefused(f"证据摘要 {ask.evidence} 应写作 sha256: 加 64 位十六进制数")
        row = ConductRow(
            staff_no=ask.staff_no, code=ask.code, day=ask.day, client_no=ask.client_no.strip()[:64],
            note=plain(ask.note, "查实的情况", LONGEST_NOTE), evidence=ask.evidence,
            recorded_by=stamp.actor.name[:64], recorded_at=stamp.at,
        )  # fmt: skip
        return self._filed(row, "conduct", stamp, code=ask.code, day=ask.day.isoformat(), client=ask.client_no)

    def record_training(self, ask: TrainingAsk, stamp: Stamp) -> Registered:
        """Training or a certificate. Raises NoSuchStaff, ReviewRefused."""
        self._may_be_recorded(ask.staff_no, ask.day, stamp)
        certificate = ask.kind is EntryKind.CERTIFICATE
        codes = advisor_rules(ask.day).certificates
        if certificate and ask.code not in codes:
            raise ReviewRefused(f"没有证书 {ask.code}；应为 {'、'.join(sorted(codes))}")
        if not certificate and not 0 < ask.hours <= MOST_HOURS:
            raise ReviewRefused(f"培训学时 {ask.hours:g} 须大于 0、不超过 {MOST_HOURS}")
        if ask.valid_to is not None and ask.valid_to < ask.day:
            raise ReviewRefused(f"有效期至 {ask.valid_to}，早于取得的日子 {ask.day}")
        row = TrainingRow(
            staff_no=ask.staff_no, kind=ask.kind.value, code=ask.code if certificate else "",
            title=plain(ask.title, "名称", LONGEST_TITLE), day=ask.day, hours=0.0 if certificate else ask.hours,
            valid_to=ask.valid_to if certificate else None, recorded_by=stamp.actor.name[:64], recorded_at=stamp.at,
        )  # fmt: skip
        return self._filed(row, "training", stamp, kind=ask.kind.value, code=row.code, hours=row.hours)

    def withdraw(self, number: str, why: str, stamp: Stamp) -> Registered:
        """Take an entry back by a row of its own; it stays and counts no more. Raises NoSuchEntry, ReviewRefused."""
        told = self._row(number)
        if withdrawals(self._session, type(told), [told.id]):
            raise ReviewRefused(f"{number} 已经撤回")
        _not_oneself(told.staff_no, stamp)
        row = type(told)(
            **{name: getattr(told, name) for name in ("staff_no", "code", "day")}, withdraws=told.id,
            **({"kind": told.kind, "title": told.title} if isinstance(told, TrainingRow) else {}),
            note=plain(why, "撤回的理由", LONGEST_NOTE), recorded_by=stamp.actor.name[:64], recorded_at=stamp.at,
        )  # fmt: skip
        what = "conduct" if isinstance(told, ConductRow) else "training"
        self._filed(row, f"{what}.withdraw", stamp, entry=number, note=row.note)
        return self.get(number)

    # inside

    def _may_be_recorded(self, staff_no: str, day: date, stamp: Stamp) -> None:
        self._staff.get(staff_no)
        _not_oneself(staff_no, stamp)
        if day > day_of(stamp.at):
            raise ReviewRefused(f"{day} 还没有到，不能登记")

    def _row(self, number: str) -> Any:
        table = next((table for table, prefix in PREFIX.items() if number.startswith(prefix)), None)
        told = number[2:]
        if table is not None and told.isascii() and told.isdigit() and len(told) <= 9:
            found = page_of(self._session, self._scope, table, before=int(told) + 1, limit=1)
            if found and found[0].id == int(told):
                return found[0]
        raise NoSuchEntry(f"登记里没有 {number}，或不在您的范围内")

    def _page(self, table: type[Any], staff_no: str, before: str, limit: int) -> tuple[Registered, ...]:
        end = self._row(before).id if before else None
        return self._told(page_of(self._session, self._scope, table, staff_no=staff_no, before=end, limit=limit))

    def _told(self, rows: Sequence[Any]) -> tuple[Registered, ...]:
        if not rows:
            return ()
        taken = withdrawals(self._session, type(rows[0]), [row.id for row in rows])
        names = names_of(self._session, {row.staff_no for row in rows})
        return tuple(_entry(row, names.get(row.staff_no, ""), taken.get(row.id)) for row in rows)

    def _filed(self, row: Any, what: str, stamp: Stamp, **detail: Any) -> Registered:
        self._session.add(row)
        self._session.flush()
        table = f"advisor_{what.partition('.')[0]}"
        file_change(self._session, stamp, f"advisor.{what}", table, str(row.id), staff=row.staff_no, **detail)
        return self._told([row])[0]


def breaches(day: date) -> dict[str, tuple[str, bool]]:
    """Title of each breach in force on a day, and whether it is severe."""
    rules = advisor_rules(day)
    return {
        **{code: (title, False) for code, (title, _) in rules.deductions.items()},
        **{code: (title, True) for code, title in rules.severe.items()},
    }


def _not_oneself(staff_no: str, stamp: Stamp) -> None:
    if stamp.actor.subject == f"{STAFF}:{staff_no}":
        raise ReviewRefused("本人的登记须由他人办理")


def _entry(row: Any, name: str, taken: Any) -> Registered:
    common: dict[str, Any] = {
        "number": number_of(row), "staff_no": row.staff_no, "name": name, "code": row.code, "day": row.day,
        "note": row.note, "recorded_by": row.recorded_by, "recorded_at": row.recorded_at,
        "withdrawn": None if taken is None else Withdrawal(taken.recorded_by, taken.recorded_at, taken.note),
    }  # fmt: skip
    if isinstance(row, ConductRow):
        title, severe = breaches(row.day).get(row.code, (row.code, False))
        return Registered(**common, kind=EntryKind.CONDUCT, title=title, severe=severe, client_no=row.client_no,
                          evidence=row.evidence)  # fmt: skip
    return Registered(**common, kind=EntryKind(row.kind), title=row.title, hours=row.hours, valid_to=row.valid_to)
