"""The desks of grades over the request's session, within the request's scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.access import Reach
from api.database import Database
from clients.grading.book import StandingGrades
from clients.grading.review.appeals import AppealDesk
from clients.grading.review.client_grades import ClientGrades
from clients.grading.review.service import ReviewDesk


def standing(session: Database, scope: Reach) -> StandingGrades:
    return StandingGrades(session, scope)


def of_clients(session: Database, scope: Reach) -> ClientGrades:
    return ClientGrades(session, scope)


def reviews(session: Database, scope: Reach) -> ReviewDesk:
    return ReviewDesk(session, scope)


def appeals(session: Database, scope: Reach) -> AppealDesk:
    return AppealDesk(session, scope)


Standing = Annotated[StandingGrades, Depends(standing)]
OfClients = Annotated[ClientGrades, Depends(of_clients)]
Reviews = Annotated[ReviewDesk, Depends(reviews)]
Appeals = Annotated[AppealDesk, Depends(appeals)]
