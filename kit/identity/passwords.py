"""Passwords: hashed by Argon2id, compared in the same time whether or not the user exists."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import lru_cache

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from kit.identity.policy import hash_cost


@dataclass(frozen=True, slots=True)
class Compared:
    """Whether the password is right, and its hash anew where the stored one was made under older parameters."""

    right: bool
    renewed: str | None = None


def hashed(password: str) -> str:
    return _hasher().hash(password)


def compare(password: str, stored: str | None) -> Compared:
    """Compare with a stored hash; without one with the hash of nothing anyone knows, which takes as long."""
    try:
        right, renewed = _hasher().verify_and_update(password, stored or _nobody())
    except UnknownHashError:
        return Compared(False)
    return Compared(right and stored is not None, renewed if right else None)


@lru_cache
def _hasher() -> PasswordHash:
    cost = hash_cost()
    return PasswordHash((
        Argon2Hasher(time_cost=cost.time_cost, memory_cost=cost.memory_kib, parallelism=cost.parallelism),
    ))  # fmt: skip


@lru_cache
def _nobody() -> str:
    return hashed(secrets.token_urlsafe(32))
