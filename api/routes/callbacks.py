"""客户回访: how far the year is, who may be drawn, samples with frame and seed, and every call that was made."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.desks import Sampling, Stamped
from api.links import next_link
from api.routes.amounts import Digest
from api.routes.shapes import PRINTABLE, Ask, Code, Cursor, Day, Limit, PathId
from kit.access import Verb
from reports.paging import read_number, write_cursor
from suitability.sampling.drawing import Excluded, Framed
from suitability.sampling.problems import (
    CallbackIncomplete,
    NoSuchSample,
    NothingToDraw,
    NotInSample,
    YearNotBegun,
)
from suitability.sampling.repository import CallChannel, CallOutcome, CallResult, Drawee, Sample
from suitability.sampling.service import LONGEST

router = APIRouter(prefix="/suitability", tags=["客户回访"], route_class=Door)
READS = [needs(Verb.CALLBACK_READ)]
RUNS = [needs(Verb.CALLBACK_RUN)]
FIRST_YEAR: Final = 2018
"""The share has been a duty since 2017-07-01, and a year is drawn by what stood at the end of the one before."""
LAST_YEAR: Final = 2199
PathYear = Annotated[int, Path(ge=FIRST_YEAR, le=LAST_YEAR)]
Told = Annotated[str, StringConstraints(max_length=LONGEST, pattern=PRINTABLE)]
SAMPLE: Final = "/callback-samples/{sample_id}"


class YearOut(BaseModel):
    """How far a year is. needed: the least number by the frame of its first sample; done counts a client once."""

    year: int
    frame_size: int
    needed: int
    sampled: int
    done: int
    tried: int = Field(description="联系过而没有联系上的客户")
    problems: int
    met: bool


class FrameOut(BaseModel):
    """Who may be drawn, by what stood at the end of the year before; nothing is drawn by asking."""

    year: int
    basis_day: date
    size: int
    excluded: dict[Excluded, int]
    digest: str


class DrawIn(Ask):
    """seed: a fresh one unless given; the same frame and seed give the same sample to anyone."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
    seed: Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PRINTABLE)] | None = None


class SampleOut(BaseModel):
    """One sample. strata: frame and sample of each, '' where none are asked for."""

    id: int
    year: int
    basis_day: date
    frame_size: int
    frame_digest: str
    excluded: dict[Excluded, int]
    share: str
    strata: dict[str, list[int]]
    seed: str
    size: int
    rule_version: str
    digest: str
    drawn_by: str
    drawn_at: datetime


class SamplePage(BaseModel):
    items: list[SampleOut]
    next: str | None


class CallIn(Ask):
    """One call, or one attempt. evidence: digest of the recording or of the signed form."""

    client_no: Code
    outcome: CallOutcome
    called_on: Annotated[Day | None, Field(description="哪一天；默认今天，不晚于今天")] = None
    channel: CallChannel = CallChannel.PHONE
    problem: Annotated[Told, Field(description="客户反映的问题；没有为空")] = ""
    note: Told = ""
    evidence: Digest | None = None


class CallOut(BaseModel):
    client_no: str
    sample_id: int
    outcome: CallOutcome
    channel: CallChannel
    problem: str
    note: str
    called_on: date
    filed_by: str
    filed_at: datetime


class DraweeOut(BaseModel):
    """One client who was drawn, with the calls so far, oldest first."""

    client_no: str
    stratum: str
    reached: bool
    calls: list[CallOut]


class DraweePage(BaseModel):
    items: list[DraweeOut]
    next: str | None


class RedrawOut(BaseModel):
    """The sample drawn again from today's records under its seed: `same` proves it; else who differs."""

    sample_id: int
    same: bool
    missing: list[str] = Field(description="当时抽中、现在抽不到的")
    added: list[str] = Field(description="当时没有、现在抽中的")


def sample_out(sample: Sample) -> SampleOut:
    return SampleOut(**{name: getattr(sample, name) for name in SampleOut.model_fields})


def call_out(call: CallResult) -> CallOut:
    return CallOut(**{name: getattr(call, name) for name in CallOut.model_fields})


def drawee_out(one: Drawee) -> DraweeOut:
    return DraweeOut(
        client_no=one.client_no, stratum=one.stratum, reached=one.reached, calls=[call_out(call) for call in one.calls]
    )


