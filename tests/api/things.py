"""What suitability knows of a few clients, for tests that only ask: a form, and of each client one thing of every kind.

A decision, a sheet that staff touched, a result that has expired, an application that was refused, a statement, and a
household; one product without factors, and one proposal that was refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlmodel import Session

from clients.household.service import HouseholdService
from clients.household.types import AssetCategory, Item, ItemKind, Member, MemberRole
from clients.repository import ClientRepository
from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from market.products.tables import ProductRow
from suitability.assessment.service import AssessmentService
from suitability.assessment.tables import AssessmentRow
from suitability.cases.filters import CaseFilter
from suitability.cases.intake import CaseIntake
from suitability.cases.service import CaseService
from suitability.cases.types import Cause, Observation
from suitability.category.tables import ApplicationRow, DecisionRow
from suitability.desk import matching_desk
from suitability.facts import Request
from suitability.levels import AskedBy, OrderSide
from suitability.profile.policy import Objective, Policy
from suitability.profile.service import ProfileService
from suitability.questionnaire.service import QuestionnaireService
from suitability.rating.tables import ProposalRow, VerdictRow
from tests.api.service_things import lay_out_service
from tests.api.subscription_things import lay_out_subscriptions

FORM = "natural-20.1"
UNRATED = "P0001"
NONE = "sha256:" + "0" * 64
_CONTENT = json.dumps({"questionnaire": FORM, "lowest": [], "points": {}, "answers": {}, "findings": []})


def house_stamp(now: datetime) -> Stamp:
    return Stamp(Actor("u-house", "house", Role.COMPLIANCE), now)


def lay_out(session: Session, client_nos: Sequence[str], now: datetime) -> dict[str, dict[str, str]]:
    """The things of each client, by the names that the walk uses."""
    stamp, day = house_stamp(now), now.date()
    QuestionnaireService(session).install(stamp)
    session.add(ProductRow(code=UNRATED, name="未评级产品", kind="MIXED_FUND", leads_to=""))
    proposal = ProposalRow(
        code="600519.SH", level="R5", reason="试", effective_from=day, review_on=day + timedelta(days=1), digest=NONE,
        proposed_by_id="u-house", proposed_by="house", proposed_at=now,
    )  # fmt: skip
    session.add(proposal)
    session.flush()
    session.add(VerdictRow(
        proposal_id=proposal.id, approved=False, reason="试", decided_by_id="u-other", decided_by="other",
        decided_at=now,
    ))  # fmt: skip
    service = lay_out_service(session, client_nos, stamp, day)
    sold = lay_out_subscriptions(session, client_nos, stamp, day)
    return {one: _things(session, one, stamp, day) | service[one] | sold[one] for one in client_nos}


def _things(session: Session, client_no: str, stamp: Stamp, day: date) -> dict[str, str]:
    scope = everything(day)
    client_id = ClientRepository(session, scope).client(client_no).id
    asked = Request(
        client_no=client_no, product_code="600519.SH", asked_by=AskedBy.CLIENT, side=OrderSide.BUY, day=day
    )
    touched = AssessmentService(session, scope).start(client_no, FORM, stamp)
    statement = ProfileService(session, scope).draft(
        client_no, Policy(objective=Objective.BALANCED, expected_return=0.04, term=None, types=None), stamp
    )
    member = Member(member_no="M1", role=MemberRole.SELF, client_no=client_no)
    HouseholdService(session, scope).add(f"H{client_no}", [member], day, stamp)
    savings = Item(
        item_no="SAVINGS", kind=ItemKind.ASSET, category=AssetCategory.CASH, amount=Decimal(50_000), as_of=day
    )
    HouseholdService(session, scope).record(f"H{client_no}", savings, stamp)
    result = AssessmentRow(
        client_id=client_id, session_id=touched.id, questionnaire_id=_form_id(session), assessed_on=date(2020, 1, 6),
        assessed_at=stamp.at, valid_through=date(2022, 1, 5), total=40, level=3, lowest=False, needs_review=False,
        bands="BANDS-CITIC", content=_CONTENT, digest=NONE,
    )  # fmt: skip
    application = ApplicationRow(
        client_id=client_id, direction="UPGRADE", test="PRO_III_NATURAL", applied_on=day, applied_at=stamp.at,
        applied_by="house", risk_acknowledged=True, evidence=[], document=NONE,
    )  # fmt: skip
    session.add_all([result, application])
    session.flush()
    session.add(DecisionRow(
        application_id=application.id, client_id=client_id, granted=False, category=3, effective_from=day,
        reasons=["试"], rules="1", decided_at=stamp.at, decided_by="other",
    ))  # fmt: skip
    made: Mapping[str, object] = {
        "decision": matching_desk(session, scope).decide(asked, stamp).id, "sheet": touched.id,
        "assessment": result.id, "case": _case(session, client_no, stamp, day),
        "application": application.id, "statement": statement.id, "household": f"H{client_no}",
    }  # fmt: skip
    return {name: str(value) for name, value in made.items()}


def _case(session: Session, client_no: str, stamp: Stamp, day: date) -> str:
    """A mismatch of the client's assessment itself, as the watch would find it."""
    seen = Observation(
        client_no=client_no, product_code="", client_name="某人", client_class="C3", rules=("SUIT-011",),
        cause=Cause.FOUND, facts={"valid_through": "2022-01-05"},
    )  # fmt: skip
    CaseIntake(session, day, stamp).observe([seen])
    (case,) = CaseService(session, everything(day)).list(CaseFilter(client_no=client_no)).cases
    return case.number


def _form_id(session: Session) -> int:
    return QuestionnaireService(session).edition(FORM).id
