"""Facts of a period from the records: queries of the packages below, put into columns."""

from __future__ import annotations

from sqlmodel import Session

from advisors.facts import BookFacts
from advisors.ports import Effects
from advisors.types import Period
from kit.access import Scope


def read_facts(session: Session, scope: Scope, period: Period, effects: Effects | None = None) -> BookFacts:
    """What the records say of everybody whom the scope shows. effects: mot's, withheld where none is given.

    Raises PeriodNotClosed where the scope's day lies before the end of the period.
    """
    raise NotImplementedError
