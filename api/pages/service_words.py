"""What the pages of service share: where they stand beside each other, and how days and hours are said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final
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


def page_of(text: str | None) -> int:
    """The page that an address asks for; the first for what is no number."""
    return max(1, int(text)) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1


def turned(total: int, page: int, size: int, href: Callable[[int], str]) -> dict[str, Any]:
    """A page of a list and its neighbours. start: the place of its first line; a page beyond the last is the last."""
    pages = max(1, -(-total // size))
    page = min(page, pages)
    return {
        "page": page, "start": (page - 1) * size,
        "previous": href(page - 1) if page > 1 else None, "following": href(page + 1) if page < pages else None,
        "turned": f"第 {page} 页，共 {pages} 页" if pages > 1 else "",
    }  # fmt: skip


def due_said(due_on: date, day: date) -> tuple[str, bool]:
    """How far a day is away, and whether it has passed."""
    days = (due_on - day).days
    if days < 0:
        return f"已逾期 {-days} 天", True
    return ("今天到期" if days == 0 else f"还有 {days} 天"), False


def hours(value: float) -> str:
    return f"{value:,.1f}"
