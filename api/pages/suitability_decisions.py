"""Pages of suitability decisions: the list, and one as it was filed, explained to each reader and made again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from api.access import Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Matching, Stamped
from api.pages.fields import First, Last, Text
from api.pages.forms import FormLine
from api.pages.subscription_inputs import digest_typed
from api.pages.suitability_decision_view import (
    LIST,
    SHORT,
    Replay,
    change_words,
    heading,
    line_of,
    replayed,
    shown,
    versions,
)
from api.pages.suitability_list import code, moment
from api.pages.suitability_rule_view import FORMS
from api.rendering import render
from api.routes.decision_shapes import decision_out
from api.routes.shapes import PathCode
from clients.staff.filing import Stamp
from kit.access import Actor, Verb
from kit.digest import digest
from kit.identity.repository import user
from kit.problems import Problem
from reports.paging import NOT_OURS, read_cursor, write_cursor
from reports.problems import BadCursor
from suitability.assessment.types import Channel
from suitability.levels import Outcome
from suitability.matching.cooling import FORM as WAIT
from suitability.matching.hearing import Audience, audience_for, audiences_of, is_said, sees_both_sides
from suitability.matching.problems import AlgorithmNotShipped, RulesLost
from suitability.matching.service import CONFIRMATION, PROVEN, MatchingDesk
from suitability.matching.tables import DecisionRow

router = APIRouter(prefix=LIST, route_class=Door)
READS: Final = [needs(Verb.SUITABILITY_READ)]
PAGE: Final = 50
NOTES: Final = {"done": "已登记。"}


class DutyFields(BaseModel):
    """How a duty was done, and the digest of what proves it."""

    channel: Channel = Channel.APP
    evidence: FormLine = ""
    note: FormLine = ""


Fields = Annotated[DutyFields, Form()]


@router.get("", response_class=HTMLResponse, dependencies=READS)
def decisions_page(
    desk: Matching,
    who: Who,
    client: Text = None,
    product: Text = None,
    outcome: Text = None,
    first: First = None,
    last: Last = None,
    cursor: Text = None,
) -> str:
    """Decisions, newest first."""
    chosen = code(Outcome, outcome or "")
    asked = {"client": client and client.strip(), "product": product and product.strip(), "from": first, "to": last}
    found = desk.page(
        client_no=asked["client"] or None, product_code=asked["product"] or None, outcome=chosen and chosen.value,
        first=first, last=last, before=_before(cursor), limit=PAGE + 1,
    )  # fmt: skip
    lines = found[:PAGE]
    following = None
    if len(found) > PAGE:
        mark = write_cursor(lines[-1].made_at.isoformat(), lines[-1].id)
        following = _address(asked, outcome=chosen and chosen.value, cursor=mark)
    chips = [{"label": "全部", "href": _address(asked), "active": chosen is None}]
    chips += [
        {"label": SHORT[one], "href": _address(asked, outcome=one.value), "active": chosen is one}
        for one in reversed(Outcome)
    ]
    return render(
        "pages/decisions.html", "suitability", reader=who, lines=[line_of(row) for row in lines], asked=asked,
        outcome=chosen.value if chosen else "", outcomes=chips, narrowed=bool(chosen or any(asked.values())),
        first=_address(asked, outcome=chosen and chosen.value) if cursor else None, following=following,
    )  # fmt: skip


@router.get("/{decision_id}", response_class=HTMLResponse, dependencies=READS)
def decision_page(
    decision_id: PathCode, desk: Matching, session: Database, who: Who, words: Text = None, replay: Text = None,
    note: Text = None,
) -> str:  # fmt: skip
    """The record as it was filed. words: for whom; replay: made again from its stored facts and rules."""
    audience = audience_for(who.role, code(Audience, words or ""))
    return _page(desk, session, who, decision_id, audience, replay=bool(replay), note=NOTES.get(note or ""))


@router.post("/{decision_id}/duties/{duty}", dependencies=[needs(Verb.SUITABILITY_DUTY)])
def complete_duty_page(
    decision_id: PathCode, duty: PathCode, fields: Fields, desk: Matching, session: Database, stamp: Stamped
) -> Response:
    """A colleague records that a duty was done, with the digest of what proves it."""
    return _attempt(desk, session, stamp, decision_id, duty, fields, fields.channel)


@router.post("/{decision_id}/confirmation", dependencies=[needs(Verb.CLIENT_CONFIRM)])
def confirm_decision_page(
    decision_id: PathCode, fields: Fields, desk: Matching, session: Database, stamp: Stamped
) -> Response:
    """The client confirms in person what is shown; its digest is the evidence."""
    return _attempt(desk, session, stamp, decision_id, CONFIRMATION, fields, Channel.APP)


def _attempt(
    desk: MatchingDesk, session: Database, stamp: Stamp, decision_id: str, duty: str, fields: DutyFields,
    channel: Channel,
) -> Response:  # fmt: skip
    try:
        desk.complete(
            decision_id, duty, stamp, channel=channel.value, evidence=digest_typed(fields.evidence), note=fields.note
        )
    except Problem as refused:
        session.rollback()
        told = _page(
            desk, session, stamp.actor, decision_id, audience_for(stamp.actor.role, None), fault=refused.detail,
            act=duty, typed=fields,
        )  # fmt: skip
        return HTMLResponse(told, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{decision_id}?note=done#duties", status_code=303)


def _page(
    desk: MatchingDesk, session: Database, who: Actor, decision_id: str, audience: Audience, *, replay: bool = False,
    note: str | None = None, fault: str = "", act: str = "", typed: DutyFields | None = None,
) -> str:  # fmt: skip
    row = desk.row(decision_id)
    told = decision_out(row, who.role)
    verdicts = [(one.hit, shown(one, str(row.day), audience.value)) for one in told.verdicts]
    maker = user(session, row.made_by)
    changes = [(one.side, change_words(one.fields)) for one in told.changes]
    return render(
        "pages/decision.html", "suitability", *([note] if note else []), reader=who, told=told, head=heading(told),
        audience=audience, tabs=[
            {"label": f"对{one.label}", "href": f"{LIST}/{row.id}?words={one.value}#words", "active": one is audience}
            for one in audiences_of(who.role)
        ],
        hit=[one for hit, one in verdicts if hit], said=[
            words for one, (_, words) in zip(told.verdicts, verdicts, strict=True)
            if one.hit and is_said(one.outcome, told.outcome, audience)
        ],
        clear=[one for hit, one in verdicts if not hit],
        product_side=[text for side, text in changes if side == "product"],
        client_side=[text for side, text in changes if side == "client"], both_sides=sees_both_sides(who.role),
        duties=_duties(desk, row), forms=FORMS, versions=versions(told),
        made_by=maker.name if maker else row.made_by, fault=fault, act=act, typed=typed or DutyFields(),
        channels=[(one.value, one.label) for one in Channel if one is not Channel.IMPORT], action=f"{LIST}/{row.id}",
        registers=who.may(Verb.SUITABILITY_DUTY), confirms=who.may(Verb.CLIENT_CONFIRM),
        replay=_replay(desk, row.id) if replay else None, again=f"{LIST}/{row.id}?replay=1#replay",
    )  # fmt: skip


def _replay(desk: MatchingDesk, decision_id: str) -> Replay | str:
    try:
        return replayed(desk.row(decision_id), desk.answer_again(decision_id))
    except (RulesLost, AlgorithmNotShipped) as lost:
        return lost.detail


def _duties(desk: MatchingDesk, row: DecisionRow) -> list[dict[str, Any]]:
    """What has to be done, and what was; empty where the rules that tell are lost."""
    try:
        found = desk.duties(row.id)
    except RulesLost:
        return []
    return [
        {
            "id": one.id, "title": one.title, "form": FORMS.get(one.form, one.form), "source": one.source,
            "evidence": one.evidence, "items": "；".join(one.items), "done": moment(one.done_at) if one.done_at else "",
            "until": moment(one.not_before) if one.not_before and not one.done_at else "",
            "open": one.done_at is None and one.form != WAIT, "proven": one.form in PROVEN,
            "confirms": one.form == "CONFIRM",
            "shown": digest({"decision": row.digest, "duty": one.id, "items": list(one.items)}),
        }
        for one in found
    ]  # fmt: skip


def _address(asked: Mapping[str, object], **more: str | None) -> str:
    kept = {name: str(value) for name, value in {**asked, **more}.items() if value}
    return f"{LIST}?{urlencode(kept)}" if kept else LIST


def _before(cursor: str | None) -> tuple[datetime, str] | None:
    """Raises BadCursor."""
    if cursor is None:
        return None
    at, decision_id = read_cursor(cursor, 2)
    try:
        made = datetime.fromisoformat(at)
    except ValueError as fault:
        raise BadCursor(NOT_OURS) from fault
    if made.tzinfo is None:
        raise BadCursor(NOT_OURS)
    return made, decision_id
