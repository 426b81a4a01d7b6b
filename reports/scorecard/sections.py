"""The sections of a score card, each with one sentence that says what it found. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from advisors.periods.types import LevelStep, PeriodRun, Standing
from advisors.types import IndicatorPoints, ScoreCard
from diagnosis.wording import DASH, number, percent
from reports.model import Block, Cell, Chart, Column, Item, Items, Table, Tone
from reports.scorecard.wording import figure_words, known, level_words, points_words, title_of, value_words

RIGHT: Final = "right"
AVERAGE: Final = 50.0
"""Points of the peers' mean."""
Told: TypeAlias = tuple[str, str, str, tuple[Block, ...]]
"""id, title, lead, blocks"""


@dataclass(frozen=True, slots=True)
class CardTold:
    """A card with what stands beside it. level: in words as it stands after appeals; standing None: too few peers."""

    card: ScoreCard
    run: PeriodRun
    level: str
    standing: Standing | None
    history: Sequence[LevelStep] = field(default=())


def level_section(card: ScoreCard) -> Told:
    lost = sum(one.points for one in card.deductions)
    rows = (
        ("原始数字的加权得分", card.raw, "各指标按本人的数字计分，按权重相加"),
        ("调整客户构成以后", card.adjusted, "剔除客户等级、资产、持仓不同带来的差别"),
        ("收缩以后", card.shrunk, "客户少的，向同组平均收缩；等级由它而来"),
        ("减去扣分", card.base, f"{len(card.deductions)} 项，共 {number(lost)} 分"),
        ("乘以合规系数", card.score, "；".join(card.multiplier_why) or f"系数 {number(card.multiplier)}"),
    )  # fmt: skip
    table = Table(
        "得分一步一步怎么来", (Column("步骤"), Column("得分", RIGHT), Column("说明")),
        tuple((Cell(name), Cell(points_words(value), value), Cell(why)) for name, value, why in rows),
    )  # fmt: skip
    blocks: list[Block] = [_steps(card)] if card.score is not None else []
    blocks += [table, _reasons(card)]
    lead = f"得分落在 {level_words(card.band)}；按晋级、降级与否决的规则，定为 {level_words(card.level)}。"
    if card.score is None:
        lead = f"没有得分，等级维持 {level_words(card.level)}。" if card.level else "没有得分，不定级。"
    return "level", "等级怎么来的", lead, tuple(blocks)


def _steps(card: ScoreCard) -> Chart:
    """From the peers' mean to the score."""
    steps: list[dict[str, Any]] = [_total("同组平均", AVERAGE)]
    for part in card.components:
        if part.points is not None:
            steps.append(_part(part.component.label, part.applied * (part.points - AVERAGE)))
    shrunk, base, score = card.shrunk or 0.0, card.base or 0.0, card.score or 0.0
    steps.append(_total("加权得分", shrunk))
    if base != shrunk:
        steps.append(_part("扣分", base - shrunk))
    if score != base:
        steps.append(_part("合规系数", score - base))
    steps.append(_total("得分", score))
    most = max((one for one in steps if not one["total"]), key=lambda one: abs(one["value"]), default=None)
    said = f"影响最大的是{most['label']}：{most['text']} 分。" if most else ""
    alt = "；".join(f"{one['label']} {one['text']}" for one in steps)
    return Chart("card-steps", "waterfall", "从同组平均到得分", "分", said, alt, {"steps": steps, "percent": False})


def _total(label: str, value: float) -> dict[str, Any]:
    return {"label": label, "value": round(value, 4), "text": number(value), "total": True}


def _part(label: str, value: float) -> dict[str, Any]:
    return {"label": label, "value": round(value, 4), "text": number(value, signed=True), "total": False}


def _reasons(card: ScoreCard) -> Items:
    items = [Item(one, card.move.label if at == 0 else "", "") for at, one in enumerate(card.reasons)]
    if card.blocked_until:
        items.append(Item(f"{card.blocked_until} 以前不得晋级", "限制晋级", "", Tone.WARN))
    return Items("定级的理由", tuple(items), empty="没有另外的理由：等级就是得分所在的一级。")


