"""What the matching reads of a profile: for one client as values, for the book in columns; from what is filed alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson
from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository
from kit.access import Scope, everything
from suitability.levels import Bias, ClientLevel
from suitability.profile.repository import ProfileColumns, ProfileRepository
from suitability.profile.types import NO_FACTS, Facts


def profile_facts(session: Session, scope: Scope, client_no: str, day: date) -> Facts:
    """The facts of the profile that stands on the day; empty ones without a profile. Raises NoSuchClient.

    Of `suitability.facts.ClientFacts`: `expected_return`, `reserve_months`, `biases`, `lock_limit_days(day)`, and the
    level: `lower(level of the assessment)` with `level_reason`. `as_of` has the day of each.
    """
    return facts_of_client(session, scope, ClientRepository(session, scope).client(client_no), day)


def facts_of_client(session: Session, scope: Scope, client: ClientFacts, day: date) -> Facts:
    """The same of a client that was read within the scope."""
    content = ProfileRepository(session, scope).newest_content(client.client_no, day)
    return NO_FACTS if content is None else facts_from(orjson.loads(content))


def profile_columns(session: Session, day: date, client_ids: Sequence[int] | None = None) -> ProfileColumns:
    """The same of the whole book, or of these clients, in the columns of `suitability.matching.cases.Cases`."""
    return ProfileRepository(session, everything(day)).columns(day, client_ids)


def facts_from(content: Mapping[str, Any]) -> Facts:
    """The facts of a stored content."""
    told = content["facts"]
    return Facts(
        level_cap=None if told["level_cap"] is None else ClientLevel(told["level_cap"]),
        level_reason=told["level_reason"], expected_return=told["expected_return"],
        needed_on=None if told["needed_on"] is None else date.fromisoformat(told["needed_on"]),
        max_lock_days=told["max_lock_days"], reserve_months=told["reserve_months"],
        biases=frozenset(Bias(one) for one in told["biases"]),
        as_of={name: date.fromisoformat(day) for name, day in told["as_of"].items()},
    )  # fmt: skip
