"""The forms of the staff desk: what each asks, and what its fields say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

from api.pages.forms import OPEN, DeskForm, FormCode, FormDay, FormLine, Input, Versioned, needed, options, said
from api.pages.staff_view import HEAD_OFFICE, branch_of, during, post_of, staff_path
from clients.staff.absences import AbsenceAsk
from clients.staff.problems import StaffRefused
from clients.staff.qualifications import QualificationAsk
from clients.staff.relations import RelationAsk
from clients.staff.types import (
    Absence,
    AbsenceKind,
    Branch,
    Licence,
    Post,
    Qualification,
    Relation,
    RelationRole,
    Staff,
)
from reports.masking import mask_name

NO_END: Final = "不填就一直有效"
NO_LIMIT: Final = "最多服务多少位客户；不设上限就留空"


class PersonFields(Versioned):
    name: FormLine = ""
    capacity: FormCode = ""

    @property
    def limit(self) -> int | None:
        """Raises StaffRefused for what is no number."""
        if not self.capacity:
            return None
        if not self.capacity.isascii() or not self.capacity.isdigit() or len(self.capacity) > 6:
            raise StaffRefused("服务客户上限须为 0 至 999999 的整数；不设上限就留空")
        return int(self.capacity)


class MoveFields(Versioned):
    post: Annotated[Post | None, OPEN] = None
    branch_no: FormCode = ""
    day: FormDay = None


class LeaveFields(Versioned):
    last_day: FormDay = None


class QualificationFields(Versioned):
    licence: Annotated[Licence | None, OPEN] = None
    number: FormCode = ""
    valid_from: FormDay = None
    valid_to: FormDay = None

    def ask(self) -> QualificationAsk:
        """Raises StaffRefused."""
        return QualificationAsk(
            licence=needed(self.licence, "登记类别"), number=self.number or None,
            valid_from=needed(self.valid_from, "起始日"), valid_to=self.valid_to,
        )


class AbsenceFields(Versioned):
    kind: Annotated[AbsenceKind | None, OPEN] = None
    valid_from: FormDay = None
    valid_to: FormDay = None
    stand_in: FormCode = ""
    note: FormLine = ""

    def ask(self) -> AbsenceAsk:
        """Raises StaffRefused."""
        return AbsenceAsk(
            kind=needed(self.kind, "事由"), valid_from=needed(self.valid_from, "起始日"), valid_to=self.valid_to,
            stand_in=self.stand_in or None, note=self.note,
        )


class RelationFields(Versioned):
    client_no: FormCode = ""
    role: Annotated[RelationRole | None, OPEN] = None
    valid_from: FormDay = None
    valid_to: FormDay = None
    reason: FormLine = ""

    def ask(self, staff_no: str) -> RelationAsk:
        """Raises StaffRefused."""
        return RelationAsk(
            client_no=needed(self.client_no, "客户号"), staff_no=staff_no, role=needed(self.role, "服务角色"),
            valid_from=needed(self.valid_from, "起始日"), valid_to=self.valid_to, reason=self.reason,
        )


class EndFields(Versioned):
    last_day: FormDay = None
    reason: FormLine = ""


def person_form(person: Staff) -> DeskForm:
    at = staff_path(person.staff_no)
    return DeskForm(
        title="修改资料", lead=_who(person), action=f"{at}/edit", submit="保存", back=at, version=person.version,
        inputs=(
            Input(name="name", label="姓名", value=person.name, required=True),
            Input(name="capacity", label="服务客户上限", value=said(person.capacity), kind="number", hint=NO_LIMIT),
        ),
    )  # fmt: skip


def move_form(person: Staff, branches: Sequence[Branch], day: date) -> DeskForm:
    at = staff_path(person.staff_no)
    places = (("", HEAD_OFFICE), *((one.branch_no, one.name) for one in branches))
    return DeskForm(
        title="调动", lead=_who(person), action=f"{at}/move", submit="登记调动", back=at, version=person.version,
        facts=(("现任", f"{post_of(person)} · {branch_of(person)}"),),
        inputs=(
            Input(
                name="post", label="新岗位", value=said(person.post and person.post.value), kind="choices",
                options=options(Post), required=True,
            ),
            Input(name="branch_no", label="营业部", value=person.branch_no or "", kind="select", options=places),
            Input(
                name="day", label="调动日", value=day.isoformat(), kind="date", required=True, paired=True,
                hint="原岗位止于前一天",
            ),
        ),
    )  # fmt: skip


def leave_form(person: Staff, day: date) -> DeskForm:
    at = staff_path(person.staff_no)
    return DeskForm(
        title="登记离职", lead=_who(person), action=f"{at}/leave", submit="登记离职", back=at, version=person.version,
        facts=(("现任", f"{post_of(person)} · {branch_of(person)}"), ("服务客户", f"{person.clients} 位")),
        inputs=(Input(
            name="last_day", label="最后在岗日", value=day.isoformat(), kind="date", required=True,
            hint="此后还有客户的，先办交接",
        ),),
    )  # fmt: skip


def qualification_form(person: Staff, one: Qualification | None) -> DeskForm:
    at = staff_path(person.staff_no)
    return DeskForm(
        title="修改执业登记" if one else "新增执业登记", lead=_who(person),
        action=f"{at}/qualifications/{one.id}" if one else f"{at}/qualifications", submit="保存", back=at,
        version=one.version if one else None,
        inputs=(
            Input(
                name="licence", label="登记类别", value=one.licence.value if one else "", kind="choices",
                options=options(Licence), required=True,
            ),
            Input(name="number", label="登记编号", value=said(one and one.number)),
            Input(name="valid_from", label="起始日", value=said(one and one.valid_from), kind="date", required=True),
            Input(
                name="valid_to", label="终止日", value=said(one and one.valid_to), kind="date", hint=NO_END, paired=True
            ),
        ),
    )  # fmt: skip


def absence_form(person: Staff, one: Absence | None, colleagues: Sequence[Staff], day: date) -> DeskForm:
    at = staff_path(person.staff_no)
    return DeskForm(
        title="修改离岗" if one else "登记离岗", lead=_who(person),
        action=f"{at}/absences/{one.id}" if one else f"{at}/absences", submit="保存", back=at,
        version=one.version if one else None,
        inputs=(
            Input(
                name="kind", label="事由", value=one.kind.value if one else "", kind="choices",
                options=options(AbsenceKind), required=True,
            ),
            Input(
                name="valid_from", label="起始日", value=said(one.valid_from if one else day), kind="date",
                required=True,
            ),
            Input(
                name="valid_to", label="终止日", value=said(one and one.valid_to), kind="date", paired=True,
                hint="不填就到另行通知为止",
            ),
            Input(
                name="stand_in", label="代岗人", value=said(one and one.stand_in), kind="select",
                options=(("", "没有代岗人"), *(_colleague(them) for them in colleagues)),
                hint="代岗期间替离岗者服务客户；须在岗，并具备同样的登记",
            ),
            Input(name="note", label="说明", value=one.note if one else "", kind="lines"),
        ),
    )  # fmt: skip


def relation_form(person: Staff, day: date) -> DeskForm:
    at = staff_path(person.staff_no)
    return DeskForm(
        title="新增服务关系", lead=_who(person), action=f"{at}/relations", submit="登记服务关系", back=at,
        inputs=(
            Input(name="client_no", label="客户号", required=True, hint="一位客户同一天只有一位主办"),
            Input(
                name="role", label="服务角色", value=RelationRole.MAIN.value, kind="choices",
                options=options(RelationRole), required=True,
            ),
            Input(name="valid_from", label="起始日", value=day.isoformat(), kind="date", required=True),
            Input(name="valid_to", label="终止日", kind="date", hint=NO_END, paired=True),
            Input(name="reason", label="事由", kind="lines"),
        ),
    )  # fmt: skip


def end_form(one: Relation, day: date) -> DeskForm:
    """End what has begun; take back what has not."""
    begun = one.valid_from <= day
    last = Input(
        name="last_day", label="最后服务日", value=said(min(day, one.valid_to or day)), kind="date", required=True
    )
    reason = Input(name="reason", label="事由", kind="lines", required=True, hint="写进留痕，日后可查")
    return DeskForm(
        title="结束服务关系" if begun else "撤销服务关系",
        lead="只结束，不删除；换人服务请办交接。" if begun else "尚未开始，撤销后不再生效；留痕仍在。",
        action=f"/relations/{one.id}/{'end' if begun else 'withdraw'}", submit="结束服务" if begun else "撤销",
        back=staff_path(one.staff_no), version=one.version, inputs=(last, reason) if begun else (reason,),
        facts=(
            ("客户", f"{one.client_no} {mask_name(one.client_name)}"),
            ("人员", f"{one.staff_no} {one.staff_name}"), ("角色", one.role.label),
            ("起止", during(one.valid_from, one.valid_to)),
        ),
    )  # fmt: skip


def _who(person: Staff) -> str:
    return f"{person.staff_no} {person.name} · {post_of(person)} · {branch_of(person)}"


def _colleague(one: Staff) -> tuple[str, str]:
    return one.staff_no, f"{one.staff_no} {one.name} · {post_of(one)}"
