"""Users of the demo: known names and one known password, in a database that is marked as the demo and in no other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from kit.access import Actor, Role
from kit.identity import repository
from kit.identity.desk import as_user
from kit.identity.service import Identity
from kit.identity.types import User
from kit.marks import NotADemoDatabase, is_demo
from kit.trail.entry import Origin

DEMO_PASSWORD: Final = "heshi-demo-2026"
_FOUNDER: Final = Actor("", "演示", Role.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class DemoUser:
    """One of the cast; the subject names a member of staff or a client of the demo book."""

    name: str
    role: Role
    subject: str = ""


DEMO_USERS: Final = (
    DemoUser("compliance", Role.COMPLIANCE),
    DemoUser("reviewer", Role.COMPLIANCE),  # whoever proposed a thing does not approve it
    DemoUser("arbiter", Role.COMPLIANCE),  # nor does either of the two decide what is held against it
    DemoUser("admin", Role.ADMINISTRATOR),
    DemoUser("auditor", Role.AUDITOR),
    DemoUser("service", Role.SERVICE),
)


def seed_demo_users(
    session: Session, *, now: datetime, people: Iterable[DemoUser] = DEMO_USERS, password: str = DEMO_PASSWORD
) -> list[User]:
    """Add those that are not there yet; returns all of them. Raises NotADemoDatabase."""
    if not is_demo(session):
        raise NotADemoDatabase("演示用户只能建在演示数据库里；请用 heshi demo 建立演示库")
    identity = Identity(session, now=now, origin=Origin(user_agent="heshi demo"))
    found: list[User] = []
    for person in people:
        known = repository.user_named(session, person.name)
        if known is not None:
            found.append(as_user(known))
            continue
        found.append(
            identity.add_user(_FOUNDER, person.name, person.role, password, person.subject, must_change=False)
        )
    return found
