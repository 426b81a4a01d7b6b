"""A report of grades as data: figures, sections of charts and tables. Texts are final Chinese; renderers only show.

客户分类分级报告 is one; the score card of an advisor and the report of a team have the same shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final

from kit.digest import canonical, digest
from reports.model import Figure, Section

FORMAT: Final = "heshi.grading/1"
TITLE: Final = "客户分类分级报告"


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingReport:
    """The report of a day, compared with an earlier one where there is one. The digest is over everything else.

    since: the earlier day, or the first day of the period that the report is about. format: which report it is.
    """

    day: date
    since: date | None
    firm: str
    verdict: str
    accent: str
    why: str
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    limits: tuple[str, ...]
    numbers: Mapping[str, Any]
    versions: Mapping[str, str]
    title: str = TITLE
    format: str = FORMAT
    digest: str = ""

    @property
    def period(self) -> str:
        return f"{self.since} 至 {self.day}" if self.since else f"截至 {self.day}"

    def content(self) -> dict[str, Any]:
        """Plain data, the digest left out."""
        told = canonical(asdict(replace(self, digest="")))
        del told["digest"]
        return {"period": self.period, **told}

    def sealed(self) -> GradingReport:
        return replace(self, digest=digest(self.content()))
