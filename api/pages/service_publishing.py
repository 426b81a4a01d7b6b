"""发布服务 as forms: the catalogue card and one price plan; checked first, and the answer stands on the form."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api.access import Reach, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Catalogue, Products, Stamped
from api.pages.fields import Text
from api.pages.forms import DeskForm, FormCode, FormDay, FormLine, Input, options
from api.pages.services_view import LIST, service_path
from api.routes.service_publishing import publish
from api.routes.shapes import PathCode
from kit.access import Verb
from kit.problems import NotFound, Problem
from market.products.types import PriceSignal
from market.services.problems import DraftMalformed
from market.services.reading import LONGEST_TEXT, card_content, draft_from, plan_content
from market.services.rules import levels, styles
from market.services.service import Result, ServiceCatalogue
from market.services.types import FOREVER, FeeBasis, TierMode

router = APIRouter(prefix=LIST, route_class=Door, dependencies=[needs(Verb.SERVICE_PUBLISH)])
CHECK, PUBLISH = "CHECK", "PUBLISH"
LONGEST_LINES: Final = 4_000
Lines = Annotated[str, Field(max_length=LONGEST_LINES)]


class CardFields(BaseModel):
    """What the browser sends of a card. contents, styles and levels: one a line."""

    summary: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    contents: Lines = ""
    delivery: FormLine = ""
    styles: FormLine = ""
    levels: FormLine = ""
    valid_from: FormDay = None
    deed: FormCode = CHECK

    def raw(self) -> dict[str, Any]:
        return {
            "summary": self.summary, "contents": _lines(self.contents), "delivery": self.delivery,
            "styles": _words(self.styles), "levels": _words(self.levels), "valid_from": self.valid_from,
        }  # fmt: skip


class PlanFields(BaseModel):
    """What the browser sends of a price plan. prices: one term or tier a line, its numbers apart by blanks."""

    code: FormCode = ""
    name: FormLine = ""
    basis: FormCode = ""
    prices: Lines = ""
    mode: FormCode = ""
    least: FormCode = ""
    most: FormCode = ""
    monotone: FormCode = ""
    valid_from: FormDay = None
    valid_to: FormDay = None
    signal: FormCode = ""
    signal_detail: Annotated[str, Field(max_length=LONGEST_TEXT)] = ""
    reference_price: FormCode = ""
    reference_plan: FormCode = ""
    reference_days: FormCode = ""
    replaces: FormCode = ""
    deed: FormCode = CHECK

    def raw(self) -> dict[str, Any]:
        """Raises DraftMalformed."""
        term = self.basis == FeeBasis.TERM.value
        rows = [_numbers(line, term, at) for at, line in enumerate(_lines(self.prices), start=1)]
        said: dict[str, Any] = {
            "code": self.code, "name": self.name, "basis": self.basis, "valid_from": self.valid_from,
            "valid_to": self.valid_to, "least": self.least or None, "most": self.most or None,
            "monotone": self.monotone == "Y", "signal": self.signal, "signal_detail": self.signal_detail,
            "replaces": _whole(self.replaces, "接替的版本"), "terms" if term else "tiers": rows,
            "mode": None if term else self.mode,
        }  # fmt: skip
        if self.reference_price or self.reference_plan:
            said["reference"] = {"price": self.reference_price or None, "plan": self.reference_plan,
                                 "days": _whole(self.reference_days, "原价的期限")}  # fmt: skip
        return said


@router.get("/{code}/card/new", response_class=HTMLResponse)
def card_page(code: PathCode, desk: Catalogue, products: Products, scope: Reach) -> str:
    """The card as it stands, to be made a new version."""
    return card_form(code, desk, products.product(code).name, scope.day).html()


@router.post("/{code}/card")
def publish_card(
    code: PathCode, fields: Annotated[CardFields, Form()], desk: Catalogue, products: Products, session: Database,
    scope: Reach, stamp: Stamped,
) -> Response:  # fmt: skip
    """Check the card, or publish it."""
    name = products.product(code).name
    return _done(
        session, code, fields.deed, lambda: publish(session, draft_from({"code": code, "card": fields.raw()}), stamp),
        lambda: card_form(code, desk, name, scope.day).filled(fields.model_dump(mode="json")),
    )  # fmt: skip


@router.get("/{code}/plans/new", response_class=HTMLResponse)
def plan_page(code: PathCode, desk: Catalogue, plan: Text = None) -> str:
    """A new plan, or with `plan` the next version of one."""
    return plan_form(code, desk, plan).html()


@router.post("/{code}/plans")
def publish_plan(
    code: PathCode, fields: Annotated[PlanFields, Form()], desk: Catalogue, session: Database, stamp: Stamped
) -> Response:
    """Check the plan, or publish it."""
    return _done(
        session, code, fields.deed,
        lambda: publish(session, draft_from({"code": code, "plans": [fields.raw()]}), stamp),
        lambda: plan_form(code, desk, None).filled(fields.model_dump(mode="json")),
    )  # fmt: skip


def card_form(code: str, desk: ServiceCatalogue, name: str, day: date) -> DeskForm:
    """Filled with the newest card on file, where there is one."""
    told: dict[str, Any] = {}
    with suppress(NotFound):  # its first card
        told = card_content(desk.history(code)[0][-1].card)
    known = {"styles": styles(day), "levels": levels(day)}
    said = {what: "、".join(f"{one} {label}" for one, label in codes.items()) for what, codes in known.items()}
    return DeskForm(
        title=f"发布目录：{name}", lead=f"服务 {code}。发布后不能改写，新的一版须更晚生效。", here="services",
        action=service_path(code) + "/card", submit="提交", back=service_path(code) if told else LIST,
        inputs=(
            Input(name="summary", label="一句话说明", kind="lines", longest=LONGEST_TEXT, required=True,
                  value=told.get("summary", "")),
            Input(name="contents", label="服务内容", kind="lines", longest=LONGEST_LINES, required=True,
                  value="\n".join(told.get("contents", ())), hint="一行一项"),
            Input(name="delivery", label="怎样交付", required=True, value=told.get("delivery", "")),
            Input(name="styles", label="面向的决策风格", value=" ".join(told.get("styles", ())),
                  hint=f"代码以空格分开，不填为不限：{said['styles']}"),
            Input(name="levels", label="面向的客户等级", value=" ".join(told.get("levels", ())),
                  hint=f"代码以空格分开，不填为不限：{said['levels']}"),
            Input(name="valid_from", label="自哪天起", kind="date", required=True),
            _deed(),
        ),
    )  # fmt: skip


def plan_form(code: str, desk: ServiceCatalogue, plan: str | None) -> DeskForm:
    """Raises NoSuchService. With a plan that is on file, filled with its newest version, which it replaces."""
    _, versions = desk.history(code)
    own = [one for one in versions if one.plan.code == plan]
    told = plan_content(own[-1].plan) if own else {}
    like = told.get("reference") or {}
    ends = told.get("valid_to", "")
    return DeskForm(
        title="发布价格方案", here="services", action=service_path(code) + "/plans", submit="提交",
        back=service_path(code),
        lead=f"服务 {code}。价格不追溯、不改写；与已发布的一版时间重叠时写明接替哪一版。"
             "虚假折扣、缺口、重叠都会拒绝并说明依据。",
        inputs=(
            Input(name="code", label="方案代码", required=True, value=told.get("code", "")),
            Input(name="name", label="名称", required=True, value=told.get("name", ""), paired=True),
            Input(name="basis", label="收费方式", kind="choices", options=options(FeeBasis), required=True,
                  value=told.get("basis", "")),
            Input(name="prices", label="价格", kind="lines", longest=LONGEST_LINES, required=True, value=_rows(told),
                  hint="一行一档。按期限：天数 价格，如 30 88；其余：起点 止点 单价，如 0 500000 0.005，"
                       "没有上限时止点写 -；按资产与差别佣金的单价是费率"),
            Input(name="mode", label="分档计价", kind="select", options=(("", "按期限收费不填"), *options(TierMode)),
                  value=told.get("mode", "")),
            Input(name="monotone", label="越多（越长）不越便宜", kind="select", paired=True,
                  options=(("", "不作此承诺"), ("Y", "承诺，发布前核对")), value="Y" if told.get("monotone") else ""),
            Input(name="least", label="一次至少收（元）", value=told.get("least") or ""),
            Input(name="most", label="一次至多收（元）", value=told.get("most") or "", paired=True),
            Input(name="valid_from", label="自哪天起", kind="date", required=True),
            Input(name="valid_to", label="到哪天止", kind="date", paired=True, hint="空着为长期；促销必须有终止日",
                  value="" if ends == FOREVER.isoformat() else ends),
            Input(name="signal", label="价格信号", kind="choices", options=options(PriceSignal), required=True,
                  value=told.get("signal", PriceSignal.NONE.value)),
            Input(name="signal_detail", label="信号的说明", kind="lines", longest=LONGEST_TEXT,
                  value=told.get("signal_detail", ""), hint="促销：原因与范围；环境信号：在哪里、以什么陪衬展示"),
            Input(name="reference_price", label="原价（元）", value=like.get("price") or "",
                  hint="标了原价的，核对折价前的成交记录"),
            Input(name="reference_plan", label="原价出自哪个方案", value=like.get("plan") or "", paired=True),
            Input(name="reference_days", label="原价的期限（天）", value=str(like.get("days") or "")),
            Input(name="replaces", label="接替第几版", paired=True,
                  value=str(own[-1].on_file.version) if own else ""),
            _deed(),
        ),
    )  # fmt: skip


def _deed() -> Input:
    return Input(name="deed", label="提交之后", kind="choices", required=True, value=CHECK,
                 options=((CHECK, "只核对，不发布"), (PUBLISH, "核对通过即发布")))  # fmt: skip


def _done(
    session: Database, code: str, deed: str, publishing: Callable[[], Result], form: Callable[[], DeskForm]
) -> Response:
    """The answer of the checks on the form itself; on to the service once it is published."""
    try:
        done = publishing()
    except Problem as refused:
        session.rollback()
        shown = replace(form(), facts=_evidence(refused.extra.get("evidence") or {}))
        return HTMLResponse(shown.html(_on_form(refused.detail)), status_code=refused.status)
    if deed == PUBLISH:
        return RedirectResponse(f"{service_path(code)}?note=published", status_code=303)
    session.rollback()
    what = f"可以发布：{'、'.join(done.made)}" if done.made else f"没有变化：{'、'.join(done.known)}已是这样"
    seen = [fact for one in done.evidence.values() for fact in _evidence(one)]
    notes = [("注意", note) for note in done.notes]
    return HTMLResponse(replace(form(), facts=(("核对通过", f"{what}；还没有发布"), *notes, *seen)).html())


_FIELDS: Final = {
    "code": "方案代码", "name": "名称", "basis": "收费方式", "valid_from": "自哪天起", "valid_to": "到哪天止",
    "least": "一次至少收", "most": "一次至多收", "monotone": "越多不越便宜", "signal": "价格信号",
    "signal_detail": "信号的说明", "reference": "原价", "replaces": "接替第几版", "mode": "分档计价",
    "summary": "一句话说明", "contents": "服务内容", "delivery": "怎样交付", "styles": "面向的决策风格",
    "levels": "面向的客户等级", "days": "天数", "price": "价格", "from": "起点", "to": "止点",
    "plan": "原价出自哪个方案",
}  # fmt: skip
_PLACE: Final = re.compile(r"(?:plans/\d+|card)(?:/(terms|tiers)/(\d+)|/reference)?/(\w+)")


def _on_form(detail: str) -> str:
    """A place in a service file (plans/1/terms/2/price) as the form calls it."""

    def said(found: re.Match[str]) -> str:
        _, row, field = found.groups()
        name = _FIELDS.get(field, field)
        return f"价格第 {row} 行的{name}" if row else name

    return _PLACE.sub(said, detail)


def _evidence(told: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What was looked at for a reference price, a payment a line."""
    if not told:
        return ()
    head = f"{told['reference']} 元，方案 {told['reference_plan']}，{told['from']} 至 {told['to']} 的成交"
    looked = [
        (one["subscription"],
         f"{one['day']} 付 {one['price']} 元" + ("" if one["counts"] else f"，不计：{one['reason']}"))
        for one in told["looked_at"]
    ]
    return ("核对的原价", head), *(looked or [("成交", "其间没有一笔")])


def _rows(told: dict[str, Any]) -> str:
    terms = [f"{one['days']} {one['price']}" for one in told.get("terms", ())]
    return "\n".join(terms or [f"{one['from']} {one['to'] or '-'} {one['price']}" for one in told.get("tiers", ())])


def _numbers(line: str, term: bool, at: int) -> dict[str, Any]:
    """Raises DraftMalformed that names the line."""
    cells = line.replace("，", " ").replace(",", " ").split()
    if len(cells) != (2 if term else 3):
        wanted = "天数 价格" if term else "起点 止点 单价"
        raise DraftMalformed(f"价格第 {at} 行“{line}”：应为“{wanted}”，以空格分开；金额里不用千位分隔")
    if term:
        return {"days": _whole(cells[0], f"价格第 {at} 行的天数"), "price": cells[1]}
    return {"from": cells[0], "to": None if cells[1] == "-" else cells[1], "price": cells[2]}


def _whole(text: str, what: str) -> int | None:
    """Raises DraftMalformed."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise DraftMalformed(f"{what}应为整数，现在是“{text}”")
    return int(text)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return text.replace("、", " ").replace(",", " ").replace("，", " ").split()
