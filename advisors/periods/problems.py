"""What grading a period refuses, in words for the reader."""

from __future__ import annotations

from kit.problems import Conflict, NotFound


class NoSuchRun(NotFound):
    """没有这次考评"""

    title = "No such period run"


class NoSuchCard(NotFound):
    """没有这张评分卡"""

    title = "No such score card"


class NoSuchPoint(NotFound):
    """没有这个指标"""

    title = "No such indicator"


class NoSuchGradeAppeal(NotFound):
    """没有这件考评申诉"""

    title = "No such advisor appeal"


class PeriodPublished(Conflict):
    """该期已发布"""

    title = "Period published"


class NobodyGraded(Conflict):
    """该期没有可考评的人员"""

    title = "Nobody to grade"


class DigestDiffers(Conflict):
    """内容与您看到的不同"""

    title = "Digest differs"
