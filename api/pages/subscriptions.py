"""Pages of a client's services: the list, the application, and one subscription with its decision and its deeds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Catalogue, Clients, Stamped, Subscriptions
from api.pages.fields import Text
from api.pages.forms import Versioned
from api.pages.services_view import plain, service_path
from api.pages.subscription_inputs import ApplyFields, DeedFields, apply_form, uses_typed
from api.rendering import render
from api.routes.shapes import PathCode
from api.routes.subscriptions import reasons
from kit.access import Actor, Role, Verb
from kit.clock import SHANGHAI
from kit.problems import Problem
from reports.masking import mask_name
from suitability.levels import Outcome
from suitability.subscriptions.service import SubscriptionService
from suitability.subscriptions.types import Subscription, SubscriptionState

router = APIRouter(prefix="/clients/{client_no}/services", route_class=Door)
READS: Final = [needs(Verb.SUBSCRIPTION_READ)]
EDITS: Final = [needs(Verb.SUBSCRIPTION_EDIT)]
TONES: Final = {Outcome.ALLOW: "DOWN", Outcome.WARN: "WARN", Outcome.REFUSE: "UP"}
STATE_TONES: Final = {
    SubscriptionState.ACTIVE: "DOWN", SubscriptionState.APPLIED: "WARN", SubscriptionState.REFUSED: "UP",
}
NOTES: Final = {
    "applied": "适当性检查已登记，可以办理签署前的事项。", "refused": "适当性检查已登记，结论是不得销售，没有受理。",
    "signed": "已签署，服务开始。", "cancelled": "已解除，已付费用全额退还。", "withdrawn": "申请已撤回。",
    "terminated": "协议已终止，按已服务部分结算。",
}  # fmt: skip
Fields = Annotated[DeedFields, Form()]


def subscriptions_path(client_no: str, number: str = "", note: str = "") -> str:
    path = f"/clients/{quote(client_no, safe='')}/services"
    path = f"{path}/{quote(number, safe='')}" if number else path
    return f"{path}?note={note}" if note else path


@router.get("", response_class=HTMLResponse, dependencies=READS)
def subscriptions_page(client_no: PathCode, clients: Clients, desk: Subscriptions, who: Who) -> str:
    """Every service of the client, those that run first."""
    client = clients.client(client_no)
    found = desk.list(client_no)
    running = (SubscriptionState.ACTIVE, SubscriptionState.APPLIED)
    lines = sorted(found, key=lambda one: one.state not in running)
    return render(
        "pages/subscriptions.html", "services", client_no=client_no, client=mask_name(client.name),
        lines=[_line(one, who.role) for one in lines], path=subscriptions_path(client_no),
        edits=who.may(Verb.SUBSCRIPTION_EDIT),
    )  # fmt: skip


@router.get("/new", response_class=HTMLResponse, dependencies=EDITS)
def subscribe_page(
    client_no: PathCode, clients: Clients, catalogue: Catalogue, scope: Reach, who: Who, choice: Text = None
) -> str:
    """The form of an application."""
    clients.client(client_no)
    form = apply_form(
        subscriptions_path(client_no), client_no, catalogue.list(scope.day), by_client=who.role is Role.CLIENT
    )
    return form.filled({"choice": choice} if choice else {}).html()


@router.post("", dependencies=EDITS)
def subscribe(
    client_no: PathCode, fields: Annotated[ApplyFields, Form()], desk: Subscriptions, catalogue: Catalogue,
    scope: Reach, stamp: Stamped, session: Database,
) -> Response:  # fmt: skip
    """Check and file; the answer is shown, whatever it is."""
    by_client = stamp.actor.role is Role.CLIENT
    try:
        made = desk.apply(fields.ask(client_no, by_client=by_client), stamp)
    except Problem as refused:
        session.rollback()
        form = apply_form(
            subscriptions_path(client_no), client_no, catalogue.list(scope.day), by_client=by_client
        ).filled(fields.model_dump(mode="json", exclude={"version"}))
        return HTMLResponse(form.html(refused.detail), status_code=refused.status)
    note = "refused" if made.state is SubscriptionState.REFUSED else "applied"
    return RedirectResponse(subscriptions_path(client_no, made.number, note), status_code=303)


@router.get("/{number}", response_class=HTMLResponse, dependencies=READS)
def subscription_page(
    client_no: PathCode, number: PathCode, desk: Subscriptions, scope: Reach, who: Who, note: Text = None
) -> str:
    """One subscription: the decision, what has to be done, the price, the disclosure, what happened."""
    return _page(desk, client_no, number, who, scope.day, note=NOTES.get(note or ""))


@router.post("/{number}/sign", dependencies=EDITS)
def sign_subscription(
    client_no: PathCode, number: PathCode, fields: Fields, desk: Subscriptions, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """The client signs what is shown; a colleague registers what was signed on paper."""
    in_person = stamp.actor.role is Role.CLIENT

    def deed() -> object:
        return desk.sign(
            client_no, number, expected_version=fields.version, stamp=stamp, advisor_no=fields.advisor_no,
            signed_text=fields.scan, on_paper=not in_person,
        )  # fmt: skip

    return _attempt(desk, session, client_no, number, scope, stamp.actor, deed, fields, "sign", "signed")


@router.post("/{number}/cancel", dependencies=EDITS)
def cancel_subscription(
    client_no: PathCode, number: PathCode, fields: Fields, desk: Subscriptions, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """Withdraw, or cancel within five working days."""
    before = desk.get(client_no, number)

    def deed() -> object:
        return desk.cancel(
            client_no, number, expected_version=fields.version, stamp=stamp, reason=fields.reason,
            noticed_on=fields.noticed_on, evidence=fields.notice,
        )  # fmt: skip

    note = "withdrawn" if before.state is SubscriptionState.APPLIED else "cancelled"
    return _attempt(desk, session, client_no, number, scope, stamp.actor, deed, fields, "cancel", note)


@router.post("/{number}/terminate", dependencies=EDITS)
def terminate_subscription(
    client_no: PathCode, number: PathCode, fields: Fields, desk: Subscriptions, scope: Reach, stamp: Stamped,
    session: Database,
) -> Response:  # fmt: skip
    """End early."""

    def deed() -> object:
        return desk.terminate(
            client_no, number, expected_version=fields.version, stamp=stamp, reason=fields.reason,
            uses=uses_typed(fields.uses),
        )  # fmt: skip

    return _attempt(desk, session, client_no, number, scope, stamp.actor, deed, fields, "terminate", "terminated")


def _attempt(
    desk: SubscriptionService, session: Database, client_no: str, number: str, scope: Reach, who: Actor,
    deed: Callable[[], object], fields: Versioned, act: str, note: str,
) -> Response:  # fmt: skip
    try:
        deed()
    except Problem as refused:
        session.rollback()
        shown = _page(desk, client_no, number, who, scope.day, fault=refused.detail, act=act, fields=fields)
        return HTMLResponse(shown, status_code=refused.status)
    return RedirectResponse(subscriptions_path(client_no, number, note), status_code=303)


def _page(
    desk: SubscriptionService, client_no: str, number: str, who: Actor, day: Any, *, note: str | None = None,
    fault: str = "", act: str = "", fields: Any = None,
) -> str:  # fmt: skip
    detail = desk.detail(client_no, number)
    one = detail.subscription
    waiting = [duty for duty in detail.duties if duty.done_at is None]
    return render(
        "pages/subscription.html", "services", *([note] if note else []), one=one, line=_line(one, who.role),
        fault=fault, act=act, fields=fields or DeedFields(), today=day, text=detail.disclosure,
        duties=[_duty(duty) for duty in detail.duties], waiting=len(waiting), events=[_event(e) for e in detail.events],
        fee=f"{one.fee:,}", due=f"{one.due:,}", paid=f"{one.paid:,}", refunded=f"{one.refunded:,}",
        size="" if one.size is None else plain(one.size), edits=who.may(Verb.SUBSCRIPTION_EDIT),
        in_person=who.role is Role.CLIENT, free=one.may_cancel(day), back=subscriptions_path(client_no),
        action=subscriptions_path(client_no, number), service_href=service_path(one.service),
        decision_href=f"/suitability/decisions/{one.decision_id}" if who.may(Verb.SUITABILITY_READ) else None,
    )  # fmt: skip


def _line(one: Subscription, role: Role) -> dict[str, Any]:
    until = ""
    if one.state is SubscriptionState.ACTIVE and one.cancel_until is not None:
        until = f"{one.cancel_until} 前可解除"
    return {
        "number": one.number, "href": subscriptions_path(one.client_no, one.number), "service": one.service_name,
        "plan": one.plan_name, "state": one.state.label, "tone": STATE_TONES.get(one.state, "PLAIN"),
        "outcome": one.outcome.label, "outcome_tone": TONES[one.outcome], "fee": f"{one.fee:,}", "until": until,
        "days": _days(one), "why": reasons(one, role),
    }  # fmt: skip


def _days(one: Subscription) -> str:
    if one.signed_on is None:
        return f"{one.applied_on} 申请"
    return f"{one.signed_on} 至 {one.ends_on}" if one.ends_on else f"{one.signed_on} 起"


def _duty(duty: Any) -> dict[str, Any]:
    at = duty.done_at.astimezone(SHANGHAI) if duty.done_at else None
    until = duty.not_before.astimezone(SHANGHAI) if duty.not_before else None
    return {
        "title": duty.title, "items": "；".join(duty.items), "done": f"{at:%Y-%m-%d %H:%M}" if at else "",
        "until": f"{until:%m-%d %H:%M}" if until else "", "source": duty.source,
    }


def _event(event: Any) -> dict[str, Any]:
    amount = f"{event.amount:,} 元" if event.amount else ""
    said = event.detail.get("says", "")
    return {
        "title": event.kind.label, "by": event.by, "when": f"{event.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        "note": event.note, "details": [one for one in (amount, said) if one], "evidence": event.evidence,
    }
