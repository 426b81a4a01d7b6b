"""The four-dimension profile of a client, and the investment policy statement that the client confirms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Clients, Profiles, Stamped
from api.pages.fields import Text
from api.pages.forms import DeskForm, attempt
from api.pages.household_view import household_path
from api.pages.profile_inputs import PolicyFields, policy_form
from api.rendering import render
from api.routes.shapes import PathCode, PathId
from diagnosis.wording import DASH
from kit.access import Actor, Verb
from kit.clock import SHANGHAI
from reports.masking import mask_name
from suitability.assessment.types import Channel
from suitability.levels import ClientLevel
from suitability.profile.policy import Statement, sentences
from suitability.profile.problems import NoSuchStatement
from suitability.profile.types import Dimension, Ground, Profile

router = APIRouter(prefix="/clients/{client_no}/profile", route_class=Door)
READS = [needs(Verb.PROFILE_READ)]
EDITS = [needs(Verb.PROFILE_EDIT)]
SHOWN_GROUNDS: Final = 6
NOTES: Final = {
    "filed": "画像已更新并登记，之后的适当性检查按它进行。",
    "same": "画像与登记的一份相同，没有重复登记。",
    "drafted": "草稿已保存，等客户本人确认。",
    "confirmed": "已确认，从今天起生效。",
}


@dataclass(frozen=True, slots=True)
class Scale:
    """One dimension: score as text and as a width of 0 to 100; what it rests on, and how far it can be trusted."""

    label: str
    score: str
    width: int | None
    lead: str
    confidence: str
    age: str
    grounds: tuple[Ground, ...]
    more: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One version of the statement, as the client reads it."""

    id: int
    version: int
    sentences: tuple[str, ...]
    drafted: str
    confirmed: str  # empty: not yet
    digest: str
    confirm: str  # where the client confirms it, empty for everybody else


def profile_path(client_no: str, note: str = "") -> str:
    path = f"/clients/{quote(client_no, safe='')}/profile"
    return f"{path}?note={note}" if note else path


@router.get("", response_class=HTMLResponse, dependencies=READS)
def profile_page(
    client_no: PathCode, clients: Clients, desk: Profiles, scope: Reach, who: Who, note: Text = None
) -> str:
    """The profile as of today, made and not filed; the statement in force, and one that waits for the client."""
    client = clients.client(client_no)
    made = desk.make(client_no, scope.day, desk.habits(client_no, scope.day))
    return render(
        "pages/profile.html",
        "accounts",
        *_notes(note),
        client_no=client_no,
        client=mask_name(client.name),
        path=profile_path(client_no),
        household=household_path(client_no) if who.may(Verb.HOUSEHOLD_READ) else None,
        edits=who.may(Verb.PROFILE_EDIT),
        level=_named(made.level_used),
        confirmed=_named(made.confirmed_level),
        lowered=made.capacity.reasons if made.level_used is not made.confirmed_level else (),
        scales=[scale_of(one, made.day) for one in made.dimensions],
        **_statements(desk.statements(client_no), desk.in_force(client_no, scope.day), client_no, who),
    )


@router.post("", dependencies=EDITS)
def file_profile_page(client_no: PathCode, desk: Profiles, scope: Reach, stamp: Stamped) -> Response:
    """File the profile of today where it says anything new: checks read what is filed."""
    made: Profile = desk.make(client_no, scope.day, desk.habits(client_no, scope.day))
    note = "filed" if desk.file(made, stamp) else "same"
    return RedirectResponse(profile_path(client_no, note), status_code=303)


@router.get("/statement", response_class=HTMLResponse, dependencies=EDITS)
def draft_statement_page(client_no: PathCode, desk: Profiles) -> str:
    return _form(desk.statements(client_no), client_no).html()


@router.post("/statement", dependencies=EDITS)
def draft_statement(
    client_no: PathCode,
    fields: Annotated[PolicyFields, Form()],
    desk: Profiles,
    stamp: Stamped,
    session: Database,
) -> Response:
    """A new version, to be confirmed by the client."""
    return attempt(
        session, lambda: desk.draft(client_no, fields.policy(), stamp),
        lambda: _form(desk.statements(client_no), client_no), fields, profile_path(client_no, "drafted"),
    )  # fmt: skip


@router.post("/statements/{statement_id}/confirm", dependencies=[needs(Verb.CLIENT_CONFIRM)])
def confirm_statement(
    client_no: PathCode,
    statement_id: PathId,
    shown_digest: Annotated[str, Form(max_length=80)],
    desk: Profiles,
    stamp: Stamped,
) -> Response:
    """The client confirms what this page showed."""
    if desk.statement(statement_id).client_no != client_no:
        raise NoSuchStatement(f"没有投资政策声明 {statement_id}")
    desk.confirm(statement_id, stamp, shown_digest=shown_digest, channel=Channel.WEB)
    return RedirectResponse(profile_path(client_no, "confirmed"), status_code=303)


def _form(statements: tuple[Statement, ...], client_no: str) -> DeskForm:
    return policy_form(profile_path(client_no), client_no, statements[0].policy if statements else None)


def scale_of(one: Dimension, day: date) -> Scale:
    """A dimension with its score, or with why there is none."""
    age = one.age_days(day)
    told = "" if age is None else "今天的资料" if age == 0 else f"最早的依据 {age} 天前"
    return Scale(
        label=one.id.label, score=DASH if one.score is None else str(one.score), width=one.score, lead=one.lead,
        confidence=f"可信度 {one.confidence}" if one.score is not None else "", age=told,
        grounds=one.grounds[:SHOWN_GROUNDS], more=max(len(one.grounds) - SHOWN_GROUNDS, 0), warnings=one.warnings,
    )  # fmt: skip


def _statements(
    every: tuple[Statement, ...], in_force: Statement | None, client_no: str, who: Actor
) -> dict[str, Any]:
    """The one in force, and the newest one where it still waits for the client."""
    newest = every[0] if every and every[0].confirmed_on is None else None
    return {
        "in_force": None if in_force is None else _told(in_force, client_no, who),
        "waiting": None if newest is None else _told(newest, client_no, who),
    }


def _told(one: Statement, client_no: str, who: Actor) -> Told:
    confirmed = ""
    if one.confirmed_on is not None:
        confirmed = f"客户本人 {one.confirmed_on} 确认（{_channel(one.channel)}）"
    may = one.confirmed_on is None and who.may(Verb.CLIENT_CONFIRM)
    return Told(
        id=one.id, version=one.version, sentences=sentences(one.policy), confirmed=confirmed, digest=one.digest,
        drafted=f"{one.drafted_at.astimezone(SHANGHAI):%Y-%m-%d} 由 {one.drafted_by} 起草",
        confirm=f"{profile_path(client_no)}/statements/{one.id}/confirm" if may else "",
    )  # fmt: skip


def _channel(code: str) -> str:
    return Channel(code).label if code in set(Channel) else code


def _named(level: ClientLevel | None) -> str:
    return "" if level is None else f"{level.value}（{level.label}）"


def _notes(note: str | None) -> tuple[str, ...]:
    return (NOTES[note],) if note in NOTES else ()
