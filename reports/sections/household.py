"""Section 13, 家庭资产负债, where a household is on file: both sides of the sheet, goals, what return they need."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clients.household.balance import Line, Part
from clients.household.plan import GoalFunding, Solved
from clients.household.sensitivity import Case
from clients.household.types import GoalCategory, ItemKind
from diagnosis import wording
from reports.family import Family
from reports.model import Block, Callout, Cell, Chart, Column, Figure, Figures, Paragraph, Section, Table, Tone
from reports.sections.story import DASH, Story

NUMBER, ID, TITLE = 13, "household", "家庭资产负债"
GROUPS = {
    "implicit_asset.human_capital": "今后的劳动收入",
    "implicit_asset.pension": "今后的养老金",
    "implicit_liability.retirement": "退休生活",
    "implicit_liability.education": "教育",
    "implicit_liability.care": "赡养与护理",
    "implicit_liability.housing": "购房",
    "implicit_liability.other": "其他目标",
}
"""Implicit lines in words that need no textbook; the trade's words stand in the table."""
FIRM = ("explicit_asset.account_cash", "explicit_asset.account_securities")
HOMES = ("explicit_asset.home", "explicit_asset.property")
SIDES = {
    Part.EXPLICIT_ASSET: "assets", Part.IMPLICIT_ASSET: "assets",
    Part.EXPLICIT_DEBT: "claims", Part.IMPLICIT_LIABILITY: "claims",
}  # fmt: skip
EXPLAINED = (
    "把今后的收入、养老金和各项目标都折成今天的钱，和存款、房子、贷款放在一起看。"
    "折算用的增长率、折现率和寿命是假设，不是预测；假设变了，结果也会变。"
)


def tell(family: Family) -> Section:
    blocks: list[Block] = [Figures(_figures(family)), balance_chart(family), _sheet_table(family)]
    if family.plan.goals:
        blocks += [goal_chart(family), _goal_table(family)]
    blocks.append(required(family))
    blocks.append(_cases_table(family))
    blocks.append(Paragraph(EXPLAINED, Tone.MUTED))
    blocks += [Paragraph(text, Tone.MUTED) for text in _limits(family)]
    return Section(NUMBER, ID, TITLE, lead(family), tuple(blocks))


def of_story(story: Story) -> tuple[Section, ...]:
    return () if story.family is None else (tell(story.family),)


def money(amount: Decimal | float) -> str:
    return wording.yuan(float(amount))


def lead(family: Family) -> str:
    sheet, plan = family.sheet, family.plan
    text = f"眼前的家底（显性净资产）{money(sheet.net_worth)}"
    if not plan.goals:
        return f"{text}；还没有填写家庭目标，看不出够不够用。"
    ratio = plan.ratio or 0.0
    return f"{text}；为 {len(plan.goals)} 项目标准备的资源，今天够得上 {wording.percent(min(ratio, 1.0), 0)}。"


def living_word(family: Family) -> str:
    """Living expenses run until retirement where that is planned for, else as long as anybody lives."""
    goals = family.household.of_kind(ItemKind.GOAL)
    planned = any(one.category is GoalCategory.RETIREMENT and one.amount for one in goals)
    return "退休前的生活费" if planned else "今后的生活费"


def _figures(family: Family) -> tuple[Figure, ...]:
    sheet, plan = family.sheet, family.plan
    worth, economic = float(sheet.net_worth), float(sheet.net_economic_worth)
    return (
        Figure(
            "显性净资产", money(worth), worth, "money", Tone.WARN if worth < 0 else Tone.PLAIN,
            note="存款、证券、房产等减去贷款", section=NUMBER, explain="现在就看得见的家底。",
        ),
        Figure(
            "净经济价值", money(economic), economic, "money", Tone.WARN if economic < 0 else Tone.PLAIN,
            note=f"其中{living_word(family)}要用去 {money(sheet.living)}", section=NUMBER,
            explain="再算上今后的收入、养老金与各项目标，还余下多少。",
            definition="显性与隐含资产之和，减去显性负债与隐含负债；日常生活费另列",
        ),
        Figure(
            "目标准备率", DASH if plan.ratio is None else wording.percent(plan.ratio, 0), plan.ratio, "ratio",
            Tone.MUTED if plan.ratio is None else Tone.WARN if plan.ratio < 1 else Tone.PLAIN,
            note="没有填写目标" if plan.ratio is None else f"资源 {money(plan.resources)}，目标 {money(plan.cost)}",
            section=NUMBER, explain="能用来实现目标的资源，够得上目标的几成。",
            definition="（可用资产−负债＋今后收入与养老金的现值−生活支出的现值）÷目标的现值",
        ),
        _required_figure(family),
    )  # fmt: skip


