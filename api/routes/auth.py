"""Signing in and staying in for programs: OAuth2 password flow, rotating refresh tokens.

A refusal is recorded, so these routes answer it themselves instead of raising: what was recorded is committed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, Field

from api.access import Here, Now, People, needs
from api.contract.door import Door
from api.contract.marks import first_password, keyless, public
from api.contract.refusals import problem_responses
from api.problems import refusal
from kit.access import Verb
from kit.identity.problems import SignInRefused, TokenRefused, WeakPassword
from kit.identity.types import Refused, SignedIn

router = APIRouter(prefix="/auth", tags=["登录"], route_class=Door)


class TokenOut(BaseModel):
    """A pair of tokens (RFC 6749). The refresh token is used once; its answer brings the next."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"
    expires_in: int = Field(description="访问令牌还有几秒有效")
    refresh_token: str
    refresh_expires_at: datetime
    must_change_password: bool = Field(description="管理员设的口令：修改之前，其他操作一律答 403")


class RefreshIn(BaseModel):
    """The refresh token as it was given."""

    refresh_token: str = Field(max_length=128)


class PasswordIn(BaseModel):
    """The present password and the new one."""

    old: str = Field(max_length=1024)
    new: str = Field(max_length=1024)


def tokens(request: Request, answer: SignedIn | Refused, now: datetime) -> TokenOut | Response:
    """The pair, or the refusal as an answer, so that the door commits what was recorded of it."""
    if isinstance(answer, Refused):
        return refusal(request, answer.problem())
    assert answer.access_expires_at is not None
    assert answer.refresh_expires_at is not None
    return TokenOut(
        access_token=answer.access_token, expires_in=int((answer.access_expires_at - now).total_seconds()),
        refresh_token=answer.refresh_token, refresh_expires_at=answer.refresh_expires_at,
        must_change_password=answer.who.must_change_password,
    )


@router.post("/token", operation_id="signIn", response_model=TokenOut, responses=problem_responses(SignInRefused))
@public
@keyless
def sign_in(
    request: Request,
    people: People,
    at: Now,
    username: Annotated[str, Form(max_length=256)],
    password: Annotated[str, Form(max_length=1024)],
    grant_type: Annotated[Literal["password"], Form()] = "password",  # noqa: ARG001  only this one
    scope: Annotated[str, Form(max_length=256, description="不使用；权限由角色决定")] = "",  # noqa: ARG001
) -> TokenOut | Response:
    """Tokens for name and password. Repeated failures lock the user for a while; the answer does not say which."""
    return tokens(request, people.sign_in(username, password), at)


@router.post(
    "/refresh", operation_id="refreshToken", response_model=TokenOut, responses=problem_responses(TokenRefused)
)
@public
@keyless
def refresh(request: Request, body: RefreshIn, people: People, at: Now) -> TokenOut | Response:
    """A new pair. The old refresh token is used up; using it again ends the whole session."""
    return tokens(request, people.refresh(body.refresh_token), at)


@router.post(
    "/sign-out", status_code=204, operation_id="signOut", dependencies=[needs(Verb.SESSION_OWN)]
)
@keyless
@first_password
def sign_out(people: People, who: Here) -> None:
    """End this session: its access and refresh tokens are worth nothing from now on."""
    people.sign_out(who)


@router.put(
    "/password", status_code=204, operation_id="changePassword", dependencies=[needs(Verb.SESSION_OWN)],
    responses=problem_responses(SignInRefused, WeakPassword),
)
@first_password
def change_password(body: PasswordIn, people: People, who: Here) -> None:
    """Another password for oneself; every other session of the user ends."""
    people.change_own_password(who, body.old, body.new)
