"""Who asks, when, from where, and how far they see: the door (`api.contract.door`) finds out once, all others read it.

A program sends a bearer token, a browser the session cookie; both lead to the same `kit.access.Actor`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Depends, FastAPI, Request
from sqlmodel import Session

from api.database import Database
from kit.access import Actor, Scope, Verb
from kit.clock import day_of
from kit.identity.keys import KeyRing
from kit.identity.problems import NotSignedIn
from kit.identity.service import Identity
from kit.identity.types import Identified
from kit.trail.entry import Origin

SESSION_COOKIE: Final = "heshi_session"
VISIT_COOKIE: Final = "heshi_visit"
"""Before there is a session: what the form of the sign-in page is bound to."""


@dataclass(frozen=True, slots=True)
class Acting:
    """A dependency that names what a route does, and gives who does it. The door refuses a route without one."""

    verb: Verb

    async def __call__(self, request: Request) -> Actor:
        return signed_in(request).actor


def acting(verb: Verb) -> Acting:
    """For a route that needs the actor: `who: Annotated[Actor, Depends(acting(Verb.REPORT_ISSUE))]`."""
    return Acting(verb)


def needs(verb: Verb) -> Any:
    """For a route that needs no more than to name its verb: `dependencies=[needs(Verb.ACCOUNT_READ)]`."""
    return Depends(Acting(verb))


def now_of(request: Request) -> datetime:
    """What the application's clock says; asked once a request, by the door."""
    clock = getattr(request.app.state, "clock", None)
    moment: datetime = clock() if clock else datetime.now(UTC)
    return moment


def key_ring(app: FastAPI) -> KeyRing:
    """What this server signs with; set before it listens."""
    keys: KeyRing = app.state.keys
    return keys


def origin_of(request: Request) -> Origin:
    """Where the request comes from, for the trail."""
    host = request.client.host if request.client else ""
    return Origin(host, request.headers.get("user-agent", ""), request.state.request_id)


def identity_of(request: Request, session: Session) -> Identity:
    return Identity(session, now=request.state.at, origin=origin_of(request), keys=key_ring(request.app))


def identify(request: Request, session: Session) -> None:
    """Find out who asks. Raises NotSignedIn for a token or cookie that is not good; without either nobody asks."""
    identity = identity_of(request, session)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    cookie = request.cookies.get(SESSION_COOKIE)
    if scheme:
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn("请用 Authorization: Bearer 访问令牌")
        request.state.who = identity.actor_of(token.strip())
    elif cookie:
        request.state.who = identity.actor_of_session(cookie)


def identified(request: Request) -> Identified | None:
    """Who asks, in which session; None where nobody signed in."""
    return getattr(request.state, "who", None)


def judge(request: Request, verb: Verb | None, *, own_password: bool = True) -> None:
    """Set how far the asker sees with this verb. Raises NotSignedIn, PasswordMustChange, NotAllowed."""
    if verb is None:
        return
    who = identified(request)
    if who is None:
        raise NotSignedIn("请先登录：移动端与接口用 Bearer 令牌，网页用登录页")
    if own_password:
        who.require_own_password()
    request.state.scope = who.actor.scope(verb, day_of(request.state.at))


# Dependencies that ask nobody are coroutines: a plain function would be sent to a thread, at many times its own cost.


async def now(request: Request) -> datetime:
    """The moment of the request."""
    moment: datetime = request.state.at
    return moment


async def scope(request: Request) -> Scope:
    """Whose records this request may touch, today in Shanghai."""
    found: Scope = request.state.scope
    return found


async def actor(request: Request) -> Actor:
    """Who acts."""
    return signed_in(request).actor


async def in_session(request: Request) -> Identified:
    """Who acts, and the session in which they do. Raises NotSignedIn on a public route that nobody signed in to."""
    return signed_in(request)


async def origin(request: Request) -> Origin:
    """Where the request comes from, for the trail."""
    return origin_of(request)


async def identity(request: Request, session: Database) -> Identity:
    """Users and sessions over the request's transaction."""
    return identity_of(request, session)


def signed_in(request: Request) -> Identified:
    """Who signed in, and the session. Raises NotSignedIn."""
    who = identified(request)
    if who is None:
        raise NotSignedIn("请先登录")
    return who


Now = Annotated[datetime, Depends(now)]
Reach = Annotated[Scope, Depends(scope)]
Who = Annotated[Actor, Depends(actor)]
Here = Annotated[Identified, Depends(in_session)]
From = Annotated[Origin, Depends(origin)]
People = Annotated[Identity, Depends(identity)]
