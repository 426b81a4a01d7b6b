"""Pages of grades: the book by scheme and class, and one client's with what made each and what the next one needs."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.access import Reach, Who, needs
from api.contract.door import Door
from api.database import Database
from api.grade_desks import OfClients, Reviews, Standing
from api.pages.fields import Text
from api.rendering import render
from api.routes.grades import chosen_places
from clients.grading.book import NOT_GRADED, Basis, BookGrades
from clients.grading.engine import grade_all
from clients.grading.explanation import explain
from clients.grading.features import Values
from clients.grading.loading import schemes_on
from clients.grading.review.types import InForce, ReviewScheme, ReviewState
from clients.grading.schemes import Scheme
from clients.grading.wording import fact_words, next_words
from clients.repository import ClientRepository
from diagnosis.wording import DASH, yuan
from kit.access import Verb
from reports.masking import mask_name
from reports.model import Tone

router = APIRouter(route_class=Door, dependencies=[needs(Verb.GRADE_READ)])
BOOK: Final = "/grades"
PAGE: Final = 50
SHOWN: Final = ("ABCD", "CREDIT", "TIER", "VALUE", "ACTIVITY")
"""Schemes whose class stands in the list beside the chosen one."""
BASIS_TONE: Final = {Basis.ENGINE: Tone.PLAIN, Basis.REVIEW: Tone.PLAIN, Basis.PENDING: Tone.WARN}


@router.get(BOOK, response_class=HTMLResponse)
def grades_page(
    desk: Standing, reviews: Reviews, scope: Reach, who: Who, scheme: Text = None, grade: Text = None, q: Text = None,
    after: Text = None,
) -> str:  # fmt: skip
    """The book: every scheme counted, one chosen, its clients."""
    book = desk.on(scope.day)
    chosen = _chosen(book, scheme)
    asked = {"scheme": chosen.code if chosen else "", "grade": grade or "", "q": q or ""}
    return render(
        "pages/grades.html", "grades", reader=who, book=book, chosen=chosen, asked=asked,
        schemes=[_scheme_line(book, one) for one in book.schemes] if len(book) else [],
        classes=_classes(book, chosen, asked) if chosen else [], unordered=chosen is not None and not chosen.ordered,
        **_lines(book, chosen, asked, after or ""),
        reviews=[one for one in reviews.list() if one.state not in (ReviewState.APPROVED, ReviewState.CANCELLED)],
    )  # fmt: skip


@router.get("/clients/{client_no}/grades", response_class=HTMLResponse)
def client_grades_page(client_no: str, desk: OfClients, session: Database, scope: Reach, who: Who) -> str:
    """One client in every scheme: the grade in force, its features with their days, the next band, the history."""
    client = ClientRepository(session, scope).client(client_no)
    values = desk.values(client_no, scope.day)
    in_force = desk.on(client_no, scope.day)
    return render(
        "pages/client_grades.html", "grades", reader=who, client_no=client_no, client=mask_name(client.name),
        day=scope.day, cards=_cards(in_force, values, schemes_on(scope.day)) if values else [],
        as_of=None if values is None else values.day,
        coming=desk.coming(client_no, scope.day), history=desk.history(client_no, scope.day)[:200],
        appeals=desk.appeals(client_no),
    )  # fmt: skip


def _chosen(book: BookGrades, asked: str | None) -> ReviewScheme | None:
    if not len(book):
        return None
    return book.scheme((asked or SHOWN[0]).upper()) or book.schemes[0]


def _href(asked: dict[str, str], **changes: str) -> str:
    query = urlencode({name: value for name, value in {**asked, **changes}.items() if value})
    return f"{BOOK}?{query}" if query else BOOK


def _scheme_line(book: BookGrades, scheme: ReviewScheme) -> dict[str, Any]:
    """One scheme as a bar of its classes."""
    counts = np.bincount(book.grades[scheme.code].astype(np.int64) + 1, minlength=len(scheme.classes) + 1).tolist()
    whole = max(len(book), 1)
    parts, reached = [], 0.0
    for at, ((_, label), count) in enumerate(zip(scheme.classes, counts[1:], strict=True)):
        share = 100 * count / whole
        if count:
            parts.append({
                "label": label, "count": f"{count:,}", "x": round(reached, 2), "share": round(share, 2), "at": at,
            })  # fmt: skip
        reached += share
    return {
        "code": scheme.code, "title": scheme.title.partition("（")[0], "href": f"{BOOK}?scheme={scheme.code}",
        "parts": parts, "missing": f"{counts[0]:,}" if counts[0] else "",
        "missing_x": round(reached, 2), "missing_share": round(100 * counts[0] / whole, 2),
        "basis": book.basis[scheme.code], "tone": BASIS_TONE[book.basis[scheme.code]],
        "said": "，".join(f"{one['label']} {one['count']} 位" for one in parts),
    }  # fmt: skip


def _classes(book: BookGrades, scheme: ReviewScheme, asked: dict[str, str]) -> list[dict[str, Any]]:
    counts = np.bincount(book.grades[scheme.code].astype(np.int64) + 1, minlength=len(scheme.classes) + 1).tolist()
    chips = [{"label": "全部", "href": _href(asked, grade=""), "active": not asked["grade"], "count": f"{len(book):,}"}]
    for (code, label), count in zip((*scheme.classes, ("-", NOT_GRADED)), (*counts[1:], counts[0]), strict=True):
        chips.append({
            "label": label, "href": _href(asked, grade=code), "active": asked["grade"] == code, "count": f"{count:,}",
        })  # fmt: skip
    return chips


def _lines(book: BookGrades, scheme: ReviewScheme | None, asked: dict[str, str], after: str) -> dict[str, Any]:
    """Clients of the chosen class, a page of them."""
    if scheme is None:
        return {"lines": [], "columns": [], "following": None, "previous": None, "found": 0}
    known = [code for code, _ in scheme.classes]
    grade = None if asked["grade"] not in (*known, "-") else asked["grade"].strip("-")
    places = chosen_places(book, scheme.code, grade)
    if asked["q"]:
        text = asked["q"]
        places = [at for at in places if text in book.client_no[at] or text in book.name[at]]
    rest = [at for at in places if book.client_no[at] > after]
    shown = [one for code in dict.fromkeys((scheme.code, *SHOWN)) if (one := book.scheme(code)) is not None]
    codes = {one.code: book.codes(one.code) for one in shown}
    assets = book.assets
    lines = [
        {
            "client_no": book.client_no[at], "name": mask_name(book.name[at]),
            "href": f"/clients/{book.client_no[at]}/grades", "since": book.since[at],
            "assets": DASH if np.isnan(assets[at]) else yuan(float(assets[at])),
            "grades": [one.label(codes[one.code][at]) for one in shown],
        }
        for at in rest[:PAGE]
    ]  # fmt: skip
    more = len(rest) > PAGE
    return {
        "lines": lines, "columns": [one.title.partition("（")[0] for one in shown], "found": len(places),
        "following": _href(asked, after=book.client_no[rest[PAGE - 1]]) if more else None,
        "previous": _href(asked) if after else None,
    }  # fmt: skip


def _cards(in_force: tuple[InForce, ...], values: Values, schemes: tuple[Scheme, ...]) -> list[dict[str, Any]]:
    """A scheme a card: the grade, what made it, the next one."""
    graded = grade_all(schemes, values)
    known = {one.code: one for one in schemes}
    cards = []
    for one in in_force:
        scheme = known.get(one.scheme)
        if scheme is None:
            continue
        told = explain(scheme, values, graded, known, 0)
        differs = one.needs_review and one.engine_label != one.label
        cards.append({
            "grade": one, "title": scheme.title.partition("（")[0], "code": scheme.code,
            "confirmed": scheme.confirmed, "facts": [fact_words(fact) for fact in told.facts],
            "parts": [f"{title}：{label}" for _, title, label in told.parts], "why_not": told.why_not,
            "measured": None if told.measured is None or scheme.kind != "points" else f"{told.measured:.2f} 分",
            "next": told.next and told.next.to.label != one.label and {
                "to": told.next.to.label, "words": next_words(told),
            },
            "place": None if told.grade is None else [c.code for c in scheme.classes].index(told.grade.code),
            "differs": one.engine_label if differs else "", "note": scheme.note, "source": scheme.source,
        })  # fmt: skip
    return cards
