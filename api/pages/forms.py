"""A form of a desk: its fields, the version that was seen, and a refusal told above what was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, BeforeValidator, Field, StringConstraints
from sqlmodel import Session

from api.rendering import render
from api.routes.shapes import FIRST_DAY, LAST_DAY, PRINTABLE
from clients.staff.problems import ChangedMeanwhile, StaffRefused
from kit.labels import Labelled
from kit.problems import Problem

Value = TypeVar("Value")
OPEN: Final = BeforeValidator(lambda value: value or None)
"""An empty field was left open."""
FormDay = Annotated[date | None, OPEN, Field(ge=FIRST_DAY, le=LAST_DAY)]
FormCode = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=PRINTABLE)]
FormLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=256, pattern=PRINTABLE)]
FormVersion = Annotated[int, Field(ge=0, le=2**31 - 1)]


class Versioned(BaseModel):
    """What every form carries that changes a thing: the version that its reader saw, the If-Match of a page."""

    version: FormVersion = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One field. kind: text, number, date, lines, select or choices (`options`: code and label)."""

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    required: bool = False
    longest: int = 256
    """Characters in a field of lines."""
    paired: bool = False
    """Stands beside the field before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskForm:
    """One form on a page of its own. facts: what stands on file, above the fields; back: where one gives up to."""

    title: str
    action: str
    submit: str
    back: str
    inputs: tuple[Input, ...]
    lead: str = ""
    here: str = "staff"
    version: int | None = None
    facts: tuple[tuple[str, str], ...] = ()

    def filled(self, typed: Mapping[str, Any]) -> DeskForm:
        """The same with what was typed."""
        return replace(self, inputs=tuple(
            replace(one, value=said(typed[one.name])) if one.name in typed else one for one in self.inputs
        ))

    def html(self, fault: str = "") -> str:
        return render("pages/staff_form.html", self.here, form=self, fault=fault)


def said(value: Any) -> str:
    """A value as a field holds it; empty for none."""
    return "" if value is None else str(value)


def options(codes: type[Labelled]) -> tuple[tuple[str, str], ...]:
    """Code and label of every member."""
    return tuple((one.value, one.label) for one in codes)


def needed(value: Value | None, label: str) -> Value:
    """Raises StaffRefused for a field that was left empty."""
    if not value:
        raise StaffRefused(f"请填写{label}")
    return value


def attempt(
    session: Session, deed: Callable[[], object], form: Callable[[], DeskForm], fields: BaseModel, target: str
) -> Response:
    """Do it and go on to `target`. A refusal writes nothing and is told on the form with what was typed.

    Where somebody else was faster, the form shows what stands on file now, so that nobody overwrites it unseen.
    """
    try:
        deed()
    except Problem as refused:
        session.rollback()
        made, typed = form(), fields.model_dump(mode="json", exclude={"version"})
        shown = made if isinstance(refused, ChangedMeanwhile) else made.filled(typed)
        return HTMLResponse(shown.html(refused.detail), status_code=refused.status)
    return RedirectResponse(target, status_code=303)
