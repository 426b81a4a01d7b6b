"""Identity as others use it: one object a request or command, its clock and origin given, its commit the caller's."""

from __future__ import annotations

from kit.identity.signing import SignInDesk
from kit.identity.users import UserDesk


class Identity(UserDesk, SignInDesk):
    """`Identity(session, now=…, origin=…, keys=…)`: users as an administrator keeps them, and the way in and out."""
