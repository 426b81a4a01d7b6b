"""What a period says of promises, answers and complaints of the whole book: one query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from sqlalchemy import select
from sqlmodel import Session, col

from clients.complaints.tables import ComplaintRow
from clients.complaints.types import Conclusion, Severity, complaint_number
from clients.contacts.tables import ContactRow
from clients.satisfaction.tables import SurveyAnswerRow, SurveyRoundRow
from clients.service.book import hours_of, read_book
from clients.service.kept import Due, due_within
from clients.service.rules import kept_by
from clients.service.types import KINDS
from clients.tables import ClientRow
from kit.access import everything
from market.types import IntArray

GROUNDED: Final = (Conclusion.UPHELD.value, Conclusion.PARTLY.value)


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of a survey. number: round and client."""

    number: str
    client_no: str
    day: date
    score: int


@dataclass(frozen=True, slots=True)
class Complained:
    """A complaint of the period. about: staff number, "" where it names nobody. grounded: None while not settled."""

    number: str
    client_no: str
    about: str
    day: date
    major: bool
    grounded: bool | None


def promises_due(session: Session, first: date, last: date) -> tuple[tuple[str, ...], Due]:
    """Client numbers, and the promises that fell due by their places: as they stood on the first day."""
    book = read_book(session, everything(first))
    every = hours_of(first)[0][book.level]
    keeping = kept_by(first)
    place = {int(one): at for at, one in enumerate(book.client_id.tolist())}
    row = ContactRow
    asked = select(col(row.client_id), col(row.purpose), col(row.day)).where(
        col(row.reached), col(row.day) <= last, col(row.day) >= date.fromordinal(first.toordinal() - 400)
    )
    found: list[tuple[list[int], list[int]]] = [([], []) for _ in KINDS]
    for client, purpose, day in session.execute(asked):
        at = place.get(int(client))
        if at is None:
            continue
        for kind, (who, when) in zip(KINDS, found, strict=True):
            if purpose in keeping.get(kind, ()):
                who.append(at)
                when.append(day.toordinal())
    kept = [(_ints(who), _ints(when)) for who, when in found]
    return book.client_no, due_within(book.due, every, kept, first.toordinal(), last.toordinal())


def answers(session: Session, first: date, last: date) -> list[Answered]:
    """Answers given in the period, by round and client."""
    row = SurveyAnswerRow
    asked = (
        select(col(SurveyRoundRow.code), col(ClientRow.client_no), col(row.day), col(row.score))
        .join(SurveyRoundRow, col(SurveyRoundRow.id) == col(row.round_id))
        .join(ClientRow, col(ClientRow.id) == col(row.client_id))
        .where(col(row.day).between(first, last))
        .order_by(col(SurveyRoundRow.code), col(ClientRow.client_no))
    )
    return [Answered(f"{code}/{client}", client, day, score) for code, client, day, score in session.execute(asked)]


def complaints_of(session: Session, first: date, last: date) -> list[Complained]:
    """Complaints received in the period, as they stand now, by number."""
    row = ComplaintRow
    asked = (
        select(row, col(ClientRow.client_no))
        .join(ClientRow, col(ClientRow.id) == col(row.client_id))
        .where(col(row.received_on).between(first, last))
        .order_by(col(row.id))
    )
    return [
        Complained(
            complaint_number(one.id or 0), client, one.about_staff_no, one.received_on,
            one.severity == Severity.MAJOR.value,
            None if one.closed_on is None else one.conclusion in GROUNDED,
        )
        for one, client in session.execute(asked)
    ]  # fmt: skip


def _ints(values: list[int]) -> IntArray:
    return np.array(values, dtype=np.int64)
