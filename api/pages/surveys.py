"""满意度 as pages: rounds, a round with its results and intervals, a new round."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Stamped, Surveys
from api.pages.fields import Text
from api.pages.forms import DeskForm, FormCode, FormDay, FormLine, Input, attempt, needed
from api.pages.service_words import client_path, places
from api.rendering import render
from api.routes.shapes import PathCode
from clients.satisfaction.intervals import Estimate, GroupResult
from clients.satisfaction.problems import SurveyRefused
from clients.satisfaction.types import SurveyRound
from diagnosis.wording import DASH, number, percent
from kit.access import Scope, Verb

router = APIRouter(prefix="/surveys", route_class=Door)
NOTES: Final = {"opened": "这一轮已登记；答卷用 heshi import surveys.csv 导入，或由客户在 App 填答。"}
WIDTH: Final = 160


@router.get("", response_class=HTMLResponse, dependencies=[needs(Verb.SATISFACTION_READ)])
def surveys_page(desk: Surveys, scope: Reach, who: Who, note: Text = None) -> str:
    """Rounds, the newest first."""
    told = NOTES.get(note or "")
    return render(
        "pages/surveys.html", "service", *([told] if told else []), places=places(who, "surveys"),
        lines=[round_line(one, scope) for one in desk.rounds()], runs=who.may(Verb.SATISFACTION_RUN),
    )  # fmt: skip


@router.get("/new", response_class=HTMLResponse, dependencies=[needs(Verb.SATISFACTION_RUN)])
def new_survey_page(scope: Reach) -> str:
    """The form of a new round."""
    return round_form(scope).html()


class RoundFields(BaseModel):
    """What the browser sends."""

    code: FormCode = ""
    title: FormLine = ""
    first_on: FormDay = None
    last_on: FormDay = None
    invited: FormCode = ""

    def count(self) -> int | None:
        """Raises SurveyRefused."""
        if not self.invited:
            return None
        if not (self.invited.isascii() and self.invited.isdigit() and len(self.invited) <= 9):
            raise SurveyRefused("发出份数应为不带小数的数；不清楚时留空")
        return int(self.invited)


@router.post("", dependencies=[needs(Verb.SATISFACTION_RUN)])
def new_survey(
    fields: Annotated[RoundFields, Form()], desk: Surveys, session: Database, stamp: Stamped, scope: Reach
) -> Response:
    """Register a round."""

    def deed() -> None:
        first, last = needed(fields.first_on, "开始日"), needed(fields.last_on, "截止日")
        desk.open_round(fields.code, fields.title, first, last, stamp, fields.count())

    return attempt(session, deed, lambda: round_form(scope), fields, "/surveys?note=opened")


@router.get("/{code}", response_class=HTMLResponse, dependencies=[needs(Verb.SATISFACTION_READ)])
def survey_page(code: PathCode, desk: Surveys, scope: Reach, who: Who) -> str:
    """One round: 满意率 and 净推荐值 with intervals, by branch, advisor and grade; what was written."""
    found = desk.result(code)
    tables = [("按营业部", found.by_branch), ("按主办人员", found.by_advisor), ("按客户等级", found.by_grade)]
    rate = f"回收 {percent(found.response_rate, 1)}" if found.response_rate is not None else ""
    return render(
        "pages/survey.html", "service", places=places(who, "surveys"), round=round_line(found.round, scope),
        whole=group_line(found.whole), level=percent(found.level, 0), least=found.least, withheld=found.withheld,
        rate=rate, tables=[(title, [group_line(one) for one in groups]) for title, groups in tables],
        comments=[
            {"client_no": one.client_no, "href": client_path(one.client_no), "day": one.day, "score": one.score,
             "recommend": one.recommend, "text": one.text}
            for one in desk.comments(code)
        ],
    )  # fmt: skip


def round_line(one: SurveyRound, scope: Scope) -> dict[str, Any]:
    state = "未开始" if scope.day < one.first_on else "进行中" if scope.day <= one.last_on else "已截止"
    return {
        "code": one.code, "title": one.title, "href": f"/surveys/{one.code}",
        "during": f"{one.first_on} 至 {one.last_on}",
        "answers": number(one.answers, 0), "invited": DASH if one.invited is None else number(one.invited, 0),
        "state": state, "any": bool(one.answers),
    }  # fmt: skip


def group_line(one: GroupResult) -> dict[str, Any]:
    """A group in words, with its intervals drawn on one scale for all."""
    return {
        "label": f"{one.key} {one.label}" if one.key and one.label != f"{one.key} 级" else one.label,
        "n": number(one.satisfied.n, 0), "mean": DASH if one.mean is None else number(one.mean, 2),
        "satisfied": share_line(one.satisfied, 0.0), "net": share_line(one.promoters, -1.0),
    }  # fmt: skip


def share_line(one: Estimate, lowest: float) -> dict[str, Any]:
    """A ratio or a difference of ratios: its text, its interval, and where they lie between `lowest` and 1."""
    if one.value is None or one.low is None or one.high is None:
        return {"text": DASH, "interval": "没有答卷", "n": number(one.n, 0)}

    def place(value: float) -> float:
        return round(4 + (value - lowest) / (1 - lowest) * (WIDTH - 8), 1)

    def said(value: float) -> str:
        return percent(value, 1) if lowest == 0.0 else number(value * 100, 0, signed=True)

    return {
        "text": said(one.value), "interval": f"{said(one.low)} 至 {said(one.high)}", "n": number(one.n, 0),
        "low": place(one.low), "high": place(one.high), "at": place(one.value), "zero": place(max(0.0, lowest)),
    }  # fmt: skip


def round_form(scope: Scope) -> DeskForm:
    return DeskForm(
        title="登记一轮调查", lead="先登记这一轮，再收答卷；一位客户一轮只收一份。", here="service", action="/surveys",
        submit="登记", back="/surveys",
        inputs=(
            Input(name="code", label="编号", required=True, hint="如 2026-Q4"),
            Input(name="title", label="名称", required=True, paired=True),
            Input(name="first_on", label="开始日", kind="date", value=scope.day.isoformat(), required=True),
            Input(name="last_on", label="截止日", kind="date", required=True, paired=True),
            Input(name="invited", label="发出份数", kind="number", hint="用来算回收率；不清楚时空着"),
        ),
    )  # fmt: skip
