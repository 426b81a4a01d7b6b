"""Signing in and out of the pages, and what one sees of one's own sessions."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import SESSION_COOKIE, VISIT_COOKIE, Here, Now, People, identified, key_ring, needs
from api.contract.csrf import cookie_of
from api.contract.door import Door as Passage
from api.contract.marks import first_password, keyless, public
from api.contract.pageframe import PAGE, PageFrame
from api.pages.fields import Text
from api.problems import PASSWORD
from api.rendering import render
from kit.access import Verb
from kit.clock import SHANGHAI
from kit.identity.problems import SignInRefused, WeakPassword
from kit.identity.tokens import csrf_token, opaque_token
from kit.identity.types import Door, Identified, LoginSession, Refused, SignedIn

router = APIRouter(route_class=Passage)
OWN = [needs(Verb.SESSION_OWN)]
MINE = "/me/sessions"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
NOTES = {
    "ended": "该处登录已结束。",
    "password": "口令已修改，其他各处的登录已结束。",
}


def safe_target(said: str | None) -> str:
    """Where to go after signing in: a path of our own and nothing else."""
    parts = urlsplit((said or "").replace("\\", "/"))
    ours = said and said.startswith("/") and not said.startswith(("//", "/\\")) and not parts.netloc
    return said if ours and said and parts.path != "/sign-in" and said.isprintable() else "/"


def is_secure(request: Request) -> bool:
    """Cookies travel over https alone, but for a server on one's own machine."""
    return request.url.scheme == "https" or request.url.hostname not in LOOPBACK


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
    response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=is_secure(request))


@router.get("/sign-in", response_class=HTMLResponse)
@public
def sign_in_page(request: Request, next: Text = None) -> Response:
    """The form. Whoever is signed in goes on at once."""
    target = safe_target(next)
    if identified(request) is not None:
        return RedirectResponse(target, status_code=303)
    if cookie_of(request):
        return HTMLResponse(_form(request, target))
    visit = opaque_token()
    PAGE.set(PageFrame(None, csrf_token(key_ring(request.app), visit)))
    made = HTMLResponse(_form(request, target))
    set_cookie(request, made, VISIT_COOKIE, visit)
    return made


@router.post("/sign-in")
@public
@keyless
def sign_in(
    request: Request,
    people: People,
    at: Now,
    name: Annotated[str, Form(max_length=256)] = "",
    password: Annotated[str, Form(max_length=1024)] = "",
    next: Annotated[str, Form(max_length=2048)] = "",
) -> Response:
    """A session as a cookie, then back to where one came from. A refusal is told on the form and recorded."""
    answer = people.sign_in(name, password, Door.PAGE)
    if isinstance(answer, Refused):
        return HTMLResponse(_form(request, safe_target(next), answer.problem().detail, name), status_code=401)
    made = RedirectResponse(_after(answer, safe_target(next)), status_code=303)
    assert answer.cookie_expires_at is not None
    seconds = int((answer.cookie_expires_at - at).total_seconds())
    set_cookie(request, made, SESSION_COOKIE, answer.cookie, seconds)
    made.delete_cookie(VISIT_COOKIE)
    return made


@router.post("/sign-out", dependencies=OWN)
@keyless
@first_password
def sign_out(people: People, who: Here) -> Response:
    """End this session and forget the cookie."""
    people.sign_out(who)
    made = RedirectResponse("/sign-in", status_code=303)
    made.delete_cookie(SESSION_COOKIE)
    return made


@router.get(MINE, response_class=HTMLResponse, dependencies=OWN)
def own_sessions(people: People, who: Here, note: Text = None) -> str:
    """Where I am signed in, and my password."""
    return _mine(people, who, note=note)


@router.post(MINE + "/{session_id}/end", dependencies=OWN)
def end_session(session_id: Annotated[str, Path(max_length=32)], people: People, who: Here) -> Response:
    """End one of my sessions elsewhere."""
    people.revoke(who.actor, session_id)
    return RedirectResponse(f"{MINE}?note=ended", status_code=303)


@router.get(PASSWORD, response_class=HTMLResponse, dependencies=OWN)
@first_password
def password_page(people: People, who: Here, next: Text = None) -> str:
    """Where one is led whose password an administrator chose; `next` is where one wanted to go."""
    return _password(people, who, safe_target(next))


@router.post(PASSWORD, dependencies=OWN)
@keyless
@first_password
def change_password(
    people: People,
    who: Here,
    old: Annotated[str, Form(max_length=1024)] = "",
    new: Annotated[str, Form(max_length=1024)] = "",
    next: Annotated[str, Form(max_length=2048)] = "",
) -> Response:
    """Another password for oneself; a fault is told beside its field."""
    try:
        people.change_own_password(who, old, new)
    except SignInRefused as refused:
        errors = {"old": refused.detail}
    except WeakPassword as refused:
        errors = {"new": refused.detail}
    else:
        return RedirectResponse(safe_target(next) if next else f"{MINE}?note=password", status_code=303)
    alone = next or who.must_change_password
    again = _password(people, who, safe_target(next), errors) if alone else _mine(people, who, errors)
    return HTMLResponse(again, status_code=422)


def _after(answer: SignedIn, target: str) -> str:
    return f"{PASSWORD}?next={quote(target, safe='')}" if answer.who.must_change_password else target


def _form(request: Request, target: str, fault: str = "", name: str = "") -> str:
    plain = request.url.scheme == "http" and is_secure(request)
    return render("pages/sign_in.html", target=target, fault=fault, name=name, plain=plain)


def _mine(people: People, who: Identified, errors: dict[str, str] | None = None, note: str | None = None) -> str:
    found = [_line(one, who) for one in people.sessions_of(who.actor)]
    notes = (NOTES[note],) if note in NOTES else ()
    return render("pages/me.html", "", *notes, who=who.actor, sessions=found, errors=errors or {})


def _password(people: People, who: Identified, target: str, errors: dict[str, str] | None = None) -> str:
    policy = people.policy
    hint = f"{policy.least_length} 至 {policy.most_length} 个字符，不含用户名；可以用几个不相干的词连成一句。"
    return render(
        "pages/password.html", first=who.must_change_password, target=target, hint=hint, errors=errors or {}
    )


def _line(one: LoginSession, who: Identified) -> dict[str, object]:
    return {
        "id": one.id, "door": one.door.label, "ip": one.ip or "本机", "user_agent": one.user_agent,
        "created_at": f"{one.created_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "used_at": f"{one.used_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", "current": one.id == who.session_id,
    }  # fmt: skip
