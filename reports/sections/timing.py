"""Section 6, 择时: two regressions and what may be said from them; insignificant means no claim."""

from __future__ import annotations

from diagnosis import wording
from diagnosis.types import TimingFit
from reports.model import Block, Cell, Column, Paragraph, Section, Table, Tone
from reports.sections.story import DASH, Story

NAMES = {"TM": "Treynor-Mazuy", "HM": "Henriksson-Merton"}


def tell(story: Story) -> Section:
    blocks: list[Block] = [
        Paragraph(
            "择时是指在上涨前加仓、下跌前减仓。两个模型从账户与基准的收益里检验它："
            f"择时系数大于零且显著（|t| 达到 {wording.number(story.limit('significant_t'))}），"
            "才谈得上有这种能力。"
        )
    ]
    if story.diagnosis.timing:
        blocks.append(timing_table(story))
    if story.diagnosis.series.position and story.value("position_mean") is not None:
        blocks.append(
            Paragraph(f"区间平均仓位 {story.text('position_mean')}，仓位曲线见第 4 节。", Tone.MUTED)
        )
    return Section(6, "timing", "择时", lead(story), tuple(blocks))


def lead(story: Story) -> str:
    known = [fit for fit in story.diagnosis.timing if not fit.withheld and fit.gamma_t is not None]
    if not known:
        reasons = [fit.withheld for fit in story.diagnosis.timing if fit.withheld]
        reason = reasons[0] if reasons else story.withheld("tm_gamma")
        return f"择时暂不计算：{reason.rstrip('。')}。"
    bar = story.limit("significant_t")
    good = [fit for fit in known if (fit.gamma_t or 0.0) >= bar]
    bad = [fit for fit in known if (fit.gamma_t or 0.0) <= -bar]
    if len(good) == len(known):
        return "统计上看得出择时为正：涨时仓位偏重，跌时仓位偏轻。"
    if len(bad) == len(known):
        return "统计上看得出择时为负：涨时仓位偏轻，跌时仓位偏重。"
    if good or bad:
        return "两个模型的结论不一致，不足以说明有无择时能力。"
    return (
        "两个模型的择时系数都不显著：现有数据看不出择时能力，也不能说没有。"
        if len(known) > 1
        else "择时系数不显著：现有数据看不出择时能力，也不能说没有。"
    )


def timing_table(story: Story) -> Table:
    columns = (
        Column("模型"),
        Column("择时系数 γ", "right"),
        Column("t 值", "right"),
        Column("贝塔", "right"),
        Column("每期阿尔法", "right"),
        Column("期数", "right"),
        Column("结论"),
    )
    rows = tuple(_row(story, fit) for fit in story.diagnosis.timing)
    return Table(
        "择时回归", columns, rows, note="TM：收益对基准超额的平方项；HM：对基准下跌部分的项。γ 大于零为有利。"
    )


def _row(story: Story, fit: TimingFit) -> tuple[Cell, ...]:
    name = Cell(NAMES.get(fit.model, fit.model))
    if fit.withheld or fit.gamma is None or fit.gamma_t is None:
        blank = Cell(DASH, tone=Tone.MUTED)
        return (
            name,
            blank,
            blank,
            blank,
            blank,
            Cell(str(fit.n), fit.n),
            Cell(fit.withheld or "数据不足，暂不计算"),
        )
    return (
        name,
        Cell(wording.number(fit.gamma, 3), fit.gamma),
        Cell(wording.number(fit.gamma_t), fit.gamma_t),
        Cell(DASH) if fit.beta is None else Cell(wording.number(fit.beta), fit.beta),
        Cell(DASH) if fit.alpha is None else Cell(wording.percent(fit.alpha, 3, signed=True), fit.alpha),
        Cell(str(fit.n), fit.n),
        Cell(_conclusion(fit.gamma_t, story.limit("significant_t"))),
    )


def _conclusion(t: float, bar: float) -> str:
    if abs(t) < bar:
        return "不显著，不作结论"
    return "显著为正" if t > 0 else "显著为负"
