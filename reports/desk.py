"""The report desk: from an account number to the whole report, with all that stands around a diagnosis."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session

from diagnosis.assembly import with_peers
from diagnosis.peers import Standing, peers_of
from diagnosis.service import DiagnosisService
from diagnosis.types import Diagnosis, Peers
from kit.access import Scope
from kit.settings import settings
from reports.around import AroundReader
from reports.build import build_report
from reports.model import Report
from reports.repository import ReportRepository
from reports.service import ReportService

MERGED = "合并多个账户，不与单一账户比较"


class ReportDesk:
    """Reports within a scope over one session. Nothing is filed by asking."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._diagnoses = DiagnosisService(session, scope)
        self._register = ReportService(session, scope)
        self._reports = ReportRepository(session, scope)
        self._around = AroundReader(session, scope)
        self._today = scope.day

    def report(
        self, account_no: str, *, first: date | None = None, last: date | None = None, benchmark: str | None = None
    ) -> Report:
        """The report of one account over its life, or from `first` to `last` inclusive.

        Raises NoSuchAccount, NoSuchBenchmark, EmptyPeriod.
        """
        found = self._diagnoses.account(account_no, first=first, last=last, benchmark=benchmark)
        peers = peers_of(self._standing(account_no), found.first, found.last)
        return self._told(with_peers(found, peers), last)

    def client_report(
        self, client_no: str, *, first: date | None = None, last: date | None = None, benchmark: str | None = None
    ) -> Report:
        """One report over all accounts of a client, transfers between them netted; a single account is that account.

        Raises NoSuchClient, NoSuchBenchmark, EmptyPeriod, BadInput.
        """
        found = self._diagnoses.client(client_no, first=first, last=last, benchmark=benchmark)
        if len(found.accounts) == 1:
            return self.report(found.accounts[0], first=first, last=last, benchmark=benchmark)
        return self._told(with_peers(found, Peers("", 0, {}, MERGED)), last)

    def _told(self, diagnosis: Diagnosis, asked: date | None) -> Report:
        """asked: the last day that was asked for. Level and household are those of that day, else those of today."""
        day = self._today if asked is None else min(asked, self._today)
        fit = self._around.fit(diagnosis, day)
        return build_report(
            diagnosis,
            agreements=self._register.earlier(diagnosis.account_no),
            previous=self._register.previous(diagnosis.account_no, diagnosis.last),
            firm=settings().firm_name,
            fit=fit,
            family=self._around.family(diagnosis.client_no, day, diagnosis.last, fit.client.level),
        )

    def _standing(self, account_no: str) -> Standing | None:
        row = self._reports.survey_row(account_no)
        if row is None or row.peer_first is None or row.peer_last is None:
            return None
        return Standing(row.band, row.peer_count, row.percentiles, row.peer_first, row.peer_last)
