"""What is refused about cases, each with its way out. What others changed meanwhile is `ChangedMeanwhile` (412)."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NoSuchCase(NotFound):
    """没有这个错配案件"""

    title = "No such mismatch case"


class ActionNotOpen(Conflict):
    """案件在这个状态下不能这样办理"""

    title = "Action not open in this state"


class SamePerson(Problem):
    """了结须由另一人复核"""

    status = 403
    title = "A second person is needed"


class ReasonMissing(BadInput):
    """缺少理由、说明或证据"""

    title = "Reason or evidence missing"


class StillMismatched(Conflict):
    """最近一次核对时仍不匹配"""

    title = "Still mismatched"


class NotAcceptable(Conflict):
    """这类错配不能以客户确认了结"""

    title = "The client's confirmation cannot end this case"


class BadCursor(BadInput):
    """翻页位置无法识别"""

    title = "Bad cursor"
