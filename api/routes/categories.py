"""投资者类别: evidence, application, prudent assessment, decision by another person, and what holds; the nine items."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Categories, Information, Stamped
from api.routes.category_shapes import (
    ApplicationIn,
    ApplicationList,
    ApplicationOut,
    CategoryDecisionIn,
    EvidenceIn,
    EvidenceList,
    EvidenceOut,
    InformationIn,
    InformationOut,
    ReturnIn,
    RevocationIn,
    StandingOut,
    TrialIn,
    application_out,
    evidence_out,
    items_out,
    standing_out,
)
from api.routes.shapes import PathCode, PathId
from clients.repository import NoSuchClient
from kit.access import Verb
from suitability.category.problems import (
    AlreadyDecided,
    ApplicationIncomplete,
    ConditionsNotMet,
    EvidenceConflict,
    EvidenceRefused,
    NoSuchApplication,
    NoSuchCategoryTest,
    NoSuchEvidence,
    NotConvertible,
    SecondPersonNeeded,
)
from suitability.category.types import Evidence, Trial

router = APIRouter(tags=["投资者类别"], route_class=Door)
READS = [needs(Verb.CATEGORY_READ)]
APPLIES = [needs(Verb.CATEGORY_APPLY)]
DECIDES = [needs(Verb.CATEGORY_DECIDE)]
CLIENT = "/clients/{client_no}"
APPLICATION = "/category-applications/{application_id}"


@router.get(
    CLIENT + "/category", operation_id="getCategory", dependencies=READS, responses=problem_responses(NoSuchClient)
)
def get_category(client_no: PathCode, desk: Categories, scope: Reach) -> StandingOut:
    """Ordinary unless something holds today."""
    return standing_out(desk.current(client_no, scope.day))


@router.get(
    CLIENT + "/category/evidence", operation_id="listCategoryEvidence", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def list_evidence(client_no: PathCode, desk: Categories) -> EvidenceList:
    """All documents, the newest first."""
    return EvidenceList(items=[evidence_out(one) for one in desk.evidence(client_no)])


@router.post(
    CLIENT + "/category/evidence", status_code=201, operation_id="fileCategoryEvidence", dependencies=APPLIES,
    responses=problem_responses(NoSuchClient, EvidenceRefused, EvidenceConflict),
)
def file_evidence(client_no: PathCode, body: EvidenceIn, desk: Categories, stamp: Stamped) -> EvidenceOut:
    """File one document. Dates that contradict each other are refused."""
    return evidence_out(desk.file_evidence(client_no, Evidence(**body.model_dump()), stamp))


@router.get(
    CLIENT + "/category/applications", operation_id="listCategoryApplications", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def list_applications(client_no: PathCode, desk: Categories) -> ApplicationList:
    """All applications with their decisions, newest first."""
    return ApplicationList(items=[application_out(one) for one in desk.history(client_no)])


@router.post(
    CLIENT + "/category/applications", status_code=201, operation_id="applyForCategory", dependencies=APPLIES,
    responses=problem_responses(
        NoSuchClient, NoSuchCategoryTest, NoSuchEvidence, EvidenceConflict, ApplicationIncomplete
    ),
)
def apply(
    client_no: PathCode, body: ApplicationIn, response: Response, desk: Categories, stamp: Stamped
) -> ApplicationOut:
    """Apply for recognition or conversion."""
    made = desk.apply(
        client_no, body.test, body.evidence, stamp, document=body.document, risk_acknowledged=body.risk_acknowledged
    )
    response.headers["Location"] = f"/api/v1/category-applications/{made.id}"
    return application_out(made)


@router.post(
    CLIENT + "/category/return", status_code=201, operation_id="returnToOrdinary", dependencies=APPLIES,
    responses=problem_responses(NoSuchClient, NotConvertible, ApplicationIncomplete),
)
def return_to_ordinary(client_no: PathCode, body: ReturnIn, desk: Categories, stamp: Stamped) -> ApplicationOut:
    """Written notice is enough: from today on the client is an ordinary investor."""
    return application_out(desk.return_to_ordinary(client_no, stamp, document=body.document))


@router.post(
    CLIENT + "/category/revocation", operation_id="revokeCategory", dependencies=DECIDES,
    responses=problem_responses(NoSuchClient, NotConvertible, ApplicationIncomplete),
)
def revoke(client_no: PathCode, body: RevocationIn, desk: Categories, stamp: Stamped) -> StandingOut:
    """End the category that holds."""
    return standing_out(desk.revoke(client_no, body.reason, stamp, effective_from=body.effective_from))


@router.get(
    APPLICATION, operation_id="getCategoryApplication", dependencies=READS,
    responses=problem_responses(NoSuchApplication),
)
def get_application(application_id: PathId, desk: Categories) -> ApplicationOut:
    """One application."""
    return application_out(desk.application(application_id))


@router.post(
    APPLICATION + "/trials", status_code=201, operation_id="fileCategoryTrial", dependencies=DECIDES,
    responses=problem_responses(NoSuchApplication, AlreadyDecided, ApplicationIncomplete),
)
def add_trial(application_id: PathId, body: TrialIn, desk: Categories, stamp: Stamped) -> ApplicationOut:
    """File a test or simulated trading; the firm holds it, not the applicant."""
    return application_out(desk.add_trial(application_id, Trial(**body.model_dump()), stamp))


@router.post(
    APPLICATION + "/decision", operation_id="decideCategory", dependencies=DECIDES,
    responses=problem_responses(
        NoSuchApplication, AlreadyDecided, SecondPersonNeeded, ConditionsNotMet, ApplicationIncomplete
    ),
)
def decide(application_id: PathId, body: CategoryDecisionIn, desk: Categories, stamp: Stamped) -> ApplicationOut:
    """Another person grants or refuses; what does not meet the conditions cannot be granted."""
    done = desk.decide(application_id, body.granted, body.reason, stamp, effective_from=body.effective_from)
    return application_out(done)


@router.get(
    CLIENT + "/information", operation_id="getClientInformation", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def get_information(client_no: PathCode, desk: Information, scope: Reach) -> InformationOut:
    """The nine items of the 办法's art. 6: on file, how old, what is missing."""
    return items_out(client_no, scope.day, desk.information(client_no, scope.day))


@router.post(
    CLIENT + "/information", status_code=201, operation_id="recordClientInformation", dependencies=APPLIES,
    responses=problem_responses(NoSuchClient, ApplicationIncomplete),
)
def record_information(
    client_no: PathCode, body: InformationIn, desk: Information, scope: Reach, stamp: Stamped
) -> InformationOut:
    """File that an item was stated on a day."""
    told = desk.record_information(
        client_no, body.item, stamp, as_of=body.as_of, source=body.source, document=body.document, note=body.note
    )
    return items_out(client_no, scope.day, told)
