"""登录会话: one's own, or those of a user where one manages users; each can be ended."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel

from api.access import Here, People, acting, needs
from api.contract.door import Door
from api.contract.marks import first_password
from api.contract.refusals import problem_responses
from kit.access import MATRIX, Actor, Reach, Role, Verb
from kit.identity.problems import UnknownSession, UnknownUser
from kit.identity.types import Door as Entry
from kit.identity.types import LoginSession

router = APIRouter(tags=["登录"], route_class=Door)


class MayOut(BaseModel):
    """One thing that the role may do, and with whose records."""

    verb: Verb
    reach: Reach


class MeOut(BaseModel):
    """Who asks. subject: `staff:…` or `client:…`, empty where the role needs none."""

    user_id: str
    name: str
    role: Role
    subject: str
    must_change_password: bool
    may: list[MayOut]


class SessionOut(BaseModel):
    """One live session; `current` is the one that asks."""

    id: str
    door: Entry
    ip: str
    user_agent: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime
    current: bool


class SessionList(BaseModel):
    items: list[SessionOut]


def session_list(found: list[LoginSession], current: str) -> SessionList:
    items = [{**asdict(one), "current": one.id == current} for one in found]
    return SessionList.model_validate({"items": items})


@router.get("/me", operation_id="getMe", dependencies=[needs(Verb.SESSION_OWN)])
@first_password
def me(who: Here) -> MeOut:
    """Who I am and what my role may do."""
    actor = who.actor
    may = [MayOut(verb=verb, reach=reach) for verb, reach in sorted(MATRIX[actor.role].items())]
    return MeOut(
        user_id=actor.user_id, name=actor.name, role=actor.role, subject=actor.subject,
        must_change_password=who.must_change_password, may=may,
    )


@router.get("/auth/sessions", operation_id="listOwnSessions", dependencies=[needs(Verb.SESSION_OWN)])
def own_sessions(people: People, who: Here) -> SessionList:
    """Where I am signed in."""
    return session_list(people.sessions_of(who.actor), who.session_id)


@router.delete(
    "/auth/sessions/{session_id}", status_code=204, operation_id="endSession",
    responses=problem_responses(UnknownSession),
)
def end_session(
    session_id: Annotated[str, Path(max_length=32)],
    people: People,
    who: Annotated[Actor, Depends(acting(Verb.SESSION_OWN))],
) -> None:
    """End one of my sessions; whoever manages users may end anyone's."""
    people.revoke(who, session_id)


@router.get(
    "/users/{user_id}/sessions", operation_id="listUserSessions", responses=problem_responses(UnknownUser),
    dependencies=[needs(Verb.USER_MANAGE)],
)
def user_sessions(user_id: Annotated[str, Path(max_length=64)], people: People, who: Here) -> SessionList:
    """Where a user is signed in."""
    return session_list(people.sessions_of(who.actor, user_id), who.session_id)
