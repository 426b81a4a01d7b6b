"""The habits of a diagnosis as data for the profile."""

from __future__ import annotations

from diagnosis.types import Diagnosis
from suitability.profile.types import HabitsSeen, HabitWord


def habits_seen(diagnosis: Diagnosis) -> HabitsSeen:
    """What the trades of the diagnosis show, as of its last day."""
    words = tuple(
        HabitWord(habit.id.value, habit.seen, habit.text, habit.n)
        for _, habit in sorted(diagnosis.habits.items())
    )
    return HabitsSeen(words, diagnosis.trades.buys + diagnosis.trades.sells, diagnosis.last)
