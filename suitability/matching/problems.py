"""What the matching desk refuses, with the way out. A refused sale is an answer, not a problem."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class UnknownDecision(NotFound):
    """没有这条适当性决定"""

    title = "Unknown decision"


class UnknownProduct(NotFound):
    """没有这个产品"""

    title = "Unknown product"


class NotAskable(BadInput):
    """请求不完整"""

    title = "Request not acceptable"


class DutyNotOpen(Conflict):
    """这项义务不在本决定之中，或已经履行"""

    title = "Duty not open"


class StillCooling(Conflict):
    """冷静期未满"""

    title = "Cooling-off not over"


class RulesLost(Conflict):
    """规则集不在库中，无法重演"""

    title = "Rule set not on file"


class AlgorithmNotShipped(Conflict):
    """本系统没有作出这条决定的算法版本"""

    title = "Algorithm not shipped"


class EvidenceNeeded(BadInput):
    """这项义务须附材料摘要"""

    title = "Evidence needed"


class OnlyTheClient(Problem):
    """须由客户本人确认，或在柜台书面确认"""

    status = 403
    title = "Only the client confirms"
