"""What is refused about assessments, each with its way out. One that is expired or missing is an answer, no problem."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NoSuchSession(NotFound):
    """没有这次作答"""

    title = "No such assessment session"


class NoSuchAssessment(NotFound):
    """没有这份评估"""

    title = "No such assessment"


class WrongAudience(BadInput):
    """问卷不适用于这类客户"""

    title = "Questionnaire for other clients"


class SessionClosed(Conflict):
    """这次作答已经结束"""

    title = "Assessment session closed"


class NotTheClient(Problem):
    """只能由客户本人办理"""

    status = 403
    title = "Only the client"


class NothingToReview(Conflict):
    """这份评估不需要复核，或已经复核"""

    title = "Nothing to review"


class NotYetInForce(Conflict):
    """这份评估现在不能确认"""

    title = "Assessment not to be confirmed"
