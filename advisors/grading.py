"""分级: facts of a period and rules to cards, one for each person. Pure: the same facts give the same digests."""

from __future__ import annotations

from advisors.facts import BookFacts
from advisors.rules_in_force import AdvisorRules
from advisors.types import ScoreCard


def grade(facts: BookFacts, rules: AdvisorRules) -> tuple[ScoreCard, ...]:
    """A card for each person of the facts, by number. Raises PeriodNotClosed."""
    raise NotImplementedError
