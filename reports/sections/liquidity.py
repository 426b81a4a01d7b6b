"""Section 9, 流动性: how fast holdings could be sold, how much is cash, how long it would last."""

from __future__ import annotations

from diagnosis import wording
from reports.explain import quantity
from reports.model import Block, Cell, Column, Figure, Figures, Section, Table, Tone
from reports.sections.story import DASH, Story

NO_SPENDING = "尚未了解家庭支出，暂不计算"


def tell(story: Story) -> Section:
    blocks: list[Block] = [Figures((cash_figure(story), slowest_figure(story), reserve_figure(story)))]
    if story.diagnosis.holdings:
        blocks.append(days_table(story))
    return Section(9, "liquidity", "流动性", lead(story), tuple(blocks))


def cash_figure(story: Story) -> Figure:
    share = story.diagnosis.cash_share
    if share is None or not story.diagnosis.has_cash:
        return Figure("现金占比", DASH, tone=Tone.MUTED, note="没有资金流水，暂不计算", section=9)
    return Figure(
        "现金占比",
        wording.percent(share),
        share,
        "ratio",
        explain="随时可以取用的钱占账户资产的比例。",
        definition="期末现金÷期末资产",
        section=9,
    )


def slowest_figure(story: Story) -> Figure:
    known = [line for line in story.diagnosis.holdings if line.days_to_sell is not None]
    label = "最慢的一只需要"
    if not known:
        reason = "没有成交量数据，暂不计算" if story.diagnosis.holdings else "期末没有持仓"
        return Figure(label, DASH, tone=Tone.MUTED, note=reason, section=9)
    slowest = max(known, key=lambda line: line.days_to_sell or 0.0)
    return Figure(
        label,
        days_text(slowest.days_to_sell or 0.0),
        slowest.days_to_sell,
        "days",
        note=slowest.name,
        explain="按不影响价格的速度全部卖出，大约需要几个交易日。",
        definition="持有数量÷（20 日平均成交量的五分之一）",
        section=9,
    )


def reserve_figure(story: Story) -> Figure:
    label, explain = "备用金可支撑", "现金与随时可变现的资产够家里花几个月。"
    if story.family is None:
        return Figure(label, DASH, tone=Tone.MUTED, note=NO_SPENDING, section=9, explain=explain)
    found, target = story.family.liquidity, story.family.reserve_target
    if found.reserve_months is None:
        return Figure(label, DASH, tone=Tone.MUTED, note="家庭支出尚未填写，暂不计算", section=9, explain=explain)
    spent, at_hand = wording.yuan(float(found.monthly_spending)), wording.yuan(float(found.cash_like))
    return Figure(
        label, f"{wording.number(found.reserve_months, 1)} 个月", found.reserve_months, "number",
        Tone.WARN if found.reserve_months < target else Tone.PLAIN,
        note=f"手头 {at_hand}，每月开支 {spent}", section=9, explain=explain,
        definition=f"现金、活期与货币基金÷每月生活开支与还款；以 {wording.number(target, 0)} 个月为宜",
    )  # fmt: skip


def days_text(days: float) -> str:
    return "不到 1 天" if days < 1 else f"{wording.number(days, 1)} 天"


def lead(story: Story) -> str:
    d = story.diagnosis
    if not d.holdings:
        return "期末没有持仓，没有需要变现的证券。"
    known = [line.days_to_sell for line in d.holdings if line.days_to_sell is not None]
    if not known:
        return "没有成交量数据，变现天数暂不计算。"
    fast = sum(days < 1 for days in known)
    text = f"{len(d.holdings)} 只持仓中，{fast} 只一天之内可以卖完"
    if len(known) < len(d.holdings):
        text += f"，{len(d.holdings) - len(known)} 只缺少成交量"
    return text + "。"


def days_table(story: Story) -> Table:
    lines = sorted(story.diagnosis.holdings, key=lambda line: (-(line.days_to_sell or -1.0), line.code))
    rows = tuple(
        (
            Cell(line.name),
            Cell(line.code),
            Cell(quantity(line.quantity), line.quantity),
            Cell(DASH) if line.value is None else Cell(story.money(line.value), round(line.value, 2)),
            Cell("缺少成交量", tone=Tone.MUTED)
            if line.days_to_sell is None
            else Cell(days_text(line.days_to_sell), round(line.days_to_sell, 4)),
        )
        for line in lines
    )
    columns = (
        Column("证券"),
        Column("代码"),
        Column("数量", "right"),
        Column("市值", "right"),
        Column("卖完约需", "right"),
    )
    return Table("变现天数", columns, rows, note="按 20 日平均成交量的五分之一卖出估算。", collapsed=True)