def figures_section(card: ScoreCard, compared: bool) -> Told:
    axes = [
        {"label": part.component.label, "score": None if part.points is None else round(part.points, 1),
         "note": "各指标都没有数据，权重分给其他板块"}
        for part in card.components
    ]  # fmt: skip
    held = [part for part in card.components if part.points is not None]
    low = min(held, key=lambda part: part.points or 0.0) if held else None
    message = (
        f"最弱的板块是{low.component.label}，{points_words(low.points)} 分；50 分为同组平均。"
        if low
        else "各板块都没有数据。"
    )
    alt = "；".join(f"{part.component.label} {points_words(part.points)}" for part in card.components)
    weak = {one.indicator for one in card.training}
    chart = Chart("card-parts", "radar", "各板块得分", "0 至 100 分", message, alt, {"axes": axes})
    tables = [
        Table(
            f"{part.component.label}　{points_words(part.points)} 分，占 {percent(part.applied, 0)}",
            (Column("指标"), Column("数字", RIGHT), Column("调整客户构成后", RIGHT), Column("同组平均", RIGHT),
             Column("可信度", RIGHT), Column("得分", RIGHT), Column("权重", RIGHT)),
            tuple(_figure_row(one, compared, one.value.id in weak) for one in part.indicators),
            note=_notes(part.indicators),
        )
        for part in card.components
    ]  # fmt: skip
    blocks: list[Block] = [chart, *tables]
    meanings = [found for part in card.components for one in part.indicators if (found := known(one.value.id))]
    blocks.append(Table(
        "指标的口径", (Column("指标"), Column("怎么算"), Column("区间"), Column("来源")),
        tuple((Cell(one.title), Cell(one.formula), Cell(one.window), Cell(one.source)) for one in meanings),
        collapsed=True,
    ))  # fmt: skip
    lead = "没有数据的指标不评，也不当作零：它的权重按规则分给其他指标。"
    return "figures", "各板块与指标", lead, tuple(blocks)


def _figure_row(one: IndicatorPoints, compared: bool, weak: bool) -> tuple[Cell, ...]:
    value = one.value
    title = Cell(title_of(value.id))
    if value.value is None:
        return title, Cell("不评", tone=Tone.MUTED), *(Cell(DASH, tone=Tone.MUTED) for _ in range(4)), Cell("0%", 0.0)
    peers = figure_words(value.id, one.peers) if compared else DASH
    return (
        title, Cell(value_words(value), value.value), Cell(figure_words(value.id, one.adjusted), one.adjusted),
        Cell(peers, one.peers if compared else None),
        Cell(DASH if one.credibility is None else percent(one.credibility, 0), one.credibility),
        Cell(points_words(one.points), one.points, Tone.WARN if weak else Tone.PLAIN),
        Cell(percent(one.applied, 1), one.applied),
    )  # fmt: skip


def _notes(indicators: Sequence[IndicatorPoints]) -> str:
    """Why what is withheld is, and the notes on the data."""
    said = [f"{title_of(one.value.id)}不评：{one.value.withheld}" for one in indicators if one.value.value is None]
    said += [f"{title_of(one.value.id)}：{one.why}" for one in indicators if one.value.value is not None and one.why]
    said += [f"{title_of(one.value.id)}：{one.value.note}" for one in indicators if one.value.note]
    return "；".join(one.rstrip("。") for one in said) + "。" if said else ""


def conduct_section(card: ScoreCard) -> Told:
    deductions = Table(
        "扣分", (Column("日期"), Column("事项"), Column("依据的记录"), Column("扣分", RIGHT), Column("来源")),
        tuple(
            (Cell(str(one.day)), Cell(one.title), Cell(f"{one.row.kind.label} {one.row.key}"),
             Cell(number(-one.points), -one.points, Tone.WARN), Cell(one.source))
            for one in card.deductions
        ),
        empty="没有扣分项。",
    )  # fmt: skip
    counted = Table(
        "合规的数字", (Column("事项"), Column("数字", RIGHT), Column("件数", RIGHT), Column("说明")),
        tuple(
            (Cell(title_of(one.id)), Cell(value_words(one) if one.value is not None else "不评", one.value),
             Cell(number(one.rows, 0), one.rows), Cell(one.withheld or one.note))
            for one in card.conduct
        ),
    )  # fmt: skip
    vetoes = Items("一票否决", tuple(
        Item(one.title, str(one.day), f"{one.row.kind.label} {one.row.key}；{one.until} 以前不得晋级", Tone.WARN)
        for one in card.vetoes
    ), empty="没有。")  # fmt: skip
    factor = Items("合规系数", tuple(Item(one, "", "") for one in card.multiplier_why),
                   empty=f"系数 {number(card.multiplier)}：没有减系数的事项。")  # fmt: skip
    lead = "合规不加分：扣分从得分里减，系数乘在得分上；严重违规定为最低一级。错配的销售不会提高任何一项得分。"
    return "conduct", "合规", lead, (deductions, factor, vetoes, counted)


