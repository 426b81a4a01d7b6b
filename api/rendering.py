"""Jinja2 for the pages that `api` itself serves, and what the base page asks for on each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from api.contract.pageframe import PAGE
from kit.access import Actor, Verb
from reports.pages import environment


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation: shown to whoever may do what its page does."""

    name: str
    label: str
    href: str
    verb: Verb


NAVIGATION: Final = (
    Place("tasks", "今日", "/tasks", Verb.TASK_READ),
    Place("team", "团队", "/team", Verb.TASK_ASSIGN),
    Place("accounts", "账户", "/accounts", Verb.ACCOUNT_READ),
    Place("reports", "报告", "/reports", Verb.REPORT_READ),
    Place("suitability", "适当性", "/suitability/cases", Verb.CASE_READ),
    Place("services", "服务", "/services", Verb.MARKET_READ),
    Place("service", "回访与投诉", "/service", Verb.CONTACT_READ),
    Place("grades", "分级", "/grades", Verb.GRADE_READ),
    Place("advisors", "考评", "/advisors", Verb.ADVISOR_GRADE_READ),
    Place("staff", "人员", "/staff", Verb.STAFF_READ),
    Place("scenarios", "场景", "/scenarios", Verb.SCENARIO_READ),
    Place("effect", "效果", "/effect", Verb.SERIES_READ),
    Place("deliveries", "发送", "/deliveries", Verb.DELIVERY_READ),
)


def frame(here: str = "", *notes: str) -> dict[str, Any]:
    """Navigation with the current place, who is signed in, notes on what was just done, hidden fields of forms."""
    page = PAGE.get()
    user = {"name": page.actor.name, "role": page.actor.role.label} if page.actor else None
    return {
        "nav": [] if page.password_first else navigation(page.actor, here),
        "user": user,
        "flash": [{"text": note} for note in notes],
        "form_fields": page.form_fields,
    }


def navigation(actor: Actor | None, here: str) -> list[dict[str, Any]]:
    """The places that this actor may go to; none before sign-in. counts: what waits there."""
    counts = {"tasks": PAGE.get().open_tasks}
    return [
        {"label": place.label, "href": place.href, "current": place.name == here, "count": counts.get(place.name)}
        for place in NAVIGATION
        if actor is not None and actor.may(place.verb)
    ]


def render(template: str, here: str = "", *notes: str, **values: object) -> str:
    """The HTML of a template under `templates/`."""
    return environment().get_template(template).render({**frame(here, *notes), **values})
