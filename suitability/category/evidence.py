"""Whether documents can be taken at all: complete, with dates that contradict neither each other nor the day. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from suitability.category.problems import EvidenceConflict, EvidenceRefused
from suitability.category.types import Evidence


def check_one(evidence: Evidence, day: date) -> None:
    """Raises EvidenceRefused for what lacks, EvidenceConflict for dates that cannot be."""
    lacking = [
        what
        for what, lacks in (
            ("金额", evidence.kind.needs_amount and evidence.amount is None),
            ("起始日期", evidence.kind.needs_since and evidence.since is None),
            ("材料摘要", not evidence.document.strip()),
        )
        if lacks
    ]
    if lacking:
        raise EvidenceRefused(f"{evidence.kind.label}缺少{'、'.join(lacking)}")
    if evidence.amount is not None and evidence.amount < 0:
        raise EvidenceRefused(f"{evidence.name}的金额不能为负")
    faults = list(_date_faults(evidence, day))
    if faults:
        raise EvidenceConflict(f"{evidence.name}：{'；'.join(faults)}")


def _date_faults(evidence: Evidence, day: date) -> Iterator[str]:
    if evidence.as_of > day:
        yield f"时点 {evidence.as_of} 晚于提交日 {day}"
    if evidence.valid_through is not None and evidence.valid_through < evidence.as_of:
        yield f"有效期 {evidence.valid_through} 早于时点 {evidence.as_of}"
    if evidence.since is not None and evidence.since > evidence.as_of:
        yield f"起始日期 {evidence.since} 晚于时点 {evidence.as_of}"


def check_together(evidence: Sequence[Evidence]) -> None:
    """Two documents of one kind and one day must say the same. Raises EvidenceConflict that names both."""
    for place, one in enumerate(evidence):
        for other in evidence[place + 1 :]:
            same = one.kind is other.kind and one.as_of == other.as_of
            if same and (one.amount, one.since) != (other.amount, other.since):
                raise EvidenceConflict(
                    f"{one.name}与{other.name}是同一时点的同一种材料，内容却不同（{_said(one)}、{_said(other)}）；"
                    "请只提交正确的一份"
                )


def _said(evidence: Evidence) -> str:
    amount = "" if evidence.amount is None else f"{evidence.amount:,.2f} 元"
    parts = (amount, f"自 {evidence.since}" if evidence.since else "")
    return "，".join(part for part in parts if part)
