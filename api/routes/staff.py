"""人员与营业部: who works where, in which post, with how many clients; changed with the version one has seen."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.access import needs
from api.contract.door import Door
from api.contract.etags import SeenVersion, set_etag
from api.contract.refusals import problem_responses
from api.desks import StaffDesk, Stamped
from api.links import next_link
from api.routes.shapes import Ask, Code, Cursor, Day, Limit, PathCode, Word
from clients.staff.problems import (
    ChangedMeanwhile,
    NoSuchBranch,
    NoSuchStaff,
    NotInPost,
    PeriodTaken,
    StaffExists,
    StaffRefused,
    StillServing,
)
from clients.staff.service import StaffAsk
from clients.staff.types import Branch, Post, Staff
from kit.access import Verb
from reports.paging import read_cursor, write_cursor

router = APIRouter(tags=["人员"], route_class=Door)
READS = [needs(Verb.STAFF_READ)]
EDITS = [needs(Verb.STAFF_EDIT)]
Capacity = Annotated[int | None, Field(ge=0, le=1_000_000, description="服务客户上限；空为不设上限")]


class BranchOut(BaseModel):
    branch_no: str
    name: str
    version: int


class BranchList(BaseModel):
    items: list[BranchOut]


class BranchIn(Ask):
    branch_no: Code
    name: Word


class NameIn(Ask):
    name: Word


class StaffOut(BaseModel):
    """A person as of today; post and branch are empty where there is none."""

    staff_no: str
    name: str
    post: Post | None
    branch_no: str | None
    branch_name: str | None
    joined_on: date | None
    left_on: date | None
    capacity: int | None
    clients: int
    level: str | None
    absent: bool
    version: int


class StaffPage(BaseModel):
    items: list[StaffOut]
    next: str | None


class StaffIn(Ask):
    """A new person and the first post."""

    staff_no: Code
    name: Word
    post: Post
    branch_no: Code | None = None
    joined_on: Day | None = None
    capacity: Capacity = None


class StaffChange(Ask):
    """Name and capacity as they shall be."""

    name: Word
    capacity: Capacity


class MoveIn(Ask):
    """Another post or branch from a day on."""

    post: Post
    branch_no: Code | None
    day: Day


class LeaveIn(Ask):
    last_day: Day


class LevelOut(BaseModel):
    level: str
    valid_from: date
    basis: str
    published_by: str
    published_at: datetime


class LevelList(BaseModel):
    items: list[LevelOut]


def branch_out(response: Response, branch: Branch) -> BranchOut:
    set_etag(response, branch.version)
    return BranchOut(**asdict(branch))


def staff_out(response: Response, person: Staff) -> StaffOut:
    set_etag(response, person.version)
    return StaffOut(**asdict(person))


@router.get("/branches", operation_id="listBranches", dependencies=READS)
def list_branches(desk: StaffDesk) -> BranchList:
    """All branches by number."""
    return BranchList(items=[BranchOut(**asdict(one)) for one in desk.branches()])


@router.post(
    "/branches", status_code=201, operation_id="addBranch", dependencies=EDITS,
    responses=problem_responses(StaffExists, StaffRefused),
)
def add_branch(body: BranchIn, response: Response, desk: StaffDesk, stamp: Stamped) -> BranchOut:
    """A new branch."""
    return branch_out(response, desk.add_branch(body.branch_no, body.name, stamp))


@router.get(
    "/branches/{branch_no}", operation_id="getBranch", dependencies=READS, responses=problem_responses(NoSuchBranch)
)
def get_branch(branch_no: PathCode, response: Response, desk: StaffDesk) -> BranchOut:
    """One branch."""
    return branch_out(response, desk.branch(branch_no))


@router.put(
    "/branches/{branch_no}", operation_id="changeBranch", dependencies=EDITS,
    responses=problem_responses(NoSuchBranch, ChangedMeanwhile, StaffRefused),
)
def change_branch(
    branch_no: PathCode, body: NameIn, response: Response, desk: StaffDesk, stamp: Stamped, seen: SeenVersion
) -> BranchOut:
    """Another name."""
    return branch_out(response, desk.change_branch(branch_no, name=body.name, expected_version=seen, stamp=stamp))


@router.get("/staff", operation_id="listStaff", dependencies=READS)
def list_staff(
    request: Request,
    response: Response,
    desk: StaffDesk,
    q: Annotated[str, Query(max_length=128, description="编号或姓名的一部分")] = "",
    branch_no: Annotated[str | None, Query(max_length=64)] = None,
    post: Post | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> StaffPage:
    """People by number, as of today."""
    after = read_cursor(cursor, 1)[0] if cursor else ""
    found = desk.list(after=after, limit=limit + 1, matching=q, branch_no=branch_no, post=post)
    following = write_cursor(found[limit - 1].staff_no) if len(found) > limit else None
    next_link(request, response, following)
    return StaffPage(items=[StaffOut(**asdict(one)) for one in found[:limit]], next=following)


@router.post(
    "/staff", status_code=201, operation_id="addStaff", dependencies=EDITS,
    responses=problem_responses(StaffExists, NoSuchBranch, StaffRefused),
)
def add_staff(body: StaffIn, response: Response, desk: StaffDesk, stamp: Stamped) -> StaffOut:
    """A new person."""
    made = desk.add_staff(StaffAsk(**body.model_dump()), stamp)
    response.headers["Location"] = f"/api/v1/staff/{quote(made.staff_no, safe='')}"
    return staff_out(response, made)


@router.get("/staff/{staff_no}", operation_id="getStaff", dependencies=READS, responses=problem_responses(NoSuchStaff))
def get_staff(staff_no: PathCode, response: Response, desk: StaffDesk) -> StaffOut:
    """One person."""
    return staff_out(response, desk.get(staff_no))


@router.put(
    "/staff/{staff_no}", operation_id="changeStaff", dependencies=EDITS,
    responses=problem_responses(NoSuchStaff, ChangedMeanwhile, StaffRefused),
)
def change_staff(
    staff_no: PathCode, body: StaffChange, response: Response, desk: StaffDesk, stamp: Stamped, seen: SeenVersion
) -> StaffOut:
    """Another name or capacity."""
    changed = desk.change_staff(
        staff_no, name=body.name, capacity=body.capacity, expected_version=seen, stamp=stamp
    )
    return staff_out(response, changed)


@router.post(
    "/staff/{staff_no}/moves", operation_id="moveStaff", dependencies=EDITS,
    responses=problem_responses(NoSuchStaff, NoSuchBranch, ChangedMeanwhile, PeriodTaken),
)
def move_staff(
    staff_no: PathCode, body: MoveIn, response: Response, desk: StaffDesk, stamp: Stamped, seen: SeenVersion
) -> StaffOut:
    """Another post or branch from a day on; the post before ends on the day before."""
    moved = desk.move(
        staff_no, post=body.post, branch_no=body.branch_no, day=body.day, expected_version=seen, stamp=stamp
    )
    return staff_out(response, moved)


@router.post(
    "/staff/{staff_no}/leave", operation_id="endStaff", dependencies=EDITS,
    responses=problem_responses(NoSuchStaff, ChangedMeanwhile, NotInPost, StillServing),
)
def leave(
    staff_no: PathCode, body: LeaveIn, response: Response, desk: StaffDesk, stamp: Stamped, seen: SeenVersion
) -> StaffOut:
    """The last day in post. Refused while clients are left: hand them over first."""
    return staff_out(response, desk.leave(staff_no, last_day=body.last_day, expected_version=seen, stamp=stamp))


@router.get(
    "/staff/{staff_no}/levels", operation_id="listLevels", dependencies=READS, responses=problem_responses(NoSuchStaff)
)
def list_levels(staff_no: PathCode, desk: StaffDesk) -> LevelList:
    """Published levels, newest first."""
    return LevelList(items=[LevelOut(**asdict(one)) for one in desk.levels(staff_no)])
