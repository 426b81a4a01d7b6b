"""What a route asks: the desks over the request's session, within the request's scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Depends
from sqlmodel import Session

from api.access import From, Now, Reach, Who
from api.database import Database
from clients.complaints.service import ComplaintService
from clients.contacts.service import ContactService
from clients.household.service import HouseholdService
from clients.records.service import RecordService
from clients.repository import ClientRepository
from clients.satisfaction.service import SurveyService
from clients.service.service import ServiceDesk
from clients.staff.absences import AbsenceService
from clients.staff.filing import Stamp
from clients.staff.handover import HandoverService
from clients.staff.qualifications import QualificationService
from clients.staff.relations import RelationService
from clients.staff.service import StaffService
from kit.access import Scope
from kit.settings import settings
from market.products.repository import ProductRepository
from market.services.service import ServiceCatalogue
from reports.desk import ReportDesk
from reports.inspection.service import InspectionService
from reports.repository import ReportRepository
from reports.service import ReportService
from suitability.assessment.service import AssessmentService
from suitability.cases.service import CaseService
from suitability.category.records import InformationService
from suitability.category.service import CategoryService
from suitability.changes.service import ChangeService
from suitability.desk import matching_desk
from suitability.gates.service import GateService
from suitability.matching.service import MatchingDesk
from suitability.profile.service import ProfileService
from suitability.questionnaire.service import QuestionnaireService
from suitability.rating.service import RatingService
from suitability.sampling.service import SamplingService
from suitability.subscriptions.service import SubscriptionService


def within(desk: Callable[[Session, Scope], Any]) -> Any:
    """A dependency on a desk that sees as far as the request's scope."""

    def opened(session: Database, scope: Reach) -> Any:
        return desk(session, scope)

    return Depends(opened)


def over(desk: Callable[[Session], Any]) -> Any:
    """A dependency on a desk whose records are of no client: the verb alone says who may."""

    def opened(session: Database) -> Any:
        return desk(session)

    return Depends(opened)


def at_once(desk: Callable[[Session, Scope], Any]) -> Any:
    """The same as `within` for a desk that asks the database nothing while it is made: no thread is needed for it."""

    async def opened(session: Database, scope: Reach) -> Any:
        return desk(session, scope)

    return Depends(opened)


async def stamp(who: Who, at: Now, origin: From) -> Stamp:
    return Stamp(who, at, origin)


def inspections(session: Session) -> InspectionService:
    return InspectionService(session, settings().firm_name)


Diagnoses = Annotated[ReportDesk, within(ReportDesk)]
Register = Annotated[ReportService, within(ReportService)]
Survey = Annotated[ReportRepository, within(ReportRepository)]
Clients = Annotated[ClientRepository, within(ClientRepository)]
Stamped = Annotated[Stamp, Depends(stamp)]
StaffDesk = Annotated[StaffService, within(StaffService)]
Qualifications = Annotated[QualificationService, within(QualificationService)]
Absences = Annotated[AbsenceService, within(AbsenceService)]
Relations = Annotated[RelationService, within(RelationService)]
Handovers = Annotated[HandoverService, within(HandoverService)]
Matching = Annotated[MatchingDesk, at_once(matching_desk)]
Questionnaires = Annotated[QuestionnaireService, over(QuestionnaireService)]
Assessments = Annotated[AssessmentService, within(AssessmentService)]
Categories = Annotated[CategoryService, within(CategoryService)]
Information = Annotated[InformationService, within(InformationService)]
Ratings = Annotated[RatingService, over(RatingService)]
Products = Annotated[ProductRepository, over(ProductRepository)]
Permissions = Annotated[GateService, within(GateService)]
Households = Annotated[HouseholdService, within(HouseholdService)]
Profiles = Annotated[ProfileService, within(ProfileService)]
ServicePromises = Annotated[ServiceDesk, within(ServiceDesk)]
Contacts = Annotated[ContactService, within(ContactService)]
Complaints = Annotated[ComplaintService, within(ComplaintService)]
Surveys = Annotated[SurveyService, within(SurveyService)]
RecordQuality = Annotated[RecordService, within(RecordService)]
MismatchCases = Annotated[CaseService, within(CaseService)]
RuleChanges = Annotated[ChangeService, over(ChangeService)]
Sampling = Annotated[SamplingService, over(SamplingService)]
Inspections = Annotated[InspectionService, over(inspections)]
Catalogue = Annotated[ServiceCatalogue, over(ServiceCatalogue)]
Subscriptions = Annotated[SubscriptionService, within(SubscriptionService)]
