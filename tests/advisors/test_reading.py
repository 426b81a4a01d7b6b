"""Facts of a quarter from rows in the database, on both databases: whose it is, what counts, what is withheld."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError, IntegrityError

import reports.advisor_marks  # noqa: F401  who grades knows of diagnoses
from advisors.drill import rows_of
from advisors.grading import grade
from advisors.placement import propose_moves
from advisors.reading import read_facts
from advisors.reading_people import months_between
from advisors.register.tables import ConductRow, TrainingRow
from advisors.rules_in_force import advisor_rules
from advisors.types import PeriodNotClosed, Scale, period_of
from clients.complaints.tables import ComplaintRow
from clients.contacts.tables import ContactRow
from clients.logins.tables import LoginRow
from clients.satisfaction.tables import SurveyAnswerRow, SurveyRoundRow
from clients.staff.tables import LevelRow
from kit.access import everything
from mot.tasks.tables import TaskRow
from reports.tables import AgreementRow, ReportRow
from suitability.cases.tables import CaseEventRow, MismatchCaseRow
from suitability.matching.tables import DecisionRow
from tests.clients.people import People

QUARTER = period_of("2026Q1")
CLOSED = date(2026, 4, 3)
AT = datetime(2026, 2, 10, 2, 0, tzinfo=UTC)
DAY = date(2026, 2, 10)
RULES = advisor_rules(QUARTER.last)


def read(session):
    session.flush()
    return read_facts(session, everything(CLOSED), QUARTER)


@pytest.fixture
def people(session):
    """An adviser whose registration ends in the middle, a manager, one who left; C2 is handed over on 1 March."""
    made = People(session)
    made.person("A1", post="ADVISOR", first=date(2025, 1, 1))
    made.licence("A1", last=date(2026, 2, 28))
    made.person("K1", first=date(2025, 12, 31))
    made.person("K2", first=date(2026, 1, 1))
    made.person("K9", last=date(2026, 3, 30))
    for number in ("C1", "C2", "C3"):
        made.client(number)
    made.serves("K1", "C1")
    made.serves("K1", "C2", last=date(2026, 2, 28))
    made.serves("K2", "C2", first=date(2026, 3, 1))
    made.serves("A1", "C1", role="ADVISOR")
    made.serves("K2", "C3", role="ASSISTANT")
    return made


def task(people, number, client, owner, due, state="DONE", ended=DAY, mandatory=True, adviser=False):
    people.add(TaskRow(
        key=number, origin="OWN", client_no=client, client_name="客户", name="任务", purpose="SERVICE", notice="现在",
        mandatory=mandatory, priority=1, evidence=False, compliance_copy=False, must_contact=False,
        needs_adviser=adviser, state=state, owner_no=owner, made_on=DAY, due_on=due, ended_on=ended, told={},
        offers=[], created_at=AT,
    ))  # fmt: skip


def test_people_scales_books_and_a_hand_over(session, people):
    facts = read(session)
    assert [(one.staff_no, one.scale, one.months) for one in facts.people] == [
        ("A1", Scale.ADVISOR, 15), ("K1", Scale.MANAGER, 3), ("K2", Scale.MANAGER, 3),
    ]  # fmt: skip
    spans = {
        (facts.people[s].staff_no, facts.client_no[c]): (date.fromordinal(f), date.fromordinal(t), months)
        for s, c, f, t, months in zip(
            facts.stints.staff.tolist(), facts.stints.client.tolist(), facts.stints.first.tolist(),
            facts.stints.last.tolist(), facts.stints.months.tolist(), strict=True,
        )
    }  # fmt: skip
    assert spans == {
        ("A1", "C1"): (QUARTER.first, QUARTER.last, 3), ("K1", "C1"): (QUARTER.first, QUARTER.last, 3),
        ("K1", "C2"): (QUARTER.first, date(2026, 2, 28), 2), ("K2", "C2"): (date(2026, 3, 1), QUARTER.last, 1),
    }  # fmt: skip
    assert facts.people[0].may_advise(date(2026, 2, 28).toordinal())
    assert not facts.people[0].may_advise(date(2026, 3, 1).toordinal())
    assert np.isnan(facts.stints.opening).all(), "no ledger: assets are not known, and not nought"


def test_what_clients_did_counts_for_who_served_them_then(session, people):
    c2 = people.clients["C2"]
    for at, day in enumerate((date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1))):
        people.add(LoginRow(client_id=c2, at=AT + timedelta(hours=at), day=day, channel="APP"))
    round_id = people.add(
        SurveyRoundRow(
            code="R1", title="一季度", first_on=QUARTER.first, last_on=QUARTER.last, opened_by="u", opened_at=AT
        )
    )
    people.add(
        SurveyAnswerRow(
            round_id=round_id,
            client_id=c2,
            answered_at=AT,
            day=date(2026, 3, 5),
            score=5,
            channel="APP",
            entered_by="u",
        )
    )
    facts = read(session)
    active = {
        facts.people[s].staff_no: a for s, c, a in
        zip(facts.stints.staff.tolist(), facts.stints.client.tolist(), facts.stints.active.tolist(), strict=True)
        if facts.client_no[c] == "C2"
    }  # fmt: skip
    assert active == {"K1": 2, "K2": 1}
    told = rows_of(facts, RULES, "K2", "satisfaction")
    assert [(one.key, one.counted) for one in told] == [("R1/C2", 1.0)]
    assert rows_of(facts, RULES, "K1", "satisfaction") == ()


def test_tasks_due_in_the_quarter_and_advice_after_the_registration_ended(session, people):
    task(people, "in", "C1", "A1", QUARTER.last, ended=date(2026, 3, 31), adviser=True)
    task(people, "late", "C1", "A1", DAY, ended=date(2026, 2, 11), adviser=True)
    task(people, "out", "C1", "A1", date(2026, 4, 1))
    task(people, "before", "C1", "A1", date(2025, 12, 31))
    task(people, "open", "C1", "A1", QUARTER.first, state="ASSIGNED", ended=None)
    task(people, "skipped", "C1", "A1", DAY, state="SKIPPED", mandatory=False)
    task(people, "taken back", "C1", "A1", DAY, state="CANCELLED")
    facts = read(session)
    assert len(facts.tasks) == 3
    card = grade(facts, RULES)[0]
    assert [(one.counted, one.note[:6]) for one in rows_of(facts, RULES, "A1", "mot_mandatory")] == [
        (0.0, "投资建议任务"), (1.0, ""), (0.0, ""),
    ]  # fmt: skip
    assert card.multiplier == pytest.approx(RULES.factors["UNLICENSED"].of(1))
    assert any("期末没有有效的证券投资顾问登记" in note for note in card.notes)


def test_promises_are_withheld_while_contacts_were_not_registered(session, people):
    assert "coverage" in read(session).missing
    people.add(ContactRow(
        client_id=people.clients["C1"], at=AT, day=date(2025, 6, 1), channel="PHONE", purpose="CARE", source="DESK",
        fingerprint="x", recorded_at=AT, recorded_by="u",
    ))  # fmt: skip
    assert "coverage" not in read(session).missing


def mismatch(people, number, product, day, cause, asked=None, outcome="WARN"):
    case = people.add(MismatchCaseRow(
        id=number, client_no="C1", client_name="客户", product_code=product, product_name=f"产品{product}",
        client_class="C2", product_level="R4", dimensions="LEVEL", gap=2, severity=2, origin=cause, status="OPEN",
        present=True, value=80_000, facts={}, facts_digest="d", opened_on=day, due_on=day, seen_on=day,
        retain_until=date(2046, 1, 1),
    ))  # fmt: skip
    people.add(CaseEventRow(
        case_id=case, version=1, kind="OPENED", at=AT, day=day, by_id="u", by_name="系统", status="OPEN",
        detail={"cause": cause}, digest="d",
    ))  # fmt: skip
    if asked:
        people.add(DecisionRow(
            id=f"D{number}", client_no="C1", product_code=product, day=day, made_at=AT, made_by="u", asked_by=asked,
            side="BUY", outcome=outcome, origin="API", digest="d", retain_until=date(2046, 1, 1), facts="{}",
            content="{}",
        ))  # fmt: skip


def test_a_mismatch_counts_when_a_purchase_made_it_and_the_client_did_not_ask(session, people):
    mismatch(people, 1, "P1", DAY, "CREATED")
    mismatch(people, 2, "P2", DAY, "CREATED", asked="CLIENT")
    mismatch(people, 3, "P3", DAY, "MARKET_DRIFT")
    mismatch(people, 4, "P4", date(2025, 12, 31), "CREATED")
    mismatch(people, 5, "P5", DAY, "INCREASED", asked="FIRM", outcome="REFUSE")
    facts = read(session)
    assert {(one.number, one.staff_no, one.pushed) for one in facts.mismatches} == {
        ("M0000001", "A1", False), ("M0000001", "K1", False), ("M0000005", "A1", True), ("M0000005", "K1", True),
    }  # fmt: skip
    assert [one.vetoes[0].code for one in grade(facts, RULES) if one.vetoes] == ["MISMATCH_PUSH", "MISMATCH_PUSH"]


def complaint(people, about, severity, conclusion, closed):
    people.add(ComplaintRow(
        client_id=people.clients["C1"], received_on=DAY, way="PHONE", complainant="CLIENT", topic="SERVICE",
        severity=severity, content="内容", about_staff_no=about, status="CLOSED" if closed else "OPEN",
        due_on=DAY, conclusion=conclusion, closed_on=closed, retain_until=date(2046, 1, 1),
    ))  # fmt: skip


def test_registers_complaints_and_what_was_withdrawn(session, people):
    complaint(people, "K1", "MAJOR", "UPHELD", DAY)
    complaint(people, "K1", "ORDINARY", "UNFOUNDED", DAY)
    complaint(people, "K1", "ORDINARY", "", None)
    told = {"staff_no": "K1", "recorded_by": "u", "recorded_at": AT}
    wrong = people.add(ConductRow(code="MISLEADS", day=DAY, **told))
    people.add(ConductRow(code="MISLEADS", day=DAY, withdraws=wrong, **told))
    people.add(ConductRow(code="EXAGGERATES", day=DAY, **told))
    people.add(ConductRow(code="PROMISES_RETURN", day=date(2025, 11, 1), **told))
    people.add(TrainingRow(kind="TRAINING", code="Y", title="年度", day=DAY, hours=9, **told))
    facts = read(session)
    card = next(one for one in grade(facts, RULES) if one.staff_no == "K1")
    assert [one.code for one in card.deductions] == ["COMPLAINT_MAJOR", "EXAGGERATES"]
    assert card.blocked_until == date(2026, 11, 1)
    assert not card.vetoes
    assert card.indicator("training").value.value == 9


def test_registers_are_appended_only(session, people):
    row = ConductRow(staff_no="K1", code="MISLEADS", day=DAY, recorded_by="u", recorded_at=AT)
    people.add(row)
    with pytest.raises((DBAPIError, IntegrityError)), session.begin_nested():
        session.execute(update(ConductRow).values(code="COMPLAINT"))


def test_diagnoses_that_led_to_an_agreement_and_shortcomings_that_were_lifted(session, people):
    def report(number, at, *findings):
        body = ",".join(f'{{"id":"{one}","side":"SHORTCOMING"}}' for one in findings)
        people.add(ReportRow(
            id=number, account_no="C1-1", client_no="C1", first=DAY, last=DAY, format="1", digest="d", issued_at=at,
            issued_by="u", body=f'{{"findings":[{body}]}}',
        ))  # fmt: skip

    report("R1", datetime(2026, 1, 10, tzinfo=UTC), "OVERTRADING", "CHASING")
    report("R2", datetime(2026, 3, 20, tzinfo=UTC), "CHASING")
    for finding in ("OVERTRADING", "CHASING"):
        people.add(AgreementRow(
            account_no="C1-1", report_id="R1", finding=finding, target_text="目标", due_on=date(2026, 3, 31),
            agreed_on=date(2026, 1, 11), agreed_how="面谈", recorded_by="u",
            recorded_at=datetime(2026, 1, 11, tzinfo=UTC),
        ))  # fmt: skip
    facts = read(session)
    agreed, lifted = (rows_of(facts, RULES, "K1", one) for one in ("diagnosis_agreed", "shortcomings_lifted"))
    assert [(one.key, one.counted) for one in agreed] == [("R1", 1.0), ("R2", 0.0)]
    assert [one.counted for one in lifted] == [1.0, 0.0]


def test_a_quarter_that_is_not_over_is_refused(session, people):
    with pytest.raises(PeriodNotClosed):
        read_facts(session, everything(QUARTER.last), QUARTER)


def test_moves_are_proposed_from_the_book_as_it_stands(session, people):
    for number, level in (("K1", "L1"), ("K2", "L4")):
        people.add(
            LevelRow(staff_id=people.staff[number], level=level, valid_from=DAY, published_by="u", published_at=AT)
        )
    session.flush()
    told = propose_moves(session, everything(CLOSED))
    assert told.solved == "最优"
    assert not told.unplaced
    assert told.moves == (), "clients without a class need no level"


@pytest.mark.parametrize(
    ("first", "months"),
    [(date(2026, 1, 1), 3), (date(2026, 1, 2), 2), (date(2025, 12, 31), 3), (date(2026, 3, 31), 0), (None, 600)],
)
def test_months_in_post(first, months):
    assert months_between(first, QUARTER.last) == months
