"""Users as an administrator keeps them: every change is recorded, one that takes rights away ends the sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from kit.access import Actor, Role
from kit.db import one_at_a_time
from kit.identity import passwords, repository
from kit.identity.desk import HOUSE, Desk, as_user
from kit.identity.problems import LastAdministrator, OwnRights, UserChanged, UsersExist, UserTaken
from kit.identity.tables import UserRow
from kit.identity.types import Act, User, subject_for, user_name

_RIGHTS: Final = "heshi.identity.rights"  # held while the number of administrators may change


class UserDesk(Desk):
    """Add, change, disable, enable, reset. `user` is an id or a name; `version` the one the caller has read."""

    def add_user(
        self, actor: Actor, name: str, role: Role, password: str, subject: str = "", *, must_change: bool = True
    ) -> User:
        """A new user. Raises NotAllowed, BadUser, WeakPassword, UserTaken."""
        self._must_manage(actor)
        return self._add(actor, name, role, password, subject, must_change=must_change)

    def found_administrator(self, name: str, password: str) -> User:
        """The very first user, made by whoever sits at the machine. Raises UsersExist once there is anyone."""
        self.must_be_first()
        return self._add(
            HOUSE, name, Role.ADMINISTRATOR, password, "", must_change=False,
            purpose="首个管理员：库中尚无用户，由操作者在本机建立，未经登录",
        )  # fmt: skip

    def must_be_first(self) -> None:
        """Raises UsersExist where there is anyone; nobody else becomes the first until this transaction ends."""
        one_at_a_time(self._session, _RIGHTS)
        if repository.any_user(self._session):
            raise UsersExist("已有用户；请由管理员登录后办理：heshi user add … --as 管理员")

    def _add(
        self, actor: Actor, name: str, role: Role, password: str, subject: str, *, must_change: bool, purpose: str = ""
    ) -> User:
        stored_name, stored_subject = user_name(name), subject_for(role, subject)
        self.policy.check_password(password, stored_name)
        self._must_be_free(stored_name, stored_subject)
        row = UserRow(
            id=uuid4().hex, name=stored_name, role=role.value, subject=stored_subject,
            password_hash=passwords.hashed(password), must_change_password=must_change, created_at=self._now,
        )  # fmt: skip
        self._session.add(row)
        self._session.flush()
        self._record_user(actor, Act.USER_ADDED, row, {"name": row.name, "role": row.role, "subject": subject}, purpose)
        return as_user(row)

    def _must_be_free(self, name: str, subject: str, but: str = "") -> None:
        one_at_a_time(self._session, _RIGHTS)
        taken = repository.user_named(self._session, name)
        if taken and taken.id != but:
            raise UserTaken(f"用户名 {name} 已被使用")
        held = repository.user_of_subject(self._session, subject) if subject else None
        if held and held.id != but:
            raise UserTaken(f"主体 {subject} 已有用户 {held.name}：一人一个用户")

    def change_role(
        self, actor: Actor, user: str, role: Role, subject: str = "", *, version: int | None = None
    ) -> User:
        """Another role or subject; the sessions under the old one end. Raises also OwnRights, LastAdministrator."""
        row = self._to_change(actor, user, version, rights=True)
        stored_subject = subject_for(role, subject)
        self._must_be_free(row.name, stored_subject, but=row.id)
        before = _rights(row)
        if role is not Role.ADMINISTRATOR:
            self._must_leave_an_administrator(row)
        row.role, row.subject = role.value, stored_subject
        return self._changed(actor, Act.ROLE_CHANGED, row, {"from": before, "to": _rights(row)})

    def disable(self, actor: Actor, user: str, *, version: int | None = None) -> User:
        """No more entry; the user's sessions end. Harmless when disabled already."""
        row = self._to_change(actor, user, version, rights=True)
        if row.disabled_at is not None:
            return as_user(row)
        self._must_leave_an_administrator(row)
        row.disabled_at = self._now
        return self._changed(actor, Act.USER_DISABLED, row, {})

    def enable(self, actor: Actor, user: str, *, version: int | None = None) -> User:
        """Entry again, and any lock is gone."""
        row = self._to_change(actor, user, version)
        row.disabled_at = row.locked_until = None
        row.failures = 0
        return self._changed(actor, Act.USER_ENABLED, row, {}, end=False)

    def reset_password(
        self, actor: Actor, user: str, password: str, *, must_change: bool = True, version: int | None = None
    ) -> User:
        """A password that an administrator chose; the user's sessions end and any lock is gone."""
        row = self._to_change(actor, user, version)
        self.policy.check_password(password, row.name)
        row.password_hash, row.must_change_password = passwords.hashed(password), must_change
        row.failures, row.locked_until = 0, None
        return self._changed(actor, Act.PASSWORD_RESET, row, {"must_change": must_change})

    def user(self, actor: Actor, user: str) -> User:
        self._must_manage(actor)
        return as_user(self._found(user))

    def users(self, actor: Actor, after: str = "", most: int = 100) -> list[User]:
        """By name, those behind `after`."""
        self._must_manage(actor)
        return [as_user(row) for row in repository.users(self._session, after, most)]

    def _to_change(self, actor: Actor, user: str, version: int | None, *, rights: bool = False) -> UserRow:
        self._must_manage(actor)
        if rights:
            one_at_a_time(self._session, _RIGHTS)
        row = repository.hold(self._session, self._found(user).id)
        if rights and row.id == actor.user_id:
            raise OwnRights("不能变更自己的角色或停用自己；请由另一位管理员办理")
        if version is not None and version != row.version:
            raise UserChanged(f"用户 {row.name} 已由他人修改（现为第 {row.version} 版）；请重新读取后再改")
        return row

    def _changed(
        self, actor: Actor, act: Act, row: UserRow, detail: Mapping[str, Any], *, end: bool = True
    ) -> User:
        row.version += 1
        self._session.flush()
        ended = 0
        if end:
            ended = repository.end_sessions(self._session, self._now, actor.user_id, act.value, user_id=row.id)
        self._record_user(actor, act, row, {**detail, "name": row.name, "sessions_ended": ended})
        return as_user(row)

    def _must_leave_an_administrator(self, row: UserRow) -> None:
        active = row.role == Role.ADMINISTRATOR.value and row.disabled_at is None
        if active and repository.administrators(self._session) == 1:
            raise LastAdministrator("这是最后一个可用的管理员；请先新增或启用另一位")


def _rights(row: UserRow) -> dict[str, str]:
    return {"role": row.role, "subject": row.subject}
