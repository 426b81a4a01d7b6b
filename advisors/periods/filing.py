"""Rows as values and back, apart from the desk that files them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from pydantic import TypeAdapter

from advisors.periods.tables import AdvisorAppealRow, AdvisorCardRow, AdvisorLevelRow, PeriodRunRow
from advisors.periods.types import Appeal, Evidence, EvidenceKind, LevelStep, Line, PeriodRun, RunState
from advisors.types import Move, ScoreCard
from clients.grading.review.filing import LONGEST, plain
from clients.grading.review.problems import ReviewRefused
from clients.grading.review.types import AppealState
from kit.digest import canonical, digest

MOST_EVIDENCE: Final = 20
LONGEST_REFERENCE: Final = 64


@lru_cache
def _cards() -> TypeAdapter[ScoreCard]:
    return TypeAdapter(ScoreCard)


def card_of(kept: Mapping[str, Any]) -> ScoreCard:
    """The card as it was filed."""
    return _cards().validate_python(kept)


def graded_level(card: ScoreCard) -> str | None:
    """The level that a period gives; None where it gives none and the level before simply stands."""
    return None if card.move is Move.NOT_GRADED or card.level is None else card.level.code


def told(card: ScoreCard) -> dict[str, Any]:
    """The card as it is kept: plain data."""
    found: dict[str, Any] = canonical(card)
    return found


def digest_of(cards: Mapping[str, Mapping[str, Any]]) -> str:
    """Over the content of every card of a run, by number: the order of the cards changes nothing."""
    return digest({number: digest(card) for number, card in cards.items()})


def card_row(run_id: int, one: ScoreCard) -> dict[str, Any]:
    return {
        "run_id": run_id, "staff_no": one.staff_no, "name": one.name, "branch_no": one.branch_no,
        "branch": one.branch_name, "scale": one.scale.value, "peers": one.peer_group, "score": one.score,
        "level": graded_level(one), "before": one.standing.code if one.standing else None, "card": told(one),
    }  # fmt: skip


def run_of(row: PeriodRunRow) -> PeriodRun:
    assert row.id is not None
    return PeriodRun(
        id=row.id, number=row.number, period=row.period, first=row.first, last=row.last, state=RunState(row.state),
        digest=row.digest, rules=row.rules, people=row.people, withheld=row.withheld, ran_by_id=row.ran_by_id,
        ran_by=row.ran_by, ran_at=row.ran_at, submitted_by_id=row.submitted_by_id, submitted_by=row.submitted_by,
        submitted_at=row.submitted_at, decided_by_id=row.decided_by_id, decided_by=row.decided_by,
        decided_at=row.decided_at, decided_reason=row.decided_reason, published_by=row.published_by,
        published_at=row.published_at, effective_from=row.effective_from, version=row.version,
    )  # fmt: skip


def line_of(row: AdvisorCardRow, corrected: AdvisorLevelRow | None) -> Line:
    """corrected: the newest published or corrected level of the card, None before publication."""
    assert row.id is not None
    return Line(
        id=row.id, staff_no=row.staff_no, name=row.name, branch_no=row.branch_no, branch=row.branch, scale=row.scale,
        group=row.peers, score=row.score, graded=row.level, level=corrected.level if corrected else row.level,
        before=row.before, card=row.card,
    )  # fmt: skip


def appeal_of(row: AdvisorAppealRow, card: AdvisorCardRow, number: str) -> Appeal:
    assert row.id is not None
    return Appeal(
        id=row.id, run=number, staff_no=card.staff_no, name=card.name, point=row.point, level=row.level,
        wanted=row.wanted, reason=row.reason,
        evidence=tuple(Evidence(EvidenceKind(one["kind"]), one["reference"], one["text"]) for one in row.evidence),
        state=AppealState(row.state), filed_by_id=row.filed_by_id, filed_by=row.filed_by, filed_at=row.filed_at,
        decided_by=row.decided_by, decided_at=row.decided_at, decided_reason=row.decided_reason, given=row.given,
        effective_from=row.effective_from, version=row.version,
    )  # fmt: skip


def step_of(row: AdvisorLevelRow, run: PeriodRunRow) -> LevelStep:
    return LevelStep(
        run.number, run.period, row.level, row.valid_from, row.appeal_id, row.reason, row.set_at, row.set_by
    )


def checked(evidence: Sequence[Evidence]) -> list[dict[str, str]]:
    """Evidence as it is kept. Raises ReviewRefused where there is none, too much, or one without its ground."""
    if not evidence:
        raise ReviewRefused("申诉须附证据：系统记录的编号、书面材料或情况说明，至少一项")
    if len(evidence) > MOST_EVIDENCE:
        raise ReviewRefused(f"证据有 {len(evidence)} 项，最多 {MOST_EVIDENCE} 项；可合并为一份材料")
    found = []
    for place, one in enumerate(evidence, 1):
        stated = one.kind is EvidenceKind.STATEMENT
        reference = plain(one.reference, f"第 {place} 项证据的编号或名称", LONGEST_REFERENCE, needed=not stated)
        text = plain(one.text, f"第 {place} 项证据的说明", LONGEST, needed=stated)
        found.append({"kind": one.kind.value, "reference": reference, "text": text})
    return found
