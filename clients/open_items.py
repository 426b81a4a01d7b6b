"""未了事项: what is open with a client. Packages register by name what they know; a handover lists it all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One thing that waits for somebody. kind: the code it is registered under; due: None where no day is set."""

    kind: str
    id: str
    client_no: str
    title: str
    due: date | None


Finder = Callable[[Session, Sequence[int], date], list[OpenItem]]
"""What is open with these clients (ids of `clients`) on the day. It reads and changes nothing."""

_FINDERS: dict[str, tuple[str, Finder]] = {}


def register_open_items(kind: str, label: str, finder: Finder) -> None:
    """Make a kind of open item known, with its Chinese name. Raises ValueError where another finder has the kind."""
    if _FINDERS.setdefault(kind, (label, finder)) != (label, finder):
        raise ValueError(f"open items {kind!r} are registered already")


def label_of(kind: str) -> str:
    """The Chinese name of a kind."""
    return _FINDERS[kind][0] if kind in _FINDERS else kind


def registered() -> tuple[str, ...]:
    """All kinds, sorted."""
    return tuple(sorted(_FINDERS))


def open_items(session: Session, client_ids: Sequence[int], day: date) -> list[OpenItem]:
    """Everything that is open with these clients on the day: what is due first stands first, then by client."""
    if not client_ids:
        return []
    found = [item for kind in registered() for item in _FINDERS[kind][1](session, client_ids, day)]
    return sorted(found, key=lambda item: (item.due or date.max, item.client_no, item.kind, item.id))