def _required_figure(family: Family) -> Figure:
    needed = family.plan.required
    if needed.value is None:
        return Figure("目标需要的收益", DASH, tone=Tone.MUTED, note=needed.solved.label, section=NUMBER)
    if needed.value == 0:
        return Figure("目标需要的收益", "不依靠收益", 0.0, "ratio", note="现有资产与储蓄已够", section=NUMBER)
    too_much = family.carried is not None and needed.value > family.carried[1]
    return Figure(
        "目标需要的收益", f"每年 {wording.percent(needed.value)}", needed.value, "ratio",
        Tone.WARN if too_much else Tone.PLAIN, note=_carried(family), section=NUMBER,
        explain="所有目标都按时实现，可用资产每年至少要有的收益；是算出来的需要，不是承诺。",
        definition="使各期收支都不落到零以下的最低年收益率，名义值",
    )  # fmt: skip


def _carried(family: Family) -> str:
    if family.carried is None or family.level is None:
        return "没有风险承受能力等级，无从对照"
    low, high = family.carried
    return f"{family.level.value} 可以承载 {wording.percent(low, 1)} 至 {wording.percent(high, 1)}"


def required(family: Family) -> Callout:
    """What the goals ask for beside what the client's level can carry; a gap is said plainly."""
    needed, title = family.plan.required, "目标需要的收益与可以承受的风险"
    if needed.solved in (Solved.NO_GOAL, Solved.INCOMPLETE):
        return Callout(title, needed.solved.label, f"{needed.reason}。", Tone.PLAIN)
    if needed.value is None:
        return Callout(title, needed.solved.label, f"{needed.reason}。", Tone.WARN)
    if needed.value == 0:
        return Callout(title, "不依靠收益", f"{needed.reason}，不需要为了目标去冒更大的风险。", Tone.PLAIN)
    text = f"全部目标按时实现，可用资产每年需要 {wording.percent(needed.value)}；"
    if family.carried is None or family.level is None:
        return Callout(title, "没有等级", f"{text}没有风险承受能力等级，暂不能说是否合适。", Tone.PLAIN)
    high, level = family.carried[1], f"{family.level.value}（{family.level.label}）"
    if needed.value > high:
        text += (
            f"{level}可以承载的长期收益到 {wording.percent(high, 1)} 为止，两者相差 "
            f"{wording.points(needed.value - high, signed=False)}。"
            "须调整目标的金额、时间，或增加储蓄；不能靠提高风险等级来补。"
        )
        return Callout(title, "超出可以承受的范围", text, Tone.WARN)
    text += f"在 {level}可以承载的范围内。收益没有保证，每年核对一次。"
    return Callout(title, "在可以承受的范围内", text, Tone.PLAIN)


# the chart of both sides


def balance_chart(family: Family) -> Chart:
    sheet = family.sheet
    sides = {"assets": _grouped(family, "assets"), "claims": _grouped(family, "claims")}
    rest = float(sheet.net_economic_worth - sheet.living)
    if sheet.living:
        sides["claims"].append(_part(living_word(family), float(sheet.living), "living"))
    if rest > 0:
        sides["claims"].append(_part("余下的", rest, "net"))
    elif rest < 0:
        sides["assets"].append(_part("缺口", -rest, "gap"))
    told = "；".join(
        f"{title}：" + "，".join(f"{one['label']} {one['text']}" for one in sides[side])
        for side, title in (("assets", "拥有的"), ("claims", "要付的"))
    )
    data = {
        "sides": [
            {"title": "拥有的", "text": money(_total(sides["assets"])), "parts": sides["assets"]},
            {"title": "要付的", "text": money(_total(sides["claims"])), "parts": sides["claims"]},
        ]
    }
    message = f"今后的收入与养老金折到今天约 {money(sheet.total(Part.IMPLICIT_ASSET))}，"
    message += f"各项目标约 {money(sheet.total(Part.IMPLICIT_LIABILITY))}"
    return Chart(
        "household-balance", "balance", "家庭资产负债的两边", f"{sheet.day}，折成今天的钱", message, f"{told}。", data,
        _chart_table(sides),
    )  # fmt: skip


def _total(parts: list[dict[str, Any]]) -> float:
    return sum(float(one["value"]) for one in parts)


def _part(label: str, value: float, role: str) -> dict[str, Any]:
    return {"label": label, "value": value, "text": money(value), "role": role}


def _grouped(family: Family, side: str) -> list[dict[str, Any]]:
    """Parts of one side in the order of the sheet, those at hand first."""
    found: dict[tuple[str, str], float] = {}
    for part in Part:
        if SIDES[part] != side:
            continue
        role = {"EXPLICIT_ASSET": "own", "IMPLICIT_ASSET": "later", "EXPLICIT_DEBT": "debt"}.get(part.value, "goal")
        for line in sorted(family.sheet.lines, key=lambda one: (_order(one), one.id)):
            if line.part is part:
                key = (_group(line), role)
                found[key] = found.get(key, 0.0) + float(line.amount)
    return [_part(label, value, role) for (label, role), value in found.items() if value > 0]


def _order(line: Line) -> int:
    return 0 if line.id in FIRM else 2 if line.id in HOMES else 1


