"""From the cards of a team, a branch or the house to a report: who stands where, what is weak, what to teach. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from advisors.periods.types import Line, PeriodRun
from advisors.types import Move, Scale, ScoreCard
from diagnosis.wording import DASH, number, percent
from reports.grading.model import GradingReport
from reports.model import Block, Cell, Chart, Column, Figure, Paragraph, Section, Table, Tone
from reports.scorecard.sections import RIGHT, Told
from reports.scorecard.wording import UNGRADED, level_words, points_words, title_of

FORMAT: Final = "heshi.scorecards/1"


def team_report(
    run: PeriodRun, lines: Sequence[Line], cards: Mapping[str, ScoreCard], title: str, firm: str,
    more: Sequence[Told] = (),
) -> GradingReport:  # fmt: skip
    """lines: within the reader's scope; cards: of the same people by number; more: sections that follow."""
    every = [cards[one.staff_no] for one in lines]
    blocks = (_levels(every), _people(lines, cards), _weak(every), _training(every), *more)
    sections = tuple(Section(at, id_, name, lead, found) for at, (id_, name, lead, found) in enumerate(blocks, 1))
    said = headline(every)
    period = every[0].period.title if every else run.period
    return GradingReport(
        day=run.last, since=run.first, firm=firm, verdict=f"{period}：{said or '没有可考评的人员'}。",
        accent=said.partition("、")[0], why=_why(every), figures=_figures(every), sections=sections,
        limits=_limits(run),
        numbers={"people": [_numbers(line, cards[line.staff_no]) for line in lines]},
        versions={"rules": run.rules, "run": run.digest}, title=title, format=FORMAT,
    ).sealed()  # fmt: skip


def headline(cards: Sequence[ScoreCard]) -> str:
    """How many of each level, the highest first."""
    found: dict[tuple[int, str], int] = {}
    for one in cards:
        key = _rank(one)
        found[key] = found.get(key, 0) + 1
    return "、".join(f"{name} {count} 人" for (_, name), count in sorted(found.items(), reverse=True))


def _rank(card: ScoreCard) -> tuple[int, str]:
    if card.move is Move.NOT_GRADED or card.level is None:
        return 0, UNGRADED
    return card.level.rank, card.level.code


def _why(cards: Sequence[ScoreCard]) -> str:
    vetoed = [one for one in cards if one.vetoes]
    said = [f"晋级 {_moved(cards, Move.PROMOTED)} 人，降级 {_moved(cards, Move.DEMOTED)} 人"]
    if vetoed:
        said.append(f"一票否决 {len(vetoed)} 人")
    return "；".join(said) + "。" if cards else ""


def _moved(cards: Sequence[ScoreCard], move: Move) -> int:
    return sum(one.move is move for one in cards)


def _figures(cards: Sequence[ScoreCard]) -> tuple[Figure, ...]:
    scores = [one.score for one in cards if one.score is not None]
    mean = sum(scores) / len(scores) if scores else None
    up, down = _moved(cards, Move.PROMOTED), _moved(cards, Move.DEMOTED)
    lost = sum(part.points for one in cards for part in one.deductions)
    graded = len(cards) - _moved(cards, Move.NOT_GRADED)
    return (
        Figure("人员", f"{len(cards):,}", len(cards), note=f"定级 {graded:,} 人", section=2),
        Figure("平均得分", points_words(mean), mean, note=f"有得分的 {len(scores):,} 人", section=2),
        Figure("晋级", f"{up:,}", up, note=f"首次定级 {_moved(cards, Move.FIRST):,} 人", section=1),
        Figure("降级", f"{down:,}", down, note=f"一票否决 {sum(bool(one.vetoes) for one in cards):,} 人", section=1),
        Figure("扣分合计", number(-lost) if lost else "0", -lost, tone=Tone.WARN if lost else Tone.PLAIN,
               note=f"合规系数低于 1 的 {sum(one.multiplier < 1 for one in cards):,} 人", section=2),
    )  # fmt: skip


def _levels(cards: Sequence[ScoreCard]) -> Told:
    blocks: list[Block] = []
    for scale in Scale:
        own = [one for one in cards if one.scale is scale]
        if not own:
            continue
        counts: dict[tuple[int, str], int] = {}
        for one in own:
            name = UNGRADED if _rank(one)[0] == 0 else level_words(one.level)
            counts[_rank(one)[0], name] = counts.get((_rank(one)[0], name), 0) + 1
        ordered = sorted(counts.items(), reverse=True)
        items = [
            {"label": name, "value": count, "text": f"{count:,} 人", "tone": "MUTED" if rank == 0 else "PLAIN"}
            for (rank, name), count in ordered
        ]
        most = max(ordered, key=lambda one: one[1])
        blocks.append(Chart(
            f"team-{scale.value.lower()}", "bars", scale.label, f"{len(own):,} 人",
            f"最多的是 {most[0][1]}，{percent(most[1] / len(own), 0)}。",
            "；".join(f"{one['label']} {one['text']}" for one in items),
            {"horizontal": True, "name": "人数", "items": items},
        ))  # fmt: skip
    return "levels", "各级人数", "客户经理与投资顾问分开评，同组内比较。", tuple(blocks)


