"""What the firm knows of a client besides the answers: the day of birth, and what other rooms register by name.

A source tells of many clients at once; what it does not know it leaves out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, Final, TypeAlias

from sqlmodel import Session

from clients.repository import ClientFacts
from clients.types import ClientKind
from suitability.assessment.types import KnownFacts
from suitability.assessment.validity import whole_years

Told: TypeAlias = Mapping[str, tuple[Any, date]]
"""Values of `KnownFacts` by field name, each with its as-of day."""
Source: TypeAlias = Callable[[Session, Sequence[ClientFacts], date], Mapping[str, Told]]
"""What is known of these clients on the day, by client number. It reads and changes nothing."""

_FIELDS: Final = {field.name for field in fields(KnownFacts)} - {"as_of"}
_SOURCES: dict[str, Source] = {}


def register_known(name: str, source: Source) -> None:
    """Make a source known. Raises ValueError where another one has the name."""
    if _SOURCES.setdefault(name, source) is not source:
        raise ValueError(f"a source of known facts {name!r} is registered already")


def known_facts(
    session: Session, clients: Sequence[ClientFacts], day: date, more: Sequence[Source] = ()
) -> dict[str, KnownFacts]:
    """By client number. more: sources besides the registered ones; a later source overrides an earlier one."""
    told: dict[str, dict[str, tuple[Any, date]]] = {one.client_no: {} for one in clients}
    for one in clients:
        if one.kind is ClientKind.NATURAL and one.birth_date is not None and one.birth_date <= day:
            told[one.client_no]["age"] = (whole_years(one.birth_date, day), day)
    for source in (*(_SOURCES[name] for name in sorted(_SOURCES)), *more):
        for client_no, said in source(session, clients, day).items():
            told[client_no].update(said)
    return {client_no: _facts(said) for client_no, said in told.items()}


def _facts(told: Told) -> KnownFacts:
    unknown = sorted(set(told) - _FIELDS)
    if unknown:
        raise ValueError(f"no known fact {', '.join(unknown)}")
    return KnownFacts(
        **{name: value for name, (value, _) in told.items()}, as_of={name: day for name, (_, day) in told.items()}
    )
