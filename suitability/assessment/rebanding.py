"""新分数段之后的等级: what a stored score is worth under the bands of a later day. Pure, array-first.

New bands lower a client's level from their first day on; they never raise it: a higher level is the client's once the
client has been assessed, and has confirmed it, under the new bands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

import numpy as np

from kit.columns import UNKNOWN
from kit.rulebook import Rulebook, RuleError
from market.types import BoolArray, IntArray
from suitability.assessment.standing import AssessmentColumns
from suitability.questionnaire.bands import Bands, bands_for


@dataclass(frozen=True, slots=True)
class Moved:
    """The bands in force for a form, and the first day of theirs; before it others were in force."""

    since: int  # ordinal
    bands: Bands
    by_score: bool  # whether a score alone puts a client into the lowest class


def moved(version: str, day: date, history: Sequence[tuple[date, Rulebook]], by_score: bool) -> Moved | None:
    """history: texts of the bands by first day, ascending. None where the bands have always been those of `day`."""
    days = sorted({since for since, _ in history} | {
        since for _, book in history for rule in book for since, _ in rule.values if since <= day
    })
    told = [(since, _bands(version, since, history)) for since in days]
    now = _bands(version, day, history)
    if now is None:
        return None
    changes = [since for (_, before), (since, after) in pairwise(told) if before is not None and before != after]
    return Moved(changes[-1].toordinal(), now, by_score) if changes else None


def _bands(version: str, day: date, history: Sequence[tuple[date, Rulebook]]) -> Bands | None:
    book = [book for since, book in history if since <= day][-1]
    try:
        return bands_for(version, day, book)
    except (LookupError, RuleError):
        return None


def rebanded(found: AssessmentColumns, by_form: Mapping[int, Moved]) -> AssessmentColumns:
    """The same columns with the levels of results that were scored under earlier bands, by questionnaire id."""
    level, lowest = found.level.copy(), found.lowest.copy()
    for form, told in by_form.items():
        own = touched(found, form, told)
        rank = told.bands.ranks(found.total[own])
        level[own] = np.where(rank > 0, np.minimum(level[own], rank), level[own])
        if told.by_score and told.bands.lowest is not None:
            first, last = told.bands.lowest
            lowest[own] |= (found.total[own] >= first) & (found.total[own] <= last)
    return replace(found, level=level, lowest=lowest)


def would_rise(found: AssessmentColumns, by_form: Mapping[int, Moved]) -> BoolArray:
    """Whose score is worth a higher level under the new bands: at the next assessment."""
    rise = np.zeros(len(found), dtype=np.bool_)
    for form, told in by_form.items():
        own = touched(found, form, told)
        rise[own] = told.bands.ranks(found.total[own]) > found.confirmed_level[own]
    return rise


def touched(found: AssessmentColumns, form: int, told: Moved) -> IntArray:
    """Places of the results of a form that are older than the bands in force, those of their first day among them."""
    older = (found.questionnaire_id == form) & (found.assessed_on != UNKNOWN) & (found.assessed_on <= told.since)
    return np.flatnonzero(older & (found.level > 0))
