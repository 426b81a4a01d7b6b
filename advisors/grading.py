"""分级: facts of a period and rules to cards, one for each person. Pure: the same facts give the same digests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import orjson

from advisors.casemix import strata_of
from advisors.conduct import Conduct, conduct_of
from advisors.facts import BookFacts, Person, in_order
from advisors.figures import FigureTable, figures_of
from advisors.indicators import definition
from advisors.levels import Standing, decide
from advisors.overlaps import without_overlaps
from advisors.rules_in_force import AdvisorRules
from advisors.types import (
    Component,
    ComponentPoints,
    GradeLevel,
    IndicatorPoints,
    PeriodNotClosed,
    Scale,
    ScoreCard,
    Training,
)
from market.types import IntArray

DIGITS: Final = 6
"""Decimals of every point and score on a card."""


def grade(facts: BookFacts, rules: AdvisorRules) -> tuple[ScoreCard, ...]:
    """A card for each person of the facts, by number. Raises PeriodNotClosed."""
    if not facts.period.closed(facts.as_of):
        raise PeriodNotClosed(
            f"{facts.period.title}到 {facts.period.last} 才结束，而事实截至 {facts.as_of}；请在结束之后再评"
        )
    facts = without_overlaps(in_order(facts))
    clients = clients_served(facts)
    conduct = conduct_of(facts, rules, {one.staff_no: int(n) for one, n in zip(facts.people, clients, strict=True)})
    strata = strata_of(facts, rules.case_mix)
    cards: list[ScoreCard] = []
    for scale in Scale:
        who = np.array([at for at, one in enumerate(facts.people) if one.scale is scale], dtype=np.int64)
        if len(who):
            table = figures_of(facts, rules, scale, who, strata)
            cards += [
                _card(facts, rules, facts.people[at], table, row, int(clients[at]), conduct)
                for row, at in enumerate(who.tolist())
            ]
    return tuple(sorted(cards, key=lambda one: one.staff_no))


def clients_served(facts: BookFacts) -> IntArray:
    """How many different clients each person served in the period, (people,)."""
    n = max(len(facts.client_no), 1)
    pairs = np.unique(facts.stints.staff * n + facts.stints.client)
    return np.bincount(pairs // n, minlength=len(facts.people)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Scores:
    """Weighted points; None where nothing is known."""

    raw: float | None
    adjusted: float | None
    shrunk: float | None
    base: float | None
    score: float | None


def _card(
    facts: BookFacts, rules: AdvisorRules, person: Person, table: FigureTable, row: int, clients: int,
    conduct: Mapping[str, Conduct],
) -> ScoreCard:  # fmt: skip
    own = conduct[person.staff_no]
    components = spread_weights(rules.weights[person.scale], table.of(row))
    scores = _scores(components, table, row, own)
    known = sum(one.share for part in components for one in part.indicators if one.points is not None)
    licensed = person.may_advise(facts.period.last.toordinal())
    told = decide(Standing(person, scores.score, known, clients, licensed), own, rules, facts.period)
    notes = (*facts.notes, *own.notes, *_notes(person, told.level, clients, licensed))
    card = ScoreCard(
        staff_no=person.staff_no, name=person.name, branch_no=person.branch_no, branch_name=person.branch_name,
        scale=person.scale, peer_group=table.groups[row], peers=int(table.colleagues[row]), period=facts.period,
        clients=clients, components=components, conduct=own.figures, raw=scores.raw, adjusted=scores.adjusted,
        shrunk=scores.shrunk, deductions=own.deductions, base=scores.base, multiplier=own.multiplier,
        multiplier_why=own.why, vetoes=own.vetoes, score=scores.score, band=told.band, level=told.level,
        standing=told.standing, move=told.move, reasons=told.reasons, blocked_until=told.blocked_until,
        next_level=told.next_level, missing=told.missing, training=_training(components, rules), notes=notes,
        rules_version=rules.version,
    )  # fmt: skip
    return replace(card, digest=card_digest(card))


def card_digest(card: ScoreCard) -> str:
    """Over all of a card but the digest itself. Its numbers are rounded already, so a card read back has the same."""
    told = orjson.dumps(replace(card, digest=""), option=orjson.OPT_SORT_KEYS)
    return "sha256:" + hashlib.sha256(told).hexdigest()


def spread_weights(
    weights: Mapping[Component, Mapping[str, float]], figures: Mapping[str, IndicatorPoints]
) -> tuple[ComponentPoints, ...]:
    """The weight of what is withheld goes to the others of its component in proportion to their weights; that of a
    component of which all is withheld goes to the other components likewise. Nothing counts as zero.
    """
    alive = {
        part: sum(one for name, one in rows.items() if figures[name].points is not None)
        for part, rows in weights.items()
    }
    whole = {part: sum(rows.values()) for part, rows in weights.items()}
    total = sum(whole[part] for part in weights if alive[part] > 0)
    found = []
    for part, rows in weights.items():
        applied = whole[part] / total if alive[part] > 0 else 0.0
        indicators = tuple(
            replace(
                figures[name], share=share,
                applied=0.0 if figures[name].points is None else _round(applied * share / alive[part]),
            )
            for name, share in rows.items()
        )  # fmt: skip
        points = None
        if alive[part] > 0:
            points = _round(sum(one.share * one.points for one in indicators if one.points is not None) / alive[part])
        found.append(ComponentPoints(part, whole[part], _round(applied), points, indicators))
    return tuple(found)


def _scores(components: tuple[ComponentPoints, ...], table: FigureTable, row: int, conduct: Conduct) -> _Scores:
    known = [one for part in components for one in part.indicators if one.points is not None]
    if not known:
        return _Scores(None, None, None, None, None)
    stages = table.stages(row)
    raw, adjusted = (sum(one.applied * stages[one.value.id][stage] for one in known) for stage in (0, 1))
    shrunk = sum(one.applied * one.points for one in known if one.points is not None)
    base = max(0.0, shrunk - sum(one.points for one in conduct.deductions))
    return _Scores(_round(raw), _round(adjusted), _round(shrunk), _round(base), _round(base * conduct.multiplier))


def _training(components: tuple[ComponentPoints, ...], rules: AdvisorRules) -> tuple[Training, ...]:
    """The weakest figures and what is taught about them, the weakest first; one course once."""
    weak = sorted(
        (one.points, one.value.id, one) for part in components for one in part.indicators
        if one.points is not None and one.share > 0 and one.points < rules.weak_below and one.value.id in rules.courses
    )  # fmt: skip
    found: dict[str, Training] = {}
    for points, name, _ in weak:
        course = rules.courses[name]
        found.setdefault(course, Training(name, definition(name).title, points, course))
    return tuple(found.values())[: rules.most_courses]


def _notes(person: Person, level: GradeLevel | None, clients: int, licensed: bool) -> list[str]:
    found = []
    most = person.capacity if person.capacity is not None else None if level is None else level.capacity
    if most is not None and clients > most:
        found.append(f"期内服务 {clients} 户，超过服务客户上限 {most} 户")
    if person.scale is Scale.ADVISOR and not licensed:
        found.append("期末没有有效的证券投资顾问登记，不得办理投资建议任务")
    return found


def _round(value: float) -> float:
    return round(float(value), DIGITS) + 0.0
