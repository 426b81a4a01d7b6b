"""Marks on an endpoint that say in what it differs from the others; the door and the documents read them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
_PUBLIC: Final = "_heshi_public"
_KEYLESS: Final = "_heshi_keyless"
_FIRST: Final = "_heshi_first_password"


def public(endpoint: Endpoint) -> Endpoint:
    """Anybody may ask: signing in itself, whether the server lives."""
    setattr(endpoint, _PUBLIC, True)
    return endpoint


def keyless(endpoint: Endpoint) -> Endpoint:
    """A POST without `Idempotency-Key`: token routes, and what only looks."""
    setattr(endpoint, _KEYLESS, True)
    return endpoint


def first_password(endpoint: Endpoint) -> Endpoint:
    """Also for one who must change the password first: the password itself, who one is, leaving."""
    setattr(endpoint, _FIRST, True)
    return endpoint


def is_public(endpoint: object) -> bool:
    return getattr(endpoint, _PUBLIC, False)


def is_keyless(endpoint: object) -> bool:
    return getattr(endpoint, _KEYLESS, False)


def needs_own_password(endpoint: object) -> bool:
    return not (getattr(endpoint, _FIRST, False) or is_public(endpoint))
