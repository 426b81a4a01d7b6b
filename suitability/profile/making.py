"""A profile from everything that is known of a client on a day. Pure: the same input gives the same digest."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Final

from kit.digest import digest
from kit.rulebook import Rulebook
from suitability.levels import Bias, ClientLevel
from suitability.profile.capacity import capacity_of
from suitability.profile.dimensions import behaviour, expectation, liquidity, return_range, tolerance
from suitability.profile.types import Capacity, Facts, HabitsSeen, Needs, Profile, Stated, ToleranceInput

DIGITS: Final = 6  # of ratios and months, so that one client and the book read the very same number


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of one client on one day; None is not known."""

    client_no: str
    day: date
    tolerance: ToleranceInput | None
    needs: Needs | None
    stated: Stated | None
    habits: HabitsSeen | None


def make_profile(known: Known, book: Rulebook, versions: dict[str, str] | None = None) -> Profile:
    """versions: of other rules that had a say, by name."""
    day, needs, stated = known.day, known.needs, known.stated
    capacity = capacity_of(needs, day, book)
    level = None if known.tolerance is None else known.tolerance.level
    used = capacity.lower(level)
    meanings = {} if known.tolerance is None else known.tolerance.meanings
    bias, biases = behaviour(known.habits, meanings, day, book)
    made = Profile(
        client_no=known.client_no, day=day,
        dimensions=(
            tolerance(known.tolerance, capacity, day, book), expectation(stated, needs, used, day, book),
            liquidity(stated, needs, day, book), bias,
        ),
        confirmed_level=None if known.tolerance is None else known.tolerance.confirmed_level,
        level_used=used, capacity=capacity, facts=facts_of(known, capacity, used, biases, book),
        versions={book.name: book.version, **(versions or {})},
    )  # fmt: skip
    return replace(made, digest=digest(content_of(made)))


def facts_of(
    known: Known, capacity: Capacity, used: ClientLevel | None, biases: frozenset[Bias], book: Rulebook
) -> Facts:
    """What the matching reads: each field with the day of the word it rests on."""
    needs, stated, as_of = known.needs, known.stated, {}
    expected = used_return(known, used, book)
    if expected is not None:
        said = stated is not None and stated.expected_return is not None
        as_of["expected_return"] = stated.as_of if said and stated else needs.as_of if needs else known.day
    needed = None if needs is None else needs.needed_on
    stated_lock = None if stated is None else stated.max_lock_days
    lock_days = [needs.as_of] if needs is not None and needed is not None else []
    lock_days += [stated.as_of] if stated is not None and stated_lock is not None else []
    if lock_days:
        as_of["lock_limit_days"] = min(lock_days)
    reserve = None if needs is None or needs.reserve_months is None else round(needs.reserve_months, DIGITS)
    if needs is not None and reserve is not None:
        as_of["reserve_months"] = needs.as_of
    if known.habits is not None:
        as_of["biases"] = known.habits.as_of
    if capacity.level is not None and capacity.as_of is not None:
        as_of["level"] = capacity.as_of
    return Facts(
        level_cap=capacity.level, level_reason="；".join(capacity.reasons),
        expected_return=None if expected is None else round(expected, DIGITS),
        needed_on=needed, max_lock_days=stated_lock, reserve_months=reserve, biases=biases, as_of=as_of,
    )  # fmt: skip


def used_return(known: Known, used: ClientLevel | None, book: Rulebook) -> float | None:
    """What the client says; else what the goals require, at most what the level carries.

    A need is no wish: one above the level is said to the client and must not drive riskier products.
    """
    if known.stated is not None and known.stated.expected_return is not None:
        return known.stated.expected_return
    required = None if known.needs is None else known.needs.required_return
    if required is None or used is None:
        return required
    return min(required, return_range(used, known.day, book)[1])


def content_of(profile: Profile) -> dict[str, object]:
    """What is stored and digested: everything but the digest."""
    facts = profile.facts
    return {
        "format": "heshi.profile/1", "client_no": profile.client_no, "day": profile.day,
        "dimensions": [asdict(one) for one in profile.dimensions],
        "confirmed_level": profile.confirmed_level, "level_used": profile.level_used,
        "capacity": {
            "level": profile.capacity.level, "reasons": list(profile.capacity.reasons), "as_of": profile.capacity.as_of,
        },
        "facts": {
            "level_cap": facts.level_cap, "level_reason": facts.level_reason,
            "expected_return": facts.expected_return, "needed_on": facts.needed_on,
            "max_lock_days": facts.max_lock_days, "reserve_months": facts.reserve_months,
            "biases": sorted(facts.biases), "as_of": dict(facts.as_of),
        },
        "versions": dict(profile.versions),
    }  # fmt: skip
