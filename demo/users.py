"""Who may sign in to the demo: one user of each role, all with the one known password."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from demo.staff import SUCCESSOR
from kit.access import Role
from kit.db import transaction
from kit.identity.demo import DEMO_USERS, DemoUser, seed_demo_users
from kit.marks import mark_demo

SUPERVISOR_NO: Final = "M02"
CLIENT_NO: Final = "C000001"
"""Whose assessment has expired: what it asks for is refused, with the reason."""
INVESTOR_NO: Final = "C000004"
"""Whose assessment is valid, and whom `advisor` serves: it applies for services, signs and cancels them."""

USERS: Final = (
    DemoUser("advisor", Role.ADVISOR, f"staff:{SUCCESSOR}"),
    DemoUser("supervisor", Role.SUPERVISOR, f"staff:{SUPERVISOR_NO}"),
    DemoUser("client", Role.CLIENT, f"client:{CLIENT_NO}"),
    DemoUser("investor", Role.CLIENT, f"client:{INVESTOR_NO}"),
    *DEMO_USERS,
)


def add_users(url: str, now: datetime) -> None:
    """Mark the database as the demo, which it was made for just now, and add its users."""
    with transaction(url) as session:
        mark_demo(session)
        seed_demo_users(session, now=now, people=USERS)
