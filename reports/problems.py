"""What reports refuse, with the way out."""

from __future__ import annotations

from kit.problems import BadInput, Conflict, NotFound, Problem


class UnknownReport(NotFound):
    """没有这份报告"""

    title = "Unknown report"


class UnknownFinding(BadInput):
    """报告里没有这项发现"""

    title = "Finding not in the report"


class AgreementRefused(BadInput):
    """共识内容不完整"""

    title = "Agreement not acceptable"


class AgreementExists(Conflict):
    """同一发现已有未到期的共识"""

    title = "Agreement still running"


class UnreadableReport(Conflict):
    """报告格式与本版本不符"""

    title = "Report format not readable"


class BadCursor(BadInput):
    """翻页标记无法识别"""

    title = "Cursor not readable"


class DamagedReport(Problem):
    """登记的报告内容与摘要不符"""

    status = 500
    title = "Stored report does not match its digest"
