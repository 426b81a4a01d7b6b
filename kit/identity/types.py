"""What identity speaks of: users, sessions, and the two answers to someone who wants in. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from kit.access import Actor, Role
from kit.identity.problems import BadUser, PasswordMustChange, SignInRefused, TokenRefused
from kit.labels import Labelled
from kit.problems import Problem

NAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,63}")
SUBJECT: Final = re.compile(r"(staff|client):[^\s\x00-\x1f]{1,64}")
SUBJECT_KIND: Final = {Role.CLIENT: "client", Role.ADVISOR: "staff", Role.SUPERVISOR: "staff"}


class Door(Labelled):
    """从哪个门进来"""

    API = "API", "接口"
    PAGE = "PAGE", "网页"
    CLI = "CLI", "命令行"


class Act(Labelled):
    """留痕动作: what the trail calls each change of identity"""

    USER_ADDED = "user.added", "新增用户"
    ROLE_CHANGED = "user.role_changed", "变更角色"
    USER_DISABLED = "user.disabled", "停用用户"
    USER_ENABLED = "user.enabled", "启用用户"
    PASSWORD_RESET = "user.password_reset", "重置口令"
    PASSWORD_CHANGED = "user.password_changed", "修改口令"
    SIGNED_IN = "user.signed_in", "登录"
    SIGN_IN_REFUSED = "user.sign_in_refused", "登录未成功"
    TOKEN_REUSED = "session.token_reused", "刷新令牌被重复使用"
    SESSION_REVOKED = "session.revoked", "撤销登录"
    SIGNED_OUT = "session.signed_out", "退出登录"


class Refusal(Labelled):
    """为何拒绝: for the trail; the one who asks reads the same words for the first four"""

    UNKNOWN_USER = "UNKNOWN_USER", "没有这个用户"
    WRONG_PASSWORD = "WRONG_PASSWORD", "口令不对"
    LOCKED = "LOCKED", "锁定中"
    DISABLED = "DISABLED", "已停用"
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN", "没有这个令牌"
    EXPIRED = "EXPIRED", "令牌或会话已失效"
    REUSED = "REUSED", "令牌已用过，整个会话已撤销"
    IN_USE = "IN_USE", "令牌正被另一请求使用"


_AT_THE_DOOR: Final = frozenset({Refusal.UNKNOWN_USER, Refusal.WRONG_PASSWORD, Refusal.LOCKED, Refusal.DISABLED})
_DOOR_WORDS: Final = (
    "用户名或口令不正确，或该用户已停用或暂时锁定；连续失败会锁定一段时间，请稍后再试或联系管理员"
)
_TOKEN_WORDS: Final = {
    Refusal.REUSED: "该刷新令牌已使用过，为安全起见本次登录已整个撤销；请重新登录",
    Refusal.IN_USE: "该刷新令牌正被另一请求使用；请使用那个请求得到的新令牌",
}


@dataclass(frozen=True, slots=True)
class Refused:
    """No entry. A value, so that the caller can commit what was recorded of it before raising `problem()`."""

    refusal: Refusal

    def problem(self) -> Problem:
        if self.refusal in _AT_THE_DOOR:
            return SignInRefused(_DOOR_WORDS)
        return TokenRefused(_TOKEN_WORDS.get(self.refusal, "刷新令牌无效或已失效；请重新登录"))


@dataclass(frozen=True, slots=True)
class Identified:
    """Who asks, in which session.

    must_change_password: an administrator chose the present one; nothing else may be done before it is changed.
    touch_due: a page session whose time of use should be noted (`Identity.touch`).
    """

    actor: Actor
    session_id: str
    must_change_password: bool = False
    touch_due: bool = False

    def require_own_password(self) -> None:
        """Raises PasswordMustChange while the password is one that an administrator chose."""
        if self.must_change_password:
            raise PasswordMustChange("现在的口令由管理员设置；请先改成只有自己知道的口令，再办理其他事项")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Entry: tokens for a program, or a cookie for a browser; what does not apply is empty."""

    who: Identified
    access_token: str = field(default="", repr=False)
    access_expires_at: datetime | None = None
    refresh_token: str = field(default="", repr=False)
    refresh_expires_at: datetime | None = None
    cookie: str = field(default="", repr=False)
    cookie_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """用户, without anything secret"""

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

    def actor(self) -> Actor:
        return Actor(self.id, self.name, self.role, self.subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSession:
    """登录会话 as its owner sees it"""

    id: str
    user_id: str
    door: Door
    ip: str
    user_agent: str
    created_at: datetime
    used_at: datetime
    expires_at: datetime


def user_name(text: str) -> str:
    """The name as it is stored: lower case. Raises BadUser."""
    name = text.strip().lower()
    if not NAME.fullmatch(name):
        raise BadUser("用户名须以字母开头，由 2 至 64 个小写字母、数字、点、横线或下划线组成")
    return name


def subject_for(role: Role, text: str) -> str:
    """The subject as it is stored. Raises BadUser where the role needs another kind of subject, or one at all."""
    subject = text.strip()
    if subject and not SUBJECT.fullmatch(subject):
        raise BadUser(f"主体“{subject}”不像 staff:工号 或 client:客户号")
    needed = SUBJECT_KIND.get(role)
    if needed and not subject.startswith(f"{needed}:"):
        raise BadUser(f"角色“{role.label}”须指明主体，如 {needed}:{'S001' if needed == 'staff' else 'C0001'}")
    if not needed and subject.startswith("client:"):
        raise BadUser(f"角色“{role.label}”不能以客户为主体")
    return subject
