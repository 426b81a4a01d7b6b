"""The address without a path: the first page that the reader may open."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse

from api.access import Who, needs
from api.contract.door import Door
from api.rendering import navigation
from kit.access import Verb

router = APIRouter(route_class=Door, dependencies=[needs(Verb.SESSION_OWN)])


@router.get("/")
def home(who: Who) -> RedirectResponse:
    places = navigation(who, "")
    return RedirectResponse(places[0]["href"] if places else "/me/sessions")
