"""What is refused about complaints, each with its way out. What others changed meanwhile is `ChangedMeanwhile`."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NoSuchComplaint(NotFound):
    """没有这件投诉"""

    title = "No such complaint"


class ComplaintRefused(BadInput):
    """投诉资料不完整或自相矛盾"""

    title = "Complaint refused"


class ComplaintNotOpen(Conflict):
    """投诉在这个状态下不能这样办理"""

    title = "Not open in this state"


class ComplaintNeedsAnother(Problem):
    """须由另一人办理或复核"""

    status = 403
    title = "Another person is needed"
