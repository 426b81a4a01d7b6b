"""The desk of categories on both databases: recognition, both conversions, expiry, revocation, the nine items."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from clients.repository import NoSuchClient
from clients.staff.filing import Stamp
from kit.access import Actor, NotAllowed, Reach, Role, Scope, everything
from kit.trail.service import history as trail_of
from suitability.assessment.client_facts import assessment_facts
from suitability.category.problems import (
    AlreadyDecided,
    ApplicationIncomplete,
    ConditionsNotMet,
    EvidenceConflict,
    NoSuchApplication,
    NoSuchEvidence,
    NotConvertible,
    SecondPersonNeeded,
)
from suitability.category.records import InformationService
from suitability.category.service import CategoryService, category_columns
from suitability.category.types import (
    Direction,
    Evidence,
    EvidenceKind,
    InformationItem,
    InformationSource,
    Trial,
    TrialKind,
)
from suitability.levels import InvestorCategory
from tests.suitability.assessment.desk import ADVISOR, DAY, NOW, OFFICER, Desk, client_actor, stamp

PAPER = "sha256:application"


class CategoryDesk(Desk):
    """A client with papers."""

    def __init__(self, session):
        super().__init__(session)
        self.categories = CategoryService(session, everything(DAY))

    def paper(self, client_no, kind, *, wan=None, since=None, as_of=DAY, **more):
        evidence = Evidence(
            kind=EvidenceKind(kind), amount=None if wan is None else Decimal(wan) * 10_000, since=since, as_of=as_of,
            document=f"sha256:{kind}", **more,
        )  # fmt: skip
        return self.categories.file_evidence(client_no, evidence, stamp(ADVISOR)).id

    def papers(self, client_no, wan, **more):
        return [
            self.paper(client_no, "FINANCIAL_ASSETS", wan=wan, **more),
            self.paper(client_no, "INVESTING", since=date(2020, 1, 1)),
        ]

    def recognised(self, client_no="C1"):
        papers = self.papers(client_no, 500, valid_through=DAY + timedelta(days=90))
        made = self.categories.apply(client_no, "PRO_II_NATURAL", papers, stamp(ADVISOR), document=PAPER)
        return self.categories.decide(made.id, True, "材料齐全", stamp(OFFICER))

    def converting(self, client_no="C1", **more):
        return self.categories.apply(
            client_no, "PRO_III_NATURAL", self.papers(client_no, 300, **more), stamp(client_actor(client_no)),
            document=PAPER, risk_acknowledged=True,
        )  # fmt: skip

    def passed(self, application_id, score=80):
        trial = Trial(kind=TrialKind.KNOWLEDGE_TEST, score=score, taken_on=DAY, document="sha256:test")
        return self.categories.add_trial(application_id, trial, stamp(ADVISOR))


@pytest.fixture
def desk(session):
    made = CategoryDesk(session)
    made.client("C1")
    return made


def category(desk, day=DAY, client_no="C1"):
    return desk.categories.current(client_no, day).category


def test_everybody_is_ordinary_until_something_is_granted(desk):
    found = desk.categories.current("C1", DAY)

    assert (found.category, found.decision, found.lapsed) == (InvestorCategory.ORDINARY, None, "")


def test_recognition_on_evidence(desk, session):
    made = desk.recognised()

    assert (made.direction, made.decision.granted) == (Direction.RECOGNITION, True)
    assert made.decision.valid_through == DAY + timedelta(days=90)  # the proof of assets says so itself
    assert category(desk) is InvestorCategory.PRO_II
    facts = assessment_facts(session, everything(DAY), "C1", DAY)
    assert (facts.category, facts.category_valid_through) == (InvestorCategory.PRO_II, made.decision.valid_through)
    assert facts.as_of == {"category": DAY}


ENDS = [(DAY - timedelta(days=1), "ORDINARY"), (DAY, "PRO_II"), (DAY + timedelta(days=90), "PRO_II"),
        (DAY + timedelta(days=91), "ORDINARY")]  # fmt: skip


@pytest.mark.parametrize(("day", "expected"), ENDS)
def test_a_category_begins_and_ends_on_its_days(desk, session, day, expected):
    desk.recognised()
    found = desk.categories.current("C1", day)

    assert found.category is InvestorCategory(expected)
    assert bool(found.lapsed) is (day > DAY + timedelta(days=90))
    columns = category_columns(session, day)
    assert [list(InvestorCategory)[one].value for one in columns.category.tolist()] == (
        [] if day < DAY else [expected]
    )


def test_conversion_takes_an_application_a_test_and_a_decision(desk):
    made = desk.converting()
    assert (made.direction, made.decision) == (Direction.UPGRADE, None)
    with pytest.raises(ConditionsNotMet, match="知识测试"):
        desk.categories.decide(made.id, True, "同意", stamp(OFFICER))
    desk.passed(made.id, 79)
    with pytest.raises(ConditionsNotMet, match="79 分"):
        desk.categories.decide(made.id, True, "同意", stamp(OFFICER))
    desk.passed(made.id, 80)
    done = desk.categories.decide(made.id, True, "同意转化", stamp(OFFICER))

    assert done.decision.reasons[0] == "同意转化"
    assert category(desk) is InvestorCategory.PRO_III


def test_the_firm_may_refuse_what_meets_every_condition(desk):
    made = desk.converting()
    desk.passed(made.id, 100)
    done = desk.categories.decide(made.id, False, "对衍生品了解不足", stamp(OFFICER))

    assert (done.decision.granted, done.decision.reasons) == (False, ("对衍生品了解不足",))
    assert category(desk) is InvestorCategory.ORDINARY


def test_what_does_not_meet_the_conditions_is_never_granted(desk):
    made = desk.categories.apply("C1", "PRO_II_NATURAL", desk.papers("C1", 499), stamp(ADVISOR), document=PAPER)

    with pytest.raises(ConditionsNotMet, match=r"须不低于 5,000,000\.00 元") as refused:
        desk.categories.decide(made.id, True, "放行", stamp(OFFICER))
    assert refused.value.extra["faults"]
    assert desk.categories.decide(made.id, False, "资产不足", stamp(OFFICER)).decision.granted is False


def test_evidence_that_has_run_out_by_the_day_it_takes_effect_is_not_enough(desk):
    papers = desk.papers("C1", 500, valid_through=DAY + timedelta(days=90))
    made = desk.categories.apply("C1", "PRO_II_NATURAL", papers, stamp(ADVISOR), document=PAPER)

    with pytest.raises(ConditionsNotMet, match="过期"):
        desk.categories.decide(made.id, True, "同意", stamp(OFFICER), effective_from=DAY + timedelta(days=91))
    done = desk.categories.decide(made.id, True, "同意", stamp(OFFICER), effective_from=DAY + timedelta(days=90))
    assert done.decision.effective_from == done.decision.valid_through


def test_a_category_neither_begins_nor_ends_before_its_time(desk):
    made = desk.categories.apply("C1", "PRO_II_NATURAL", desk.papers("C1", 500), stamp(ADVISOR), document=PAPER)
    before = DAY - timedelta(days=1)

    with pytest.raises(ApplicationIncomplete, match="不能倒签"):
        desk.categories.decide(made.id, True, "同意", stamp(OFFICER), effective_from=before)
    desk.categories.decide(made.id, True, "同意", stamp(OFFICER))
    with pytest.raises(ApplicationIncomplete, match="早于认定生效"):
        desk.categories.revoke("C1", "更正", stamp(OFFICER), effective_from=before)


INCOMPLETE = [  # document, risk acknowledged, evidence, what lacks
    ("", True, True, "书面申请"), (PAPER, False, True, "风险"), (PAPER, True, False, "证明材料"),
    ("", False, False, "书面申请、"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "acknowledged", "with_evidence", "lacks"), INCOMPLETE)
def test_an_application_says_what_it_lacks(desk, document, acknowledged, with_evidence, lacks):
    evidence = desk.papers("C1", 300) if with_evidence else []

    with pytest.raises(ApplicationIncomplete, match=lacks):
        desk.categories.apply(
            "C1", "PRO_III_NATURAL", evidence, stamp(client_actor("C1")), document=document,
            risk_acknowledged=acknowledged,
        )  # fmt: skip


def test_evidence_with_conflicting_dates_is_refused_and_nothing_is_stored(desk, session):
    with pytest.raises(EvidenceConflict, match="晚于提交日"):
        desk.paper("C1", "FINANCIAL_ASSETS", wan=500, as_of=DAY + timedelta(days=1))
    assert desk.categories.evidence("C1") == ()
    one = desk.paper("C1", "FINANCIAL_ASSETS", wan=500)
    other = desk.paper("C1", "FINANCIAL_ASSETS", wan=600)
    with pytest.raises(EvidenceConflict, match="同一时点"):
        desk.categories.apply("C1", "PRO_II_NATURAL", [one, other], stamp(ADVISOR), document=PAPER)
    assert session.execute(text("SELECT count(*) FROM category_application")).scalar() == 0


def test_the_papers_of_another_client_are_not_taken(desk):
    desk.client("C2")
    theirs = desk.papers("C2", 500)

    with pytest.raises(NoSuchEvidence, match="C1"):
        desk.categories.apply("C1", "PRO_II_NATURAL", theirs, stamp(ADVISOR), document=PAPER)


def test_who_filed_an_application_does_not_decide_it(desk):
    officer = Actor("U3", "合规丙", Role.COMPLIANCE)
    made = desk.categories.apply("C1", "PRO_II_NATURAL", desk.papers("C1", 500), stamp(officer), document=PAPER)

    with pytest.raises(SecondPersonNeeded, match="合规丙"):
        desk.categories.decide(made.id, True, "同意", stamp(officer))
    for nobody in (ADVISOR, client_actor("C1")):
        with pytest.raises(NotAllowed):
            desk.categories.decide(made.id, True, "同意", stamp(nobody))
    with pytest.raises(ApplicationIncomplete, match="理由"):
        desk.categories.decide(made.id, True, " ", stamp(OFFICER))
    desk.categories.decide(made.id, True, "同意", stamp(OFFICER))
    with pytest.raises(AlreadyDecided, match="合规甲"):
        desk.categories.decide(made.id, False, "再想", stamp(OFFICER))
    with pytest.raises(AlreadyDecided):
        desk.passed(made.id)


# back to ordinary


def test_a_professional_of_article_eight_goes_back_by_written_notice(desk):
    desk.recognised()
    made = desk.categories.return_to_ordinary("C1", stamp(client_actor("C1")), document=PAPER)

    assert (made.direction, made.decision.granted) == (Direction.DOWNGRADE, True)
    assert category(desk) is InvestorCategory.ORDINARY
    assert [one.direction for one in desk.categories.history("C1")] == [Direction.DOWNGRADE, Direction.RECOGNITION]


def test_nobody_else_goes_back_by_notice(desk):
    with pytest.raises(NotConvertible, match="普通投资者"):
        desk.categories.return_to_ordinary("C1", stamp(client_actor("C1")), document=PAPER)
    made = desk.converting()
    desk.passed(made.id)
    desk.categories.decide(made.id, True, "同意", stamp(OFFICER))
    with pytest.raises(NotConvertible, match="撤销"):
        desk.categories.return_to_ordinary("C1", stamp(client_actor("C1")), document=PAPER)


def test_a_notice_must_be_in_writing(desk):
    desk.recognised()

    with pytest.raises(ApplicationIncomplete, match="书面"):
        desk.categories.return_to_ordinary("C1", stamp(client_actor("C1")), document="")


def test_a_category_may_be_revoked_with_a_reason(desk):
    desk.recognised()
    with pytest.raises(NotAllowed):
        desk.categories.revoke("C1", "不想要了", stamp(client_actor("C1")))
    with pytest.raises(ApplicationIncomplete):
        desk.categories.revoke("C1", "", stamp(OFFICER))
    found = desk.categories.revoke("C1", "资产证明系伪造", stamp(OFFICER))

    assert found.category is InvestorCategory.ORDINARY
    assert "伪造" in found.lapsed
    assert category(desk, DAY - timedelta(days=1)) is InvestorCategory.ORDINARY
    with pytest.raises(NotConvertible, match="没有可以撤销"):
        desk.categories.revoke("C1", "再撤一次", stamp(OFFICER))


def test_a_revocation_begins_on_its_day(desk):
    desk.recognised()
    desk.categories.revoke("C1", "材料到期前更正", stamp(OFFICER), effective_from=DAY + timedelta(days=5))

    days = (DAY + timedelta(days=4), DAY + timedelta(days=5))
    assert [category(desk, day) for day in days] == [InvestorCategory.PRO_II, InvestorCategory.ORDINARY]


# information


def test_the_nine_items_come_from_records_and_from_the_assessment(desk, session):
    desk.assessed("C1", "C3")
    items = InformationService(session, everything(DAY))
    found = items.record_information(
        "C1", InformationItem.INTEGRITY_RECORD, stamp(ADVISOR), as_of=DAY - timedelta(days=400),
        source=InformationSource.EXTERNAL, document="sha256:query",
    )  # fmt: skip
    states = {one.item: one for one in found}

    assert states[InformationItem.RISK_PREFERENCE].source is InformationSource.ASSESSMENT
    record = states[InformationItem.INTEGRITY_RECORD]
    assert (record.age_days, record.stale) == (400, True)
    assert [one.item for one in found if one.missing] == [
        InformationItem.IDENTITY_PROFILE, InformationItem.FINANCIAL_STATUS, InformationItem.CONTROL_AND_BENEFICIARY,
    ]  # fmt: skip


def test_information_of_tomorrow_is_refused(desk, session):
    with pytest.raises(ApplicationIncomplete, match="晚于"):
        InformationService(session, everything(DAY)).record_information(
            "C1", InformationItem.FINANCIAL_STATUS, stamp(ADVISOR), as_of=DAY + timedelta(days=1),
            source=InformationSource.DECLARED, document="d",
        )  # fmt: skip


# scope, trail, database


def test_outside_the_scope_nothing_is_there(desk, session):
    made = desk.recognised()
    other = CategoryService(session, Scope(Reach.OWN, "client:C2", DAY))

    for ask in (lambda: other.current("C1", DAY), lambda: other.history("C1"), lambda: other.evidence("C1")):
        with pytest.raises(NoSuchClient):
            ask()
    with pytest.raises(NoSuchApplication):
        other.application(made.id)


def test_every_write_leaves_a_row_of_the_trail(desk, session):
    made = desk.converting()
    desk.passed(made.id)
    desk.categories.decide(made.id, True, "同意", stamp(OFFICER))

    actions = [entry["action"] for entry in trail_of(session, "investor_category", str(made.id))]
    assert {"category.apply", "category.trial", "category.decide"} <= set(actions)


TABLES = ["category_evidence", "category_application", "category_test", "category_decision", "category_revocation",
          "client_information"]  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_change_what_was_decided(desk, session, table):
    made = desk.converting()
    desk.passed(made.id)
    desk.categories.decide(made.id, True, "同意", stamp(OFFICER))
    desk.categories.revoke("C1", "更正", stamp(OFFICER))
    InformationService(session, everything(DAY)).record_information(
        "C1", InformationItem.FINANCIAL_STATUS, stamp(ADVISOR), as_of=DAY, source=InformationSource.DECLARED,
        document="d",
    )  # fmt: skip

    for change in (f"UPDATE {table} SET id = id + 1000", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_the_day_is_the_firms_own(desk):
    late = Stamp(OFFICER, datetime.combine(DAY, NOW.time(), tzinfo=NOW.tzinfo) + timedelta(hours=15))
    made = desk.categories.apply("C1", "PRO_II_NATURAL", desk.papers("C1", 500), stamp(ADVISOR), document=PAPER)

    assert desk.categories.decide(made.id, True, "同意", late).decision.effective_from == DAY + timedelta(days=1)
