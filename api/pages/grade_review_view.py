"""Reviews as their pages show them: the list, one review with its lists and lines, one client's line."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Request
from pydantic import BaseModel, Field

from api.pages.suitability_list import moment
from api.rendering import render
from clients.grading.review.appeals import AppealDesk
from clients.grading.review.intake import SheetTaken
from clients.grading.review.repository import LineFilter
from clients.grading.review.rules import events, list_rule, window
from clients.grading.review.service import ReviewDesk
from clients.grading.review.sheet import moved as moved_words
from clients.grading.review.sheet import short_title
from clients.grading.review.types import Appeal, Arrangement, Review, ReviewLine, ReviewState
from kit.access import Actor, Scope
from reports.masking import mask_name
from reports.model import Tone

LIST: Final = "/grades/reviews"
PAGE: Final = 50
TONES: Final = {
    ReviewState.PRELIMINARY: Tone.PLAIN, ReviewState.MEETING: Tone.WARN, ReviewState.SUBMITTED: Tone.WARN,
    ReviewState.APPROVED: Tone.PLAIN, ReviewState.CANCELLED: Tone.MUTED,
}  # fmt: skip
STEPS: Final = (ReviewState.PRELIMINARY, ReviewState.MEETING, ReviewState.SUBMITTED, ReviewState.APPROVED)
LINE_FIELDS: Final = ("plan", "policy_action", "policy", "settlement_action", "settlement", "reason")


class OpenFields(BaseModel):
    """What a new review needs."""

    event: Annotated[str, Field(max_length=64)] = ""
    clients: Annotated[str, Field(max_length=2_000)] = ""
    reason: Annotated[str, Field(max_length=2_000)] = ""


def list_html(
    desk: ReviewDesk, scope: Scope, who: Actor, fault: str = "", fields: OpenFields | None = None
) -> str:
    found = desk.list()
    first, last = window(scope.day.year)
    year = str(scope.day.year)
    return render(
        "pages/grade_reviews.html", "grades", reader=who, fault=fault, fields=fields or OpenFields(),
        reviews=[{"one": one, "tone": TONES[one.state], "opened": moment(one.opened_at)} for one in found],
        first=first, last=last, in_window=first <= scope.day <= last, events=list(events(scope.day).items()),
        annual_open=all(one.number != year for one in found), year=year,
    )  # fmt: skip


def asked_of(request: Request) -> dict[str, str]:
    names = ("scheme", "grade", "moved", "listed", "q", "after")
    return {name: request.query_params.get(name, "").strip() for name in names}


def review_html(
    desk: ReviewDesk, appeals: AppealDesk, number: str, scope: Scope, who: Actor, *,
    asked: dict[str, str] | None = None, note: str | None = None, fault: str = "", taken: SheetTaken | None = None,
) -> str:  # fmt: skip
    review = desk.get(number)
    asked = asked or dict.fromkeys(("scheme", "grade", "moved", "listed", "q", "after"), "")
    own = who.user_id in {review.opened_by_id, review.convened_by_id, review.submitted_by_id}
    place = f"{LIST}/{number}"
    return render(
        "pages/grade_review.html", "grades", *([note] if note else []), reader=who, review=review, fault=fault,
        tone=TONES[review.state], steps=_steps(review), place=place, summary=desk.summary(number), own=own,
        opened=moment(review.opened_at), submitted=review.submitted_at and moment(review.submitted_at),
        decided=review.decided_at and moment(review.decided_at), today=scope.day, taken=taken, asked=asked,
        mask=mask_name, short=short_title, event=events(review.day).get(review.event, review.event),
        no_plan_href=_no_plan(review, place), counts=_counts(desk, review, asked, place),
        appeals=[_appeal(one, barred=appeals.bars(who.user_id, one)) for one in appeals.list(number)],
        **_lines(desk, review, asked, place),
    )  # fmt: skip


def _steps(review: Review) -> list[dict[str, Any]]:
    """初评 → 复评 → 待批准 → 已批准, with how far it is."""
    at = STEPS.index(review.state) if review.state in STEPS else -1
    return [{"label": one.label, "done": i < at, "here": i == at} for i, one in enumerate(STEPS)]


def _href(place: str, asked: dict[str, str], **changes: str) -> str:
    query = urlencode({name: value for name, value in {**asked, "after": "", **changes}.items() if value})
    return f"{place}?{query}#lines" if query else f"{place}#lines"


def _appeal(one: Appeal, *, barred: bool) -> dict[str, Any]:
    """barred: the reader may not be who decides it."""
    return {"one": one, "filed": moment(one.filed_at), "barred": barred}


def _no_plan(review: Review, place: str) -> str:
    """Where those are listed who need a plan and have none."""
    rule = list_rule("plan", review.day)
    (grade, *more) = sorted(rule.classes)
    told = {"listed": "no-plan", "scheme": rule.scheme, "grade": "" if more else grade}
    return _href(place, told)


def _counts(desk: ReviewDesk, review: Review, asked: dict[str, str], place: str) -> list[dict[str, Any]]:
    """A row of chips a scheme, with counts."""
    counts = desk.summary(review.number).counts
    rows = []
    for scheme in review.schemes:
        found = counts.get(scheme.code, {})
        chips = [
            {
                "label": label, "count": f"{found.get(code, 0):,}",
                "active": asked["scheme"] == scheme.code and asked["grade"] == (code or "-"),
                "href": _href(place, asked, scheme=scheme.code, grade=code or "-"),
            }
            for code, label in (*scheme.classes, ("", "不评"))
        ]  # fmt: skip
        rows.append({"title": short_title(scheme), "chips": chips})
    return rows


def _lines(desk: ReviewDesk, review: Review, asked: dict[str, str], place: str) -> dict[str, Any]:
    grade = None if not asked["grade"] else asked["grade"].strip("-")
    wanted = LineFilter(
        scheme=asked["scheme"], grade=grade, moved=bool(asked["moved"]), listed=asked["listed"], text=asked["q"]
    )
    found = desk.lines(review.number, wanted, after=asked["after"], limit=PAGE + 1)
    shown = found[:PAGE]
    following = urlencode({**{k: v for k, v in asked.items() if v}, "after": shown[-1].client_no}) if shown else ""
    return {
        "lines": [_line(review, one, place) for one in shown], "found": desk.count(review.number, wanted),
        "following": f"{place}?{following}#lines" if len(found) > PAGE else None,
        "previous": _href(place, asked) if asked["after"] else None,
        "all": not any(asked[one] for one in ("scheme", "moved", "listed", "q")), "all_href": f"{place}#lines",
        "moved_href": _href(place, dict.fromkeys(asked, ""), moved="1"),
    }  # fmt: skip


def _line(review: Review, one: ReviewLine, place: str) -> dict[str, Any]:
    grades = []
    for scheme in review.schemes:
        held = one.grades[scheme.code]
        way = moved_words(scheme, held.engine, held.grade)
        grades.append({
            "before": "—" if held.before is None else scheme.label(held.before), "engine": scheme.label(held.engine),
            "grade": scheme.label(held.grade), "way": way,
            "tone": Tone.UP if way == "上调" else Tone.DOWN if way == "下调" else Tone.WARN,
        })  # fmt: skip
    return {
        "client_no": one.client_no, "name": mask_name(one.name), "href": f"{place}/lines/{one.client_no}",
        "branch": one.branch, "staff": one.staff, "grades": grades, "reason": one.reason, "plan": one.plan,
        "policy": f"{one.policy_action.label if one.policy_action else ''} {one.policy}".strip(),
        "settlement": f"{one.settlement_action.label if one.settlement_action else ''} {one.settlement}".strip(),
    }  # fmt: skip


def line_html(
    desk: ReviewDesk, number: str, client_no: str, who: Actor, *, note: str | None = None, fault: str = "",
    typed: dict[str, str] | None = None,
) -> str:  # fmt: skip
    review, line = desk.get(number), desk.line(number, client_no)
    held = {f"grade.{code}": grade.grade or "" for code, grade in line.grades.items()}
    held |= {name: getattr(line, name) or "" for name in LINE_FIELDS if name != "reason"}
    return render(
        "pages/grade_review_line.html", "grades", *([note] if note else []), reader=who, review=review, line=line,
        name=mask_name(line.name), fault=fault, place=f"{LIST}/{number}",
        typed={**held, "reason": "", **(typed or {})}, short=short_title,
        actions=[(one.value, one.label) for one in Arrangement], may_edit=review.editable,
        changes=[{"one": one, "at": moment(one.at), "words": _change_words(review, one.changes)}
                 for one in desk.changes(number, client_no)],
    )  # fmt: skip


def _change_words(review: Review, changes: Any) -> list[str]:
    """Each change as a reader says it."""
    names = {
        "plan": "服务计划", "policy": "政策说明", "policy_action": "特殊政策", "settlement": "结算说明",
        "settlement_action": "特殊结算",
    }  # fmt: skip
    told = []
    for field, (before, after) in changes.items():
        if field.startswith("grade."):
            scheme = review.scheme(field.removeprefix("grade."))
            assert scheme is not None
            told.append(f"{short_title(scheme)}：{scheme.label(before)} → {scheme.label(after)}")
        elif field in names:
            was, now = (_said(field, one) for one in (before, after))
            told.append(f"{names[field]}：{was} → {now}")
    return told


def _said(field: str, value: str | None) -> str:
    if not value:
        return "空"
    return Arrangement(value).label if field.endswith("_action") else value
