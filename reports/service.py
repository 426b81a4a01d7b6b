"""Issue and register a report, read it back exactly, record an agreement for the next report to check."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

import reports.open_items  # noqa: F401  whoever serves reports knows what is open about them
from clients.repository import ClientRepository, NoSuchAccount
from clients.staff.filing import Stamp, file_change
from kit.access import Scope
from kit.clock import SHANGHAI, day_of
from reports.agreements import Agreement
from reports.build import report_digest
from reports.model import Report
from reports.paging import Page
from reports.plain import report_from_json, report_to_text
from reports.problems import AgreementExists, AgreementRefused, DamagedReport, UnknownFinding, UnknownReport
from reports.repository import ReportRepository, as_agreement
from reports.sections.actions import months_after
from reports.tables import AgreementRow, ReportRow
from reports.wordbook import agreement_rule

MILLIONTH = Decimal("0.000001")
LARGEST_TARGET = Decimal(10) ** 12
LONGEST_TEXT = 256


def report_id_of(report: Report) -> str:
    """The number of a report follows from account, period and content: the same report is registered once."""
    content = "|".join((report.account_no, report.first, report.last, report.digest))
    return "R" + report.last.replace("-", "") + hashlib.sha256(content.encode()).hexdigest()[:20]


@dataclass(frozen=True, slots=True)
class Issued:
    """A register entry, and whether it was made now or stood there already."""

    row: ReportRow
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAsk:
    """What advisor and client agreed on; what is left open follows the finding and the usual term."""

    account_no: str
    finding: str
    agreed_how: str
    target_text: str = ""
    metric: str | None = None
    target: Decimal | float | str | None = None
    due_on: date | None = None
    agreed_on: date | None = None
    report_id: str | None = None


class ReportService:
    """The desk of reports over one session; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._clients = ClientRepository(session, scope)
        self._reports = ReportRepository(session, scope)

    def issue(self, report: Report, stamp: Stamp) -> Issued:
        """Register `report` as issued by the stamp's actor, with its row of the trail.

        The same content of the same account and period is registered once: the first entry is returned.
        Raises NoSuchAccount for a client outside the scope.
        """
        if not self._clients.shows(report.client_no):
            raise NoSuchAccount.called(report.account_no)
        row = ReportRow(
            id=report_id_of(report),
            account_no=report.account_no,
            client_no=report.client_no,
            first=date.fromisoformat(report.first),
            last=date.fromisoformat(report.last),
            format=report.format,
            digest=report.digest,
            issued_at=stamp.at,
            issued_by=stamp.actor.name,
            body=report_to_text(replace(report, register={})),
        )
        known = self._reports.find(row.id)
        if known is not None:
            return Issued(known, created=False)
        try:
            with self._session.begin_nested():
                self._reports.add(row)
                self._file_issue(row, stamp)
        except IntegrityError:  # somebody registered the same report in the meantime
            return Issued(self._row(row.id), created=False)
        return Issued(row, created=True)

    def _file_issue(self, row: ReportRow, stamp: Stamp) -> None:
        file_change(
            self._session, stamp, "report.issue", "report", row.id, digest=row.digest, account_no=row.account_no,
            first=row.first, last=row.last, format=row.format,
        )  # fmt: skip

    def read(self, report_id: str) -> Report:
        """The report as it was issued, with its register entry. Raises UnknownReport, DamagedReport."""
        row = self._row(report_id)
        report = report_from_json(row.body)
        if report.digest != row.digest or report_digest(report) != row.digest:
            raise DamagedReport(f"报告 {report_id} 的内容与登记的指纹不符，请联系系统管理员")
        return replace(
            report,
            register={
                "report_id": row.id,
                "issued_at": row.issued_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                "issued_by": row.issued_by,
            },
        )

    def body(self, report_id: str) -> str:
        """The stored text, byte for byte."""
        return self._row(report_id).body

    def row(self, report_id: str) -> ReportRow:
        """The register entry."""
        return self._row(report_id)

    def list(self, **filters: Any) -> Page[ReportRow]:
        """Register entries, newest first; filters and paging as `ReportRepository.page` takes them."""
        return self._reports.page(**filters)

    def previous(self, account_no: str, last: date) -> date | None:
        """Last day of the newest earlier report of this account."""
        row = self._reports.latest_before(account_no, last)
        return row.last if row else None

    def agree(self, ask: AgreementAsk, stamp: Stamp) -> AgreementRow:
        """Record what advisor and client agreed on for one shortcoming of an issued report of the account.

        Raises UnknownReport, UnknownFinding, AgreementRefused, AgreementExists.
        """
        row = self._ground(ask)
        told = _shortcoming(report_from_json(row.body), ask.finding)
        agreed = ask.agreed_on or day_of(stamp.at)
        ruled = _ruled(agreed, row.last, stamp.at)
        due = ask.due_on or months_after(ruled, int(agreement_rule("AGREE-MONTHS", ruled)))
        text = (ask.target_text or told.get("target_text") or told.get("action") or "").strip()
        metric = ask.metric or told.get("target_metric")
        own = metric == told.get("target_metric")
        _check(ask, text, agreed, due, row.last, stamp.at)
        running = self._reports.running_agreement(row.account_no, ask.finding, agreed)
        if running is not None:
            raise AgreementExists(
                f"“{told['title']}”已有 {running.agreed_on} 达成的共识，{running.due_on} 到期；到期后再约定",
                agreement=running.id,
            )
        made = AgreementRow(
            account_no=row.account_no,
            report_id=row.id,
            finding=ask.finding,
            metric=metric,
            baseline=_decimal(told.get("target_now")) if own else None,
            target=_decimal(
                ask.target if ask.target is not None else told.get("target_value") if own else None
            ),
            target_text=text,
            due_on=due,
            agreed_on=agreed,
            agreed_how=ask.agreed_how,
            recorded_by=stamp.actor.name,
            recorded_at=stamp.at,
        )
        self._reports.add_agreement(made)
        file_change(
            self._session, stamp, "agreement.record", "agreement", str(made.id),
            **made.model_dump(exclude={"id", "recorded_by", "recorded_at"}),
        )  # fmt: skip
        return made

    def agreements(self, account_no: str) -> tuple[AgreementRow, ...]:
        """Every agreement of an account, newest first."""
        return tuple(self._reports.agreements_of(account_no))

    def earlier(self, account_no: str) -> tuple[Agreement, ...]:
        """The same as `build_report` takes them: `agreements=desk.earlier(account_no)`."""
        return tuple(as_agreement(row) for row in self._reports.agreements_of(account_no))

    def _ground(self, ask: AgreementAsk) -> ReportRow:
        """The report on which the agreement stands: the one named, else the account's newest."""
        if ask.report_id is not None:
            row = self._row(ask.report_id)
            if row.account_no != ask.account_no:
                raise UnknownReport(f"报告 {ask.report_id} 不是账户 {ask.account_no} 的报告")
            return row
        newest = self._reports.page(account_no=ask.account_no, limit=1).rows
        if not newest:
            raise AgreementRefused("该账户还没有出具过报告，请先出具报告再记录共识")
        return newest[0]

    def _row(self, report_id: str) -> ReportRow:
        row = self._reports.find(report_id)
        if row is None:
            raise UnknownReport(f"登记簿里没有报告 {report_id}；请从登记簿里选择")
        return row


