"""Who hears what of a decision: each reader the own words, and what would have to change on the product's side alone.

Nobody is coached to take an assessment again: changes of the client are told to compliance and audit only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from kit.access import NotAllowed, Role
from kit.labels import Labelled
from suitability.levels import Outcome


class Audience(Labelled):
    """对谁说"""

    CLIENT = "client", "客户"
    ADVISOR = "advisor", "投资顾问"
    REGULATOR = "regulator", "监管"


FIELDS: Final[Mapping[str, str]] = {  # what a change may name, as a reader calls it
    "client.level": "客户等级", "client.confirmed_level": "客户确认的等级", "client.lowest": "最低类别",
    "client.valid_through": "评估有效期至", "client.gates": "客户权限", "client.term": "客户拟投资期限",
    "client.types": "客户拟投资品种", "client.expected_return": "客户收益目标",
    "client.lock_limit_days": "客户资金可锁定天数", "client.reserve_months": "客户流动储备（月）",
    "product.level": "产品等级", "product.term_days": "产品期限（天）", "product.asset_type": "产品品种",
    "product.expected_return_high": "产品收益区间上限", "product.lockup_days": "产品锁定期（天）",
    "request.amount": "金额（元）",
}  # fmt: skip


def audiences_of(role: Role) -> tuple[Audience, ...]:
    """Whose words a role may read, the own first."""
    if role is Role.CLIENT:
        return (Audience.CLIENT,)
    if role in (Role.ADVISOR, Role.SUPERVISOR):
        return (Audience.ADVISOR, Audience.CLIENT)
    return (Audience.REGULATOR, Audience.ADVISOR, Audience.CLIENT)


def audience_for(role: Role, asked: Audience | None) -> Audience:
    """The words to use: the own ones where none are asked. Raises NotAllowed."""
    known = audiences_of(role)
    if asked is None:
        return known[0]
    if asked not in known:
        told = "、".join(one.label for one in known)
        raise NotAllowed(f"角色“{role.label}”看不到对{asked.label}的解释；可看：{told}")
    return asked


def sees_both_sides(role: Role) -> bool:
    """Whether a role sees what would have to change of the client."""
    return role in (Role.COMPLIANCE, Role.AUDITOR)


def changes_for_role(changes: Sequence[Mapping[str, Any]], role: Role) -> list[Mapping[str, Any]]:
    """Of the stored changes those that a role may see."""
    return [one for one in changes if one["side"] == "product" or sees_both_sides(role)]


def says_for_role(says: Mapping[str, str], role: Role) -> dict[str, str]:
    """Of the stored sentences those that a role may read."""
    known = {one.value for one in audiences_of(role)}
    return {name: text for name, text in says.items() if name in known}


def is_said(rule_outcome: Outcome, decided: Outcome, audience: Audience) -> bool:
    """Whether a rule that is hit is told. The regulator hears all; in a refusal client and
    advisor do not hear of what would be told before buying."""
    idle = decided is Outcome.REFUSE and rule_outcome is Outcome.ALLOW
    return audience is Audience.REGULATOR or not idle


def change_sentence(change: Mapping[str, Any]) -> str:
    """A change in one line: `产品等级 → R2、产品锁定期（天） → 30`."""
    return "、".join(f"{FIELDS.get(one['field'], one['field'])} → {one['value']}" for one in change["fields"])
