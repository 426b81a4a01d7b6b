"""The desks of advisors' grades over the request's session, within the request's scope."""

from __future__ import annotations

from typing import Annotated

from sqlmodel import Session

from advisors.periods.appeals import AdvisorAppeals
from advisors.periods.service import PeriodDesk
from advisors.register.service import RegisterDesk
from api.desks import within
from kit.access import Scope
from kit.settings import settings
from reports.scorecard.service import ScoreCards


def cards(session: Session, scope: Scope) -> ScoreCards:
    return ScoreCards(session, scope, settings().firm_name)


Periods = Annotated[PeriodDesk, within(PeriodDesk)]
GradeAppeals = Annotated[AdvisorAppeals, within(AdvisorAppeals)]
Cards = Annotated[ScoreCards, within(cards)]
Register = Annotated[RegisterDesk, within(RegisterDesk)]
