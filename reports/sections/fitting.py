"""Why a holding does not fit and what may be done about it, in plain words; the rules stand behind, on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diagnosis import wording
from reports.model import Block, Cell, Column, Item, Items, Table, Tone
from suitability.cases.types import Dimension
from suitability.facts import ClientFacts, ProductFacts
from suitability.held import HeldFit, HeldLine, Hit

MISSING_RATING = "未评级"
LISTED = 3

Held = Sequence[tuple[HeldLine, float | None]]
"""Holdings that are to be told of, each with its share of the account's assets."""
"""The mark of the firm's own rules in rule data: to a client it says no more than the Chinese before it."""

WHY: Mapping[str, str] = {
    "SUIT-001": "需要{gates}权限，没有开通记录",
    "SUIT-102": "产品 {product_level}，客户属最低类别，只适合 R1",
    "SUIT-103": "产品 {product_level}，高于客户的 {client_level}",
    "SUIT-111": "期限 {term_days} 天，长于客户打算的投资期限（{term}）",
    "SUIT-112": "属{asset_type}，超出客户选择的品种（至{types}）",
    "SUIT-113": "业绩比较区间上限 {return_high}，低于客户的目标 {wanted}",
    "SUIT-114": "锁定 {lockup_days} 天，长于资金可以锁定的 {lock_limit} 天",
    "SUIT-115": "锁定 {lockup_days} 天，而备用金只够 {reserve} 个月",
    "SUIT-130": "单只过于集中：{product_level} 单只不宜超过全部资产的 {limit}",
}
"""What each watched rule says of a holding. That there is no valid assessment is said once for all holdings."""


def reasons(fit: HeldFit, line: HeldLine) -> tuple[str, ...]:
    """Each thing that does not fit; empty for a holding that does, and for one that is not on file."""
    product = line.product
    if product is None:
        return ()
    return tuple(
        WHY[hit.rule].format_map(filling(fit.client, product, line, hit)) for hit in line.hits if hit.rule in WHY
    )


def filling(client: ClientFacts, product: ProductFacts, line: HeldLine, hit: Hit) -> dict[str, str]:
    """Every word that a reason may be filled with."""
    shares: Any = hit.terms.get("share", {})
    limit = shares.get(product.level.value) if product.level else None
    return {
        "gates": "、".join(gate.label for gate in line.gates_lacking),
        "product_level": _code(product),
        "client_level": client.level.value if client.level else "等级",
        "term_days": str(product.term_days or 0),
        "term": client.term.label if client.term else "未填写",
        "asset_type": product.asset_type.label,
        "types": client.types.label if client.types else "未填写",
        "return_high": wording.percent(product.expected_return_high or 0.0),
        "wanted": wording.percent(client.expected_return or 0.0),
        "lockup_days": str(product.lockup_days),
        "lock_limit": str(client.lock_limit_days or 0),
        "reserve": wording.number(client.reserve_months or 0.0, 1),
        "limit": wording.percent(float(limit or 0.0), 0),
    }


def _code(product: ProductFacts) -> str:
    return product.level.value if product.level else MISSING_RATING


def steps(fit: HeldFit, held: Held) -> Items:
    """What may be done; nobody is told how to answer a questionnaire."""
    client = fit.client
    found: list[Item] = []
    if client.level is None and not client.category.professional:
        text = "请客户本人如实填写并确认风险测评。在此之前不推介产品，也不受理买入；卖出不受影响。"
        found.append(Item("先完成风险测评", "没有有效结果", text, Tone.WARN))
        return Items("可以怎么做", tuple(found), ordered=True)
    through = client.valid_through
    if through is not None and through < fit.day and not client.category.professional:
        text = "情况会变，请客户本人按现在的情况重新测评。在此之前不推介产品，也不受理买入；卖出不受影响。"
        found.append(Item("风险测评已过有效期", f"{through} 到期", text, Tone.WARN))
    for dimensions, title, text in WAYS:
        lines = [line for line, _ in held if _touches(line, dimensions)]
        if lines:
            found.append(Item(title, f"{len(lines)} 只", f"{_names(lines)}：{text}", Tone.WARN))
    return Items("可以怎么做", tuple(found), "没有需要处理的事项。", ordered=True)


WAYS: tuple[tuple[tuple[Dimension, ...], str, str], ...] = (
    (
        (Dimension.LOWEST, Dimension.LEVEL), "谈一谈高于客户等级的持仓",
        "说明风险高在哪里，确认客户是否知道并愿意承担。愿意的，由客户确认并留痕；不愿意的，分步减持。减持不受限制。",
    ),
    ((Dimension.ACCESS,), "核对交易权限", "没有开通记录的，先核对权限登记；确未开通的，只能卖出，不能再买入。"),
    ((Dimension.CONCENTRATION,), "降低单只占比", "新增资金先投向别处，或分步减持，把单只占比降到上限以内。"),
    (
        (Dimension.TERM, Dimension.TYPE, Dimension.GOAL, Dimension.LIQUIDITY), "核对期限、品种与用钱的时间",
        "与客户当面核对打算投多久、接受哪些品种、什么时候用钱；情况没变的，不再加仓，到期的不续。",
    ),
)  # fmt: skip
"""Dimensions of a mismatch, and what may be done about them."""


def _touches(line: HeldLine, dimensions: tuple[Dimension, ...]) -> bool:
    return any(hit.dimension in dimensions for hit in line.hits)


def _names(lines: Sequence[HeldLine]) -> str:
    named = "、".join(line.name for line in lines[:LISTED])
    return named if len(lines) <= LISTED else f"{named}等 {len(lines)} 只"


def asked_rules(fit: HeldFit) -> list[Block]:
    """The rules that were hit, each with its source and the holdings; empty where none was."""
    by_rule: dict[str, tuple[Hit, list[str]]] = {}
    for line in fit.lines:
        for hit in line.hits:
            by_rule.setdefault(hit.rule, (hit, []))[1].append(line.name)
    if not by_rule:
        return []
    rows = tuple(_rule_row(hit, names) for _, (hit, names) in sorted(by_rule.items()))
    columns = (Column("规则"), Column("说的是什么"), Column("出处"), Column("涉及持仓", "right"))
    unread = any(not hit.confirmed for hit, _ in by_rule.values())
    note = "标有“待核对”的条款尚未与原文核对，以正式文本为准。" if unread else ""
    return [Table("对照所依据的规则", columns, rows, note=note, collapsed=True)]


def _rule_row(hit: Hit, names: list[str]) -> tuple[Cell, ...]:
    source = hit.source if hit.confirmed else f"{hit.source}（待核对）"
    return Cell(hit.rule), Cell(hit.title), Cell(source), Cell(f"{len(names)} 只", len(names))
