"""A self-inspection as data: what was counted, what was found, the tables of each section. Texts are final Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Final

from kit.digest import canonical, digest
from reports.model import Figure, Item, Table

FORMAT: Final = "heshi.inspection/1"


@dataclass(frozen=True, slots=True)
class InspectionSection:
    """One section: what it says in a sentence, and its tables."""

    number: int
    title: str
    lead: str
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """半年自查报告. `numbers` is the tally as plain data; the digest is over everything else together."""

    half: str
    title: str
    period: str  # 2026 年上半年
    first: date
    last: date
    firm: str
    conclusion: str
    figures: tuple[Figure, ...]
    problems: tuple[Item, ...]
    sections: tuple[InspectionSection, ...]
    numbers: Mapping[str, Any]
    versions: Mapping[str, str]
    digest: str = ""

    def content(self) -> dict[str, Any]:
        """Plain data, the digest left out."""
        told = canonical(asdict(replace(self, digest="")))
        del told["digest"]
        return {"format": FORMAT, **told}

    def sealed(self) -> Inspection:
        return replace(self, digest=digest(self.content()))
