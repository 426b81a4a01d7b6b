"""权限: one filed record of an application, an opening, a registration or a closing, and what stands on a day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from kit.labels import Labelled
from suitability.levels import Gate


class RecordKind(Labelled):
    """权限记录的种类"""

    OPENED = "OPENED", "开通"
    REGISTERED = "REGISTERED", "登记已有权限"
    REFUSED = "REFUSED", "不予开通"
    PENDING = "PENDING", "待补材料"
    REVOKED = "REVOKED", "关闭"


OPENING: Final = (RecordKind.OPENED, RecordKind.REGISTERED)
CHANGING: Final = (*OPENING, RecordKind.REVOKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRecord:
    """One record. `evidence` and `conditions` are what the decision rested on; they are never changed."""

    id: int
    client_no: str
    gate: Gate
    kind: RecordKind
    grade: int | None
    applied_on: date
    effective_from: date
    evidence: dict[str, Any]
    conditions: list[Any]
    reasons: list[str]
    rule_version: str
    digest: str
    replaces: int | None
    decided_by_id: str
    decided_by: str
    decided_at: datetime


def standing(records: Iterable[GateRecord], day: date) -> dict[Gate, GateRecord]:
    """The opening that stands for each gate on `day`, the newest where a higher grade was opened later."""
    found: dict[Gate, GateRecord] = {}
    for record in in_order(records):
        if record.effective_from > day or record.kind not in CHANGING:
            continue
        if record.kind is RecordKind.REVOKED:
            found.pop(record.gate, None)
        else:
            found[record.gate] = record
    return found


def first_opened(records: Iterable[GateRecord], day: date) -> dict[Gate, date]:
    """The day from which each gate that is open on `day` has been open without a break."""
    found: dict[Gate, date] = {}
    for record in in_order(records):
        if record.effective_from > day or record.kind not in CHANGING:
            continue
        if record.kind is RecordKind.REVOKED:
            found.pop(record.gate, None)
        else:
            found.setdefault(record.gate, record.effective_from)
    return found


def in_order(records: Iterable[GateRecord]) -> list[GateRecord]:
    """By the day from which they hold; of one day the later filed stands behind."""
    return sorted(records, key=lambda record: (record.effective_from, record.id))
