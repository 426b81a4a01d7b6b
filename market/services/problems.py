"""What is refused about services and their prices, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchService(NotFound):
    """没有这个服务，或尚未发布"""

    title = "No such service"


class NoSuchPlan(NotFound):
    """没有这个价格方案"""

    title = "No such price plan"


class DraftMalformed(BadInput):
    """服务文件无法识别"""

    title = "Service file malformed"


class TiersRefused(BadInput):
    """分档有缺口、重叠，或与所称不符"""

    title = "Tiers refused"


class SignalRefused(BadInput):
    """价格信号与所称不符"""

    title = "Price signal refused"


class FalseDiscount(Conflict):
    """虚假折扣：原价在回看期内没有成交"""

    title = "False discount"


class PlanOverlap(Conflict):
    """与已发布的方案时间重叠"""

    title = "Price plans overlap"


class TooLate(Conflict):
    """不能追溯发布"""

    title = "Not published in time"


class NotForSale(Conflict):
    """这一天没有有效的服务或价格"""

    title = "Not for sale on that day"


class PriceAskRefused(BadInput):
    """询价的条件不全或超出方案"""

    title = "Price question refused"
