"""Levels that somebody else stated: kept with how they came about and what is odd about their dates. Pure.

A stated level is a hint for a conversation and never an assessment: no function here gives one. What a model guessed
stays a guess, a placeholder is no day, and a questionnaire dated after its own record was filled in later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

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
class Stated:
    """One client's level as a source states it. level: on our scale, by rule data; None where it was only guessed."""

    client: str
    scheme: str
    said: str
    provenance: Provenance
    level: ClientLevel | None
    assessed_on: date | None
    recorded_on: date
    oddities: frozenset[Oddity]


def stated_level(
    client: str, scheme: str, said: str, assessed_on: date | None, recorded_on: date, book: Rulebook
) -> Stated:
    """Raises ValueError for a class that the scheme does not know, NotInForce or RuleError for an unknown scheme."""
    if not said or said in words("WORD-RISK-MISSING"):
        provenance, level = Provenance.MISSING, None
    elif said.startswith(tuple(words("WORD-RISK-PREDICTED"))):
        provenance, level = Provenance.PREDICTED, None
    else:
        known = book.on(f"STATED-{scheme}", recorded_on)
        if said not in known:
            raise ValueError(f"{scheme} has no class {said!r}; known: {', '.join(known)}")
        provenance, level = Provenance.ANSWERED, ClientLevel(known[said])
    odd = set()
    if assessed_on is None:
        odd.add(Oddity.NO_DATE)
    elif assessed_on.isoformat() in words("WORD-SENTINEL-DATE"):
        odd.add(Oddity.SENTINEL_DATE)
    elif assessed_on > recorded_on:
        odd.add(Oddity.FUTURE_DATE)
    return Stated(client, scheme, said, provenance, level, assessed_on, recorded_on, frozenset(odd))


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
    why += sorted(oddity.label for oddity in one.oddities)
    if expired(one, day, book):
        why.append("按有效期已过期")
    return tuple(why)


def survey(stated: Sequence[Stated], day: date, book: Rulebook) -> Counter[str]:
    """How many records there are of each kind: provenance, oddities, over one and two years, expired."""
    found: Counter[str] = Counter()
    for one in stated:
        found["RECORDS"] += 1
        found[one.provenance.value] += 1
        found.update(oddity.value for oddity in one.oddities)
        found["OVER_1Y"] += older_than(one, 1, day)
        found["OVER_2Y"] += older_than(one, 2, day)
        found["EXPIRED"] += expired(one, day, book)
    return found