def _group(line: Line) -> str:
    if line.part is Part.EXPLICIT_DEBT:
        return "贷款与其他负债"
    if line.part is not Part.EXPLICIT_ASSET:
        return GROUPS.get(line.id, line.label)
    if line.id in FIRM:
        return "在本公司的账户"
    return "房产" if line.id in HOMES else "其他存款与投资"


def _chart_table(sides: dict[str, list[dict[str, Any]]]) -> Table:
    rows = tuple(
        (Cell(title), Cell(one["label"]), Cell(one["text"], float(one["value"])))
        for side, title in (("assets", "拥有的"), ("claims", "要付的"))
        for one in sides[side]
    )
    columns = (Column("哪一边"), Column("项目"), Column("今天值", "right"))
    return Table("家庭资产负债的两边", columns, rows, collapsed=True)


def _sheet_table(family: Family) -> Table:
    """Every line with who said so and as of when."""
    columns = (Column("栏"), Column("项目"), Column("今天值", "right"), Column("依据"), Column("截至"))
    rows = [
        (Cell(one.part.label), Cell(one.label), Cell(money(one.amount), float(one.amount)), Cell(one.source),
         Cell(one.as_of.isoformat()))
        for part in Part for one in family.sheet.lines if one.part is part
    ]  # fmt: skip
    note = f"按每年 {wording.percent(family.discount, 1)} 折现。"
    note += f"{living_word(family)}约 {money(family.sheet.living)}，另列，不在表内。"
    return Table("逐项列出", columns, tuple(rows), note=note, collapsed=True, empty="还没有任何项目。")


# goals


def goal_chart(family: Family) -> Chart:
    goals = family.plan.goals
    items: list[dict[str, Any]] = [
        {"label": goal.label, "value": goal.ratio, "text": wording.percent(goal.ratio, 0),
         "tone": Tone.PLAIN if goal.ratio >= 1 else Tone.WARN}
        for goal in goals
    ]  # fmt: skip
    short = [goal for goal in goals if goal.ratio < 1]
    message = f"{'、'.join(goal.label for goal in short)}还差一部分" if short else "各项目标按现在的资源都够得上"
    rows = tuple((Cell(item["label"]), Cell(item["text"], item["value"])) for item in items)
    return Chart(
        "household-goals", "bars", "各项目标准备了多少", "按先后依次分配，%；竖线为 100%", message,
        "各项目标准备率：" + "，".join(f"{item['label']} {item['text']}" for item in items) + "。",
        {"items": items, "horizontal": True, "unit": "%", "whole": 1.0},
        Table("各项目标准备率", (Column("目标"), Column("准备率", "right")), rows, collapsed=True),
    )  # fmt: skip


def _goal_table(family: Family) -> Table:
    columns = (
        Column("目标"), Column("先后", "right"), Column("开始"), Column("折成今天的钱", "right"),
        Column("已有着落", "right"), Column("还差", "right"),
    )  # fmt: skip
    return Table("目标逐项", columns, tuple(_goal_row(goal) for goal in family.plan.goals), collapsed=True,
                 note="资源按先后依次分配：排在前面的目标先满足。")  # fmt: skip


def _goal_row(goal: GoalFunding) -> tuple[Cell, ...]:
    left = goal.worth - goal.funded
    return (
        Cell(goal.label), Cell(str(goal.priority), goal.priority), Cell(goal.first_on.isoformat()),
        Cell(money(goal.worth), float(goal.worth)), Cell(money(goal.funded), float(goal.funded)),
        Cell(money(left), float(left), Tone.WARN if left else Tone.PLAIN),
    )  # fmt: skip


def _cases_table(family: Family) -> Table:
    columns = (
        Column("假设"), Column("准备率", "right"), Column("需要的年收益", "right"), Column("净经济价值", "right"),
        Column("目标合计", "right"), Column("今后的劳动收入", "right"),
    )  # fmt: skip
    return Table("假设变了会怎样", columns, tuple(_case_row(one) for one in family.cases),
                 note="每次只改一个假设。准备率为零表示资源已不足以支付生活开支与负债。")  # fmt: skip


def _case_row(one: Case) -> tuple[Cell, ...]:
    economic = float(one.net_economic_worth)
    return (
        Cell(one.label), Cell(DASH if one.ratio is None else wording.percent(one.ratio, 0), one.ratio),
        Cell(_needed(one.required), one.required),
        Cell(money(economic), economic, Tone.WARN if economic < 0 else Tone.PLAIN),
        Cell(money(one.goals), float(one.goals)), Cell(money(one.human_capital), float(one.human_capital)),
    )  # fmt: skip


def _needed(required: float | None) -> str:
    if required is None:
        return DASH
    return "不依靠收益" if required == 0 else wording.percent(required)


def _limits(family: Family) -> list[str]:
    told = []
    if family.sheet.missing:
        told.append(f"没有计入：{'；'.join(text.rstrip('。') for text in family.sheet.missing)}。")
    if family.from_memory:
        told.append(f"以下假设尚未与原文核对：{'、'.join(family.from_memory)}。")
    oldest = family.sheet.oldest
    if oldest != family.sheet.day:
        told.append(f"最早的一项资料截至 {oldest}。")
    return told