@router.get("/callback-years/{year}", operation_id="getCallbackYear", dependencies=READS)
def get_year(year: PathYear, desk: Sampling) -> YearOut:
    """What is needed, drawn, done, and what clients complained of."""
    quota = desk.quota(year)
    return YearOut(**{name: getattr(quota, name) for name in YearOut.model_fields})


@router.get("/callback-years/{year}/frame", operation_id="getCallbackFrame", dependencies=READS)
def get_frame(year: PathYear, desk: Sampling) -> FrameOut:
    """Whom a draw would draw from, and how many stand outside for which reason."""
    frame = desk.frame(year)
    excluded: dict[Any, int] = dict(frame.excluded)
    return FrameOut(
        year=year, basis_day=frame.basis, size=len(frame.members), excluded=excluded, digest=frame.digest
    )


@router.get("/callback-samples", operation_id="listCallbackSamples", dependencies=READS)
def list_samples(
    request: Request,
    response: Response,
    desk: Sampling,
    year: Annotated[int | None, Query(ge=FIRST_YEAR, le=LAST_YEAR)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> SamplePage:
    """Samples, newest first."""
    below = read_number(cursor)
    found = [one for one in reversed(desk.samples(year)) if below is None or one.id < below]
    following = write_cursor(str(found[limit - 1].id)) if len(found) > limit else None
    next_link(request, response, following)
    return SamplePage(items=[sample_out(one) for one in found[:limit]], next=following)


@router.post(
    "/callback-samples", status_code=201, operation_id="drawCallbackSample", dependencies=RUNS,
    responses=problem_responses(NothingToDraw, YearNotBegun),
)
def draw(body: DrawIn, response: Response, desk: Sampling, stamp: Stamped) -> SampleOut:
    """Draw the year's share, or once more from those who were not drawn yet; frame and seed are kept."""
    made = desk.draw(body.year, stamp, seed=body.seed)
    response.headers["Location"] = f"/api/v1/suitability/callback-samples/{made.id}"
    return sample_out(made)


@router.get(
    SAMPLE, operation_id="getCallbackSample", dependencies=READS, responses=problem_responses(NoSuchSample)
)
def get_sample(sample_id: PathId, desk: Sampling) -> SampleOut:
    """One sample; who is in it, by `…/clients`."""
    return sample_out(desk.sample(sample_id))


@router.get(
    SAMPLE + "/clients", operation_id="listCallbackClients", dependencies=READS,
    responses=problem_responses(NoSuchSample),
)
def list_clients(
    sample_id: PathId,
    request: Request,
    response: Response,
    desk: Sampling,
    waiting: Annotated[bool, Query(description="只看还没有回访到的")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> DraweePage:
    """Who was drawn, in the order of drawing, with the calls so far."""
    found = desk.clients(sample_id, waiting=waiting, after=read_number(cursor) or 0, limit=limit + 1)
    following = write_cursor(str(found[limit - 1].place)) if len(found) > limit else None
    next_link(request, response, following)
    return DraweePage(items=[drawee_out(one) for one in found[:limit]], next=following)


@router.post(
    SAMPLE + "/calls", status_code=201, operation_id="recordCallback", dependencies=RUNS,
    responses=problem_responses(NoSuchSample, NotInSample, CallbackIncomplete),
)
def record(sample_id: PathId, body: CallIn, desk: Sampling, stamp: Stamped, scope: Reach) -> CallOut:
    """File a call or an attempt; an attempt that reached nobody counts for nothing but is kept."""
    filed = desk.record(
        sample_id, body.client_no, body.outcome, stamp, called_on=body.called_on or scope.day,
        channel=body.channel.value, problem=body.problem, note=body.note, evidence=body.evidence or "",
    )  # fmt: skip
    return call_out(filed)


@router.get(
    SAMPLE + "/redraw", operation_id="redrawCallbackSample", dependencies=READS,
    responses=problem_responses(NoSuchSample),
)
def redraw(sample_id: PathId, desk: Sampling) -> RedrawOut:
    """Draw the sample again from today's records under the seed that was kept. Nothing is filed."""
    kept, again = desk.sample(sample_id).members, _numbers(desk.draw_again(sample_id).members)
    missing, added = sorted({*kept} - {*again}), sorted({*again} - {*kept})
    return RedrawOut(sample_id=sample_id, same=kept == again, missing=missing, added=added)


def _numbers(members: tuple[Framed, ...]) -> tuple[str, ...]:
    return tuple(one.client_no for one in members)
