"""Rows as values, and the checks of an edit, apart from the desk that files them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from clients.grading.review.problems import ReviewRefused
from clients.grading.review.tables import (
    GradeAppealRow,
    GradeReviewChangeRow,
    GradeReviewClientRow,
    GradeReviewLineRow,
    GradeReviewRow,
)
from clients.grading.review.types import (
    Appeal,
    AppealState,
    Arrangement,
    Edit,
    LineChange,
    LineGrade,
    Review,
    ReviewKind,
    ReviewLine,
    ReviewScheme,
    ReviewState,
    Source,
)

TEXTS: Final = {"plan": "服务计划", "policy": "政策说明", "settlement": "结算说明"}
ACTIONS: Final = {"policy_action": "特殊政策", "settlement_action": "特殊结算"}
LONGEST: Final = 512
LONGEST_REASON: Final = 256


def review_of(row: GradeReviewRow) -> Review:
    assert row.id is not None
    schemes = tuple(
        ReviewScheme(one["code"], one["title"], one["version"], tuple((code, label) for code, label in one["classes"]))
        for one in row.schemes
    )
    return Review(
        id=row.id, number=row.number, kind=ReviewKind(row.kind), state=ReviewState(row.state), day=row.day,
        run_id=row.run_id, schemes=schemes, event=row.event, reason=row.reason, clients=row.clients,
        opened_by_id=row.opened_by_id, opened_by=row.opened_by, opened_at=row.opened_at,
        convened_by_id=row.convened_by_id, convened_by=row.convened_by, submitted_by_id=row.submitted_by_id,
        submitted_by=row.submitted_by, submitted_at=row.submitted_at, decided_by=row.decided_by,
        decided_at=row.decided_at, decided_reason=row.decided_reason, effective_from=row.effective_from,
        version=row.version,
    )  # fmt: skip


def line_of(
    row: GradeReviewClientRow, client_no: str, name: str, grades: Iterable[GradeReviewLineRow],
    features: Mapping[str, float] | None = None,
) -> ReviewLine:  # fmt: skip
    return ReviewLine(
        client_id=row.client_id, client_no=client_no, name=name, branch=row.branch, staff=row.staff,
        version=row.version,
        grades={one.scheme: LineGrade(one.before, one.engine, one.preliminary, one.grade) for one in grades},
        plan=row.plan, policy_action=_action(row.policy_action), policy=row.policy,
        settlement_action=_action(row.settlement_action), settlement=row.settlement, reason=row.reason,
        features=features or {},
    )  # fmt: skip


def change_of(row: GradeReviewChangeRow, client_no: str) -> LineChange:
    return LineChange(
        client_no, ReviewState(row.step), row.changed_at, row.changed_by, Source(row.source), row.changes, row.reason
    )


def appeal_of(row: GradeAppealRow, client_no: str, review: Review) -> Appeal:
    """An appeal with the scheme and its classes as the review called them."""
    assert row.id is not None
    scheme = review.scheme(row.scheme)
    return Appeal(
        id=row.id, review=review.number, client_no=client_no, scheme=row.scheme,
        title=scheme.title if scheme else row.scheme, grade=row.grade,
        grade_label=scheme.label(row.grade) if scheme else row.grade or "不评", wanted=row.wanted,
        wanted_label=scheme.label(row.wanted) if scheme else row.wanted, reason=row.reason,
        state=AppealState(row.state), filed_by_id=row.filed_by_id,
        filed_by=row.filed_by, filed_at=row.filed_at, decided_by=row.decided_by, decided_at=row.decided_at,
        decided_reason=row.decided_reason, effective_from=row.effective_from, version=row.version,
    )  # fmt: skip


def wanted_fields(edit: Edit) -> dict[str, Any]:
    """The fields of the three lists that an edit sets. Raises ReviewRefused for what no list can hold."""
    found: dict[str, Any] = {}
    for name, label in TEXTS.items():
        said = getattr(edit, name)
        if said is not None:
            found[name] = _text(said, label, LONGEST)
    for name, label in ACTIONS.items():
        said = getattr(edit, name)
        if said is not None:
            found[name] = _arrangement(said, label)
    return found


def wanted_grades(edit: Edit, schemes: tuple[ReviewScheme, ...]) -> dict[str, str | None]:
    """Codes by scheme. Raises ReviewRefused for a scheme or class that is not in the review."""
    found: dict[str, str | None] = {}
    for code, said in edit.grades.items():
        scheme = next((one for one in schemes if one.code == code), None)
        if scheme is None:
            raise ReviewRefused(f"这次评定不含方案 {code}；所含：{'、'.join(one.code for one in schemes)}")
        found[code] = grade_code(scheme, said)
    return found


def grade_code(scheme: ReviewScheme, said: str | None) -> str | None:
    """The class that was said, by code or by name; None for 不评. Raises ReviewRefused."""
    if said in (None, "", "不评"):
        return None
    found = scheme.code_of(str(said))
    if found is None:
        names = "、".join(f"{code}（{label}）" for code, label in scheme.classes)
        raise ReviewRefused(f"{scheme.title}没有“{said}”；应为 {names} 或“不评”")
    return found


def needs_reason(changes: Mapping[str, Any], schemes: tuple[ReviewScheme, ...], grades: Mapping[str, LineGrade],
                 wanted: Mapping[str, str | None], reason: str) -> None:  # fmt: skip
    """Raises ReviewRefused for a grade other than the engine's without a reason."""
    for scheme in schemes:
        held = grades.get(scheme.code)
        if f"grade.{scheme.code}" in changes and held is not None and not reason.strip():
            raise ReviewRefused(
                f"{scheme.title}由“{scheme.label(held.grade)}”改为“{scheme.label(wanted[scheme.code])}”，须写明理由"
            )


def plain(reason: str, label: str, longest: int = LONGEST_REASON, *, needed: bool = True) -> str:
    """A reason as it is kept. Raises ReviewRefused for an empty or too long one."""
    said = _text(reason, label, longest)
    if needed and not said:
        raise ReviewRefused(f"请填写{label}")
    return said


def _text(said: str, label: str, longest: int) -> str:
    text = said.strip()
    if len(text) > longest:
        raise ReviewRefused(f"{label}有 {len(text)} 个字，最多 {longest} 个")
    if any(ord(one) < 32 and one not in "\n\t" for one in text):
        raise ReviewRefused(f"{label}里有不能显示的字符")
    return text


def _arrangement(said: Arrangement | str, label: str) -> str | None:
    if said in ("", "无", None):
        return None
    for one in Arrangement:
        if said in (one, one.value, one.label):
            return one.value
    raise ReviewRefused(f"{label}的处理没有“{said}”；应为{'、'.join(one.label for one in Arrangement)}，或留空")


def _action(said: str | None) -> Arrangement | None:
    return None if said is None else Arrangement(said)
