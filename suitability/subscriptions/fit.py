"""Whom a service is made for, against the client's decision style and level on file. Never suitability."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlmodel import Session

from clients.grading.service import GradeBook
from kit.access import Scope
from market.services.rules import levels, styles
from market.services.types import ServiceCard
from suitability.levels import AskedBy
from suitability.subscriptions.problems import NotMadeForClient
from suitability.subscriptions.rules import refused_unfit

SCHEMES: Final = {"STYLE": "决策风格", "ABCD": "客户等级"}
"""The grading schemes that a card speaks of, by the code of their file."""


def graded(session: Session, scope: Scope, client_no: str, day: date) -> dict[str, str | None]:
    """The client's class in each scheme on the day; None where none is on file."""
    book = GradeBook(session, scope)
    found: dict[str, str | None] = dict.fromkeys(SCHEMES)
    for past in book.history(client_no, day):
        if past.scheme in found:
            found[past.scheme] = past.code
    return found


def fit_notes(
    card: ServiceCard, known: dict[str, str | None], asked_by: AskedBy, day: date
) -> tuple[str, ...]:
    """What the client is told where the service was made for others, or where it is not known.

    Raises NotMadeForClient where the firm may not offer it then.
    """
    wanted = (("STYLE", card.styles, styles(day)), ("ABCD", card.levels, levels(day)))
    notes = []
    for scheme, codes, words in wanted:
        said = _note(scheme, codes, words, known[scheme])
        if said and known[scheme] is not None and refused_unfit(asked_by, day):
            raise NotMadeForClient(f"{said}；公司不得主动推介，客户主动要求时可以申请（asked_by=CLIENT）")
        notes += [said] if said else []
    return tuple(notes)


def _note(scheme: str, codes: Sequence[str], words: dict[str, str], code: str | None) -> str:
    if not codes or code in codes:
        return ""
    wanted = "、".join(words[one] for one in codes)
    what = SCHEMES[scheme]
    if code is None:
        return f"服务面向{what}为{wanted}的客户；这位客户还没有{what}"
    return f"服务面向{what}为{wanted}的客户；这位客户是{words.get(code, code)}"
