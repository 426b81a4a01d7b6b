"""One step of the walk over every route: how a route is asked, and what who may gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

OK: Final = frozenset({200})
SEEN: Final = frozenset({200, 201, 204, 303})
STALE: Final = frozenset({412})
REFUSED: Final = frozenset({409, 422})
MISSING: Final = frozenset({404})


@dataclass(frozen=True)
class Entry:
    """One route. about: whose thing it is (`client`, `staff`), empty where it belongs to nobody.

    good: what who may gets. lists: the member of each item that says whose it is.
    """

    method: str
    path: str
    good: frozenset[int] = OK
    about: str = ""
    body: Any = None
    form: dict[str, str] | None = None
    upload: bool = False
    query: dict[str, str] = field(default_factory=dict)
    version: bool = False
    lists: str = ""


def get(path: str, about: str = "", **more: Any) -> Entry:
    return Entry("GET", path, about=about, **more)


def change(method: str, path: str, body: Any = None, about: str = "", **more: Any) -> Entry:
    """A change under a version that nobody has: refused with 412 by whoever sees the thing."""
    return Entry(method, path, STALE, about, body, version=True, **more)
