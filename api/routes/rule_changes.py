"""规则变更: drafted, previewed on the whole book, decided by another person, rolled back; the rule files of a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.database import Database
from api.desks import RuleChanges, Stamped
from api.links import next_link
from api.routes.rule_change_shapes import (
    ApprovalIn,
    DraftIn,
    PreviewOut,
    QuestionnaireDraft,
    RatingDraft,
    RefusalIn,
    RollbackIn,
    RuleChangeOut,
    RuleChangePage,
    RuleFileList,
    RuleFileOut,
    change_brief,
    change_out,
    preview_out,
)
from api.routes.shapes import FIRST_RULES, LAST_DAY, Cursor, Limit, PathCode, PathId
from clients.staff.filing import Stamp
from kit.access import Verb
from market.products.repository import NoSuchProduct
from reports.paging import read_number, write_cursor
from suitability.changes.problems import (
    ChangeDecided,
    DraftRefused,
    NoSuchChange,
    NothingToRollBack,
    PreviewMissing,
    PreviewMoved,
    SecondPersonNeeded,
)
from suitability.changes.service import ChangeService
from suitability.changes.standing import NoSuchRuleFile, standing_files, standing_text
from suitability.changes.types import Change, ChangeKind, ChangeState
from suitability.questionnaire.problems import (
    QuestionnaireFixed,
    QuestionnaireMalformed,
    QuestionnaireNotPublishable,
)
from suitability.rating.problems import OverrideRefused, OverrideTooLow, RatingOutOfOrder
from suitability.rating.problems import SecondPersonNeeded as AnotherMustDecide

router = APIRouter(prefix="/suitability", tags=["规则变更"], route_class=Door)
READS = [needs(Verb.RULE_CHANGE_READ)]
DRAFTS = [needs(Verb.RULE_CHANGE)]
APPROVES = [needs(Verb.RULE_APPROVE)]
CHANGE = "/rule-changes/{change_id}"
RuleDayAsked = Annotated[date | None, Query(ge=FIRST_RULES, le=LAST_DAY, description="哪一天；默认今天")]


@router.get("/rule-files", operation_id="listRuleFiles", dependencies=[needs(Verb.RULE_READ)])
def list_files(session: Database, scope: Reach, on: RuleDayAsked = None) -> RuleFileList:
    """The rule files under change control: which version stands on the day, since when, shipped or approved."""
    day = on or scope.day
    return RuleFileList.model_validate({"day": day, "items": standing_files(session, day)}, from_attributes=True)


@router.get(
    "/rule-files/{name}", operation_id="getRuleFile", dependencies=[needs(Verb.RULE_READ)],
    responses=problem_responses(NoSuchRuleFile),
)
def get_file(name: PathCode, session: Database, scope: Reach, on: RuleDayAsked = None) -> RuleFileOut:
    """The whole text of one rule file as it stands on the day: what a draft starts from."""
    day = on or scope.day
    found, text = standing_text(session, name, day)
    told = {one: getattr(found, one) for one in RuleFileOut.model_fields if one not in ("day", "text")}
    return RuleFileOut(day=day, text=text, **told)


@router.get("/rule-changes", operation_id="listRuleChanges", dependencies=READS)
def list_changes(
    request: Request,
    response: Response,
    desk: RuleChanges,
    kind: ChangeKind | None = None,
    target: Annotated[str | None, Query(max_length=64)] = None,
    state: ChangeState | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RuleChangePage:
    """Changes, newest first."""
    below = read_number(cursor)
    found = [
        one for one in desk.list(kind, target)
        if (below is None or one.id < below) and (state is None or one.state is state)
    ]  # fmt: skip
    following = write_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    next_link(request, response, following)
    return RuleChangePage(items=[change_brief(one) for one in found[:limit]], next=following)


@router.post(
    "/rule-changes", status_code=201, operation_id="draftRuleChange", dependencies=DRAFTS,
    responses=problem_responses(
        DraftRefused, NoSuchProduct, OverrideRefused, OverrideTooLow, RatingOutOfOrder, QuestionnaireMalformed,
        QuestionnaireFixed,
    ),
)
def draft(
    body: Annotated[DraftIn, Body()], response: Response, desk: RuleChanges, stamp: Stamped
) -> RuleChangeOut:
    """Propose a change of a rule file, a product's rating or a form. Every fault is named; nothing is half filed."""
    made = drafted(desk, body, stamp)
    response.headers["Location"] = f"/api/v1/suitability/rule-changes/{made.id}"
    return whole(desk, made)


