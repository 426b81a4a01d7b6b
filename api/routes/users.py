"""用户: list, add, another role, disable, enable, reset; for administrators. Every change names the version it saw."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import People, acting
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.links import next_link
from api.routes.shapes import Cursor, Limit
from kit.access import Actor, Role, Verb
from kit.identity.problems import (
    BadUser,
    LastAdministrator,
    OwnRights,
    UnknownUser,
    UserChanged,
    UserTaken,
    WeakPassword,
)
from kit.identity.types import User
from reports.paging import read_cursor, write_cursor

router = APIRouter(prefix="/users", tags=["用户"], route_class=Door)
Administrator = Annotated[Actor, Depends(acting(Verb.USER_MANAGE))]
UserId = Annotated[str, Path(max_length=64, description="用户编号或用户名")]
RIGHTS = problem_responses(UnknownUser, UserChanged, OwnRights, LastAdministrator)


class UserIn(BaseModel):
    """A new user. The password is the first one, which its owner changes."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=64, description="小写字母开头，字母、数字、点、横线、下划线")
    role: Role
    subject: str = Field(default="", max_length=80, description="staff:工号 或 client:客户号；按角色需要")
    password: str = Field(max_length=1024)


class RoleIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: Role
    subject: str = Field(default="", max_length=80)


class FirstPasswordIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    password: str = Field(max_length=1024)


class UserOut(BaseModel):
    id: str
    name: str
    role: Role
    subject: str
    version: int
    must_change_password: bool
    created_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None
    locked_until: datetime | None


class UserPage(BaseModel):
    items: list[UserOut]
    next: str | None


def user_out(response: Response, user: User) -> UserOut:
    """The user, with the version as its ETag."""
    set_etag(response, user.version)
    return UserOut(**asdict(user))


@router.get("", operation_id="listUsers")
def list_users(
    request: Request, response: Response, people: People, who: Administrator, cursor: Cursor = None, limit: Limit = 50
) -> UserPage:
    """All users by name."""
    after = read_cursor(cursor, 1)[0] if cursor else ""
    found = people.users(who, after, limit + 1)
    following = write_cursor(found[limit - 1].name) if len(found) > limit else None
    next_link(request, response, following)
    return UserPage(items=[UserOut(**asdict(one)) for one in found[:limit]], next=following)


@router.post(
    "", status_code=201, operation_id="addUser", responses=problem_responses(BadUser, WeakPassword, UserTaken)
)
def add_user(body: UserIn, response: Response, people: People, who: Administrator) -> UserOut:
    """A new user, who must change the first password."""
    user = people.add_user(who, body.name, body.role, body.password, body.subject)
    response.headers["Location"] = f"/api/v1/users/{user.id}"
    return user_out(response, user)


@router.get("/{user_id}", operation_id="getUser", responses=problem_responses(UnknownUser))
def get_user(user_id: UserId, response: Response, people: People, who: Administrator) -> UserOut:
    """One user."""
    return user_out(response, people.user(who, user_id))


@router.put("/{user_id}/role", operation_id="changeRole", responses={**RIGHTS, **problem_responses(BadUser)})
def change_role(
    user_id: UserId, body: RoleIn, response: Response, people: People, who: Administrator, seen: SeenVersion
) -> UserOut:
    """Another role or subject; the user's sessions end."""
    return user_out(response, people.change_role(who, user_id, body.role, body.subject, version=seen))


@router.post("/{user_id}/disable", operation_id="disableUser", responses=RIGHTS)
def disable_user(
    user_id: UserId, response: Response, people: People, who: Administrator, seen: SeenVersion
) -> UserOut:
    """No more entry; the user's sessions end."""
    return user_out(response, people.disable(who, user_id, version=seen))


@router.post("/{user_id}/enable", operation_id="enableUser", responses=problem_responses(UnknownUser, UserChanged))
def enable_user(user_id: UserId, response: Response, people: People, who: Administrator, seen: SeenVersion) -> UserOut:
    """Entry again; a lock is lifted."""
    return user_out(response, people.enable(who, user_id, version=seen))


@router.put(
    "/{user_id}/password", operation_id="resetPassword",
    responses=problem_responses(UnknownUser, UserChanged, WeakPassword),
)
def reset_password(
    user_id: UserId, body: FirstPasswordIn, response: Response, people: People, who: Administrator, seen: SeenVersion
) -> UserOut:
    """A password that the administrator chose and the user must change; the user's sessions end."""
    return user_out(response, people.reset_password(who, user_id, body.password, version=seen))
