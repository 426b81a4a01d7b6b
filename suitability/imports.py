"""The kinds of import files that belong to suitability. Loading this module makes them known to `clients.kinds`."""

from __future__ import annotations

from clients.kinds import register_kind
from suitability.assessment.imports import ANSWERS
from suitability.assessment.intake import AnswersIntake

register_kind(ANSWERS, AnswersIntake, ("suitability", "headings"))
