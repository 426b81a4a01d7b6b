"""违规成因: how a mismatch comes about, for an order at hand and for what is held already."""

from __future__ import annotations

from kit.labels import Labelled
from suitability.levels import OrderSide, Outcome
from suitability.matching.cases import Facts


class Origin(Labelled):
    """不匹配的成因"""

    NONE = "NONE", "没有不匹配"
    CREATED = "CREATED", "本次买入造成"
    INCREASED = "INCREASED", "本次买入加重"
    UNCHANGED = "UNCHANGED", "没有变化"
    REDUCED = "REDUCED", "本次卖出减轻"
    MARKET_DRIFT = "MARKET_DRIFT", "市值变动造成"
    CLIENT_DOWNGRADED = "CLIENT_DOWNGRADED", "客户等级下调"
    PRODUCT_RERATED = "PRODUCT_RERATED", "产品等级上调"
    ASSESSMENT_EXPIRED = "ASSESSMENT_EXPIRED", "评估过期"


def origin_of(facts: Facts, if_bought: Outcome) -> Origin:
    """The origin for an order: `if_bought` is what the same request as a purchase would be answered."""
    held = facts.holding.held_value > 0
    if facts.request.side is OrderSide.SELL:
        return Origin.REDUCED if held and if_bought is not Outcome.ALLOW else Origin.NONE
    if if_bought is Outcome.ALLOW:
        return Origin.NONE
    if facts.request.amount is not None and facts.request.amount == 0:
        return Origin.UNCHANGED
    return Origin.INCREASED if held else Origin.CREATED
