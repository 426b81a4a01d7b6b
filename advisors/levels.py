"""等级: from score and conditions to a level, with every reason. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from advisors.conduct import Conduct
from advisors.facts import Person
from advisors.rules_in_force import AdvisorRules, Entry
from advisors.types import GradeLevel, Move, Period


@dataclass(frozen=True, slots=True)
class Standing:
    """What a level is decided on. known: share of the weights that have a figure; clients: different ones served."""

    person: Person
    score: float | None
    known: float
    clients: int
    licensed: bool  # on the last day of the period


@dataclass(frozen=True, slots=True)
class Decided:
    """The level with its reasons; see ScoreCard."""

    band: GradeLevel | None
    level: GradeLevel | None
    standing: GradeLevel | None
    move: Move
    reasons: tuple[str, ...]
    blocked_until: date | None
    next_level: GradeLevel | None
    missing: tuple[str, ...]


def decide(told: Standing, conduct: Conduct, rules: AdvisorRules, period: Period) -> Decided:
    """Vetoes first, then whether there is enough to go by, then the band, conditions, and how far one may move."""
    scale = told.person.scale
    standing = rules.level(scale, told.person.standing) if told.person.standing else None
    band = None if told.score is None else band_of(rules.levels[scale], told.score)
    blocked = max((one for one in (conduct.blocked_until, told.person.blocked_until) if one is not None), default=None)
    if blocked is not None and blocked <= period.last:
        blocked = None
    reasons: list[str] = []
    level: GradeLevel | None
    if told.person.standing and standing is None:
        reasons.append(f"上期等级 {told.person.standing} 不在现行等级之内，按首次定级办理")
    if conduct.vetoes:
        level = rules.lowest(scale)
        reasons += [
            f"{one.title}（{one.day}，{one.row.key}）：定为最低等级，{one.until} 以前不得晋级" for one in conduct.vetoes
        ]
        move = Move.FIRST if standing is None else Move.DEMOTED if standing.rank > level.rank else Move.KEPT
    elif told.score is None or told.known < rules.moves.least_known:
        reasons.append(f"有数据的权重占 {told.known:.0%}，不足 {rules.moves.least_known:.0%}，本期不评级，等级不变")
        level, move = standing, Move.NOT_GRADED
    else:
        assert band is not None
        level, move = _moved(told, conduct, rules, band, standing, blocked, reasons)
    step = None if level is None else _after(rules.levels[scale], level)
    missing = () if step is None else tuple(_missing(told, conduct, rules, step, blocked))
    return Decided(band, level, standing, move, tuple(reasons), blocked, step, missing)


def band_of(levels: tuple[GradeLevel, ...], score: float) -> GradeLevel:
    """The highest level whose mark the score reaches (the mark itself included)."""
    return max((one for one in levels if score >= one.at), key=lambda one: one.rank)


def _after(levels: tuple[GradeLevel, ...], level: GradeLevel) -> GradeLevel | None:
    return next((one for one in levels if one.rank == level.rank + 1), None)


def _moved(
    told: Standing, conduct: Conduct, rules: AdvisorRules, band: GradeLevel, standing: GradeLevel | None,
    blocked: date | None, reasons: list[str],
) -> tuple[GradeLevel, Move]:  # fmt: skip
    levels = rules.levels[told.person.scale]
    assert told.score is not None
    reasons.append(f"得分 {told.score:.1f}，在“{band.name}”的分数段（{band.at:g} 分起）")
    open_to, why_not = _open_to(told, rules, levels)
    if standing is None:
        most = min(band.rank, rules.moves.first_most, open_to)
        if band.rank > rules.moves.first_most:
            reasons.append(f"首次定级最高至“{levels[rules.moves.first_most - 1].name}”")
        if open_to < min(band.rank, rules.moves.first_most):
            reasons += why_not
        if blocked is not None and most > 1:
            reasons.append(f"{blocked} 以前不得晋级，定为最低等级")
            most = 1
        return levels[most - 1], Move.FIRST
    if band.rank > standing.rank:
        barred = _barred(conduct, rules, blocked)
        rank = min(band.rank, standing.rank + rules.moves.up, max(open_to, standing.rank))
        if barred:
            reasons += barred
            return standing, Move.KEPT
        if rank < band.rank:
            reasons += why_not if open_to < min(band.rank, standing.rank + rules.moves.up) else ()
            reasons += [f"每期至多晋升 {rules.moves.up} 级"] if standing.rank + rules.moves.up < band.rank else []
        return levels[rank - 1], Move.PROMOTED if rank > standing.rank else Move.KEPT
    if band.rank < standing.rank:
        if told.score >= standing.at - rules.moves.margin:
            reasons.append(f"低于“{standing.name}”的 {standing.at:g} 分不足 {rules.moves.margin:g} 分，保持等级")
            return standing, Move.KEPT
        rank = max(band.rank, standing.rank - rules.moves.down)
        if rank > band.rank:
            reasons.append(f"每期至多降 {rules.moves.down} 级")
        return levels[rank - 1], Move.DEMOTED
    return standing, Move.KEPT


def _barred(conduct: Conduct, rules: AdvisorRules, blocked: date | None) -> list[str]:
    """Why nobody with this conduct is promoted."""
    found = []
    if blocked is not None:
        found.append(f"{blocked} 以前不得晋级")
    if conduct.multiplier < rules.moves.multiplier:
        found.append(f"合规系数 {conduct.multiplier:.2f}，低于晋级所需的 {rules.moves.multiplier:.2f}")
    return found


def _open_to(told: Standing, rules: AdvisorRules, levels: tuple[GradeLevel, ...]) -> tuple[int, list[str]]:
    """Highest rank whose conditions, and those of all below it, are met; and what bars the next one."""
    rank = 1
    for one in levels[1:]:
        lacking = _lacking(told, rules.entry[told.person.scale].get(one.code))
        if lacking:
            return rank, [f"“{one.name}”须{what}" for what in lacking]
        rank = one.rank
    return rank, []


def _lacking(told: Standing, entry: Entry | None) -> list[str]:
    if entry is None:
        return []
    found = []
    if told.person.months < entry.months:
        found.append(f"在岗满 {entry.months} 个月（现 {told.person.months} 个月）")
    if told.clients < entry.clients:
        found.append(f"服务客户不少于 {entry.clients} 户（现 {told.clients} 户）")
    if entry.licensed and not told.licensed:
        found.append("期末登记为证券投资顾问")
    return found


def _missing(
    told: Standing, conduct: Conduct, rules: AdvisorRules, step: GradeLevel, blocked: date | None
) -> list[str]:
    """What stands between the person and the next level."""
    found = []
    if told.score is None:
        found.append("本期没有得分")
    elif told.score < step.at:
        found.append(f"得分再高 {step.at - told.score:.1f} 分（{step.at:g} 分起）")
    found += _lacking(told, rules.entry[told.person.scale].get(step.code))
    return found + _barred(conduct, rules, blocked)
