"""Answer sheets that a person might have given: of a wanted level, fitting the age, free of contradictions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import numpy as np

from clients.types import ClientKind
from suitability.assessment.evaluation import evaluate
from suitability.assessment.rules import books
from suitability.assessment.types import KnownFacts, Sheet
from suitability.levels import ClientLevel
from suitability.questionnaire.bands import bands_for
from suitability.questionnaire.engine import walk_all
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.types import Question, Questionnaire

LONG: Final = "natural-20.1"
SHORT: Final = "natural-mini.1"
TRIES: Final = 4_000
_TILT: Final = {
    ClientLevel.C1: -4.5, ClientLevel.C2: -2.2, ClientLevel.C3: -0.6, ClientLevel.C4: 0.9, ClientLevel.C5: 4.0,
}  # fmt: skip
"""How strongly dearer options are preferred, by the level that is wanted."""

Codes = Mapping[str, tuple[str, ...]]


@lru_cache
def form_of(version: str) -> Questionnaire:
    """A shipped questionnaire."""
    return next(form for form, _ in shipped() if form.version == version)


def draw_sheet(
    rng: np.random.Generator, version: str, level: ClientLevel, born: date, day: date,
    fixed: Mapping[str, str] | None = None, finds: str = "",
) -> Codes:  # fmt: skip
    """One sheet of this level on which no rule but `finds` finds anything. Raises ValueError after many tries.

    fixed: code by topic. Only with fixed answers may a sheet be of the lowest class.
    """
    form, bands = form_of(version), bands_for(version, day)
    wanted = {form.by_topic[topic].id: code for topic, code in (fixed or {}).items()}
    known = KnownFacts(age=day.year - born.year - ((day.month, day.day) < (born.month, born.day)))
    for _ in range(TRIES):
        answers: dict[str, tuple[str, ...]] = {}
        while (question := walk_all(form, answers, bands)[1]) is not None:
            answers[question.id] = (wanted.get(question.id) or _choice(rng, question, level, known.age or 0),)
        sheet = Sheet(
            form=form, answers=answers, prefilled=frozenset(), started_at=None,
            finished_at=datetime.combine(day, time(2), tzinfo=UTC), day=day,
        )  # fmt: skip
        found = evaluate(sheet, ClientKind.NATURAL, known, (), books(), bands)
        rules = {one.rule for one in found.findings}
        if found.level is level and rules == ({finds} if finds else set()) and (fixed or not found.lowest):
            return answers
    raise ValueError(f"no sheet of {version} gives {level}")


def _choice(rng: np.random.Generator, question: Question, level: ClientLevel, age: int) -> str:
    """The age as it is; otherwise dearer options the likelier, the higher the level."""
    fitting = [option.code for option in question.options if option.holds_age(age)]
    if fitting:
        return fitting[0]
    if question.supplement:
        return question.codes[0]
    scores = np.array([option.score for option in question.options], dtype=np.float64)
    spread = scores.max() - scores.min() or 1.0
    weights = np.exp(_TILT[level] * (scores - scores.min()) / spread)
    return question.codes[int(rng.choice(len(weights), p=weights / weights.sum()))]


def moments(rng: np.random.Generator, day: date, *, seconds: int = 12) -> tuple[str, str, str]:
    """Begun, finished and confirmed, as a file in Shanghai time states them."""
    begun = datetime.combine(day, time(9, 30)) + timedelta(minutes=int(rng.integers(0, 330)))
    finished = begun + timedelta(seconds=20 * seconds + int(rng.integers(0, 240)))
    confirmed = finished + timedelta(seconds=int(rng.integers(20, 180)))
    return begun.isoformat(" "), finished.isoformat(" "), confirmed.isoformat(" ")
