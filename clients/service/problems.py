"""What is refused about the load plan, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class StepRefused(BadInput):
    """不能这样接受或撤回调整"""

    title = "Step refused"


class PlanMovedOn(Conflict):
    """调整方案已变，看到的这一项已不在其中"""

    title = "The plan has moved on"


class NoSuchStep(NotFound):
    """没有这项已接受的调整"""

    title = "No such accepted step"
