"""Which text of a rule file is in force on a day: the last approved one, else the one that ships. The one place to ask.

Whoever judges for a day works inside `rules_of(session, day)`; there every reader of a rule file finds the text of that
day (`kit.rulebook.under`). What is approved is read once a session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import wraps
from inspect import signature
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import Table
from sqlalchemy import select as select_rows
from sqlmodel import Session, SQLModel, col, select

from kit.kept import Kept
from kit.rulebook import Rulebook, parse_rulebook, shipped_rulebook, under
from kit.together import Asked, rows_of
from suitability.assessment.rules import Books, books
from suitability.changes.tables import ChangeRow, ChangeVerdictRow
from suitability.changes.types import PACKAGE, ChangeKind

P = ParamSpec("P")
T = TypeVar("T")

_PLACE: Final = "heshi.rules_in_force"
_CHANGES: Final[Table] = SQLModel.metadata.tables[str(ChangeRow.__tablename__)]
_VERDICTS: Final[Table] = SQLModel.metadata.tables[str(ChangeVerdictRow.__tablename__)]
_APPROVED: Final = (
    select_rows(_CHANGES.c.id, _CHANGES.c.target, _CHANGES.c.effective_from, _CHANGES.c.version)
    .join_from(_CHANGES, _VERDICTS, _VERDICTS.c.change_id == _CHANGES.c.id)
    .where(_VERDICTS.c.approved.is_(True), _CHANGES.c.kind == ChangeKind.RULES.value)
)
_PARSED: Final[Kept[Rulebook]] = Kept(64)  # by version: a content never changes under its version


@dataclass(frozen=True, slots=True)
class Text:
    """One approved text of a rule file, in force from a day on."""

    name: str
    since: date
    order: int  # of several of one day the last approved stands
    book: Rulebook


@dataclass(frozen=True, slots=True)
class Schedule:
    """Every approved text, in the order in which they come into force."""

    texts: tuple[Text, ...] = ()

    def book(self, name: str, day: date) -> Rulebook:
        """The text of a file on a day."""
        found = [text.book for text in self.texts if text.name == name and text.since <= day]
        return found[-1] if found else shipped_rulebook(PACKAGE, name)

    def on(self, day: date) -> dict[tuple[str, str], Rulebook]:
        """Every file on that day that is not as shipped."""
        return {(PACKAGE, text.name): text.book for text in self.texts if text.since <= day}

    def history(self, name: str, day: date) -> tuple[tuple[date, Rulebook], ...]:
        """(first day, text) of a file up to a day, ascending; the shipped one from the beginning."""
        own = [(text.since, text.book) for text in self.texts if text.name == name and text.since <= day]
        return ((date.min, shipped_rulebook(PACKAGE, name)), *own)

    def before(self, name: str, day: date, order: int) -> Rulebook:
        """What stood on a day before the text of that order (the number of its change) came."""
        found = [text.book for text in self.texts if text.name == name and (text.since, text.order) < (day, order)]
        return found[-1] if found else shipped_rulebook(PACKAGE, name)

    def later(self, name: str, day: date) -> date | None:
        """The first day after `day` from which another text is approved."""
        return min((text.since for text in self.texts if text.name == name and text.since > day), default=None)

    def and_then(self, name: str, since: date, book: Rulebook) -> Schedule:
        """The same with one more text: what a draft would make of it."""
        order = max((text.order for text in self.texts), default=0) + 1
        return Schedule(_sorted((*self.texts, Text(name, since, order, book))))


def _sorted(texts: tuple[Text, ...]) -> tuple[Text, ...]:
    return tuple(sorted(texts, key=lambda text: (text.since, text.order)))


def schedule_asked(session: Session) -> tuple[Asked, ...]:
    """What `schedule` will ask, to be read ahead; nothing where it is known."""
    return () if _PLACE in session.info else ((_APPROVED, {}),)


def schedule(session: Session) -> Schedule:
    """What is approved, read once a session."""
    known: Schedule | None = session.info.get(_PLACE)
    if known is None:
        known = session.info[_PLACE] = Schedule(_sorted(tuple(_approved(session))))
    return known


def forget(session: Session) -> None:
    """Read it anew: something was approved."""
    session.info.pop(_PLACE, None)


@contextmanager
def rules_of(session: Session, day: date) -> Iterator[None]:
    """Inside the block every rule file is the one of that day."""
    with under(schedule(session).on(day)):
        yield


@contextmanager
def as_if(session: Session, proposed: Schedule) -> Iterator[None]:
    """Inside the block this session works as if the proposed schedule were approved: for a preview."""
    before = schedule(session)
    session.info[_PLACE] = proposed
    try:
        yield
    finally:
        session.info[_PLACE] = before


def assessment_books(session: Session, day: date) -> Books:
    """The rule files that an assessment of the day is made under."""
    with rules_of(session, day):
        return books()


def _approved(session: Session) -> Iterator[Text]:
    for row in rows_of(session, _APPROVED, {}):
        name, version = row["target"], row["version"]
        yield Text(name, row["effective_from"], row["id"], _book(session, row["id"], name, version))


def _book(session: Session, change_id: int, name: str, version: str) -> Rulebook:
    found = _PARSED.get((name, version))
    if found is None:
        content = session.exec(select(col(ChangeRow.content)).where(col(ChangeRow.id) == change_id)).one()
        found = parse_rulebook(file_name(name), content)
        _PARSED.put((name, version), found)
    return found


def file_name(name: str) -> str:
    """The name under which a decision keeps the file."""
    return f"{PACKAGE}/rules/{name}.yaml"


def under_rules(named: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """A method of a desk (with its `_session`) runs inside `rules_of` the day that its argument `named` gives."""

    def wrap(method: Callable[P, T]) -> Callable[P, T]:
        shape = signature(method)

        @wraps(method)
        def inside(*given: P.args, **told: P.kwargs) -> T:
            arguments = shape.bind(*given, **told).arguments
            desk: Any = arguments["self"]
            with rules_of(desk._session, arguments[named]):
                return method(*given, **told)

        return inside

    return wrap
