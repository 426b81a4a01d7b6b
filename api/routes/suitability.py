"""适当性检查: may this client have this product; the answer is filed once, whatever it is."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Matching, Stamped
from api.routes.decision_shapes import CheckIn, DecisionOut, decision_out
from clients.repository import NoSuchAccount, NoSuchClient
from kit.access import Verb
from market.products.repository import NoSuchProduct
from suitability.matching.problems import NotAskable, UnknownDecision

router = APIRouter(
    prefix="/suitability/checks", tags=["适当性"], route_class=Door, dependencies=[needs(Verb.SUITABILITY_CHECK)]
)


@router.post(
    "", status_code=201, operation_id="checkSuitability",
    responses=problem_responses(NoSuchClient, NoSuchAccount, NoSuchProduct, NotAskable, UnknownDecision),
)
def check(body: CheckIn, response: Response, desk: Matching, scope: Reach, who: Who, stamp: Stamped) -> DecisionOut:
    """Check one product for one client and file the answer. A refusal, or an assessment that is missing or expired,
    is an answer too: 201 with outcome REFUSE and the rule's code.
    """
    made = desk.decide(body.request(scope.day), stamp, body.replaces)
    response.headers["Location"] = f"/api/v1/suitability/decisions/{made.id}"
    return decision_out(desk.row(made.id), who.role)
