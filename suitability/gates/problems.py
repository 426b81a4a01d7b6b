"""What is refused about permissions, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class GateNotInForce(Conflict):
    """当日没有这项准入"""

    title = "No such gate on the day"


class UnknownVariant(BadInput):
    """没有这个级别或类别"""

    title = "No such grade or ticket"


class EvidenceConflict(BadInput):
    """证据的日期互相矛盾"""

    title = "Evidence contradicts itself"


class NoSuchRecord(NotFound):
    """没有这条权限记录"""

    title = "No such record"


class GateNotOpen(Conflict):
    """权限当日没有开通"""

    title = "The permission is not open"


class GateAlreadyOpen(Conflict):
    """权限已经开通"""

    title = "The permission is open already"


class GateOutOfOrder(Conflict):
    """生效日早于已有记录"""

    title = "An earlier day than the record on file"


class ReasonNeeded(BadInput):
    """须写明理由"""

    title = "A reason is needed"
