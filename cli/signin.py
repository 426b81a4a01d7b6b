"""Who acts on the command line: an operator signs in with `--as USER`, and what is done is recorded and sealed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated, Final

import typer
from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import Actor, Verb
from kit.clock import day_of
from kit.db import transaction
from kit.identity.desk import HOUSE
from kit.identity.problems import NotSignedIn
from kit.identity.service import Identity
from kit.identity.types import Door, Refused
from kit.migrate import upgrade
from kit.settings import settings
from kit.trail.anchor import AnchorFile
from kit.trail.entry import Origin
from kit.trail.sealer import seal_and_anchor

PASSWORD_VARIABLE: Final = "HESHI_PASSWORD"

AsUser = Annotated[
    str | None,
    typer.Option("--as", metavar="USER", help=f"由谁办理；口令从终端输入，或取自 {PASSWORD_VARIABLE}"),
]


@dataclass(frozen=True, slots=True)
class Work:
    """One command's transaction, and who does what is done in it."""

    session: Session
    actor: Actor
    now: datetime
    origin: Origin

    @property
    def identity(self) -> Identity:
        return Identity(self.session, now=self.now, origin=self.origin)


def acting(as_user: str | None, url: str | None = None, *, any_password: bool = False) -> Actor:
    """The signed-in operator. Raises NotSignedIn without a name; SignInRefused, which is recorded first.

    Raises PasswordMustChange for a password that an administrator chose, unless any will do.
    """
    if not as_user:
        raise NotSignedIn("请用 --as 用户名 说明由谁办理")
    password = os.environ.get(PASSWORD_VARIABLE) or typer.prompt(f"{as_user} 的口令", hide_input=True, err=True)
    with transaction(url) as session:
        answer = Identity(session, now=datetime.now(UTC), origin=origin()).sign_in(as_user, password, Door.CLI)
    if isinstance(answer, Refused):
        seal_work(url)
        raise answer.problem()
    if not any_password:
        answer.who.require_own_password()
    return answer.who.actor


@contextmanager
def operation(as_user: str | None, *, any_password: bool = False) -> Iterator[Work]:
    """Sign in, work in one transaction, commit, seal. Nothing of the work is kept when anything raises."""
    upgrade(settings().database_url)
    actor = acting(as_user, any_password=any_password)
    with transaction() as session:
        yield Work(session, actor, datetime.now(UTC), origin())
    seal_work()


def stamp_for(verb: Verb, as_user: str | None, url: str | None = None) -> Stamp:
    """For work that an operator on the machine may also do without a name; whoever gives one must be allowed to.

    Raises SignInRefused, NotAllowed.
    """
    now = datetime.now(UTC)
    if not as_user:
        return Stamp(HOUSE, now, origin())
    actor = acting(as_user, url)
    actor.scope(verb, day_of(now))
    return Stamp(actor, now, origin())


def origin() -> Origin:
    """An operator on this machine, by the name that the machine knows."""
    try:
        return Origin(user_agent=f"cli ({getuser()})")
    except (OSError, KeyError):  # an account without a name, as in a container
        return Origin()


def seal_work(url: str | None = None) -> None:
    """Seal what this command has committed: no server need be running."""
    seal_and_anchor(url, datetime.now(UTC), AnchorFile.of(settings()))
