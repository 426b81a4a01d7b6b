"""What the pages of service share: where they stand beside each other, and how days and hours are said."""

from __future__ import annotations

from datetime import date
from typing import Final
from urllib.parse import quote

from kit.access import Actor, Verb

PLACES: Final = (
    ("due", "承诺与到期", "/service", Verb.CONTACT_READ), ("complaints", "投诉", "/complaints", Verb.COMPLAINT_READ),
    ("surveys", "满意度", "/surveys", Verb.SATISFACTION_READ), ("load", "负荷与调整", "/service/load", Verb.LOAD_READ),
    ("records", "资料质量", "/records", Verb.RECORD_READ),
)  # fmt: skip


def places(who: Actor, here: str) -> list[dict[str, object]]:
    """The places that this reader may go to."""
    return [
        {"label": label, "href": href, "current": name == here}
        for name, label, href, verb in PLACES if who.may(verb)
    ]


def client_path(client_no: str, rest: str = "") -> str:
    return f"/clients/{quote(client_no, safe='')}/service{rest}"


def due_said(due_on: date, day: date) -> tuple[str, bool]:
    """How far a day is away, and whether it has passed."""
    days = (due_on - day).days
    if days < 0:
        return f"已逾期 {-days} 天", True
    return ("今天到期" if days == 0 else f"还有 {days} 天"), False


def hours(value: float) -> str:
    return f"{value:,.1f}"