def peers_section(told: CardTold) -> Told:
    card, standing = told.card, told.standing
    group = f"同组：{card.peer_group}，不含本人 {card.peers} 人。"
    if standing is None:
        return "peers", "同组比较", group + "人数过少，比较会显出同事的得分，所以不作。", ()
    parts = [
        part for part in card.components if part.points is not None and part.component.value in standing.components
    ]
    own = [part.points or 0.0 for part in parts]
    theirs = [standing.components[part.component.value] for part in parts]
    labels = [part.component.label for part in parts]
    texts = [[number(one, 1) for one in row] for row in (own, theirs)]
    ahead = [label for label, a, b in zip(labels, own, theirs, strict=True) if a > b]
    chart = Chart(
        "card-peers", "pairs", "各板块：本人与同组平均", "分",
        f"高于同组平均的板块：{'、'.join(ahead)}。" if ahead else "没有板块高于同组平均。",
        "；".join(f"{label} 本人 {a}、同组 {b}" for label, a, b in zip(labels, *texts, strict=True)),
        {"labels": labels, "series": [
            {"name": "本人", "values": [round(one, 4) for one in own], "texts": texts[0]},
            {"name": "同组平均", "values": [round(one, 4) for one in theirs], "texts": texts[1]},
        ]},
    )  # fmt: skip
    names = ("最低", "下四分位", "中位", "上四分位", "最高")
    table = Table(
        "同组得分的分布", tuple(Column(one, RIGHT) for one in (*names, "本人")),
        ((*(Cell(number(one), one) for one in standing.scores), Cell(points_words(card.score), card.score)),),
        note="只列分布，不列姓名；不含本人。",
    )  # fmt: skip
    return "peers", "同组比较", group + f"{percent(standing.better, 0)} 的同事得分低于本人。", (chart, table)


def next_section(card: ScoreCard) -> Told:
    above = card.next_level
    missing = Items(
        f"到 {level_words(above)} 还差" if above else "已是最高一级",
        tuple(Item(one, "", "") for one in card.missing),
        empty="没有欠缺，下一期按规则定级。" if above else "没有更高的等级。",
    )  # fmt: skip
    training = Table(
        "建议的培训", (Column("薄弱指标"), Column("得分", RIGHT), Column("课程")),
        tuple((Cell(one.title), Cell(number(one.points), one.points, Tone.WARN), Cell(one.course))
              for one in card.training),
        empty="没有薄弱的指标。",
    )  # fmt: skip
    return "next", "下一步", "到上一级还差什么，从哪里补起。", (missing, training)


def ground_section(card: ScoreCard) -> Told:
    """What was left out of the figures, by name."""
    rows = [
        (Cell(title_of(one.value.id)), Cell(left.key), Cell(left.what), Cell(left.why),
         Cell(DASH if left.amount is None else figure_words("", left.amount), left.amount))
        for part in card.components for one in part.indicators for left in one.value.left_out
    ]  # fmt: skip
    table = Table(
        "没有计入的",
        (Column("指标"), Column("客户"), Column("什么"), Column("为什么"), Column("金额（元）", RIGHT)),
        tuple(rows), empty="没有剔除任何一行。",
    )  # fmt: skip
    counts = Table(
        "各指标用了多少行",
        (Column("指标"), Column("分子", RIGHT), Column("分母", RIGHT), Column("客户", RIGHT), Column("来源行", RIGHT)),
        tuple(
            (Cell(title_of(one.value.id)), *(_plain(each) for each in (one.value.numerator, one.value.denominator)),
             Cell(number(one.value.clients, 0), one.value.clients), Cell(number(one.value.rows, 0), one.value.rows))
            for part in card.components for one in part.indicators if one.value.value is not None
        ),
    )  # fmt: skip
    return "ground", "依据", "每个数字都能看到做成它的行；剔除的按名列出。", (counts, table)


def _plain(value: float | None) -> Cell:
    return Cell(DASH, tone=Tone.MUTED) if value is None else Cell(number(value), value)


def history_section(told: CardTold) -> Told:
    table = Table(
        "历次等级", (Column("生效日"), Column("等级"), Column("依据"), Column("办理人")),
        tuple(
            (Cell(str(one.valid_from)), Cell(one.level), Cell(f"{one.reason}（{one.period}）"), Cell(one.by))
            for one in told.history
        ),
        empty="还没有发布过等级。",
    )  # fmt: skip
    return "history", "历次等级", "更正另记一行，原来的不删。", (table,)
