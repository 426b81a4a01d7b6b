"""The address without a path: where the reader's day begins."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from api.access import Who, needs
from api.contract.door import Door
from api.rendering import navigation
from kit.access import Role, Verb

DAY: Final = {Role.ADVISOR: "/tasks", Role.SUPERVISOR: "/team"}
router = APIRouter(route_class=Door, dependencies=[needs(Verb.SESSION_OWN)])


@router.get("/")
def home(who: Who) -> RedirectResponse:
    """The day for an adviser, the team for a supervisor; for everybody else the first page that they may open."""
    places = [place["href"] for place in navigation(who, "")]
    first = DAY.get(who.role) or next((place for place in places if place not in DAY.values()), None)
    return RedirectResponse(first or "/me/sessions")
