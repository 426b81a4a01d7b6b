"""What a register shows of an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kit.labels import Labelled


class EntryKind(Labelled):
    """登记的种类"""

    CONDUCT = "CONDUCT", "行为"
    TRAINING = "TRAINING", "培训"
    CERTIFICATE = "CERTIFICATE", "证书"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """撤回: who took an entry back, when and why"""

    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """One entry. code: of a breach or certificate, "" for training; title: its words, or the course.

    severe: a breach that sets the lowest level. hours: of training. valid_to None: for good. evidence: digest of a
    paper, "" without one.
    """

    number: str
    staff_no: str
    name: str
    kind: EntryKind
    code: str
    title: str
    day: date
    note: str
    recorded_by: str
    recorded_at: datetime
    client_no: str = ""
    evidence: str = ""
    severe: bool = False
    hours: float = 0.0
    valid_to: date | None = None
    withdrawn: Withdrawal | None = None