def _shortcoming(report: Report, finding: str) -> dict[str, Any]:
    known = {told["id"]: told for told in report.findings if told["side"] == "SHORTCOMING"}
    if finding not in known:
        raise UnknownFinding(f"这份报告里没有短处 {finding}；可选：{'、'.join(sorted(known)) or '无'}")
    return known[finding]


def _check(ask: AgreementAsk, text: str, agreed: date, due: date, report_last: date, now: datetime) -> None:
    """Refuse what the next report could not be measured against; every fault names its field."""
    ruled = _ruled(agreed, report_last, now)
    ways = agreement_rule("AGREE-HOW", ruled)
    longest = int(agreement_rule("AGREE-LONGEST-MONTHS", ruled))
    today = day_of(now)
    faults = [
        ("agreed_how", ask.agreed_how not in ways, f"达成方式须为以下之一：{'、'.join(ways)}"),
        ("target_text", not text, "请写明目标"),
        ("target_text", len(text) > LONGEST_TEXT, f"目标文字不超过 {LONGEST_TEXT} 字"),
        ("due_on", due <= agreed, "到期日须晚于约定日"),
        ("due_on", due > months_after(ruled, longest), f"期限不超过 {longest} 个月"),
        ("agreed_on", agreed > today, "约定日不能晚于今天"),
        ("agreed_on", agreed < report_last, f"约定日不能早于报告截止日 {report_last}"),
        *_number_faults(ask.target),
    ]
    told = [(field, fault) for field, wrong, fault in faults if wrong]
    if told:
        raise AgreementRefused(
            "；".join(fault for _, fault in told),
            errors=[{"pointer": f"/{field}", "detail": fault} for field, fault in told],
        )


def _ruled(agreed: date, report_last: date, now: datetime) -> date:
    """The day whose rules hold: the day agreed, drawn into the span in which one can agree at all."""
    return min(max(agreed, report_last), day_of(now))


def _number_faults(value: Decimal | float | str | None) -> list[tuple[str, bool, str]]:
    try:
        _decimal(value)
    except (InvalidOperation, ValueError):
        return [("target", True, f"目标值须为数字：{value}")]
    except OverflowError:
        return [("target", True, f"目标值过大：{value}")]
    return []


def round_millionths(value: Decimal) -> Decimal:
    """`value` as the tables keep it. Raises ValueError for NaN and infinity, OverflowError for what is too large."""
    if not value.is_finite():
        raise ValueError(f"{value} is not a finite number")
    if abs(value) > LARGEST_TARGET:
        raise OverflowError(f"{value} is larger than the tables can hold")
    return value.quantize(MILLIONTH)


def _decimal(value: Decimal | float | str | None) -> Decimal | None:
    """A target as a number. Raises InvalidOperation or ValueError for a text that is none, OverflowError."""
    return None if value is None else round_millionths(Decimal(str(value)))
