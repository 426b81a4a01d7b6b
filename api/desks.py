"""What a route asks: the desks over the request's session, within the request's scope."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends

from api.access import From, Now, Reach, Who
from api.database import Database
from clients.household.service import HouseholdService
from clients.repository import ClientRepository
from clients.staff.absences import AbsenceService
from clients.staff.filing import Stamp
from clients.staff.handover import HandoverService
from clients.staff.qualifications import QualificationService
from clients.staff.relations import RelationService
from clients.staff.service import StaffService
from market.products.repository import ProductRepository
from reports.desk import ReportDesk
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


def diagnoses(session: Database, scope: Reach) -> ReportDesk:
    return ReportDesk(session, scope)


def register(session: Database, scope: Reach) -> ReportService:
    return ReportService(session, scope)


def survey(session: Database, scope: Reach) -> ReportRepository:
    return ReportRepository(session, scope)


def clients(session: Database, scope: Reach) -> ClientRepository:
    return ClientRepository(session, scope)


def stamp(who: Who, at: Now, origin: From) -> Stamp:
    return Stamp(who, at, origin)


def staff(session: Database, scope: Reach) -> StaffService:
    return StaffService(session, scope)


def qualifications(session: Database, scope: Reach) -> QualificationService:
    return QualificationService(session, scope)


def absences(session: Database, scope: Reach) -> AbsenceService:
    return AbsenceService(session, scope)


def relations(session: Database, scope: Reach) -> RelationService:
    return RelationService(session, scope)


def handovers(session: Database, scope: Reach) -> HandoverService:
    return HandoverService(session, scope)


def matching(session: Database, scope: Reach) -> MatchingDesk:
    return matching_desk(session, scope)


def questionnaires(session: Database) -> QuestionnaireService:
    return QuestionnaireService(session)


def assessments(session: Database, scope: Reach) -> AssessmentService:
    return AssessmentService(session, scope)


def categories(session: Database, scope: Reach) -> CategoryService:
    return CategoryService(session, scope)


def information(session: Database, scope: Reach) -> InformationService:
    return InformationService(session, scope)


def ratings(session: Database) -> RatingService:
    return RatingService(session)


def products(session: Database) -> ProductRepository:
    return ProductRepository(session)


def permissions(session: Database, scope: Reach) -> GateService:
    return GateService(session, scope)


def households(session: Database, scope: Reach) -> HouseholdService:
    return HouseholdService(session, scope)


def profiles(session: Database, scope: Reach) -> ProfileService:
    return ProfileService(session, scope)


def mismatch_cases(session: Database, scope: Reach) -> CaseService:
    return CaseService(session, scope)


def rule_changes(session: Database) -> ChangeService:
    return ChangeService(session)


Diagnoses = Annotated[ReportDesk, Depends(diagnoses)]
Register = Annotated[ReportService, Depends(register)]
Survey = Annotated[ReportRepository, Depends(survey)]
Clients = Annotated[ClientRepository, Depends(clients)]
Stamped = Annotated[Stamp, Depends(stamp)]
StaffDesk = Annotated[StaffService, Depends(staff)]
Qualifications = Annotated[QualificationService, Depends(qualifications)]
Absences = Annotated[AbsenceService, Depends(absences)]
Relations = Annotated[RelationService, Depends(relations)]
Handovers = Annotated[HandoverService, Depends(handovers)]
Matching = Annotated[MatchingDesk, Depends(matching)]
Questionnaires = Annotated[QuestionnaireService, Depends(questionnaires)]
Assessments = Annotated[AssessmentService, Depends(assessments)]
Categories = Annotated[CategoryService, Depends(categories)]
Information = Annotated[InformationService, Depends(information)]
Ratings = Annotated[RatingService, Depends(ratings)]
Products = Annotated[ProductRepository, Depends(products)]
Permissions = Annotated[GateService, Depends(permissions)]
Households = Annotated[HouseholdService, Depends(households)]
Profiles = Annotated[ProfileService, Depends(profiles)]
MismatchCases = Annotated[CaseService, Depends(mismatch_cases)]
RuleChanges = Annotated[ChangeService, Depends(rule_changes)]
