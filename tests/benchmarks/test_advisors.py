"""The measured grading of people gives everybody a card, and what it measures is what the rules ask for."""

from advisors.grading import grade
from advisors.rules_in_force import advisor_rules
from advisors.types import Scale
from benchmarks.advisors import PERIOD, facts_of


def test_everybody_has_a_card_with_a_score_and_all_figures_but_the_effect():
    cards = grade(facts_of(60, 3_000, 1), advisor_rules(PERIOD.last))
    assert len(cards) == 60
    assert all(one.score is not None and one.digest for one in cards)
    withheld = {
        it.value.id for one in cards if one.scale is Scale.ADVISOR and one.clients > 40
        for part in one.components for it in part.indicators if it.points is None
    }  # fmt: skip
    assert "effect" in withheld
    assert not withheld & {"mau", "aum_growth", "coverage", "mot_mandatory", "satisfaction", "record_quality"}
