"""The part of `suitability.facts.ClientFacts` that assessment and category fill, for one client."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository
from kit.access import Scope
from suitability.assessment.service import AssessmentService
from suitability.assessment.views import AssessmentFacts
from suitability.category.service import CategoryService


def assessment_facts(session: Session, scope: Scope, client_no: str, day: date) -> AssessmentFacts:
    """What holds on the day. `level` is None without a confirmed result; an expired one is told with its last day.

    Raises NoSuchClient. The whole book in columns: `assessment_columns` and `category_columns` of the two services.
    """
    return facts_of_client(session, scope, ClientRepository(session, scope).client(client_no), day)


def facts_of_client(session: Session, scope: Scope, client: ClientFacts, day: date) -> AssessmentFacts:
    """The same of a client that was read within the scope."""
    current = AssessmentService(session, scope).brief_of(client, day)
    standing = CategoryService(session, scope).current_of(client, day)
    held, waiting = current.in_force, current.waiting
    as_of = {} if standing.since is None else {"category": standing.since}
    if held is not None:
        names = ("confirmed_level", "questionnaire", "assessed_on", "valid_through", "term", "types")
        as_of |= dict.fromkeys(names, held.assessed_on)
        used = waiting if waiting is not None and current.lowered else held
        as_of["level"] = used.assessed_on
        as_of["lowest"] = held.assessed_on if held.lowest == current.lowest or waiting is None else waiting.assessed_on
    return AssessmentFacts(
        category=standing.category, category_valid_through=standing.valid_through, level=current.level,
        confirmed_level=None if held is None else held.level, lowest=current.lowest,
        questionnaire=None if held is None else held.questionnaire,
        assessed_on=None if held is None else held.assessed_on,
        valid_through=None if held is None else held.valid_through, term=None if held is None else held.term,
        types=None if held is None else held.types, as_of=as_of,
    )  # fmt: skip
