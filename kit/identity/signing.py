"""Coming in, staying in, leaving: sign-in with lockout, rotating refresh tokens, page sessions.

A refusal is a value (`Refused`), not an exception: what was recorded of it must be committed before anyone is told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Row
from sqlmodel import Session

from kit.access import Actor, Role, Verb
from kit.identity import passwords, repository
from kit.identity.desk import NOBODY, Desk
from kit.identity.keys import KeyRing
from kit.identity.problems import NotSignedIn, SignInRefused, UnknownSession
from kit.identity.tables import RefreshTokenRow, SessionRow, UserRow
from kit.identity.tokens import Claims, access_token, opaque_token, read_access_token, token_hash
from kit.identity.types import Act, Door, Identified, LoginSession, Refusal, Refused, SignedIn
from kit.trail.entry import Origin


class SignInDesk(Desk):
    """`keys` may be left out where no token is made or read (the command line)."""

    def __init__(self, session: Session, *, now: datetime, origin: Origin, keys: KeyRing | None = None) -> None:
        super().__init__(session, now=now, origin=origin)
        self._keys = keys

    def sign_in(self, name: str, password: str, door: Door = Door.API) -> SignedIn | Refused:
        """A session for the right password. Commit in either case, then raise `problem()` of a refusal.

        Door.CLI gives an actor and no session. Unknown user, wrong password, locked and disabled answer alike and
        take as long.
        """
        row = repository.user_named(self._session, name.strip().lower())
        stored = row.password_hash if row else None
        compared = passwords.compare(password, stored)
        if row is None:
            return self._refuse(NOBODY, "", Refusal.UNKNOWN_USER, door)
        row = repository.hold(self._session, row.id)
        if row.password_hash != stored:  # changed while we compared
            compared = passwords.compare(password, row.password_hash)
        actor = _actor(row)
        if row.disabled_at is not None:
            return self._refuse(actor, row.id, Refusal.DISABLED, door)
        if row.locked_until is not None and self._now < row.locked_until:
            return self._refuse(actor, row.id, Refusal.LOCKED, door)
        if not compared.right:
            return self._count_failure(row, door)
        row.failures, row.locked_until, row.signed_in_at = 0, None, self._now
        row.password_hash = compared.renewed or row.password_hash
        self._session.flush()
        return self._let_in(row, door)

    def _count_failure(self, row: UserRow, door: Door) -> Refused:
        row.failures += 1
        lock = self.policy.lock_after(row.failures)
        row.locked_until = self._now + lock if lock else None
        self._session.flush()
        minutes = int(lock.total_seconds() // 60)
        return self._refuse(_actor(row), row.id, Refusal.WRONG_PASSWORD, door, failures=row.failures, locked=minutes)

    def _refuse(self, who: Actor, user_id: str, refusal: Refusal, door: Door, **more: int) -> Refused:
        """An unknown name is not kept: people type their password, or a phone number, into the wrong field."""
        detail = {"reason": refusal.value, "door": door.value, **more}
        self._record(who, Act.SIGN_IN_REFUSED, "user", user_id, purpose=refusal.label, detail=detail)
        return Refused(refusal)

    def _let_in(self, row: UserRow, door: Door) -> SignedIn:
        session_id = uuid4().hex if door is not Door.CLI else ""
        who = Identified(_actor(row), session_id, row.must_change_password)
        detail = {"door": door.value, "session": session_id}
        self._record_user(who.actor, Act.SIGNED_IN, row, detail)
        if door is Door.CLI:
            return SignedIn(who=who)
        life = self.policy.session if door is Door.API else self.policy.page_session
        cookie = opaque_token() if door is Door.PAGE else ""
        opened = SessionRow(
            id=session_id, user_id=row.id, door=door.value, cookie_hash=token_hash(cookie) if cookie else None,
            ip=self._origin.ip[:45], user_agent=self._origin.user_agent[:200], created_at=self._now,
            used_at=self._now, expires_at=self._now + life,
        )  # fmt: skip
        self._session.add(opened)
        self._session.flush()
        if cookie:
            return SignedIn(who=who, cookie=cookie, cookie_expires_at=opened.expires_at)
        return self._tokens(who, opened.expires_at)

    def _tokens(self, who: Identified, session_ends: datetime) -> SignedIn:
        """A new pair; neither outlives the session."""
        refresh = opaque_token()
        refresh_ends = min(self._now + self.policy.refresh, session_ends)
        access_ends = min(self._now + self.policy.access, session_ends)
        self._session.add(
            RefreshTokenRow(
                token_hash=token_hash(refresh), session_id=who.session_id, issued_at=self._now, expires_at=refresh_ends
            )
        )
        self._session.flush()
        actor = who.actor
        claims = Claims(actor.user_id, actor.role, actor.subject, who.session_id, self._now, access_ends)
        return SignedIn(
            who=who, access_token=access_token(self._ring(), claims), access_expires_at=access_ends,
            refresh_token=refresh, refresh_expires_at=refresh_ends,
        )  # fmt: skip

    def refresh(self, token: str) -> SignedIn | Refused:
        """A new pair for a refresh token, which is used up. Commit in either case, then raise `problem()`.

        A token that was used before ends its whole session: one of the two who had it is not the owner. Of two that
        use it in the same instant one wins, and the other is refused without harm.
        """
        hashed = token_hash(token)
        row = repository.refresh_token(self._session, hashed)
        if row is None:
            return Refused(Refusal.UNKNOWN_TOKEN)
        session_id = row.session_id
        if row.used_at is not None:
            return self._reused(session_id)
        if self._now >= row.expires_at or not repository.use_session(self._session, session_id, self._now):
            return Refused(Refusal.EXPIRED)
        if not repository.claim_refresh_token(self._session, hashed, self._now):
            return Refused(Refusal.IN_USE)
        found = repository.holder(self._session, session_id)
        if found is None or found.disabled_at is not None:
            return Refused(Refusal.EXPIRED)
        return self._tokens(_identified(found), found.expires_at)

    def _reused(self, session_id: str) -> Refused:
        found = repository.holder(self._session, session_id)
        ended = repository.end_sessions(self._session, self._now, "", Act.TOKEN_REUSED.value, session_id=session_id)
        if ended and found is not None:
            who = _identified(found).actor
            self._record(who, Act.TOKEN_REUSED, "session", session_id, detail={"user": who.user_id, "ended": ended})
        return Refused(Refusal.REUSED)

    def actor_of(self, token: str) -> Identified:
        """Who holds this access token. Raises NotSignedIn; one query, nothing is written."""
        claims = read_access_token(self._ring(), token, self._now)
        found = repository.holder(self._session, claims.session_id)
        if found is None or found.id != claims.user_id or found.role != claims.role.value:
            raise NotSignedIn("登录已失效；请重新登录")
        return self._live(found, Door.API)

    def actor_of_session(self, cookie: str) -> Identified:
        """Whose browser holds this cookie. Raises NotSignedIn; one query, nothing is written.

        Where the answer has `touch_due`, call `touch` and commit, so that the session does not end for idleness.
        """
        found = repository.holder_of_cookie(self._session, token_hash(cookie)) if cookie else None
        if found is None or self._now >= found.used_at + self.policy.page_idle:
            raise NotSignedIn("请登录")
        return self._live(found, Door.PAGE, touch_due=self._now >= found.used_at + self.policy.page_touch)

    def _live(self, found: Row[Any], door: Door, *, touch_due: bool = False) -> Identified:
        ended = found.ended_at is not None or found.disabled_at is not None or self._now >= found.expires_at
        if ended or found.door != door.value:
            raise NotSignedIn("登录已失效；请重新登录")
        return _identified(found, touch_due=touch_due)

    def touch(self, session_id: str) -> None:
        """Note that a page session is in use."""
        repository.use_session(self._session, session_id, self._now)

    def sign_out(self, who: Identified) -> None:
        """End the session one is in. Harmless when it has ended."""
        self._end(who.actor, who.session_id, Act.SIGNED_OUT, who.actor.user_id)

    def sessions_of(self, actor: Actor, user: str = "") -> list[LoginSession]:
        """One's own live sessions, or those of a user where one manages users. Raises UnknownUser."""
        row = self._found(user or actor.user_id)
        if row.id != actor.user_id:
            self._must_manage(actor)
        return [_as_session(found) for found in repository.live_sessions(self._session, row.id, self._now)]

    def revoke(self, actor: Actor, session_id: str) -> None:
        """End a session of one's own, or anyone's where one manages users.

        Raises UnknownSession, also for one that the actor may not see.
        """
        found = repository.session_row(self._session, session_id)
        if found is None or (found.user_id != actor.user_id and not actor.may(Verb.USER_MANAGE)):
            raise UnknownSession(f"没有登录会话 {session_id}")
        self._end(actor, session_id, Act.SESSION_REVOKED, found.user_id)

    def _end(self, actor: Actor, session_id: str, act: Act, owner: str) -> None:
        if repository.end_sessions(self._session, self._now, actor.user_id, act.value, session_id=session_id):
            self._record(actor, act, "session", session_id, detail={"user": owner})

    def change_own_password(self, who: Identified, old: str, new: str) -> None:
        """Another password for one who knows the present one; every other session of the user ends.

        Raises SignInRefused for a wrong old one, WeakPassword. A wrong one is no failed sign-in: the holder of the
        session is in already, and the lock guards the door.
        """
        row = repository.hold(self._session, who.actor.user_id)
        if not passwords.compare(old, row.password_hash).right:
            raise SignInRefused("原口令不正确")
        self.choose_password(who, new)

    def choose_password(self, who: Identified, new: str) -> None:
        """Another password for one who has just given the present one. Raises WeakPassword."""
        row = repository.hold(self._session, who.actor.user_id)
        self.policy.check_password(new, row.name)
        row.password_hash, row.must_change_password = passwords.hashed(new), False
        row.version += 1
        self._session.flush()
        ended = repository.end_sessions(
            self._session, self._now, row.id, Act.PASSWORD_CHANGED.value, user_id=row.id, spare=who.session_id
        )
        self._record_user(who.actor, Act.PASSWORD_CHANGED, row, {"sessions_ended": ended})

    def _ring(self) -> KeyRing:
        if self._keys is None:
            raise ValueError("tokens need a key ring")
        return self._keys


def _actor(row: UserRow) -> Actor:
    return Actor(row.id, row.name, Role(row.role), row.subject)


def _identified(found: Row[Any], *, touch_due: bool = False) -> Identified:
    actor = Actor(found.id, found.name, Role(found.role), found.subject)
    return Identified(actor, found.session_id, found.must_change_password, touch_due)


def _as_session(row: SessionRow) -> LoginSession:
    return LoginSession(
        id=row.id, user_id=row.user_id, door=Door(row.door), ip=row.ip, user_agent=row.user_agent,
        created_at=row.created_at, used_at=row.used_at, expires_at=row.expires_at,
    )  # fmt: skip
