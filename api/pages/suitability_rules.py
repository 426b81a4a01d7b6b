"""Pages of the rule book: every rule set of the house on a day, and one rule with its source and its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from itertools import groupby
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.pages.fields import Blank, Text
from api.pages.suitability_rule_view import (
    LIST,
    ROOMS,
    SETS,
    history,
    matching,
    rule_line,
    set_id,
    set_line,
    set_title,
    short_version,
    value_on,
)
from api.rendering import render
from api.routes.shapes import FIRST_DAY, LAST_DAY, PathCode
from diagnosis.wording import number
from kit.access import Verb
from kit.problems import NotFound
from kit.rulebook import HOUSE, Rulebook, load_rulebooks
from suitability.changes.in_force import rules_of, schedule
from suitability.changes.types import RULE_FILES

router = APIRouter(prefix=LIST, route_class=Door, dependencies=[needs(Verb.RULE_READ)])
On = Annotated[date | None, Blank, Query(ge=FIRST_DAY, le=LAST_DAY)]
MOST: Final = 300
OWN: Final = "suitability/"


class NoSuchRule(NotFound):
    """没有这条规则"""

    title = "No such rule"


@router.get("", response_class=HTMLResponse)
def rules_page(
    session: Database,
    scope: Reach,
    who: Who,
    chosen: Annotated[str | None, Blank, Query(alias="set")] = None,
    q: Text = None,
    on: On = None,
    unconfirmed: Text = None,
) -> str:
    """Without a filter the rule sets; else the rules that it finds."""
    day, told, search = on or scope.day, str(on) if on else "", (q or "").strip()
    books = _books(session, day)
    narrowed = bool(chosen or search or unconfirmed)
    found = list(matching(books, chosen or "", search, bool(unconfirmed))) if narrowed else []
    waiting = sum(not rule.confirmed for book in books for rule in book)
    kept = {"set": chosen, "on": told, "unconfirmed": unconfirmed}
    return render(
        "pages/rules.html", "suitability", reader=who, day=day, on=told, q=search, narrowed=narrowed,
        rooms=[] if narrowed else _rooms(books, day, told, _changed(session, day)),
        lines=[rule_line(book, rule, day, told) for book, rule in found[:MOST]], found=number(len(found), 0),
        cut=len(found) > MOST, most=MOST,
        chosen=chosen or "", title=set_title(chosen) if chosen else "", governs=SETS.get(chosen or "", ("", ""))[1],
        kept={name: value for name, value in kept.items() if value},
        chips=[
            {"label": "全部规则", "href": _address(set=chosen, q=search, on=told), "active": not unconfirmed},
            {"label": "只看待核", "href": _address(set=chosen, q=search, on=told, unconfirmed="1"),
             "active": bool(unconfirmed)},
        ],
        total=number(sum(len(book.rules) for book in books), 0), waiting=number(waiting, 0),
        back=_address(on=told), change=_change(chosen or "", who.may(Verb.RULE_CHANGE)),
    )  # fmt: skip


@router.get("/{rule_id}", response_class=HTMLResponse)
def rule_page(rule_id: PathCode, session: Database, scope: Reach, who: Who, on: On = None) -> str:
    """One rule: its value on the day, every value that it has had, where it stands and who has confirmed it."""
    day = on or scope.day
    books = _books(session, day)
    known = {rule.id: (book, rule) for book in books for rule in book}
    if rule_id not in known:
        near = get_close_matches(rule_id.upper(), known, n=3)
        raise NoSuchRule(f"没有规则 {rule_id}" + (f"；相近的有：{'、'.join(near)}" if near else ""))
    book, rule = known[rule_id]
    name = set_id(book)
    since, value = value_on(rule, day)
    words = known.get(f"WORDS-{rule.id}")
    return render(
        "pages/rule.html", "suitability", reader=who, rule=rule, day=day, on=str(on) if on else "", since=since,
        value=value, held=history(rule, day), set={"href": _address(set=name, on=on), "title": set_title(name)},
        file=book.name, version=short_version(book.version), whole_version=book.version,
        words=next(iter(history(words[1], day)), None) if words else None,
        texts=_texts(session, name), change=_change(name, who.may(Verb.RULE_CHANGE)),
    )  # fmt: skip


def _books(session: Database, day: date) -> tuple[Rulebook, ...]:
    """Every rule set of the house as it stands on the day, approved changes included."""
    with rules_of(session, day):
        return load_rulebooks(HOUSE)


def _rooms(books: Sequence[Rulebook], day: date, on: str, changed: dict[str, date]) -> list[dict[str, object]]:
    lines = [set_line(book, day, on, changed) for book in books]
    order = {label: place for place, label in enumerate(ROOMS.values())}
    lines.sort(key=lambda one: (order.get(one.room, len(order)), list(SETS).index(one.id) if one.id in SETS else 99))
    return [{"name": room, "sets": list(own)} for room, own in groupby(lines, key=lambda one: one.room)]


def _changed(session: Database, day: date) -> dict[str, date]:
    """Rule sets in whose place an approved change stands on the day, and since when."""
    return {f"{OWN}{text.name}": text.since for text in schedule(session).texts if text.since <= day}


def _texts(session: Database, name: str) -> list[tuple[str, str]]:
    """Approved texts of the set: first day, version."""
    own = [text for text in schedule(session).texts if f"{OWN}{text.name}" == name]
    return [(str(text.since), short_version(text.book.version)) for text in own]


def _change(name: str, may: bool) -> str:
    """Where a change of the set is drafted; empty for who may not, and for sets that are not under change control."""
    file = name.removeprefix(OWN)
    return f"/suitability/changes/new?file={file}" if may and name.startswith(OWN) and file in RULE_FILES else ""


def _address(**query: object) -> str:
    kept = {name: str(value) for name, value in query.items() if value}
    return f"{LIST}?{urlencode(kept)}" if kept else LIST
