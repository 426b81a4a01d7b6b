"""Reports, agreements and the survey within a scope: what one may not see answers as if it were not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from clients.open_items import label_of, open_items
from clients.repository import NoSuchAccount
from clients.staff.filing import Stamp
from kit.access import Actor, Reach, Role, Scope, everything
from reports.build import build_report
from reports.open_items import AGREEMENT
from reports.problems import AgreementRefused, UnknownReport
from reports.repository import ReportRepository, SurveyFilter
from reports.service import AgreementAsk, ReportService
from reports.tables import AgreementRow, ReportRow, SurveyRow
from tests.clients.people import DAY, People, book, branch
from tests.reports import fixtures

NOW = datetime(2026, 3, 10, 2, tzinfo=UTC)
BY = Stamp(Actor("U1", "S1", Role.ADVISOR, "staff:S1"), NOW)
OWN = Scope(Reach.OWN, "client:C1", DAY)


def report(client_no, account_no):
    return ReportRow(
        id=f"R-{account_no}", account_no=account_no, client_no=client_no, first=date(2025, 1, 2),
        last=date(2025, 12, 31), format="heshi.diagnosis/1", digest="sha256:0", issued_at=NOW, issued_by="S1",
        body="{}",
    )  # fmt: skip


def agreement(account_no, due_on=DAY + timedelta(90)):
    return AgreementRow(
        account_no=account_no, report_id=f"R-{account_no}", finding="CHASING", target_text="少追涨", due_on=due_on,
        agreed_on=date(2026, 1, 2), agreed_how="面谈", recorded_by="S1", recorded_at=NOW,
    )  # fmt: skip


def surveyed(client_no, band="50 万元以下"):
    return SurveyRow(
        account_no=f"{client_no}-0", client_no=client_no, client_name=f"客户{client_no}", currency="CNY",
        first=date(2025, 1, 2), last=date(2025, 12, 31), band=band, value=Decimal(1), findings=["CHASING"],
        metrics={}, shortcoming="CHASING", shortcoming_title="追涨", surveyed_at=NOW,
    )  # fmt: skip


@pytest.fixture
def house(session):
    """S1 of B1 serves C1 (two accounts and a report over both), S2 of B1 serves C2, S3 of B2 serves C3."""
    people = People(session)
    for staff_no, place in (("S1", "B1"), ("S2", "B1"), ("S3", "B2")):
        people.person(staff_no, place)
    people.person("M1", "B1", "SUPERVISOR")
    for number, client_no in enumerate(("C1", "C2", "C3"), start=1):
        people.client(client_no, accounts=2)
        people.serves(f"S{number}", client_no)
        session.add(report(client_no, f"{client_no}-0"))
        session.add(surveyed(client_no))
    session.add(report("C1", "C1-0+C1-1"))
    session.flush()
    for account_no in ("C1-0", "C2-0", "C3-0", "C1-0+C1-1"):
        session.add(agreement(account_no))
    session.flush()
    return people


SCOPES = [  # scope, reports seen, accounts of the survey seen
    (everything(DAY), {"R-C1-0", "R-C1-0+C1-1", "R-C2-0", "R-C3-0"}, {"C1-0", "C2-0", "C3-0"}),
    (book("S1"), {"R-C1-0", "R-C1-0+C1-1"}, {"C1-0"}),
    (branch("M1"), {"R-C1-0", "R-C1-0+C1-1", "R-C2-0"}, {"C1-0", "C2-0"}),
    (OWN, {"R-C1-0", "R-C1-0+C1-1"}, {"C1-0"}),
    (book("M1"), set(), set()),
    (Scope(Reach.NONE, "", DAY), set(), set()),
]


@pytest.mark.parametrize(("scope", "reports", "accounts"), SCOPES)
def test_what_a_scope_shows_of_reports_and_survey(session, house, scope, reports, accounts):
    repository = ReportRepository(session, scope)

    assert {row.id for row in repository.page().rows} == reports
    assert {row.account_no for row in repository.survey_page().rows} == accounts
    counts = repository.survey_counts()
    assert counts.total == len(accounts)
    assert sum(number for _, number in counts.bands) == len(accounts)
    assert [one[-1] for one in counts.findings] == ([len(accounts)] if accounts else [])
    for row_id in ("R-C1-0", "R-C2-0", "R-C3-0"):
        assert (repository.find(row_id) is not None) is (row_id in reports)
    for account_no in ("C1-0", "C2-0", "C3-0"):
        seen = f"R-{account_no}" in reports
        assert bool(repository.agreements_of(account_no)) is seen
        assert bool(repository.running_agreements([account_no], DAY)) is seen
        assert (repository.latest_before(account_no, date(2027, 1, 1)) is not None) is seen
        assert (repository.survey_row(account_no) is not None) is (account_no in accounts)
    assert bool(repository.agreements_of("C1-0+C1-1")) is ("R-C1-0" in reports), "an agreement over both accounts"


def test_what_lies_outside_answers_like_what_is_not_there(session, house):
    desk = ReportService(session, book("S1"))

    told = []
    for report_id in ("R-C2-0", "R-NONE"):
        with pytest.raises(UnknownReport) as refused:
            desk.read(report_id)
        told.append(refused.value.detail.replace(report_id, "…"))
    assert told[0] == told[1]
    asked = AgreementAsk(account_no="C2-0", finding="CHASING", agreed_how="面谈")
    with pytest.raises(AgreementRefused, match="还没有出具过报告"):
        desk.agree(asked, BY)


def test_a_report_of_a_client_outside_the_scope_is_not_filed(session, house):
    made = build_report(fixtures.full())
    foreign, own = (replace(made, client_no=no, account_no=f"{no}-0") for no in ("C2", "C1"))
    desk = ReportService(session, book("S1"))

    with pytest.raises(NoSuchAccount, match="没有账户 C2-0"):
        desk.issue(foreign, BY)
    assert desk.issue(own, BY).created


FILTERS = [
    ({"staff_no": "S2"}, {"C2-0"}),
    ({"branch_no": "B1"}, {"C1-0", "C2-0"}),
    ({"branch_no": "B2", "staff_no": "S2"}, set()),
    ({"staff_no": "S9"}, set()),
]


@pytest.mark.parametrize(("asked", "left"), FILTERS)
def test_the_list_is_narrowed_by_who_serves(session, house, asked, left):
    repository = ReportRepository(session, everything(DAY))

    assert {row.account_no for row in repository.survey_page(SurveyFilter(**asked)).rows} == left
    assert repository.survey_counts(SurveyFilter(**asked)).total == len(left)


def test_a_filter_does_not_reach_beyond_the_scope(session, house):
    repository = ReportRepository(session, branch("M1"))

    assert repository.survey_page(SurveyFilter(staff_no="S3")).rows == ()


def test_peers_are_those_of_the_whole_book(session, house):
    assert len(ReportRepository(session, book("S1")).peer_rows("50 万元以下")) == 3


DUE = [(DAY - timedelta(1), False), (DAY, True), (DAY + timedelta(1), True)]


@pytest.mark.parametrize(("due_on", "open_"), DUE)
def test_a_running_agreement_is_open_until_the_day_it_falls_due(session, house, due_on, open_):
    session.add(report("C2", "C2-1"))
    session.flush()
    session.add(agreement("C2-1", due_on))
    session.flush()

    items = [item for item in open_items(session, [house.clients["C2"]], DAY) if item.due == due_on]

    assert [(item.kind, item.client_no, item.title) for item in items] == (
        [(AGREEMENT, "C2", "CHASING：少追涨")] if open_ else []
    )
    assert label_of(AGREEMENT) == "投资共识"
