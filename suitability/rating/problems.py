"""What is refused about ratings, each with its way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class NotRateable(Conflict):
    """缺少评级所需的事实"""

    title = "Facts for a rating are missing"


class EvidenceFromLater(BadInput):
    """依据的日期晚于评级日"""

    title = "Evidence is of a later day"


class RatingOutOfOrder(Conflict):
    """评级的生效日早于已有评级"""

    title = "An earlier day than the rating on file"


class OverrideTooLow(Conflict):
    """不得低于名录，也不得低于发行人评级"""

    title = "Below the list or the issuer"


class OverrideRefused(BadInput):
    """人工调整缺少等级、理由或日期"""

    title = "Override refused"


class NoSuchProposal(NotFound):
    """没有这项调整提议"""

    title = "No such proposal"


class AlreadyDecided(Conflict):
    """提议已有结论"""

    title = "Already decided"


class SecondPersonNeeded(Problem):
    """须由另一人复核"""

    status = 403
    title = "Another person must decide"
