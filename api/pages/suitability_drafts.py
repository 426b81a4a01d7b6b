"""Drafts of another rating of a product and of a new version of a questionnaire; then the way of every change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Questionnaires, Ratings, RuleChanges, Stamped
from api.pages.fields import FormText, Text
from api.pages.forms import DeskForm, FormCode, FormDay, FormLine, Input
from api.pages.suitability_change_view import LIST
from api.rendering import render
from diagnosis.wording import number
from kit.access import Verb
from kit.problems import Problem
from suitability.changes.problems import DraftRefused
from suitability.levels import ClientLevel, ProductLevel
from suitability.questionnaire.distribution import Distribution
from suitability.questionnaire.loading import read_questionnaire
from suitability.questionnaire.problems import QuestionnaireMalformed, QuestionnaireNotPublishable
from suitability.questionnaire.publication import Examination
from suitability.questionnaire.service import QuestionnaireService
from suitability.rating.service import RatingService

router = APIRouter(prefix=f"{LIST}/new", route_class=Door, dependencies=[needs(Verb.RULE_CHANGE)])
LARGEST: Final = 2**20
RATING: Final = f"{LIST}/new/rating"


@router.get("/rating", response_class=HTMLResponse)
def draft_rating_page(ratings: Ratings, scope: Reach, product: Text = None) -> str:
    """The form of another rating; with a product, what stands for it today."""
    return rating_form(ratings, product or "", scope.day).html()


@router.post("/rating")
def draft_rating(
    desk: RuleChanges, ratings: Ratings, stamp: Stamped, session: Database, scope: Reach,
    product: Annotated[FormCode, Form()] = "", level: Annotated[FormCode, Form()] = "",
    reason: Annotated[FormLine, Form()] = "", effective_from: Annotated[FormDay, Form()] = None,
) -> Response:  # fmt: skip
    """File the draft; the level is never below the list in force or the issuer's."""
    try:
        if not product or level not in set(ProductLevel) or effective_from is None:
            raise DraftRefused("请填写产品代码、调整到的等级与生效日")
        made = desk.draft_rating(
            product, ProductLevel(level), reason=reason, effective_from=effective_from, stamp=stamp
        )
    except Problem as refused:
        session.rollback()
        typed = {"product": product, "level": level, "reason": reason, "effective_from": effective_from}
        form = rating_form(ratings, "", scope.day).filled(typed)
        return HTMLResponse(form.html(refused.detail), status_code=refused.status)
    return RedirectResponse(f"{LIST}/{made.id}?note=drafted", status_code=303)


@router.get("/questionnaire", response_class=HTMLResponse)
def draft_questionnaire_page(desk: Questionnaires, scope: Reach, who: Who) -> str:
    """The form of a new version: the versions in use, and the file to upload."""
    return _page(desk, scope.day, who)


@router.post("/questionnaire", max_body_size=2 * LARGEST)
def draft_questionnaire(
    file: Annotated[UploadFile, File()], desk: RuleChanges, forms: Questionnaires, stamp: Stamped, session: Database,
    scope: Reach, reason: FormText = None, effective_from: Annotated[FormDay, Form()] = None,
) -> Response:  # fmt: skip
    """File the draft where the form may be published; else every fault, and how its sheets spread over the classes."""
    found: Examination | None = None
    since = effective_from or scope.day
    try:
        text = text_of(file)
        made = desk.draft_questionnaire(text, reason=reason or "", effective_from=since, stamp=stamp)
        found = forms.examine(read_questionnaire(text)[0], since)
        if found.faults:
            raise QuestionnaireNotPublishable(f"问卷 {found.version} 不能发布：共 {len(found.faults)} 处，逐条如下")
    except Problem as refused:
        session.rollback()
        shown = _page(forms, scope.day, stamp.actor, refused.detail, found, reason or "", since)
        return HTMLResponse(shown, status_code=refused.status)
    return RedirectResponse(f"{LIST}/{made.id}?note=drafted", status_code=303)


def text_of(file: UploadFile) -> str:
    """The text of an uploaded form. Raises QuestionnaireMalformed."""
    raw = file.file.read(LARGEST + 1)
    if not raw or len(raw) > LARGEST:
        raise QuestionnaireMalformed("请选择问卷文件（YAML，不超过 1 MiB）")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        raise QuestionnaireMalformed("问卷文件须为 UTF-8 编码的文本") from fault


@dataclass(frozen=True, slots=True)
class FormCheck:
    """What the check of publication found: every fault, what to know, and the sheets by class (name, sheets, share)."""

    faults: Sequence[str]
    remarks: Sequence[str]
    rows: tuple[tuple[str, str, str], ...]
    sheets: str


def form_check(found: Examination) -> FormCheck:
    spread = found.distribution
    return FormCheck(
        found.faults, found.remarks, () if spread is None else _rows(spread),
        "" if spread is None else number(spread.sheets, 0),
    )


def _rows(spread: Distribution) -> tuple[tuple[str, str, str], ...]:
    rows = [
        (f"{level.value} {level.label}", number(spread.by_level[level], 0), f"{spread.share(level):.2%}")
        for level in ClientLevel
    ]
    rows.insert(1, ("其中最低类别", number(spread.lowest, 0), f"{spread.lowest / (spread.sheets or 1):.2%}"))
    rows += [(f"{score} 分，不在任何分数段", number(count, 0), "") for score, count in list(spread.outside.items())[:5]]
    return tuple(rows)


def rating_form(ratings: RatingService, product: str, day: date) -> DeskForm:
    facts: tuple[tuple[str, str], ...] = ()
    if product:
        now = ratings.rating_on(product, day)
        level = f"{now.level.value} {now.level.label}" if now.level else now.missing or "没有评级"
        facts = (("产品", product), ("现行等级", level), ("依据", "；".join(now.grounds) or "—"))
    levels = tuple((one.value, f"{one.value} {one.label}") for one in ProductLevel)
    return DeskForm(
        title="人工调整产品评级", action=RATING, submit="登记草稿", back=LIST, here="suitability", facts=facts,
        lead="写明依据；不得低于名录与发行人的等级。登记后预演对全部客户的影响，由另一人批准。",
        inputs=(
            Input(name="product", label="产品或证券代码", value=product, required=True),
            Input(name="level", label="调整到", kind="choices", options=levels, required=True),
            Input(name="reason", label="理由", kind="lines", required=True),
            Input(name="effective_from", label="生效日", kind="date", required=True,
                  value=(day + timedelta(days=1)).isoformat()),
        ),
    )  # fmt: skip


def _page(
    desk: QuestionnaireService, day: date, who: Any, fault: str = "", found: Examination | None = None,
    reason: str = "", since: date | None = None,
) -> str:  # fmt: skip
    editions = [
        {"version": one.form.version, "title": one.form.title, "questions": len(one.form.proper)}
        for one in desk.open_editions(day)
    ]
    return render(
        "pages/questionnaire_draft.html", "suitability", reader=who, editions=editions, fault=fault, reason=reason,
        since=since or day, check=None if found is None else form_check(found), action=f"{LIST}/new/questionnaire",
    )  # fmt: skip