@router.get(CHANGE, operation_id="getRuleChange", dependencies=READS, responses=problem_responses(NoSuchChange))
def get_change(change_id: PathId, desk: RuleChanges) -> RuleChangeOut:
    """One change: its text, what it changes, what it would do, who decided."""
    return whole(desk, desk.get(change_id))


@router.post(
    CHANGE + "/preview", status_code=201, operation_id="previewRuleChange", dependencies=DRAFTS,
    responses=problem_responses(NoSuchChange, ChangeDecided, PreviewMoved),
)
def preview(change_id: PathId, desk: RuleChanges, stamp: Stamped) -> PreviewOut:
    """Judge the whole book with and without the change, and keep what differs: levels, mismatches, offers."""
    return preview_out(desk.preview(change_id, stamp))


@router.post(
    CHANGE + "/approval", operation_id="approveRuleChange", dependencies=APPROVES,
    responses=problem_responses(
        NoSuchChange, ChangeDecided, SecondPersonNeeded, AnotherMustDecide, PreviewMissing, PreviewMoved,
        DraftRefused, QuestionnaireNotPublishable, OverrideTooLow, RatingOutOfOrder,
    ),
)
def approve(change_id: PathId, body: ApprovalIn, desk: RuleChanges, stamp: Stamped) -> RuleChangeOut:
    """Another person approves exactly what was previewed; in force from its day."""
    return whole(desk, desk.approve(change_id, body.shown, reason=body.reason, stamp=stamp))


@router.post(
    CHANGE + "/refusal", operation_id="refuseRuleChange", dependencies=APPROVES,
    responses=problem_responses(NoSuchChange, ChangeDecided, DraftRefused),
)
def refuse(change_id: PathId, body: RefusalIn, desk: RuleChanges, stamp: Stamped) -> RuleChangeOut:
    """Turn the change down; it stays on file."""
    return whole(desk, desk.refuse(change_id, reason=body.reason, stamp=stamp))


@router.post(
    CHANGE + "/rollback", status_code=201, operation_id="rollBackRuleChange", dependencies=APPROVES,
    responses=problem_responses(NoSuchChange, NothingToRollBack, PreviewMoved, DraftRefused, RatingOutOfOrder),
)
def roll_back(
    change_id: PathId, body: RollbackIn, response: Response, desk: RuleChanges, stamp: Stamped
) -> RuleChangeOut:
    """Put back in one step what the change replaced, as a change of its own; nothing is deleted."""
    made = desk.rollback(change_id, reason=body.reason, effective_from=body.effective_from, stamp=stamp)
    response.headers["Location"] = f"/api/v1/suitability/rule-changes/{made.id}"
    return whole(desk, made)


def drafted(desk: ChangeService, body: DraftIn, stamp: Stamp) -> Change:
    reason, since = body.reason, body.effective_from
    if isinstance(body, RatingDraft):
        return desk.draft_rating(body.product_code, body.level, reason=reason, effective_from=since, stamp=stamp)
    if isinstance(body, QuestionnaireDraft):
        return desk.draft_questionnaire(body.text, reason=reason, effective_from=since, stamp=stamp)
    return desk.draft_rules(
        body.file, body.text, title=body.title, reason=reason, effective_from=since, stamp=stamp
    )


def whole(desk: ChangeService, change: Change) -> RuleChangeOut:
    return change_out(change, desk.differences(change.id))
