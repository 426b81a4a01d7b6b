"""Contact, login and survey files: known by columns, twice changes nothing, refused rows by name; their features."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clients.contacts.problems import ContactKnown, ContactRefused
from clients.contacts.repository import last_days, reached_between
from clients.contacts.service import ContactService
from clients.contacts.types import Channel, ContactAsk, ContactSource, Purpose
from clients.intake import import_file
from clients.logins.repository import last_logins
from clients.repository import NoSuchClient
from clients.satisfaction.problems import AnsweredAlready, NoSuchRound, RoundExists, SurveyRefused
from clients.satisfaction.repository import last_scores
from clients.satisfaction.service import SurveyService
from clients.satisfaction.types import AnswerAsk
from clients.service.features import service_features
from clients.staff.filing import Stamp
from clients.staff.problems import NoSuchStaff
from clients.staff.tables import StaffRow
from clients.tables import ClientRow
from kit.trail.service import history
from tests.clients.people import DAY, EVERYTHING, NOW, STAMP, People, book

LATER = Stamp(STAMP.actor, datetime(2026, 3, 10, 12, 0, tzinfo=UTC))
CALLS = (
    "客户号,接触时间,联系方式,目的,工号,是否接通,沟通内容,流水号\n"
    "C1,2026-03-09 10:30,外呼,回访,S1,是,约好下月,K1\n"
    "C1,2026-03-01,微信,报告解读,,是,,K2\n"
    "C2,2026/3/8 9:00,电话,营销,S1,否,无人接听,K3\n"
)
BAD_CALLS = (
    "client_no,at,channel,purpose,staff_no\n"
    "C9,2026-03-09 10:00,PHONE,CARE,\n"
    "C1,2026-03-09 10:00,鸽子,CARE,\n"
    "C1,2027-03-09 10:00,PHONE,CARE,\n"
    "C1,2026-03-09 11:00,PHONE,CARE,S9\n"
    ",2026-03-09 10:00,PHONE,CARE,\n"
)
LOGINS = (
    "client_no,登录时间,登录渠道\n"
    "C1,2026-03-08 21:04:11,手机APP\nC1,2026-03-01 08:00:00,PC\nC2,2025-12-01 10:00:00,网页\n"
)
ANSWERS = (
    "调查编号,客户号,填答时间,满意度,推荐意愿,意见\n"
    "R1,C1,2026-03-05 10:00,5,10,很好\n"
    "R1,C2,2026-03-06 10:00,2,,\n"
)
BAD_ANSWERS = (
    "round,client_no,answered_at,score,recommend\n"
    "R1,C1,2026-03-07 10:00,4,9\n"
    "R9,C3,2026-03-07 10:00,4,9\n"
    "R1,C3,2026-03-07 10:00,6,9\n"
    "R1,C3,2026-03-07 10:00,4,11\n"
    "R1,C3,2026-02-27 10:00,4,9\n"
    "R1,C3,2026-03-07 10:00,4,9\n"
    "R1,C3,2026-03-08 10:00,4,9\n"
    "R1,C1,2026-03-05 10:00,5,10\n"
)


@pytest.fixture
def people(session):
    made = People(session)
    made.person("S1")
    for number in ("C1", "C2", "C3"):
        made.client(number)
    made.serves("S1", "C1")
    return made


@pytest.fixture
def take(session, people, tmp_path):
    def taken(told, **options):
        path = tmp_path / "file.csv"
        path.write_text(told, encoding="utf-8")
        return import_file(session, path, stamp=LATER, **options)

    return taken


def counts(result):
    return result.kind, result.rows_new, result.rows_known, result.rows_refused


def refused(result):
    return [(one.line, one.column) for one in result.rejects]


def test_contacts_are_known_by_their_columns_and_twice_is_once(session, people, take):
    assert counts(take(CALLS)) == ("contacts", 3, 0, 0)
    assert counts(take(CALLS)) == ("contacts", 0, 3, 0)

    newest = ContactService(session, EVERYTHING).of_client("C1")
    assert [(one.day, one.channel, one.purpose, one.staff_no, one.source) for one in newest] == [
        (date(2026, 3, 9), Channel.PHONE, Purpose.CARE, "S1", ContactSource.IMPORT),
        (date(2026, 3, 1), Channel.WECHAT, Purpose.REPORT, "", ContactSource.IMPORT),
    ]
    ids = people.clients
    assert last_days(session, DAY) == {ids["C1"]: {"CARE": date(2026, 3, 9), "REPORT": date(2026, 3, 1)}}
    assert reached_between(session, DAY - timedelta(days=89), DAY) == {ids["C1"]: 2}, "a missed call is no contact"


def test_bad_contacts_are_refused_by_line_and_column(take):
    result = take(BAD_CALLS)

    assert counts(result) == ("contacts", 0, 0, 5)
    assert refused(result) == [(2, "client_no"), (3, "channel"), (4, "at"), (5, "staff_no"), (6, "client_no")]
    assert "PHONE 电话" in result.rejects[1].expected


def a_call(**more):
    return ContactAsk(**({"client_no": "C1", "at": NOW, "channel": Channel.PHONE, "purpose": Purpose.CARE} | more))


def test_the_desk_appends_once_and_may_be_told_twice(session, people):
    desk = ContactService(session, EVERYTHING)
    number = desk.record(a_call(source=ContactSource.TASK, source_ref="T1"), STAMP)
    with pytest.raises(ContactKnown):
        desk.record(a_call(source=ContactSource.TASK, source_ref="T1", note="another word"), STAMP)

    assert desk.record(a_call(source=ContactSource.TASK, source_ref="T1"), STAMP, again=True) == number
    assert len(history(session, "contact", str(number))) == 1
    with pytest.raises(ContactRefused, match="之间"):
        desk.record(a_call(at=NOW + timedelta(hours=1)), STAMP)
    with pytest.raises(ContactRefused, match="512"):
        desk.record(a_call(note="长" * 513), STAMP)
    with pytest.raises(NoSuchStaff):
        desk.record(a_call(staff_no="S9"), STAMP)
    with pytest.raises(NoSuchClient):
        ContactService(session, book("S9")).record(a_call(), STAMP)
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("UPDATE client_contact SET note = 'x'"))


def test_logins_feed_how_quiet_a_client_is(session, people, take):
    assert counts(take(LOGINS)) == ("logins", 3, 0, 0)
    assert counts(take(LOGINS)) == ("logins", 0, 3, 0)
    ids = people.clients
    assert last_logins(session, DAY) == {ids["C1"]: date(2026, 3, 8), ids["C2"]: date(2025, 12, 1)}

    order = np.array([ids["C1"], ids["C2"], ids["C3"]])
    told = service_features(session, DAY, order, {"inactive_days": np.array([100.0, 40.0, 7.0])})
    assert told["login_gap"].tolist()[:2] == [2.0, 99.0]
    assert np.isnan(told["login_gap"][2])
    assert told["quiet_days"].tolist() == [2.0, 40.0, 7.0]


def opened(session):
    return SurveyService(session, EVERYTHING).open_round("R1", "一季度", date(2026, 3, 1), date(2026, 3, 31), LATER)


def test_a_round_comes_before_its_answers_and_each_client_answers_once(session, people, take):
    assert refused(take(ANSWERS)) == [(2, "调查编号"), (3, "调查编号")]
    opened(session)
    assert counts(take(ANSWERS)) == ("surveys", 2, 0, 0)
    assert counts(take(ANSWERS)) == ("surveys", 0, 2, 0)
    result = take(BAD_ANSWERS)

    assert counts(result) == ("surveys", 1, 1, 6)
    assert refused(result) == [
        (2, "client_no"), (3, "round"), (4, "score"), (5, "recommend"), (6, "answered_at"), (8, "client_no"),
    ]
    assert "第 7 行" in result.rejects[-1].expected
    ids = people.clients
    assert last_scores(session, DAY - timedelta(days=364), DAY) == {ids["C1"]: 100.0, ids["C2"]: 25.0, ids["C3"]: 75.0}


@pytest.mark.parametrize(("score", "named"), [
    ("-1", "1 至 5"), ("0", "1 至 5"), ("6", "1 至 5"), ("999", "1 至 5"), ("4.5", "不带小数"), ("五", "不带小数"),
])  # fmt: skip
def test_a_score_off_the_scale_is_told_with_the_scale(score, named, session, people, take):
    opened(session)
    result = take(f"round,client_no,answered_at,score\nR1,C1,2026-03-07 10:00,{score}\n")

    assert refused(result) == [(2, "score")]
    assert named in result.rejects[0].expected


def test_the_desk_of_surveys_refuses_by_name(session, people):
    opened(session)
    desk = SurveyService(session, EVERYTHING)
    with pytest.raises(RoundExists):
        opened(session)
    with pytest.raises(SurveyRefused, match="早于开始日"):
        desk.open_round("R2", "x", DAY, DAY - timedelta(days=1), LATER)
    with pytest.raises(SurveyRefused, match="编号"):
        desk.open_round("R 2", "x", DAY, DAY, LATER)
    good = AnswerAsk(client_no="C1", round_code="R1", answered_at=NOW, score=4)
    desk.answer(good, LATER)
    with pytest.raises(AnsweredAlready, match="只收一份"):
        desk.answer(good, LATER)
    with pytest.raises(NoSuchRound):
        desk.result("R9")
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text("DELETE FROM survey_answer"))


def test_results_stand_by_who_served_and_small_groups_are_not_shown(session, people):
    opened(session)
    for number in range(6):
        people.client(f"D{number}")
        people.serves("S1", f"D{number}")
        SurveyService(session, EVERYTHING).answer(
            AnswerAsk(client_no=f"D{number}", round_code="R1", answered_at=NOW, score=5 if number else 1,
                      recommend=10 if number > 1 else 0, comment="慢" if not number else ""), LATER,
        )  # fmt: skip
    SurveyService(session, EVERYTHING).answer(
        AnswerAsk(client_no="C3", round_code="R1", answered_at=NOW, score=3), LATER
    )
    found = SurveyService(session, EVERYTHING).result("R1")

    assert (found.whole.satisfied.n, found.whole.promoters.n) == (7, 6)
    assert found.whole.satisfied.value == pytest.approx(5 / 7)
    assert found.whole.promoters.value == pytest.approx(4 / 6 - 2 / 6)
    assert [(one.key, one.satisfied.n) for one in found.by_advisor] == [("S1", 6)]
    assert found.withheld == 2, "one client without a main person, in the list of people and of branches"
    assert [one.text for one in SurveyService(session, EVERYTHING).comments("R1")] == ["慢"]
    assert SurveyService(session, book("S1")).result("R1").whole.satisfied.n == 6


def test_registers_that_nobody_used_are_withheld(session, people):
    order = np.array(list(people.clients.values()))

    assert service_features(session, DAY, order, {}) == {}
    assert session.get(ClientRow, order[0].item()) is not None
    assert session.get(StaffRow, 1) is not None
