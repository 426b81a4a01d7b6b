"""Pages of rule changes: draft, preview on the whole book, approve what was shown by another person, roll back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import RuleChanges, Stamped
from api.pages.fields import Text
from api.pages.forms import FormDay
from api.pages.suitability_change_view import (
    LIST,
    TONES,
    counted,
    differs,
    line_of,
    names,
    sentence,
    target_words,
    undone_by,
)
from api.pages.suitability_drafts import FormCheck, form_check
from api.pages.suitability_list import moment
from api.rendering import render
from api.routes.shapes import PathId
from kit.access import Actor, Verb
from kit.problems import Problem
from suitability.changes.in_force import schedule
from suitability.changes.problems import DraftRefused
from suitability.changes.service import ChangeService
from suitability.changes.standing import below_the_law
from suitability.changes.types import RULE_FILES, Change, ChangeKind, ChangeState

router = APIRouter(prefix=LIST, route_class=Door)
READS: Final = [needs(Verb.RULE_CHANGE_READ)]
DRAFTS: Final = [needs(Verb.RULE_CHANGE)]
APPROVES: Final = [needs(Verb.RULE_APPROVE)]
LONGEST: Final = 400_000
NOTES: Final = {
    "drafted": "草稿已登记。先预演影响，再由另一人批准。", "previewed": "已在全部客户与持仓上预演。",
    "approved": "已批准，从生效日起在用。", "refused": "已否决，草稿留档。",
    "rolled": "已回滚，从所选之日起恢复原来的内容。",
}  # fmt: skip


class DraftFields(BaseModel):
    """A whole new text of a rule file, in force from a day."""

    file: Annotated[str, Field(max_length=64)] = ""
    text: Annotated[str, Field(max_length=LONGEST)] = ""
    title: Annotated[str, Field(max_length=128)] = ""
    reason: Annotated[str, Field(max_length=2000)] = ""
    effective_from: FormDay = None


class DecisionFields(BaseModel):
    """What is decided about a change. shown: the digest of the preview that was read."""

    reason: Annotated[str, Field(max_length=2000)] = ""
    shown: Annotated[str, Field(max_length=80)] = ""
    effective_from: FormDay = None


Draft = Annotated[DraftFields, Form()]
Decided = Annotated[DecisionFields, Form()]


@router.get("", response_class=HTMLResponse, dependencies=READS)
def changes_page(desk: RuleChanges, session: Database, scope: Reach, who: Who) -> str:
    """Changes, newest first."""
    found = desk.list()
    waiting = sum(one.state is ChangeState.PREVIEWED for one in found)
    return render(
        "pages/changes.html", "suitability", reader=who, lines=[line_of(one, undone_by(found)) for one in found],
        waiting=waiting, below=below_the_law(session, scope.day),
        files=list(RULE_FILES.items()),
    )  # fmt: skip


@router.get("/new", response_class=HTMLResponse, dependencies=DRAFTS)
def draft_page(session: Database, scope: Reach, who: Who, file: Text = None) -> str:
    """The form of a draft, filled with the text in force."""
    name = file if file and file in RULE_FILES else "matching"
    since = scope.day + timedelta(days=1)
    fields = DraftFields(file=name, text=schedule(session).book(name, since).text, effective_from=since)
    return _draft(fields, who)


@router.post("", dependencies=DRAFTS)
def draft(fields: Draft, desk: RuleChanges, stamp: Stamped, session: Database) -> Response:
    """File the draft; a fault is told above what was typed."""
    try:
        if fields.effective_from is None or not fields.title.strip():
            raise DraftRefused("请填写标题与生效日")
        made = desk.draft_rules(
            fields.file, fields.text.replace("\r\n", "\n"), title=fields.title.strip(), reason=fields.reason,
            effective_from=fields.effective_from, stamp=stamp,
        )  # fmt: skip
    except Problem as refused:
        session.rollback()
        return HTMLResponse(_draft(fields, stamp.actor, refused.detail), status_code=refused.status)
    return RedirectResponse(f"{LIST}/{made.id}?note=drafted", status_code=303)


@router.get("/{change_id}", response_class=HTMLResponse, dependencies=READS)
def change_page(change_id: PathId, desk: RuleChanges, scope: Reach, who: Who, note: Text = None) -> str:
    """One change: what it changes, what it would do, who decided."""
    return _page(desk, change_id, scope.day, who, note=NOTES.get(note or ""))


@router.post("/{change_id}/preview", dependencies=DRAFTS)
def preview_change(change_id: PathId, desk: RuleChanges, stamp: Stamped, scope: Reach, session: Database) -> Response:
    """Judge the whole book with and without the change."""

    def deed() -> object:
        return desk.preview(change_id, stamp)

    return _attempt(desk, change_id, deed, "previewed", scope.day, stamp.actor, session)


@router.post("/{change_id}/approve", dependencies=APPROVES)
def approve_change(
    change_id: PathId, fields: Decided, desk: RuleChanges, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """Another person approves exactly what was shown."""

    def deed() -> Change:
        return desk.approve(change_id, fields.shown, reason=fields.reason, stamp=stamp)

    return _attempt(desk, change_id, deed, "approved", scope.day, stamp.actor, session, fields.reason)


@router.post("/{change_id}/refuse", dependencies=APPROVES)
def refuse_change(
    change_id: PathId, fields: Decided, desk: RuleChanges, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """Turn the change down; it stays on file."""

    def deed() -> Change:
        return desk.refuse(change_id, reason=fields.reason, stamp=stamp)

    return _attempt(desk, change_id, deed, "refused", scope.day, stamp.actor, session, fields.reason)


@router.post("/{change_id}/rollback", dependencies=APPROVES)
def roll_back_change(
    change_id: PathId, fields: Decided, desk: RuleChanges, stamp: Stamped, scope: Reach, session: Database
) -> Response:
    """Put back in one step what the change replaced, from a day on."""

    def deed() -> Change:
        since = fields.effective_from or scope.day
        return desk.rollback(change_id, reason=fields.reason, effective_from=since, stamp=stamp)

    return _attempt(desk, change_id, deed, "rolled", scope.day, stamp.actor, session, fields.reason)


def _attempt(
    desk: ChangeService, change_id: int, deed: Callable[[], object], note: str, day: date, who: Actor,
    session: Database, typed: str = "",
) -> Response:  # fmt: skip
    """Do it and come back to the change. A refusal writes nothing and is told above what was typed."""
    desk.get(change_id)
    try:
        made = deed()
    except Problem as refused:
        session.rollback()
        shown = _page(desk, change_id, day, who, fault=refused.detail, typed=typed)
        return HTMLResponse(shown, status_code=refused.status)
    there = made.id if isinstance(made, Change) else change_id
    return RedirectResponse(f"{LIST}/{there}?note={note}", status_code=303)


def _check(desk: ChangeService, change: Change) -> FormCheck | None:
    """Of a form that is not decided yet: whether it may be published, and how its sheets spread over the classes."""
    if change.kind is not ChangeKind.QUESTIONNAIRE or change.verdict is not None:
        return None
    return form_check(desk.examination(change.id))


def _draft(fields: DraftFields, who: Actor, fault: str = "") -> str:
    return render(
        "pages/change_draft.html", "suitability", reader=who, fields=fields, fault=fault,
        name=RULE_FILES.get(fields.file, fields.file),
    )  # fmt: skip


def _page(
    desk: ChangeService, change_id: int, day: date, who: Actor, *, note: str | None = None, fault: str = "",
    typed: str = "",
) -> str:  # fmt: skip
    change = desk.get(change_id)
    preview, verdict, own = change.preview, change.verdict, change.drafted_by_id == who.user_id
    return render(
        "pages/change.html", "suitability", *([note] if note else []), reader=who, change=change, today=day,
        target=target_words(change), state=change.state.label, tone=TONES[change.state],
        drafted=moment(change.drafted_at), differs=differs(desk.differences(change_id)), fault=fault, typed=typed,
        preview=preview, told=sentence(preview.result) if preview else "",
        previewed=moment(preview.made_at) if preview else "",
        tables=counted(preview.result) if preview else [], listed=names(preview.result) if preview else [],
        check=_check(desk, change), form=(preview.result.get("questionnaire") or None) if preview else None,
        verdict=verdict, decided=moment(verdict.decided_at) if verdict else "",
        may_preview=verdict is None and who.may(Verb.RULE_CHANGE), own=own,
        may_decide=verdict is None and who.may(Verb.RULE_APPROVE),
        may_approve=verdict is None and preview is not None and not own and who.may(Verb.RULE_APPROVE),
        may_roll_back=verdict is not None and verdict.approved and who.may(Verb.RULE_APPROVE),
        at_once=change.kind is ChangeKind.QUESTIONNAIRE, undone=undone_by(desk.list()).get(change_id),
        action=f"{LIST}/{change_id}",
    )  # fmt: skip
