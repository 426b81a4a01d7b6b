"""服务关系: who serves whom from when to when; begun, ended, or withdrawn before it begins."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import Relations, Stamped
from api.links import next_link
from api.routes.shapes import Ask, Code, Cursor, Day, DayAsked, Limit, Line, PathCode, PathId, Reason
from clients.repository import NoSuchClient
from clients.staff.problems import (
    ChangedMeanwhile,
    MainTaken,
    NoSuchRelation,
    NoSuchStaff,
    NotInPost,
    NotQualified,
    OverCapacity,
    PeriodTaken,
    StaffRefused,
)
from clients.staff.relations import RelationAsk
from clients.staff.types import Act, Relation, RelationRole, Serving
from kit.access import Verb
from reports.paging import NOT_OURS, read_cursor, write_cursor
from reports.problems import BadCursor

router = APIRouter(tags=["服务关系"], route_class=Door)
READS = [needs(Verb.RELATION_READ)]
EDITS = [needs(Verb.RELATION_EDIT)]


class RelationIn(Ask):
    """A new relation; without a last day it runs until further notice."""

    client_no: Code
    staff_no: Code
    role: RelationRole = RelationRole.MAIN
    valid_from: Day
    valid_to: Day | None = None
    reason: Line = ""


class RelationOut(BaseModel):
    id: int
    client_no: str
    client_name: str
    staff_no: str
    staff_name: str
    role: RelationRole
    valid_from: date
    valid_to: date | None
    reason: str
    ended_reason: str
    version: int


class RelationPage(BaseModel):
    items: list[RelationOut]
    next: str | None


class EndIn(Ask):
    last_day: Day
    reason: Reason


class ServingOut(BaseModel):
    """Who serves the client on the day. `acts`: what the person's registrations allow on that day."""

    relation_id: int
    staff_no: str
    staff_name: str
    role: RelationRole
    stand_in_for: str | None
    absent: bool
    acts: list[Act] = Field(description="执业登记在当日允许的行为")


class ServingList(BaseModel):
    day: date
    items: list[ServingOut]


def relation_out(response: Response, relation: Relation) -> RelationOut:
    set_etag(response, relation.version)
    return RelationOut(**asdict(relation))


def serving_out(one: Serving) -> ServingOut:
    return ServingOut(**{**asdict(one), "acts": sorted(one.acts)})


@router.get(
    "/relations", operation_id="listRelations", dependencies=READS,
    responses=problem_responses(NoSuchClient, NoSuchStaff),
)
def list_relations(
    request: Request,
    response: Response,
    desk: Relations,
    client_no: Annotated[str | None, Query(max_length=64)] = None,
    staff_no: Annotated[str | None, Query(max_length=64)] = None,
    role: RelationRole | None = None,
    day: DayAsked = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RelationPage:
    """Relations in the order of their making; with a day only those in force on it."""
    found = desk.list(
        client_no=client_no, staff_no=staff_no, role=role, day=day, after=_after(cursor), limit=limit + 1
    )
    following = write_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    next_link(request, response, following)
    return RelationPage(items=[RelationOut(**asdict(one)) for one in found[:limit]], next=following)


@router.post(
    "/relations", status_code=201, operation_id="assignRelation", dependencies=EDITS,
    responses=problem_responses(
        NoSuchClient, NoSuchStaff, StaffRefused, NotInPost, NotQualified, MainTaken, PeriodTaken, OverCapacity
    ),
)
def assign(body: RelationIn, response: Response, desk: Relations, stamp: Stamped) -> RelationOut:
    """Begin a relation."""
    made = desk.assign(RelationAsk(**body.model_dump()), stamp)
    response.headers["Location"] = f"/api/v1/relations/{made.id}"
    return relation_out(response, made)


@router.get(
    "/relations/{relation_id}", operation_id="getRelation", dependencies=READS,
    responses=problem_responses(NoSuchRelation),
)
def get_relation(relation_id: PathId, response: Response, desk: Relations) -> RelationOut:
    """One relation."""
    return relation_out(response, desk.get(relation_id))


@router.post(
    "/relations/{relation_id}/end", operation_id="endRelation", dependencies=EDITS,
    responses=problem_responses(NoSuchRelation, ChangedMeanwhile, StaffRefused),
)
def end(
    relation_id: PathId, body: EndIn, response: Response, desk: Relations, stamp: Stamped, seen: SeenVersion
) -> RelationOut:
    """The last day served."""
    ended = desk.end(relation_id, last_day=body.last_day, reason=body.reason, expected_version=seen, stamp=stamp)
    return relation_out(response, ended)


@router.delete(
    "/relations/{relation_id}", status_code=204, operation_id="withdrawRelation", dependencies=EDITS,
    responses=problem_responses(NoSuchRelation, ChangedMeanwhile, StaffRefused),
)
def withdraw(
    relation_id: PathId,
    desk: Relations,
    stamp: Stamped,
    seen: SeenVersion,
    reason: Annotated[str, Query(max_length=256)] = "",
) -> None:
    """Take back a relation that has not begun; the trail keeps it."""
    desk.withdraw(relation_id, reason=reason, expected_version=seen, stamp=stamp)


@router.get(
    "/clients/{client_no}/serving", operation_id="getServing", dependencies=READS,
    responses=problem_responses(NoSuchClient),
)
def serving(client_no: PathCode, desk: Relations, scope: Reach, day: DayAsked = None) -> ServingList:
    """Who serves the client on a day, stand-ins included, and what each may do."""
    asked = day or scope.day
    return ServingList(day=asked, items=[serving_out(one) for one in desk.serving(client_no, asked)])


def _after(cursor: str | None) -> int:
    if cursor is None:
        return 0
    said = read_cursor(cursor, 1)[0]
    if not said.isascii() or not said.isdigit() or int(said) >= 2**31:
        raise BadCursor(NOT_OURS)
    return int(said)