def _people(lines: Sequence[Line], cards: Mapping[str, ScoreCard]) -> Told:
    rows = []
    for line in sorted(lines, key=lambda one: (-(one.score if one.score is not None else -1.0), one.staff_no)):
        card = cards[line.staff_no]
        now = UNGRADED if card.move is Move.NOT_GRADED else line.level or UNGRADED
        if line.level and line.graded and line.level != line.graded:
            now = f"{line.level}（申诉更正，原为 {line.graded}）"
        lost = sum(one.points for one in card.deductions)
        rows.append((
            Cell(f"{line.name}（{line.staff_no}）"), Cell(line.branch), Cell(card.scale.label),
            Cell(points_words(line.score), line.score), Cell(line.before or DASH), Cell(now),
            Cell(card.move.label, tone=_move_tone(card)), Cell(number(-lost) if lost else "0", -lost),
            Cell("；".join(one.title for one in card.vetoes) or DASH, tone=Tone.WARN if card.vetoes else Tone.MUTED),
        ))  # fmt: skip
    columns = (
        Column("人员"), Column("营业部"), Column("序列"), Column("得分", RIGHT), Column("上期"), Column("本期"),
        Column("变动"), Column("扣分", RIGHT), Column("否决"),
    )  # fmt: skip
    return "people", "人员", "按得分由高到低。", (Table("人员与等级", columns, tuple(rows), empty="没有人员。"),)


def _move_tone(card: ScoreCard) -> Tone:
    return {Move.DEMOTED: Tone.WARN, Move.NOT_GRADED: Tone.MUTED}.get(card.move, Tone.PLAIN)


def _weak(cards: Sequence[ScoreCard]) -> Told:
    """Indicators by the mean of their points, the weakest first."""
    found: dict[str, list[float]] = {}
    withheld: dict[str, int] = {}
    for card in cards:
        for part in card.components:
            for one in part.indicators:
                if one.points is None:
                    withheld[one.value.id] = withheld.get(one.value.id, 0) + 1
                else:
                    found.setdefault(one.value.id, []).append(one.points)
    ranked = sorted(found.items(), key=lambda pair: (sum(pair[1]) / len(pair[1]), pair[0]))
    weak = {id_: sum(any(each.indicator == id_ for each in card.training) for card in cards) for id_ in found}
    rows = tuple(
        (Cell(title_of(id_)), _mean(each), Cell(number(min(each)), min(each)),
         Cell(f"{weak[id_]:,}", weak[id_], Tone.WARN if weak[id_] else Tone.MUTED), Cell(f"{len(each):,}", len(each)))
        for id_, each in ranked
    )  # fmt: skip
    columns = (
        Column("指标"),
        Column("平均得分", RIGHT),
        Column("最低", RIGHT),
        Column("薄弱的人", RIGHT),
        Column("有数据的人", RIGHT),
    )
    none = [title_of(id_) for id_ in withheld if id_ not in found]
    blocks: list[Block] = [Table("各指标", columns, rows, empty="没有指标有数据。")]
    if none:
        blocks.append(Paragraph(f"本期没有人有数据、一律不评的指标：{'、'.join(none)}。", Tone.MUTED))
    return "weak", "强弱", "得分是与同组相比：一队人都低，不是一个人的事。", tuple(blocks)


def _mean(points: Sequence[float]) -> Cell:
    mean = sum(points) / len(points)
    return Cell(number(mean), mean)


def _training(cards: Sequence[ScoreCard]) -> Told:
    found: dict[tuple[str, str], list[str]] = {}
    for card in cards:
        for one in card.training:
            found.setdefault((one.course, one.title), []).append(card.name)
    rows = tuple(
        (Cell(course), Cell(title), Cell(f"{len(names):,}", len(names)), Cell("、".join(names)))
        for (course, title), names in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    )
    columns = (Column("课程"), Column("薄弱指标"), Column("人数", RIGHT), Column("人员"))
    return "training", "培训名单", "由薄弱的指标得出，课程与分界写在规则里。", (
        Table("培训名单", columns, rows, empty="没有薄弱的指标，不需要培训。"),
    )  # fmt: skip


def _limits(run: PeriodRun) -> tuple[str, ...]:
    said = ["分级规则的数字为本公司规则，待公司核定。方法见 docs/advisors.md。"]
    if run.effective_from is None:
        said.append(f"试算结果，{run.state.label}，尚未发布。")
    return tuple(said)


def _numbers(line: Line, card: ScoreCard) -> dict[str, Any]:
    return {
        "staff_no": line.staff_no, "branch_no": line.branch_no, "scale": line.scale, "score": line.score,
        "before": line.before, "graded": line.graded, "level": line.level, "move": card.move.value,
        "multiplier": card.multiplier, "deductions": sum(one.points for one in card.deductions),
        "vetoes": [one.code for one in card.vetoes],
    }  # fmt: skip
