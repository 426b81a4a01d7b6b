"""What grading asks of its neighbours, as narrow as it needs it. A higher package registers what it knows by import."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlmodel import Session

from advisors.types import EffectsTold, Period


class Effects(Protocol):
    """场景效果: what everybody's tasks changed, against the clients who were left alone."""

    def by_person(self, period: Period) -> EffectsTold:
        """By staff number; or why there is nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Mark:
    """One diagnosis or agreement. good: led to an agreement, or was lifted. number: what it is called by."""

    number: str
    client_no: str
    day: date
    good: bool


@dataclass(frozen=True, slots=True)
class DiagnosesTold:
    """given: diagnoses of the period, and whether client and person agreed on a shortcoming.

    settled: agreements that fell due in the period or were lifted in it.
    """

    given: tuple[Mark, ...]
    settled: tuple[Mark, ...]


DiagnosesFinder = Callable[[Session, date, date], DiagnosesTold]
"""Diagnoses and agreements from day to day, both included. It reads and changes nothing."""
_FINDERS: list[DiagnosesFinder] = []


def register_diagnoses(finder: DiagnosesFinder) -> None:
    """Make known who tells of diagnoses. Raises ValueError where another one does already."""
    if _FINDERS and _FINDERS[0] is not finder:
        raise ValueError("diagnoses are told by another finder already")
    _FINDERS[:] = [finder]


def diagnoses_told(session: Session, first: date, last: date) -> DiagnosesTold | None:
    """None where nobody tells."""
    return _FINDERS[0](session, first, last) if _FINDERS else None
