"""What a review refuses, in words for the reader."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound


class NoSuchReview(NotFound):
    """没有这次评定"""

    title = "No such grade review"


class NotInReview(NotFound):
    """客户不在这次评定里"""

    title = "Client not in this review"


class NoSuchAppeal(NotFound):
    """没有这件申诉"""

    title = "No such appeal"


class ReviewExists(Conflict):
    """已有一次评定"""

    title = "Review exists"


class NothingGraded(Conflict):
    """还没有登记过分级"""

    title = "Nothing graded yet"


class NothingMoved(Conflict):
    """没有要调整的等级"""

    title = "Nothing to regrade"


class WrongStep(Conflict):
    """这一步现在不能做"""

    title = "Not at this step"


class SamePerson(Conflict):
    """须由另一人批准"""

    title = "A second person is needed"


class ReviewRefused(BadInput):
    """评定的内容不完整或有误"""

    title = "Review refused"
