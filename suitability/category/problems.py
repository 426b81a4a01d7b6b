"""What is refused about investor categories, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchCategoryTest(NotFound):
    """没有这种认定"""

    title = "No such category test"


class NoSuchApplication(NotFound):
    """没有这个申请"""

    title = "No such application"


class NoSuchEvidence(NotFound):
    """没有这份材料"""

    title = "No such evidence"


class EvidenceRefused(BadInput):
    """材料不完整"""

    title = "Evidence refused"


class EvidenceConflict(BadInput):
    """材料的日期自相矛盾"""

    title = "Conflicting evidence"


class ApplicationIncomplete(BadInput):
    """申请不完整"""

    title = "Application incomplete"


class ConditionsNotMet(Conflict):
    """不满足认定条件"""

    title = "Conditions not met"


class AlreadyDecided(Conflict):
    """申请已有决定"""

    title = "Already decided"


class NotConvertible(Conflict):
    """不能这样转化"""

    title = "Not convertible"


class SecondPersonNeeded(Conflict):
    """须由另一人决定"""

    title = "A second person is needed"
