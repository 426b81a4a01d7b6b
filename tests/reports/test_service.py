"""The register, agreements and the survey on real databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlmodel import Session

from clients.staff.filing import Stamp
from kit.access import Actor, Role, everything
from kit.digest import digest
from kit.trail.service import history, page
from reports.build import build_report
from reports.model import Report
from reports.paging import write_cursor
from reports.plain import report_to_text
from reports.problems import (
    AgreementExists,
    AgreementRefused,
    BadCursor,
    DamagedReport,
    UnknownFinding,
    UnknownReport,
)
from reports.repository import ReportRepository, SurveyFilter
from reports.service import AgreementAsk, ReportService
from reports.tables import SurveyRow
from tests.reports import fixtures

NOW = datetime(2025, 1, 6, 2, 0, tzinfo=UTC)
EVERYTHING = everything(NOW.date())


@pytest.fixture
def desk(session: Session) -> ReportService:
    return ReportService(session, EVERYTHING)


def an_ask(**changes: object) -> AgreementAsk:
    given: dict[str, object] = {
        "account_no": "600112343428",
        "finding": "OVERTRADING",
        "agreed_how": "面谈",
    }
    return AgreementAsk(**{**given, **changes})  # type: ignore[arg-type]


def by(name: str, at: datetime = NOW) -> Stamp:
    return Stamp(Actor(f"u-{name}", name, Role.ADVISOR), at)


def a_report(**changes: object) -> Report:
    return build_report(replace(fixtures.full(), **changes))  # type: ignore[arg-type]


def test_a_report_is_read_back_exactly(desk):
    report = a_report()
    row = desk.issue(report, by("li.si")).row
    read = desk.read(row.id)

    assert desk.body(row.id) == report_to_text(report)
    assert replace(read, register={}) == replace(report, register={})
    assert read.register == {
        "report_id": row.id,
        "issued_at": "2025-01-06T10:00:00+08:00",
        "issued_by": "li.si",
    }


def test_the_same_report_is_registered_once(desk):
    first = desk.issue(a_report(), by("li.si")).row
    again = desk.issue(a_report(), by("wang.wu", NOW + timedelta(days=1)))

    assert (again.row.id, again.created) == (first.id, False)
    assert again.row.issued_by == "li.si", "the first registration stands"
    assert len(desk.list().rows) == 1


def test_another_content_is_another_report(desk):
    first = desk.issue(a_report(), by("li.si")).row
    other = desk.issue(a_report(notes=("另一说明",)), by("li.si")).row

    assert first.id != other.id


def test_an_unknown_report_is_named(desk):
    with pytest.raises(UnknownReport, match="R2024"):
        desk.read("R2024nothing")


def test_a_changed_body_is_noticed(desk, session):
    row = desk.issue(a_report(), by("li.si")).row
    session.expunge(row)
    row.body = row.body.replace("换手过快", "换手适中")
    desk._reports.find = {row.id: row}.get

    with pytest.raises(DamagedReport):
        desk.read(row.id)


def test_the_database_refuses_to_change_or_delete_a_report(desk, session):
    row = desk.issue(a_report(), by("li.si")).row
    for statement in ("UPDATE report SET issued_by = 'x'", "DELETE FROM report"):
        with pytest.raises(Exception, match=r"(?i)append|refuse|never"), session.begin_nested():
            session.execute(text(statement))

    assert desk.row(row.id).issued_by == "li.si"


def test_the_register_is_paged_newest_first(desk):
    for day in range(7):
        desk.issue(
            a_report(notes=(f"第 {day} 份",)), by("li.si" if day % 2 else "wang.wu", NOW + timedelta(days=day))
        )
    seen, cursor = [], None
    while True:
        page = desk.list(cursor=cursor, limit=3)
        seen += [row.issued_at for row in page.rows]
        cursor = page.next
        if cursor is None:
            break

    assert seen == [NOW + timedelta(days=day) for day in range(6, -1, -1)]
    assert len(desk.list(issued_by="li.si").rows) == 3
    assert len(desk.list(account_no="600112343428").rows) == 7
    assert desk.list(account_no="nobody").rows == ()
    assert len(desk.list(issued_from=NOW + timedelta(days=5)).rows) == 2
    assert len(desk.list(issued_until=NOW + timedelta(days=5)).rows) == 5


def test_reports_of_one_moment_are_paged_without_loss(desk):
    ids = {desk.issue(a_report(notes=(f"第 {n} 份",)), by("li.si")).row.id for n in range(5)}
    first = desk.list(limit=2)
    second = desk.list(limit=2, cursor=first.next)
    third = desk.list(limit=2, cursor=second.next)

    assert {row.id for page in (first, second, third) for row in page.rows} == ids
    assert third.next is None


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WyIyMDI0Il0", "WyJhIiwgImIiXQ"])
def test_a_foreign_cursor_is_refused(desk, cursor):
    with pytest.raises(BadCursor):
        desk.list(cursor=cursor)


def test_an_agreement_opens_the_next_report(desk):
    row = desk.issue(a_report(), by("li.si")).row
    made = desk.agree(an_ask(), by("li.si"))
    later = replace(
        fixtures.full(),
        first=date(2025, 1, 6),
        last=date(2025, 12, 31),
        metrics=fixtures.metrics({**fixtures.VALUES, "turnover_annual": 3.9}),
        series=fixtures.empty().series,
    )
    report = build_report(later, agreements=desk.earlier(row.account_no))

    assert (made.baseline, made.target) == (Decimal("11.8"), Decimal(4))
    assert (made.due_on, made.agreed_on) == (date(2025, 4, 6), date(2025, 1, 6))
    assert report.summary.follow_up[0].aside == "达成"
    assert "当时 11.80 倍，目标 4.00 倍，现在 3.90 倍" in report.summary.follow_up[0].text


def test_a_second_agreement_on_a_running_finding_is_refused(desk):
    desk.issue(a_report(), by("li.si"))
    desk.agree(an_ask(), by("li.si"))

    with pytest.raises(AgreementExists, match="2025-04-06"):
        desk.agree(an_ask(agreed_how="电话"), by("li.si"))
    assert desk.agree(an_ask(finding="CHASING"), by("li.si")).finding == "CHASING"


REFUSED = [  # what is asked, what the refusal says, the field that it points to
    ({"agreed_how": "短信"}, "达成方式", "agreed_how"),
    ({"due_on": date(2025, 1, 6)}, "到期日须晚于约定日", "due_on"),
    ({"due_on": date(2027, 1, 7)}, "期限不超过 24 个月", "due_on"),
    ({"agreed_on": date(2025, 1, 7)}, "约定日不能晚于今天", "agreed_on"),
    ({"agreed_on": date(2024, 12, 30)}, "约定日不能早于报告截止日", "agreed_on"),
    ({"agreed_on": date(1900, 1, 1)}, "约定日不能早于报告截止日", "agreed_on"),
    ({"agreed_on": date.max, "due_on": None}, "约定日不能晚于今天", "due_on /agreed_on"),
    ({"target_text": "降" * 257}, "256", "target_text"),
    ({"target": "很少"}, "目标值须为数字", "target"),
    ({"target": "NaN"}, "目标值须为数字", "target"),
    ({"target": "1e13"}, "目标值过大", "target"),
]


@pytest.mark.parametrize(("asked", "said", "field"), REFUSED)
def test_an_agreement_that_could_not_be_checked_is_refused(desk, asked, said, field):
    desk.issue(a_report(), by("li.si"))

    with pytest.raises(AgreementRefused, match=said) as refused:
        desk.agree(an_ask(**asked), by("li.si"))
    assert [fault["pointer"] for fault in refused.value.extra["errors"]] == f"/{field}".split()


def test_every_fault_of_an_agreement_is_told_at_once(desk):
    desk.issue(a_report(), by("li.si"))

    with pytest.raises(AgreementRefused) as refused:
        desk.agree(an_ask(agreed_how="短信", due_on=date(2025, 1, 1), target="很少"), by("li.si"))
    assert [fault["pointer"] for fault in refused.value.extra["errors"]] == ["/agreed_how", "/due_on", "/target"]


@pytest.mark.parametrize("due", [date(2025, 1, 7), date(2027, 1, 6)])
def test_the_shortest_and_the_longest_term_are_taken(desk, due):
    desk.issue(a_report(), by("li.si"))

    assert desk.agree(an_ask(due_on=due), by("li.si")).due_on == due


@pytest.mark.parametrize("finding", ["NO_SUCH", "GOOD_SELECTION"])
def test_only_a_shortcoming_of_the_report_can_be_agreed_on(desk, finding):
    desk.issue(a_report(), by("li.si"))

    with pytest.raises(UnknownFinding, match="OVERTRADING"):
        desk.agree(an_ask(finding=finding), by("li.si"))


def test_the_previous_report_is_the_newest_that_ended_before(desk):
    desk.issue(a_report(), by("li.si"))

    assert desk.previous("600112343428", date(2025, 12, 31)) == date(2024, 12, 31)
    assert desk.previous("600112343428", date(2024, 12, 31)) is None


def a_survey_row(number: int, **changes: object) -> SurveyRow:
    values: dict[str, object] = {
        "account_no": f"A{number:04d}",
        "client_no": f"C{number:04d}",
        "client_name": f"客户{number}",
        "currency": "CNY",
        "first": date(2024, 1, 2),
        "last": date(2024, 12, 31),
        "band": "10–50 万元",
        "value": Decimal(number),
        "shortcoming": "OVERTRADING",
        "shortcoming_title": "换手过快",
        "findings": ["OVERTRADING", "CHASING"],
        "metrics": {"twr": 0.1},
        "surveyed_at": NOW,
    }
    return SurveyRow(**{**values, **changes})


@pytest.fixture
def survey(session: Session) -> ReportRepository:
    repository = ReportRepository(session, EVERYTHING)
    rows = [a_survey_row(number) for number in range(5)]
    rows.append(
        a_survey_row(
            5, shortcoming="CHASING", shortcoming_title="追涨", findings=["CHASING"], band="50 万元以上"
        )
    )
    rows.append(
        a_survey_row(6, shortcoming=None, shortcoming_title=None, findings=[], client_name="100%_客户")
    )
    repository.replace_survey(rows)
    return repository


def test_a_new_pass_replaces_the_old_one(survey):
    assert survey.survey_counts().total == 7
    survey.replace_survey([a_survey_row(9)])

    assert survey.survey_row("A0000") is None
    assert survey.survey_row("A0009").metrics == {"twr": 0.1}
    assert survey.survey_row("A0009").surveyed_at == NOW


FILTERS = [  # filter, accounts left
    ({}, 7),
    ({"finding": "CHASING"}, 6),
    ({"finding": "OVERTRADING"}, 5),
    ({"finding": "CHASIN"}, 0),
    ({"finding": "OVER_RADING"}, 0),
    ({"shortcoming": "CHASING"}, 1),
    ({"band": "50 万元以上"}, 1),
    ({"search": "A0003"}, 1),
    ({"search": "客户"}, 7),
    ({"search": "%"}, 1),
    ({"search": "_"}, 1),
    ({"search": " "}, 7),
    ({"finding": "CHASING", "band": "10–50 万元", "search": "C0001"}, 1),
    ({"search": "nobody"}, 0),
]


@pytest.mark.parametrize(("asked", "left"), FILTERS)
def test_filters_of_the_list(survey, asked, left):
    assert len(survey.survey_page(SurveyFilter(**asked)).rows) == left
    assert survey.survey_counts(SurveyFilter(**asked)).total == left


URGENT = [  # account, urgency, value: in the order of the list
    ("B2", 1.0, "10"),
    ("B4", 0.05, "900.5"),
    ("B1", 0.05, "900.000001"),
    ("B3", 0.05, "900"),
    ("B5", 0.05, "900"),
    ("B6", 0.1 + 0.2 - 0.3, "1"),
    ("B0", 0.0, "5000"),
    ("B7", 0.0, "0"),
]


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 9])
def test_the_list_begins_with_the_most_urgent_and_is_paged_without_loss(session, limit):
    repository = ReportRepository(session, EVERYTHING)
    rows = [a_survey_row(0, account_no=no, urgency=by, value=Decimal(value)) for no, by, value in URGENT]
    repository.replace_survey(sorted(rows, key=lambda row: row.account_no))
    seen, cursor = [], None
    while True:
        page = repository.survey_page(limit=limit, cursor=cursor)
        seen += [row.account_no for row in page.rows]
        cursor = page.next
        if cursor is None:
            break

    assert seen == [no for no, _, _ in URGENT]


@pytest.mark.parametrize(
    "parts",
    [("0.1", "1"), ("x", "1", "A"), ("nan", "1", "A"), ("inf", "1", "A"), ("0.1", "one", "A"),
     ("0.1", "Infinity", "A"), ("0.1", "1e30", "A")],
)  # fmt: skip
def test_a_mark_that_the_list_did_not_make_is_refused(survey, parts):
    with pytest.raises(BadCursor):
        survey.survey_page(cursor=write_cursor(*parts))


def test_what_the_list_can_be_filtered_by(survey):
    counts = survey.survey_counts()

    assert counts.findings == (("CHASING", 6), ("OVERTRADING", 5))
    assert counts.bands == (("10–50 万元", 6), ("50 万元以上", 1))
    assert counts.surveyed_at == NOW
    assert [row.account_no for row in survey.peer_rows("50 万元以上")] == ["A0005"]


def test_each_count_is_what_the_choice_leaves(survey):
    chosen = SurveyFilter(finding="OVERTRADING", band="50 万元以上", search="A")
    counts = survey.survey_counts(chosen)

    for finding, number in counts.findings:
        assert number == len(survey.survey_page(replace(chosen, finding=finding)).rows)
    for band, number in counts.bands:
        assert number == len(survey.survey_page(replace(chosen, band=band)).rows)
    assert (counts.total, [count for _, count in counts.findings]) == (0, [1])


def test_before_the_first_pass_there_is_nothing_to_filter_by(session):
    counts = ReportRepository(session, EVERYTHING).survey_counts()

    assert (counts.total, counts.findings, counts.bands, counts.surveyed_at) == (0, (), (), None)


def test_the_agreement_due_first_stands_for_the_account(desk, session):
    desk.issue(a_report(), by("li.si"))
    desk.agree(an_ask(due_on=date(2025, 5, 1)), by("li.si"))
    desk.agree(an_ask(finding="CHASING", due_on=date(2025, 4, 1)), by("li.si"))
    repository = ReportRepository(session, EVERYTHING)
    asked = ["600112343428", "nobody"]

    assert repository.running_agreements(asked, date(2025, 3, 31))["600112343428"].finding == "CHASING"
    assert repository.running_agreements(asked, date(2025, 4, 1))["600112343428"].finding == "OVERTRADING"
    assert repository.running_agreements(asked, date(2025, 5, 1)) == {}


def test_an_agreement_without_a_report_named_stands_on_the_newest(desk):
    desk.issue(a_report(notes=("旧",)), by("li.si", NOW - timedelta(days=1)))
    newest = desk.issue(a_report(), by("li.si")).row

    assert desk.agree(an_ask(), by("li.si")).report_id == newest.id


def test_an_account_without_a_report_cannot_agree(desk):
    with pytest.raises(AgreementRefused, match="请先出具报告"):
        desk.agree(an_ask(), by("li.si"))


def test_a_report_of_another_account_is_no_ground(desk):
    other = desk.issue(a_report(account_no="600100000009"), by("li.si")).row

    with pytest.raises(UnknownReport, match="600112343428"):
        desk.agree(an_ask(report_id=other.id), by("li.si"))


def test_a_target_of_their_own_has_no_baseline(desk):
    desk.issue(a_report(), by("li.si"))
    made = desk.agree(an_ask(metric="cost_ratio", target="0.03", target_text="费用率不超过 3%"), by("li.si"))

    assert (made.metric, made.baseline, made.target) == ("cost_ratio", None, Decimal("0.03"))


def test_agreements_are_listed_newest_first(desk):
    desk.issue(a_report(), by("li.si"))
    desk.agree(an_ask(), by("li.si"))
    desk.agree(an_ask(finding="CHASING"), by("li.si"))

    assert [row.finding for row in desk.agreements("600112343428")] == ["CHASING", "OVERTRADING"]


def test_issuing_and_agreeing_leave_one_row_of_the_trail_each(desk, session):
    issued = desk.issue(a_report(), by("li.si")).row
    desk.issue(a_report(), by("wang.wu"))
    made = desk.agree(an_ask(), by("wang.wu"))
    with pytest.raises(AgreementExists):
        desk.agree(an_ask(), by("li.si"))

    (report,) = history(session, "report", issued.id)
    (agreement,) = history(session, "agreement", str(made.id))
    assert len(page(session)) == 2, "what changed nothing leaves nothing"
    assert (report["action"], report["user_name"], report["record_version"]) == ("report.issue", "li.si", "1")
    assert report["digest"] == issued.digest
    assert (agreement["action"], agreement["user_name"]) == ("agreement.record", "wang.wu")
    told = json.loads(agreement["detail"])
    assert (told["finding"], told["report_id"], told["target"]) == ("OVERTRADING", issued.id, "4.000000")
    assert agreement["digest"] == digest(told)


def test_what_is_rolled_back_leaves_no_row_of_the_trail(desk, session):
    desk.issue(a_report(), by("li.si"))
    desk.agree(an_ask(), by("li.si"))
    session.rollback()

    assert page(session) == []
