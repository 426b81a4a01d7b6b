"""What the register of service knows of a few clients, for the walk: a complaint of each, and one round of a survey."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from clients.complaints.service import ComplaintService
from clients.complaints.types import Complainant, ComplaintAsk, Severity, Topic, Way
from clients.satisfaction.service import SurveyService
from clients.staff.filing import Stamp
from kit.access import everything


def lay_out_service(session: Session, client_nos: Sequence[str], stamp: Stamp, day: date) -> dict[str, dict[str, str]]:
    """The complaint of each client, by the name that the walk uses."""
    scope = everything(day)
    SurveyService(session, scope).open_round("W1", "试", date(2024, 1, 2), date(2024, 12, 31), stamp)
    desk = ComplaintService(session, scope)
    return {
        one: {"complaint": desk.receive(
            ComplaintAsk(client_no=one, received_on=day, way=Way.PHONE, complainant=Complainant.CLIENT,
                         topic=Topic.SERVICE, severity=Severity.ORDINARY, content="没有回电"), stamp,
        ).number}
        for one in client_nos
    }  # fmt: skip
