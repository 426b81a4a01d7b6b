"""Which step may follow which, and who may take it. Pure.

A run is previewed, submitted, approved by another person than who ran or submitted it, published. Nothing leads back
from published: what was wrong is corrected by an appeal, in a row of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from advisors.periods.types import Deed, RunState
from clients.grading.review.problems import SamePerson, WrongStep
from clients.grading.review.types import AppealState

STEPS: Final[Mapping[tuple[RunState, Deed], RunState]] = {
    (RunState.PREVIEWED, Deed.SUBMIT): RunState.SUBMITTED,
    (RunState.SUBMITTED, Deed.APPROVE): RunState.APPROVED,
    (RunState.SUBMITTED, Deed.RETURN): RunState.PREVIEWED,
    (RunState.APPROVED, Deed.PUBLISH): RunState.PUBLISHED,
    (RunState.PREVIEWED, Deed.CANCEL): RunState.CANCELLED,
    (RunState.SUBMITTED, Deed.CANCEL): RunState.CANCELLED,
    (RunState.APPROVED, Deed.CANCEL): RunState.CANCELLED,
}
BY_ANOTHER: Final = frozenset({Deed.APPROVE, Deed.RETURN})
"""Deeds of whoever had no hand in the run."""
OVER: Final = frozenset({RunState.PUBLISHED, RunState.CANCELLED})


def after(state: RunState, deed: Deed, number: str) -> RunState:
    """The state that the deed leads to. Raises WrongStep, saying when the deed is possible."""
    found = STEPS.get((state, deed))
    if found is None:
        allowed = "、".join(one.label for one, done in STEPS if done is deed)
        raise WrongStep(f"考评 {number} 现为“{state.label}”，只有“{allowed}”时可以{deed.label}")
    return found


def deeds(state: RunState) -> tuple[Deed, ...]:
    """What may be done now, in order."""
    return tuple(deed for deed in Deed if (state, deed) in STEPS)


def another(user_id: str, deed: Deed, hands: Collection[str | None]) -> None:
    """Four eyes. hands: who ran and submitted. Raises SamePerson."""
    if deed in BY_ANOTHER and user_id in hands:
        raise SamePerson(f"您试算或提请了这次考评，须由另一人{deed.label}")


def judge(user_id: str, state: AppealState, number: int, hands: Collection[str | None]) -> None:
    """An appeal is decided once, by a third person. hands: who filed it, ran, submitted and approved the grade.

    Raises WrongStep, SamePerson.
    """
    if state is not AppealState.FILED:
        raise WrongStep(f"第 {number} 件申诉已裁定：{state.label}")
    if user_id in hands:
        raise SamePerson("申诉须由申诉人、试算人、提请人、批准人以外的人裁定")
