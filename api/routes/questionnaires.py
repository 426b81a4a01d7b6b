"""问卷: the versions that may be answered, and what a version asks."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Questionnaires
from api.routes.assessment_shapes import (
    QuestionnaireList,
    QuestionnaireOut,
    questionnaire_brief,
    questionnaire_out,
)
from api.routes.shapes import PathCode
from kit.access import Verb
from suitability.questionnaire.problems import NoSuchQuestionnaire

router = APIRouter(
    prefix="/questionnaires", tags=["风险测评"], route_class=Door, dependencies=[needs(Verb.RULE_READ)]
)


@router.get("", operation_id="listQuestionnaires")
def list_questionnaires(desk: Questionnaires, scope: Reach) -> QuestionnaireList:
    """The versions that may be answered today, newest first."""
    return QuestionnaireList(items=[questionnaire_brief(one) for one in desk.open_editions(scope.day)])


@router.get("/{version}", operation_id="getQuestionnaire", responses=problem_responses(NoSuchQuestionnaire))
def get_questionnaire(version: PathCode, desk: Questionnaires) -> QuestionnaireOut:
    """One version, retired ones included: it never changes."""
    return questionnaire_out(desk.edition(version))
