"""客户等级: the book's grades on a day, who has which, how they moved, and one client's with its history."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from api.access import Reach, needs
from api.contract.door import Door
from api.contract.refusals import problem_responses
from api.grade_desks import OfClients, Standing
from api.links import next_link
from api.routes.grade_shapes import (
    ClassCount,
    ClientGradesOut,
    GradeBookOut,
    GradedClientOut,
    GradedClientPage,
    GradeStepOut,
    InForceOut,
    MigrationOut,
    SchemeCount,
)
from api.routes.shapes import FIRST_RULES, LAST_DAY, Cursor, Limit, PathCode
from clients.grading.book import BookGrades
from clients.grading.loading import schemes_on
from clients.grading.migration import migration
from clients.grading.problems import DayAhead, NoSuchScheme, check_come
from clients.grading.review.problems import NothingGraded
from clients.grading.schemes import NO_GRADE
from clients.repository import NoSuchClient
from kit.access import Verb
from kit.problems import BadInput
from reports.paging import read_cursor, write_cursor
from reports.problems import BadCursor

router = APIRouter(tags=["客户分级"], route_class=Door, dependencies=[needs(Verb.GRADE_READ)])
On = Annotated[date | None, Query(ge=FIRST_RULES, le=LAST_DAY, description="哪一天；默认今天")]
Scheme = Annotated[str, Query(max_length=32, description="方案编号，如 ABCD")]
Grade = Annotated[str | None, Query(max_length=32, description="只要这个等级；空字符串为不评")]


@router.get("/grades", operation_id="getGrades", responses=problem_responses(DayAhead))
def get_grades(desk: Standing, scope: Reach, day: On = None) -> GradeBookOut:
    """Clients by scheme and class on a day, of those within reach."""
    book = desk.asked(day or scope.day)
    return GradeBookOut(
        day=book.day, run_day=book.run_day, clients=len(book), schemes=[counted(book, one.code) for one in book.schemes]
    )


@router.get(
    "/grades/clients", operation_id="listGradedClients", responses=problem_responses(NoSuchScheme, BadCursor, DayAhead)
)
def list_graded_clients(
    request: Request, response: Response, desk: Standing, scope: Reach, day: On = None, scheme: Scheme = "",
    grade: Grade = None, cursor: Cursor = None, limit: Limit = 50,
) -> GradedClientPage:  # fmt: skip
    """Clients by number, with their class in every scheme."""
    (after,) = read_cursor(cursor, 1) if cursor else ("",)
    book = desk.asked(day or scope.day)
    chosen = [at for at in chosen_places(book, scheme, grade) if book.client_no[at] > after]
    shown, more = chosen[:limit], len(chosen) > limit
    codes = {one.code: book.codes(one.code) for one in book.schemes}
    assets = book.assets
    items = [
        GradedClientOut(
            client_no=book.client_no[at], grades={code: column[at] for code, column in codes.items()},
            assets=None if np.isnan(assets[at]) else f"{assets[at]:.2f}",
        )
        for at in shown
    ]  # fmt: skip
    mark = write_cursor(items[-1].client_no) if more and items else None
    next_link(request, response, mark)
    return GradedClientPage(items=items, next=mark)


@router.get(
    "/grades/migration", operation_id="getMigration",
    responses=problem_responses(NoSuchScheme, NothingGraded, BadInput, DayAhead),
)  # fmt: skip
def get_migration(
    desk: Standing, scheme: Scheme,
    first: Annotated[date, Query(alias="from", ge=FIRST_RULES, le=LAST_DAY)],
    last: Annotated[date, Query(alias="to", ge=FIRST_RULES, le=LAST_DAY)],
) -> MigrationOut:  # fmt: skip
    """How clients and assets went from each class to each between two days."""
    before, after = desk.between(first, last)
    known = {one.code: one for one in schemes_on(last)}
    found = migration(before, after, scheme.upper(), ordered=scheme.upper() in known and known[scheme.upper()].ordered)
    return MigrationOut(
        scheme=found.scheme, title=found.title, first=first, last=last, rows=list(found.rows),
        columns=list(found.columns), counts=found.counts.tolist(),
        assets=[[f"{cell:.2f}" for cell in row] for row in found.assets.tolist()], known=found.known.tolist(),
        better=found.better, worse=found.worse, same=found.same, moved=found.moved,
    )  # fmt: skip


@router.get(
    "/clients/{client_no}/grades", operation_id="getClientGrades",
    responses=problem_responses(NoSuchClient, DayAhead),
)  # fmt: skip
def get_client_grades(client_no: PathCode, desk: OfClients, scope: Reach, day: On = None) -> ClientGradesOut:
    """The grade in force in every scheme on a day, and how each came about."""
    on = day or scope.day
    check_come(on, scope.day)
    return ClientGradesOut(
        client_no=client_no, day=on, grades=[InForceOut.of(one) for one in desk.on(client_no, on)],
        history=[
            GradeStepOut(
                day=one.day, scheme=one.scheme, title=one.title, label=one.label, how=one.how, review=one.review
            )
            for one in desk.history(client_no, on)
        ],
    )  # fmt: skip


def counted(book: BookGrades, code: str) -> SchemeCount:
    scheme = book.scheme(code)
    assert scheme is not None
    counts = np.bincount(book.grades[code].astype(np.int64) + 1, minlength=len(scheme.classes) + 1).tolist()
    classes = [
        ClassCount(grade=name, label=label, clients=count)
        for (name, label), count in zip(scheme.classes, counts[1:], strict=True)
    ]
    return SchemeCount(
        scheme=code, title=scheme.title, version=scheme.version, basis=book.basis[code], classes=classes,
        not_graded=counts[0],
    )  # fmt: skip


def chosen_places(book: BookGrades, scheme: str, grade: str | None) -> list[int]:
    """Places of the clients with a class; all without a scheme. Raises NoSuchScheme for what the book does not know."""
    if not scheme:
        return list(range(len(book)))
    found = book.scheme(scheme.upper())
    if found is None:
        raise NoSuchScheme(f"登记的分级里没有方案 {scheme}；所含：{'、'.join(one.code for one in book.schemes)}")
    if grade is None:
        return list(range(len(book)))
    codes = [code for code, _ in found.classes]
    if grade and grade not in codes:
        raise NoSuchScheme(f"{found.title}没有等级 {grade}；应为{'、'.join(codes)}，或留空表示不评")
    wanted = codes.index(grade) if grade else NO_GRADE
    places: list[int] = np.flatnonzero(book.grades[found.code] == wanted).tolist()
    return places
