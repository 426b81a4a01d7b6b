"""Levels and capacities that somebody else stated: kept with how they came about and what is odd about their dates.

A stated level is a hint for a conversation and never an assessment: no function here gives one. What a model guessed
stays a guess, a placeholder is no day, and a questionnaire dated after its own record was filled in later. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from clients.imports import words
from kit.labels import Labelled
from kit.rulebook import Rulebook
from suitability.assessment.validity import valid_through, years_later
from suitability.levels import ClientLevel


class Provenance(Labelled):
    """等级从哪里来"""

    ANSWERED = "ANSWERED", "客户作答"
    PREDICTED = "PREDICTED", "模型推测"
    MISSING = "MISSING", "没有等级"


class Oddity(Labelled):
    """日期有什么问题"""

    SENTINEL_DATE = "SENTINEL_DATE", "占位日期，不是真实的测评日"
    FUTURE_DATE = "FUTURE_DATE", "测评日晚于记录日，是事后补填的"
    NO_DATE = "NO_DATE", "没有测评日"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a source says a client can invest: a band and never an amount. band: from, to in the scheme's own currency,
    by rule data; to is None where it is open, the band None where it was guessed or not said."""

    said: str
    provenance: Provenance
    band: tuple[int, int | None] | None


@dataclass(frozen=True, slots=True)
class Stated:
    """One client's level as a source states it. level: on our scale, by rule data; None where it was only guessed."""

    client: str
    scheme: str
    said: str
    provenance: Provenance
    level: ClientLevel | None
    capacity: Capacity
    assessed_on: date | None
    recorded_on: date
    oddities: frozenset[Oddity]


def stated_level(
    client: str, scheme: str, said: str, assessed_on: date | None, recorded_on: date, book: Rulebook, capacity: str = ""
) -> Stated:
    """Raises ValueError for a class or a capacity that the scheme does not know, NotInForce or RuleError for an unknown
    scheme."""
    provenance = _provenance(said)
    level = None
    if provenance is Provenance.ANSWERED:
        level = ClientLevel(_known(f"STATED-{scheme}", "class", said, recorded_on, book))
    odd = set()
    if assessed_on is None:
        odd.add(Oddity.NO_DATE)
    elif assessed_on.isoformat() in words("WORD-SENTINEL-DATE"):
        odd.add(Oddity.SENTINEL_DATE)
    elif assessed_on > recorded_on:
        odd.add(Oddity.FUTURE_DATE)
    able = stated_capacity(scheme, capacity, recorded_on, book)
    return Stated(client, scheme, said, provenance, level, able, assessed_on, recorded_on, frozenset(odd))


def stated_capacity(scheme: str, said: str, recorded_on: date, book: Rulebook) -> Capacity:
    """Raises ValueError for a capacity that the scheme does not know."""
    provenance = _provenance(said)
    if provenance is not Provenance.ANSWERED:
        return Capacity(said, provenance, None)
    low, high = _known(f"STATED-{scheme}-CAPACITY", "capacity", said, recorded_on, book)
    return Capacity(said, provenance, (low, high))


def _provenance(said: str) -> Provenance:
    if not said or said in words("WORD-RISK-MISSING"):
        return Provenance.MISSING
    guessed = said.startswith(tuple(words("WORD-RISK-PREDICTED")))
    return Provenance.PREDICTED if guessed else Provenance.ANSWERED


def _known(rule: str, what: str, said: str, day: date, book: Rulebook) -> Any:
    known = book.on(rule, day)
    if said not in known:
        raise ValueError(f"{rule} has no {what} {said!r}; known: {', '.join(known)}")
    return known[said]


def newest(stated: Iterable[Stated]) -> tuple[Stated, ...]:
    """The newest record of each client."""
    found: dict[str, Stated] = {}
    for one in stated:
        before = found.get(one.client)
        if before is None or one.recorded_on > before.recorded_on:
            found[one.client] = one
    return tuple(found.values())


def older_than(one: Stated, years: int, day: date) -> bool:
    """Whether the questionnaire is more than so many years old, as its date stands."""
    return one.assessed_on is not None and years_later(one.assessed_on, years) < day


def expired(one: Stated, day: date, book: Rulebook) -> bool:
    """Whether our own validity would be over, as its date stands; without a date it is."""
    return one.assessed_on is None or valid_through(max(one.assessed_on, _FIRST), book) < day


_FIRST = date(2012, 12, 30)
"""The first day of ASSESS-001: what is older is over anyhow."""


def needs_assessment(one: Stated, day: date, book: Rulebook) -> tuple[str, ...]:
    """Why the client must be assessed before anything is sold on this record, in words; the first is always there."""
    why = ["别处所述的等级，不是本公司的评估"]
    if one.provenance is not Provenance.ANSWERED:
        why.append(one.provenance.label)
    elif one.capacity.provenance is not Provenance.ANSWERED:
        why.append(f"可投资资产：{one.capacity.provenance.label}")
    why += sorted(oddity.label for oddity in one.oddities)
    if expired(one, day, book):
        why.append("按有效期已过期")
    return tuple(why)


def survey(stated: Sequence[Stated], day: date, book: Rulebook) -> Counter[str]:
    """How many records there are of each kind: provenance, oddities, over one and two years, expired.

    CAPACITY_ONLY_GUESSED: the client answered on the level and a model guessed what the client can invest.
    """
    found: Counter[str] = Counter()
    for one in stated:
        found["RECORDS"] += 1
        found[one.provenance.value] += 1
        found[f"CAPACITY_{one.capacity.provenance.value}"] += 1
        answered = one.provenance is Provenance.ANSWERED
        found["CAPACITY_ONLY_GUESSED"] += answered and one.capacity.provenance is Provenance.PREDICTED
        found.update(oddity.value for oddity in one.oddities)
        found["OVER_1Y"] += older_than(one, 1, day)
        found["OVER_2Y"] += older_than(one, 2, day)
        found["EXPIRED"] += expired(one, day, book)
    return found
