"""服务关系 as forms: begin one, end one, take back what has not begun."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.database import Database
from api.desks import Relations, StaffDesk, Stamped
from api.pages.forms import attempt, needed
from api.pages.staff_inputs import EndFields, RelationFields, end_form, relation_form
from api.pages.staff_view import LIST, staff_path
from api.routes.shapes import PathCode, PathId
from kit.access import Verb

router = APIRouter(route_class=Door, dependencies=[needs(Verb.RELATION_EDIT)])


@router.get(f"{LIST}/{{staff_no}}/relations/new", response_class=HTMLResponse)
def new_relation_page(staff_no: PathCode, desk: StaffDesk, scope: Reach) -> str:
    return relation_form(desk.get(staff_no), scope.day).html()


@router.post(f"{LIST}/{{staff_no}}/relations")
def new_relation(
    staff_no: PathCode,
    fields: Annotated[RelationFields, Form()],
    desk: StaffDesk,
    relations: Relations,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """Begin a relation."""
    person = desk.get(staff_no)
    return attempt(
        session, lambda: relations.assign(fields.ask(staff_no), stamp), lambda: relation_form(person, scope.day),
        fields, staff_path(staff_no, note="assigned"),
    )  # fmt: skip


@router.get("/relations/{relation_id}", response_class=HTMLResponse)
def relation_page(relation_id: PathId, relations: Relations, scope: Reach) -> str:
    """The relation, and the form that ends it or takes it back."""
    return end_form(relations.get(relation_id), scope.day).html()


@router.post("/relations/{relation_id}/end")
def end_relation(
    relation_id: PathId,
    fields: Annotated[EndFields, Form()],
    relations: Relations,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """The last day served."""
    seen = relations.get(relation_id)

    def end() -> None:
        relations.end(
            relation_id, last_day=needed(fields.last_day, "最后服务日"), reason=fields.reason,
            expected_version=fields.version, stamp=stamp,
        )  # fmt: skip

    return attempt(
        session, end, lambda: end_form(relations.get(relation_id), scope.day), fields,
        staff_path(seen.staff_no, note="ended"),
    )  # fmt: skip


@router.post("/relations/{relation_id}/withdraw")
def withdraw_relation(
    relation_id: PathId,
    fields: Annotated[EndFields, Form()],
    relations: Relations,
    stamp: Stamped,
    session: Database,
    scope: Reach,
) -> Response:
    """Take back a relation that has not begun."""
    seen = relations.get(relation_id)

    def withdraw() -> None:
        reason = needed(fields.reason, "事由")
        relations.withdraw(relation_id, reason=reason, expected_version=fields.version, stamp=stamp)

    return attempt(
        session, withdraw, lambda: end_form(relations.get(relation_id), scope.day), fields,
        staff_path(seen.staff_no, note="withdrawn"),
    )  # fmt: skip
