"""Pages of callbacks: how far the year is, its samples with frame and seed, who waits for a call, and each call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Clients, Sampling, Stamped
from api.pages.fields import Blank, Text
from api.pages.forms import DeskForm, FormCode, FormDay, FormLine, Input, attempt, options
from api.pages.suitability_list import moment
from api.rendering import render
from api.routes.callbacks import FIRST_YEAR, LAST_YEAR
from api.routes.shapes import PathCode, PathId
from kit.access import Actor, Verb
from kit.problems import Problem
from reports.masking import mask_name
from reports.paging import read_number, write_cursor
from suitability.sampling.drawing import Excluded
from suitability.sampling.problems import CallbackIncomplete
from suitability.sampling.repository import CallChannel, CallOutcome, Drawee, Sample
from suitability.sampling.service import LONGEST, SamplingService

LIST: Final = "/suitability/callbacks"
PAGE: Final = 50
NOTES: Final = {"drawn": "样本已抽取：抽样范围与种子均已登记，可以重抽核对。", "called": "回访已登记。"}
READS: Final = [needs(Verb.CALLBACK_READ)]
RUNS: Final = [needs(Verb.CALLBACK_RUN)]
router = APIRouter(prefix=LIST, route_class=Door)
Year = Annotated[int | None, Blank, Query(ge=FIRST_YEAR, le=LAST_YEAR)]
Said = Annotated[str, Field(max_length=LONGEST)]


class DrawFields(BaseModel):
    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
    seed: Annotated[FormLine, Field(max_length=64)] = ""


class CallFields(BaseModel):
    """One call as typed."""

    outcome: FormCode = ""
    channel: FormCode = CallChannel.PHONE.value
    called_on: FormDay = None
    problem: Said = ""
    note: Said = ""


@router.get("", response_class=HTMLResponse, dependencies=READS)
def callbacks_page(desk: Sampling, scope: Reach, who: Who, year: Year = None) -> str:
    """The year: what is needed, drawn and done; its samples; before the first one, who may be drawn."""
    return _year(desk, year or scope.day.year, scope.day, who)


@router.post("", dependencies=RUNS)
def draw_callbacks(
    fields: Annotated[DrawFields, Form()], desk: Sampling, stamp: Stamped, session: Database, scope: Reach
) -> Response:
    """Draw the year's share, or once more from those who were not drawn yet."""
    try:
        made = desk.draw(fields.year, stamp, seed=fields.seed or None)
    except Problem as refused:
        session.rollback()
        shown = _year(desk, fields.year, scope.day, stamp.actor, fault=refused.detail)
        return HTMLResponse(shown, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{made.id}?note=drawn", status_code=303)


@router.get("/{sample_id}", response_class=HTMLResponse, dependencies=READS)
def callback_sample_page(
    sample_id: PathId, desk: Sampling, clients: Clients, who: Who, waiting: Text = None, cursor: Text = None,
    note: Text = None,
) -> str:  # fmt: skip
    """One sample: where it comes from, and who was drawn with the calls so far."""
    sample = desk.sample(sample_id)
    found = desk.clients(sample_id, waiting=bool(waiting), after=read_number(cursor) or 0, limit=PAGE + 1)
    names = {no: one.name for no, one in clients.clients_by_no([one.client_no for one in found]).items()}
    place = f"{LIST}/{sample_id}"
    kept = "waiting=1&" if waiting else ""
    following = f"{place}?{kept}cursor={write_cursor(str(found[PAGE - 1].place))}" if len(found) > PAGE else None
    chips = [
        {"label": "全部", "href": place, "active": not waiting},
        {"label": "还没有回访到", "href": f"{place}?waiting=1", "active": bool(waiting)},
    ]
    told = [NOTES[note]] if note in NOTES else []
    return render(
        "pages/callback_sample.html", "suitability", *told, reader=who, sample=sample_line(sample), chips=chips,
        lines=[drawee_line(one, names, place) for one in found[:PAGE]], following=following,
        first=(f"{place}?waiting=1" if waiting else place) if cursor else None, may_run=who.may(Verb.CALLBACK_RUN),
    )  # fmt: skip


@router.get("/{sample_id}/clients/{client_no}", response_class=HTMLResponse, dependencies=RUNS)
def callback_form_page(sample_id: PathId, client_no: PathCode, desk: Sampling, scope: Reach) -> str:
    desk.sample(sample_id)
    return call_form(sample_id, client_no, scope.day).html()


@router.post("/{sample_id}/clients/{client_no}", dependencies=RUNS)
def record_callback(
    sample_id: PathId, client_no: PathCode, fields: Annotated[CallFields, Form()], desk: Sampling, stamp: Stamped,
    session: Database, scope: Reach,
) -> Response:  # fmt: skip
    """File a call or an attempt."""
    desk.sample(sample_id)

    def record() -> object:
        if fields.outcome not in set(CallOutcome):
            raise CallbackIncomplete("请选择回访结果")
        return desk.record(
            sample_id, client_no, CallOutcome(fields.outcome), stamp, called_on=fields.called_on or scope.day,
            channel=fields.channel, problem=fields.problem.strip(), note=fields.note.strip(),
        )  # fmt: skip

    form: Callable[[], DeskForm] = lambda: call_form(sample_id, client_no, scope.day)  # noqa: E731
    return attempt(session, record, form, fields, f"{LIST}/{sample_id}?waiting=1&note=called")


def call_form(sample_id: int, client_no: str, day: date) -> DeskForm:
    place = f"{LIST}/{sample_id}"
    return DeskForm(
        title=f"登记回访：{client_no}", action=f"{place}/clients/{quote(client_no, safe='')}", submit="登记",
        back=place, here="suitability", lead="没有联系上也要登记；联系上的才计入当年的回访。",
        inputs=(
            Input(name="outcome", label="结果", kind="choices", options=options(CallOutcome), required=True),
            Input(name="channel", label="方式", kind="choices", options=options(CallChannel), required=True,
                  value=CallChannel.PHONE.value),
            Input(name="called_on", label="回访日期", kind="date", value=day.isoformat(), required=True),
            Input(name="problem", label="客户反映的问题", kind="lines", hint="没有就不填。"),
            Input(name="note", label="说明", kind="lines"),
        ),
    )  # fmt: skip


def sample_line(sample: Sample) -> dict[str, Any]:
    return {
        "id": sample.id, "href": f"{LIST}/{sample.id}", "year": sample.year, "size": f"{sample.size:,}",
        "frame": f"{sample.frame_size:,}", "basis": sample.basis_day, "seed": sample.seed, "digest": sample.digest,
        "frame_digest": sample.frame_digest, "drawn": f"{sample.drawn_by} {moment(sample.drawn_at)}",
        "excluded": excluded_words(sample.excluded), "share": f"{float(sample.share):.0%}",
    }  # fmt: skip


def excluded_words(counts: dict[str, int]) -> str:
    told = [f"{one.label} {counts[one.value]:,} 名" for one in Excluded if counts.get(one.value)]
    return "；".join(told) or "没有"


def drawee_line(one: Drawee, names: Mapping[str, str], place: str) -> dict[str, Any]:
    last = one.calls[-1] if one.calls else None
    tries = f"，共 {len(one.calls)} 次" if len(one.calls) > 1 else ""
    return {
        "client_no": one.client_no, "client": mask_name(names.get(one.client_no, "")), "stratum": one.stratum,
        "state": last.outcome.label if last else "待回访", "reached": one.reached,
        "last": f"{last.called_on} {last.channel.label}{tries}" if last else "",
        "problem": "；".join(call.problem for call in one.calls if call.problem),
        "href": f"{place}/clients/{quote(one.client_no, safe='')}",
    }  # fmt: skip


def _year(desk: SamplingService, year: int, day: date, who: Actor, fault: str = "") -> str:
    samples = desk.samples(year)
    frame = None if samples or year > day.year else desk.frame(year)
    return render(
        "pages/callbacks.html", "suitability", reader=who, year=year, quota=desk.quota(year), fault=fault,
        samples=[sample_line(one) for one in reversed(samples)],
        may_draw=who.may(Verb.CALLBACK_RUN) and year <= day.year,
        frame=None if frame is None else {
            "size": f"{len(frame.members):,}", "basis": frame.basis, "excluded": excluded_words(dict(frame.excluded)),
        },
        earlier=f"{LIST}?year={year - 1}" if year > FIRST_YEAR else "",
        later=f"{LIST}?year={year + 1}" if year < day.year else "",
    )  # fmt: skip
