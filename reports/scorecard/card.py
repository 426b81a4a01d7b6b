"""From a score card to its report: the level and why, each figure with its points, conduct, peers, what is missing.

Every point is traced: figure → adjusted for case mix → shrunk → points → component → score → deductions and multiplier.
Pure.
"""

from __future__ import annotations

from typing import Final

from advisors.types import Move, ScoreCard
from diagnosis.wording import DASH, number, percent
from kit.digest import canonical
from reports.grading.model import GradingReport
from reports.model import Figure, Section, Tone
from reports.scorecard.sections import (
    CardTold,
    conduct_section,
    figures_section,
    ground_section,
    history_section,
    level_section,
    next_section,
    peers_section,
)
from reports.scorecard.wording import UNGRADED, level_words, points_words

FORMAT: Final = "heshi.scorecard/1"


def card_report(told: CardTold, firm: str) -> GradingReport:
    """The whole report, sealed."""
    card = told.card
    blocks = (
        level_section(card), figures_section(card, told.standing is not None), conduct_section(card),
        peers_section(told), next_section(card), ground_section(card), history_section(told),
    )  # fmt: skip
    sections = tuple(Section(at, id_, title, lead, found) for at, (id_, title, lead, found) in enumerate(blocks, 1))
    verdict, accent = _verdict(told)
    return GradingReport(
        day=card.period.last, since=card.period.first, firm=firm, verdict=verdict, accent=accent, why=_why(card),
        figures=_key_figures(told), sections=sections, limits=_limits(told), numbers=canonical(card),
        versions={"rules": card.rules_version, "run": told.run.digest},
        title=f"服务人员评分卡　{card.name}", format=FORMAT,
    ).sealed()  # fmt: skip


# what is said first


def _verdict(told: CardTold) -> tuple[str, str]:
    card = told.card
    if card.score is None or card.move is Move.NOT_GRADED:
        return f"{card.period.title}{UNGRADED}：{card.reasons[0] if card.reasons else '没有足够的数据'}", UNGRADED
    return f"{card.period.title}定级 {told.level}，得分 {number(card.score)}。", told.level


def _why(card: ScoreCard) -> str:
    return "；".join(one.rstrip("。") for one in card.reasons) + "。" if card.reasons else ""


def _key_figures(told: CardTold) -> tuple[Figure, ...]:
    card, standing = told.card, told.standing
    before = f"上期 {level_words(card.standing)}" if card.standing else "首次定级"
    rank = float(card.level.rank) if card.level else None
    level = Figure(
        "等级", told.level.partition(" ")[2] or told.level, rank, note=f"{card.move.label}，{before}", section=1
    )
    score = Figure("得分", points_words(card.score), card.score, note="满分 100，50 为同组平均", section=1)
    lost = sum(one.points for one in card.deductions)
    deducted = Figure(
        "扣分", number(-lost) if lost else "0", -lost, tone=Tone.WARN if lost else Tone.PLAIN,
        note=f"{len(card.deductions)} 项" if card.deductions else "没有扣分项", section=3,
    )  # fmt: skip
    factor = Figure(
        "合规系数", number(card.multiplier), card.multiplier, tone=Tone.WARN if card.multiplier < 1 else Tone.PLAIN,
        note="一票否决" if card.vetoes else "得分乘以它", section=3,
    )  # fmt: skip
    place = Figure("同组位置", DASH, note="同组人数过少，不作比较", section=4)
    if standing is not None:
        place = Figure(
            "同组位置", percent(standing.better, 0), standing.better,
            note=f"的同事得分更低，同组另 {standing.peers} 人", section=4,
        )  # fmt: skip
    return level, score, deducted, factor, place


def _limits(told: CardTold) -> tuple[str, ...]:
    card = told.card
    said = [f"数据：{one}" for one in card.notes]
    said.append("分级规则的数字为本公司规则，待公司核定。方法见 docs/advisors.md。")
    if told.run.effective_from is None:
        said.append(f"试算结果，{told.run.state.label}，尚未发布。")
    return tuple(said)
