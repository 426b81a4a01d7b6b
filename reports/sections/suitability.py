"""Section 10, 持仓与风险承受能力: the client's level, each holding's rating beside it, what does not fit and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diagnosis import wording
from diagnosis.types import HoldingLine
from reports.model import Block, Cell, Chart, Column, Figure, Figures, Paragraph, Section, Table, Tone
from reports.sections.fitting import MISSING_RATING, asked_rules, reasons, steps
from reports.sections.story import DASH, Story
from suitability.facts import ClientFacts
from suitability.held import HeldFit, HeldLine
from suitability.levels import ClientLevel, ProductLevel

NUMBER, ID, TITLE = 10, "suitability", "持仓与风险承受能力"
NOT_READ = "没有读取适当性资料，本节不作对照。"
NO_LEVEL = "没有客户本人确认过的风险测评结果，不能判断持仓是否适合；以下只列出风险等级。"
BASIS = "按持有市值对照客户的等级、权限与集中度要求，与每次买入前的检查用同一套规则；本节不替代买入前的检查。"


@dataclass(frozen=True, slots=True)
class Placed:
    """One holding beside its answer. weight: of the account's assets, None without a price."""

    line: HeldLine
    weight: float | None
    why: tuple[str, ...]  # empty: fits

    @property
    def level(self) -> ProductLevel | None:
        return None if self.line.product is None else self.line.product.level


def tell(story: Story) -> Section:
    fit = story.fit
    if fit is None:
        return Section(NUMBER, ID, TITLE, NOT_READ, ())
    rows = placed(story, fit)
    blocks: list[Block] = [Figures(_figures(fit, rows))]
    if fit.level_reason:
        blocks.append(Paragraph(_lowered(fit), Tone.WARN))
    if rows:
        blocks += [_levels(story, fit, rows), _table(fit, rows)]
    blocks.append(steps(fit, [(one.line, one.weight) for one in rows]))
    blocks += asked_rules(fit)
    return Section(NUMBER, ID, TITLE, lead(fit, rows), tuple(blocks))


def share_of(story: Story, held: HoldingLine) -> float | None:
    """Of the account's assets; where its cash is not known, of its securities. None without a price."""
    whole = float(story.diagnosis.closing_value)
    if not story.diagnosis.has_cash or whole <= 0:
        return held.weight
    return None if held.value is None else held.value / whole


def placed(story: Story, fit: HeldFit) -> list[Placed]:
    """Holdings that do not fit first, then by share; the answers come in the order of the holdings."""
    rows = [
        Placed(line, share_of(story, held), reasons(fit, line))
        for held, line in zip(story.diagnosis.holdings, fit.lines, strict=True)
    ]
    return sorted(rows, key=lambda one: (not one.why, -(one.weight or 0.0), one.line.code))


def assessed(client: ClientFacts) -> bool:
    """Whether holdings can be compared with anything: a level, or a professional who needs none."""
    return client.category.professional or client.level is not None


def expired(fit: HeldFit) -> bool:
    through = fit.client.valid_through
    return not fit.client.category.professional and through is not None and through < fit.day


def lead(fit: HeldFit, rows: Sequence[Placed]) -> str:
    client = fit.client
    if not assessed(client):
        return NO_LEVEL if rows else "没有客户本人确认过的风险测评结果；期末没有持仓。"
    who = client.category.label if client.category.professional else f"客户为 {named(client.level)}"
    if not rows:
        return f"{who}，期末没有持仓。"
    wrong = [one for one in rows if one.why]
    late = "，但测评已过有效期" if expired(fit) else ""
    if not wrong:
        return f"{who}{late}，{len(rows)} 只持仓都相符。"
    return f"{who}{late}，{len(rows)} 只持仓中 {len(wrong)} 只不相符，占账户资产 {_sum(wrong)}。"


def named(level: ClientLevel | ProductLevel | None) -> str:
    return DASH if level is None else f"{level.value}（{level.label}）"


def _sum(rows: Sequence[Placed]) -> str:
    known = [one.weight for one in rows if one.weight is not None]
    return wording.percent(sum(known)) if known else "未知（缺少行情）"


def _figures(fit: HeldFit, rows: Sequence[Placed]) -> tuple[Figure, ...]:
    wrong = [one for one in rows if one.why]
    found = [_level_figure(fit), _category_figure(fit)]
    if rows and assessed(fit.client):
        share = sum(one.weight or 0.0 for one in wrong)
        found.append(Figure(
            "不相符的持仓", wording.percent(share), share, "ratio", Tone.WARN if wrong else Tone.PLAIN,
            note=f"{len(wrong)} 只，占账户资产" if wrong else "没有", section=NUMBER,
            explain="等级、权限或集中度与客户情况不符的持仓，占账户资产的比例。",
        ))  # fmt: skip
    if rows:
        known = [one.level for one in rows if one.level is not None]
        top = max(known, key=lambda level: level.rank, default=None)
        unrated = sum(one.level is None for one in rows)
        found.append(Figure(
            "最高的持仓等级", DASH if top is None else f"{top.value} {top.label}", None if top is None else top.rank,
            "count", note=f"{unrated} 只未评级" if unrated else "R1 最低，R5 最高", section=NUMBER,
            tone=Tone.MUTED if top is None else Tone.PLAIN,
        ))  # fmt: skip
    return tuple(found)


