"""下钻: from a point on a card to the rows that made it. Pure; the same functions as grading, for one person."""

from __future__ import annotations

from datetime import date

import numpy as np

from advisors.conduct import conduct_of
from advisors.facts import UNKNOWN, BookFacts, in_order
from advisors.figures import counted, without_sales
from advisors.indicators import CONDUCT, INDICATORS
from advisors.overlaps import without_overlaps
from advisors.rules_in_force import AdvisorRules
from advisors.types import SourceKind, SourceRow
from advisors.witness import Witness, known_rows

_PERSONAL = ("training", "certificates")


def rows_of(facts: BookFacts, rules: AdvisorRules, staff_no: str, indicator_id: str) -> tuple[SourceRow, ...]:
    """The rows of a figure or of conduct, what was left out with its reason; by client and number.

    Their `counted` and `of` add up to the numerator and denominator on the card. Nothing for who is not in the facts.
    Raises KeyError for an indicator that there is not.
    """
    facts = without_overlaps(in_order(facts))
    place = next((at for at, one in enumerate(facts.people) if one.staff_no == staff_no), None)
    if indicator_id not in INDICATORS and indicator_id not in CONDUCT:
        raise KeyError(indicator_id)
    if place is None or indicator_id in facts.missing:
        return ()
    if indicator_id in CONDUCT:
        return conduct_of(facts, rules, {})[staff_no].cases[indicator_id]
    if indicator_id in _PERSONAL:
        return _personal(facts, rules, staff_no, indicator_id)
    if indicator_id == "effect":
        told = facts.effects.figures.get(staff_no)
        sold = {one.client_no for one in facts.mismatches if one.staff_no == staff_no}
        return () if told is None else without_sales(told, sold).rows
    of = INDICATORS[indicator_id].of
    made = None if of is None else of(facts, rules.figures)
    return () if made is None else _rows(known_rows(made, len(facts.people)), place, facts.client_no)


def _rows(witness: Witness, place: int, clients: tuple[str, ...]) -> tuple[SourceRow, ...]:
    notes: dict[int, str] = {}
    for one in witness.out:
        for at in one.at.tolist():
            notes[at] = f"{notes[at]}；{one.why}" if at in notes else one.why
    found = []
    for at in np.flatnonzero(witness.staff == place).tolist():
        client, day = clients[int(witness.client[at])], int(witness.day[at])
        found.append(SourceRow(
            witness.kind, witness.key[at] if witness.key else client, client,
            None if day == UNKNOWN else date.fromordinal(day), float(witness.num[at]), float(witness.den[at]),
            notes.get(at, ""),
        ))  # fmt: skip
    return tuple(sorted(found, key=lambda row: (row.client_no, row.key, row.day or date.min, row.counted, row.of)))


def _personal(facts: BookFacts, rules: AdvisorRules, staff_no: str, indicator_id: str) -> tuple[SourceRow, ...]:
    own = [one for one in facts.training if one.staff_no == staff_no]
    return tuple(
        SourceRow(SourceKind.TRAINING, entry.number, "", entry.day, amount, 1.0, entry.title)
        for entry, amount in counted(indicator_id, own, facts.period.last, rules.certificates)
    )
