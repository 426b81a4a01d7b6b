"""Refusals of callback sampling."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchSample(NotFound):
    """没有这份回访样本"""

    title = "No such sample"


class NothingToDraw(Conflict):
    """抽样范围内没有客户"""

    title = "Nothing to draw"


class YearNotBegun(Conflict):
    """还没有到可以抽样的时候"""

    title = "The year has not begun"


class NotInSample(BadInput):
    """客户不在样本内"""

    title = "Client not in sample"


class CallbackIncomplete(BadInput):
    """回访登记不完整"""

    title = "Callback incomplete"