def _level_figure(fit: HeldFit) -> Figure:
    client = fit.client
    label = "风险承受能力"
    if client.level is None:
        note = "没有客户本人确认过的测评结果"
        return Figure(label, DASH, tone=Tone.MUTED, note=note, section=NUMBER)
    days = f"{client.valid_through} 已到期" if expired(fit) else f"有效至 {client.valid_through}"
    return Figure(
        label, f"{client.level.value} {client.level.label}{'（最低类别）' if client.lowest else ''}", client.level.rank,
        "count", Tone.WARN if expired(fit) else Tone.PLAIN, note=days, section=NUMBER,
        explain=f"客户 {client.assessed_on} 填写测评问卷得出，本人已确认；C1 最低，C5 最高。",
        definition=f"问卷 {client.questionnaire}",
    )  # fmt: skip


def _category_figure(fit: HeldFit) -> Figure:
    client = fit.client
    through = client.category_valid_through
    return Figure(
        "投资者类别", client.category.label, list(type(client.category)).index(client.category), "count",
        note=f"有效至 {through}" if through else "", section=NUMBER,
    )  # fmt: skip


def _lowered(fit: HeldFit) -> str:
    client = fit.client
    return f"客户确认的等级是 {named(client.confirmed_level)}，按 {named(client.level)} 使用：{fit.level_reason}。"


def _levels(story: Story, fit: HeldFit, rows: Sequence[Placed]) -> Chart:
    """How much of the assets stands at each rating; those above the client's level are marked."""
    limit = None if fit.client.category.professional else fit.client.level
    items = []
    for level in ProductLevel:
        share = sum(one.weight or 0.0 for one in rows if one.level is level)
        above = limit is not None and level.rank > limit.rank and share > 0
        items.append(_bar(f"{level.value} {level.label}", share, Tone.WARN if above else Tone.PLAIN))
    unrated = [one for one in rows if one.level is None]
    if unrated:
        items.append(_bar(MISSING_RATING, sum(one.weight or 0.0 for one in unrated), Tone.MUTED))
    if story.diagnosis.cash_share and story.diagnosis.has_cash:
        items.append(_bar("现金", story.diagnosis.cash_share, Tone.MUTED))
    told = "，".join(f"{item['label']} {item['text']}" for item in items if item["value"])
    columns = (Column("等级"), Column("占账户资产", "right"))
    cells = tuple((Cell(item["label"]), Cell(item["text"], item["value"])) for item in items)
    table = Table("各等级占比", columns, cells, collapsed=True)
    return Chart(
        "fit-levels", "bars", "各风险等级占账户资产", f"{story.diagnosis.last}，%", _levels_message(limit, rows),
        f"各风险等级占账户资产：{told}。", {"items": items, "horizontal": True, "unit": "%"}, table,
    )  # fmt: skip


def _levels_message(limit: ClientLevel | None, rows: Sequence[Placed]) -> str:
    if limit is None:
        known = [one for one in rows if one.level is not None]
        return f"{len(known)} 只有风险等级，{len(rows) - len(known)} 只未评级"
    above = [one for one in rows if one.level is not None and one.level.rank > limit.rank]
    if not above:
        return f"没有高于 {limit.value} 对应等级（R{limit.rank}）的持仓"
    return f"高于 R{limit.rank} 的共 {len(above)} 只，占 {_sum(above)}"


def _bar(label: str, share: float, tone: Tone) -> dict[str, Any]:
    return {"label": label, "value": share, "text": wording.percent(share), "tone": tone}


def _table(fit: HeldFit, rows: Sequence[Placed]) -> Table:
    comparing = assessed(fit.client)
    columns = [Column("证券"), Column("风险等级"), Column("占账户资产", "right")]
    if comparing:
        columns.append(Column("是否相符"))
    note = BASIS if comparing else "等级由公司评定，证券按板块与品种取名录等级。"
    return Table("持仓的风险等级", tuple(columns), tuple(_row(one, comparing) for one in rows), note=note)


def _row(one: Placed, comparing: bool) -> tuple[Cell, ...]:
    level = one.level
    share = Cell(DASH, None, Tone.MUTED) if one.weight is None else Cell(wording.percent(one.weight), one.weight)
    rated = Cell(MISSING_RATING, None, Tone.MUTED)
    if level is not None:
        rated = Cell(level.value, level.value)
    told = (Cell(one.line.name, one.line.code), rated, share)
    if not comparing:
        return told
    if one.why:
        return (*told, Cell(f"不相符：{'；'.join(one.why)}", None, Tone.WARN))
    return (*told, Cell("没有评级，无法对照", None, Tone.MUTED) if level is None else Cell("相符"))
