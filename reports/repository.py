"""Every query on reports, agreements and the survey; reports and agreements are appended, never changed.

Every read stays within the repository's scope, by the service relation of its day; `peer_rows` alone goes over the
whole book, for percentiles that name nobody.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    tuple_,
)
from sqlmodel import Session, col

from clients import visibility
from clients.visibility import visible_account_nos, visible_client_nos
from kit.access import Reach, Scope
from kit.db import Moment
from kit.money import to_scaled
from reports.agreements import Agreement
from reports.paging import NOT_OURS, Page, page_size, read_cursor, write_cursor
from reports.problems import BadCursor
from reports.tables import AgreementRow, ReportRow, SurveyRow

SURVEY_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class SurveyFilter:
    """What the list of accounts is narrowed by; None or empty leaves a part open."""

    finding: str | None = None  # among all findings of the account
    shortcoming: str | None = None  # the top one
    band: str | None = None
    search: str | None = None  # account or client number, or name
    staff_no: str | None = None  # who serves the client on the day of the scope
    branch_no: str | None = None  # whose staff serve the client on that day


@dataclass(frozen=True, slots=True)
class SurveyCounts:
    """How many accounts a filter leaves, and what each other choice would leave: the rest of the filter stays."""

    total: int
    findings: tuple[tuple[str, int], ...]  # id, accounts that have it; most first
    bands: tuple[tuple[str, int], ...]
    surveyed_at: datetime | None  # None before the first pass


class ReportRepository:
    """Issued reports, agreements on them, and the survey of the book, which is replaced as a whole."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def add(self, row: ReportRow) -> None:
        self._session.add(row)
        self._session.flush()

    def find(self, report_id: str) -> ReportRow | None:
        return self._session.scalars(self._issued().where(col(ReportRow.id) == report_id)).first()

    def latest_before(self, account_no: str, last: date) -> ReportRow | None:
        """The newest report of an account whose period ended before `last`."""
        wanted = (
            self._issued()
            .where(col(ReportRow.account_no) == account_no, col(ReportRow.last) < last)
            .order_by(col(ReportRow.last).desc(), col(ReportRow.issued_at).desc())
            .limit(1)
        )
        return self._session.scalars(wanted).first()

    def page(
        self,
        *,
        account_no: str | None = None,
        client_no: str | None = None,
        issued_by: str | None = None,
        issued_from: datetime | None = None,
        issued_until: datetime | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[ReportRow]:
        """Newest first; `issued_until` itself is not included."""
        wanted = self._issued()
        for column, value in (
            (ReportRow.account_no, account_no),
            (ReportRow.client_no, client_no),
            (ReportRow.issued_by, issued_by),
        ):
            if value is not None:
                wanted = wanted.where(col(column) == value)
        if issued_from is not None:
            wanted = wanted.where(col(ReportRow.issued_at) >= issued_from)
        if issued_until is not None:
            wanted = wanted.where(col(ReportRow.issued_at) < issued_until)
        if cursor is not None:
            issued_at, report_id = read_cursor(cursor, 2)
            at = bindparam("issued_at", _moment(issued_at), type_=Moment())
            wanted = wanted.where(tuple_(col(ReportRow.issued_at), col(ReportRow.id)) < tuple_(at, report_id))
        size = page_size(limit)
        ordered = wanted.order_by(col(ReportRow.issued_at).desc(), col(ReportRow.id).desc()).limit(size + 1)
        rows = list(self._session.scalars(ordered))
        more = len(rows) > size
        shown = rows[:size]
        mark = write_cursor(shown[-1].issued_at.isoformat(), shown[-1].id) if more else None
        return Page(tuple(shown), mark)

    def add_agreement(self, row: AgreementRow) -> None:
        self._session.add(row)
        self._session.flush()

    def agreements_of(self, account_no: str) -> list[AgreementRow]:
        """Every agreement of an account, newest first."""
        wanted = (
            self._agreed()
            .where(col(AgreementRow.account_no) == account_no)
            .order_by(col(AgreementRow.agreed_on).desc(), col(AgreementRow.id).desc())
        )
        return list(self._session.scalars(wanted))

    def running_agreement(self, account_no: str, finding: str, day: date) -> AgreementRow | None:
        """The agreement on a finding that is not due on `day` yet."""
        wanted = (
            self._agreed()
            .where(
                col(AgreementRow.account_no) == account_no,
                col(AgreementRow.finding) == finding,
                col(AgreementRow.due_on) > day,
            )
            .limit(1)
        )
        return self._session.scalars(wanted).first()

    def replace_survey(self, rows: Sequence[SurveyRow]) -> int:
        """All rows of the new pass instead of all rows of the old one, in the caller's transaction."""
        self._session.execute(delete(SurveyRow))
        for start in range(0, len(rows), SURVEY_CHUNK):
            chunk = [row.model_dump(exclude={"id"}) for row in rows[start : start + SURVEY_CHUNK]]
            self._session.execute(insert(SurveyRow), chunk)
        return len(rows)

    def survey_row(self, account_no: str) -> SurveyRow | None:
        wanted = select(SurveyRow).where(col(SurveyRow.account_no) == account_no, *self._where(SurveyFilter()))
        return self._session.scalars(wanted).first()

    def peer_rows(self, band: str) -> list[SurveyRow]:
        """Every account of one asset band of the whole book, whatever the scope: for percentiles, not for lists."""
        wanted = select(SurveyRow).where(col(SurveyRow.band) == band).order_by(col(SurveyRow.account_no))
        return list(self._session.scalars(wanted))

    def survey_page(
        self, chosen: SurveyFilter | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> Page[SurveyRow]:
        """Most urgent first; of two that are alike the larger account, then by number."""
        urgency, value, number = col(SurveyRow.urgency), col(SurveyRow.value), col(SurveyRow.account_no)
        wanted = select(SurveyRow).where(*self._where(chosen or SurveyFilter()))
        if cursor is not None:
            last_urgency, last_value, last_number = _survey_mark(cursor)
            alike = and_(value == last_value, number > last_number)
            wanted = wanted.where(
                urgency <= last_urgency,  # says nothing new, and lets the index serve
                or_(urgency < last_urgency, value < last_value, alike),
            )
        size = page_size(limit)
        ordered = wanted.order_by(urgency.desc(), value.desc(), number).limit(size + 1)
        rows = list(self._session.scalars(ordered))
        shown = rows[:size]
        more = len(rows) > size
        return Page(tuple(shown), _mark_of(shown[-1]) if more else None)

    def survey_counts(self, chosen: SurveyFilter | None = None) -> SurveyCounts:
        """How many accounts the filter leaves, and how many each finding and band would leave instead."""
        asked = chosen or SurveyFilter()
        total, surveyed = select(func.count()).where(*self._where(asked)), select(func.max(SurveyRow.surveyed_at))
        number = func.count()
        bands = (
            select(col(SurveyRow.band), number)
            .where(*self._where(replace(asked, band=None)))
            .group_by(col(SurveyRow.band))
            .order_by(col(SurveyRow.band))
        )
        return SurveyCounts(
            total=int(self._session.execute(total.select_from(SurveyRow)).scalar_one()),
            findings=self._finding_counts(replace(asked, finding=None)),
            bands=tuple((row[0], row[1]) for row in self._session.execute(bands)),
            surveyed_at=self._session.execute(surveyed).scalar_one(),
        )

    def _finding_counts(self, chosen: SurveyFilter) -> tuple[tuple[str, int], ...]:
        """Accounts by finding, most first."""
        sqlite = self._session.get_bind().dialect.name == "sqlite"
        spread = func.json_each if sqlite else func.json_array_elements_text
        one = spread(col(SurveyRow.findings)).table_valued("value")
        finding, number = cast(one.c.value, String), func.count()
        counted = (
            select(finding, number)
            .select_from(SurveyRow)
            .join(one, true())
            .where(*self._where(chosen))
            .group_by(finding)
            .order_by(number.desc(), finding)
        )
        return tuple((row[0], row[1]) for row in self._session.execute(counted))

    def _issued(self) -> Select[ReportRow]:
        """By client: a report over several accounts of a client carries no single account number."""
        return select(ReportRow).where(*visibility.shown(ReportRow.client_no, visible_client_nos, self._scope))

    def _agreed(self) -> Select[AgreementRow]:
        """By account, or by the client of the report on which the agreement stands."""
        wanted = select(AgreementRow)
        if self._scope.reach is Reach.ALL:
            return wanted
        reported = select(col(ReportRow.id)).where(col(ReportRow.client_no).in_(visible_client_nos(self._scope)))
        return wanted.where(or_(
            col(AgreementRow.account_no).in_(visible_account_nos(self._scope)),
            col(AgreementRow.report_id).in_(reported),
        ))

    def _where(self, chosen: SurveyFilter) -> list[ColumnElement[bool]]:
        """The WHERE of a filter, within the scope."""
        found = [*visibility.shown(SurveyRow.account_no, visible_account_nos, self._scope), *_conditions(chosen)]
        if chosen.staff_no or chosen.branch_no:
            served = visibility.account_nos_served(
                self._scope.day, staff_no=chosen.staff_no or None, branch_no=chosen.branch_no or None
            )
            found.append(col(SurveyRow.account_no).in_(served))
        return found

    def running_agreements(self, account_nos: Sequence[str], day: date) -> dict[str, AgreementRow]:
        """By account, the agreement that is due first of those not due on `day` yet."""
        wanted = (
            self._agreed()
            .where(col(AgreementRow.account_no).in_(account_nos), col(AgreementRow.due_on) > day)
            .order_by(col(AgreementRow.due_on).desc(), col(AgreementRow.id).desc())
        )
        return {row.account_no: row for row in self._session.scalars(wanted)}


def _mark_of(row: SurveyRow) -> str:
    return write_cursor(repr(row.urgency), format(row.value, "f"), row.account_no)


def _survey_mark(cursor: str) -> tuple[float, Decimal, str]:
    urgency, value, number = read_cursor(cursor, 3)
    try:
        mark = float(urgency), Decimal(value), number
        to_scaled(mark[1])
    except (ValueError, ArithmeticError) as fault:
        raise BadCursor(NOT_OURS) from fault
    if not math.isfinite(mark[0]):
        raise BadCursor(NOT_OURS)
    return mark


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadCursor(NOT_OURS) from fault
    if moment.tzinfo is None:
        raise BadCursor(NOT_OURS)
    return moment


def as_agreement(row: AgreementRow) -> Agreement:
    """The row as the pure value that `build_report` reads."""
    return Agreement(
        finding=row.finding,
        metric=row.metric,
        baseline=_float(row.baseline),
        target=_float(row.target),
        target_text=row.target_text,
        due_on=row.due_on,
        agreed_on=row.agreed_on,
        agreed_how=row.agreed_how,
        id=row.id,
    )


def _float(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _conditions(chosen: SurveyFilter) -> list[ColumnElement[bool]]:
    """The WHERE of a filter; wildcards in what a person typed are plain letters."""
    found: list[ColumnElement[bool]] = []
    if chosen.finding:
        found.append(cast(col(SurveyRow.findings), String).contains(f'"{chosen.finding}"', autoescape=True))
    if chosen.shortcoming:
        found.append(col(SurveyRow.shortcoming) == chosen.shortcoming)
    if chosen.band:
        found.append(col(SurveyRow.band) == chosen.band)
    text = (chosen.search or "").strip()
    if text:
        columns = (SurveyRow.account_no, SurveyRow.client_no, SurveyRow.client_name)
        found.append(or_(*(col(column).contains(text, autoescape=True) for column in columns)))
    return found
