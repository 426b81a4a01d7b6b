"""Every row of the category table, on, below and above each limit; evidence that cannot be taken; the nine items."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.types import ClientKind
from kit.columns import UNKNOWN
from kit.rulebook import RuleError
from suitability.category.evidence import check_one, check_together
from suitability.category.information import Stated, items_on
from suitability.category.judge import (
    category_book,
    category_rule,
    granted_through,
    judge,
    last_year_end,
    parse_test,
    trial_fault,
)
from suitability.category.problems import EvidenceConflict, EvidenceRefused, NoSuchCategoryTest
from suitability.category.standing import CATEGORIES, Granted, category_standing
from suitability.category.types import (
    Evidence,
    EvidenceKind,
    InformationItem,
    InformationSource,
    Trial,
    TrialKind,
)
from suitability.levels import InvestorCategory

BOOK = category_book()
DAY = date(2026, 3, 10)
YEAR_END, BEFORE = date(2025, 12, 31), date(2024, 12, 31)
NATURAL, INSTITUTION, PRODUCT = ClientKind.NATURAL, ClientKind.INSTITUTION, ClientKind.PRODUCT
WAN = 10_000


def document(kind, *, wan=None, years=None, short=0, as_of=DAY, number=1, **more):
    """years: of experience on DAY, `short` days less."""
    kind = EvidenceKind(kind)
    since = None if years is None else date(DAY.year - years, DAY.month, DAY.day) + timedelta(days=short)
    amount = None if wan is None else Decimal(str(wan)) * WAN
    return Evidence(kind=kind, amount=amount, since=since, as_of=as_of, document="sha256:d", id=number, **more)


def assets(wan, as_of=DAY, **more):
    return document("FINANCIAL_ASSETS", wan=wan, as_of=as_of, **more)


def net(wan, as_of=YEAR_END):
    return document("NET_ASSETS", wan=wan, as_of=as_of)


def income(wan):
    return document("ANNUAL_INCOME", wan=wan)


def investing(years, short=0):
    return document("INVESTING", years=years, short=short)


def work(years, short=0):
    return document("RELATED_WORK", years=years, short=short)


def just(kind):
    return document(kind)


CASES = [  # row, kind of client, evidence, met, source (article of the 办法)
    ("PRO_I_INSTITUTION", INSTITUTION, [just("LICENCE")], True, "8(1)"),
    ("PRO_I_INSTITUTION", INSTITUTION, [just("FUND_STATUS")], False, "8(1) another document"),
    ("PRO_I_INSTITUTION", NATURAL, [just("LICENCE")], False, "8(1) no natural person"),
    ("PRO_I_PRODUCT", PRODUCT, [just("PRODUCT_FILING")], True, "8(2)"),
    ("PRO_I_PRODUCT", INSTITUTION, [just("PRODUCT_FILING")], False, "8(2) products alone"),
    ("PRO_I_FUND", PRODUCT, [just("FUND_STATUS")], True, "8(3)"),
    ("PRO_I_FUND", INSTITUTION, [just("FUND_STATUS")], True, "8(3) QFII"),
    ("PRO_II_LEGAL", INSTITUTION, [net(2000), assets(1000, YEAR_END), investing(2)], True, "8(4) on every limit"),
    ("PRO_II_LEGAL", INSTITUTION, [net("1999.9999"), assets(1000, YEAR_END), investing(2)], False, "8(4) net below"),
    ("PRO_II_LEGAL", INSTITUTION, [net(2001), assets(1001, YEAR_END), investing(3)], True, "8(4) above"),
    ("PRO_II_LEGAL", INSTITUTION, [net(2000), assets("999.99", YEAR_END), investing(2)], False, "8(4) assets below"),
    ("PRO_II_LEGAL", INSTITUTION, [net(2000), assets(1000, YEAR_END), investing(2, 1)], False, "8(4) a day short"),
    ("PRO_II_LEGAL", INSTITUTION, [net(2000), assets(1000, DAY), investing(2)], False, "8(4) not of the year end"),
    ("PRO_II_LEGAL", INSTITUTION, [net(2000, BEFORE), assets(1000, YEAR_END), investing(2)], False, "8(4) old"),
    ("PRO_II_LEGAL", INSTITUTION, [net(2000), assets(1000, YEAR_END)], False, "8(4) no experience"),
    ("PRO_II_NATURAL", NATURAL, [assets(500), investing(2)], True, "8(5) on both"),
    ("PRO_II_NATURAL", NATURAL, [assets("499.9999"), investing(2)], False, "8(5) assets below"),
    ("PRO_II_NATURAL", NATURAL, [income(50), investing(2)], True, "8(5) income instead"),
    ("PRO_II_NATURAL", NATURAL, [income("49.9999"), investing(2)], False, "8(5) income below"),
    ("PRO_II_NATURAL", NATURAL, [income(51), work(2)], True, "8(5) work instead"),
    ("PRO_II_NATURAL", NATURAL, [assets(500), work(2, 1)], False, "8(5) work a day short"),
    ("PRO_II_NATURAL", NATURAL, [assets(500), just("SENIOR_MANAGER")], True, "8(5) senior manager"),
    ("PRO_II_NATURAL", NATURAL, [assets(500), just("CERTIFIED")], True, "8(5) accountant or lawyer in finance"),
    ("PRO_II_NATURAL", NATURAL, [assets("500.0001"), investing(2, -1)], True, "8(5) above, a day more"),
    ("PRO_II_NATURAL", NATURAL, [income("50.0001"), work(2)], True, "8(5) income above, work on the limit"),
    ("PRO_II_NATURAL", NATURAL, [assets(500), investing(2, 1)], False, "8(5) investing a day short"),
    ("PRO_II_NATURAL", NATURAL, [assets(900)], False, "8(5) wealth alone is not enough"),
    ("PRO_II_NATURAL", NATURAL, [investing(9)], False, "8(5) experience alone is not enough"),
    ("PRO_II_NATURAL", INSTITUTION, [assets(500), investing(2)], False, "8(5) natural persons alone"),
    ("PRO_III_LEGAL", INSTITUTION, [net(1000), assets(500, YEAR_END), investing(1)], True, "11(1) on every limit"),
    ("PRO_III_LEGAL", INSTITUTION, [net("999.99"), assets(500, YEAR_END), investing(1)], False, "11(1) net below"),
    ("PRO_III_LEGAL", INSTITUTION, [net(1000), assets("499.99", YEAR_END), investing(1)], False, "11(1) assets below"),
    ("PRO_III_LEGAL", INSTITUTION, [net(1000), assets(500, YEAR_END), investing(1, 1)], False, "11(1) a day short"),
    ("PRO_III_NATURAL", NATURAL, [assets(300), investing(1)], True, "11(2) on both"),
    ("PRO_III_NATURAL", NATURAL, [assets("299.9999"), investing(1)], False, "11(2) below"),
    ("PRO_III_NATURAL", NATURAL, [income(30), work(1)], True, "11(2) income and work"),
    ("PRO_III_NATURAL", NATURAL, [income("29.9999"), work(1)], False, "11(2) income below"),
    ("PRO_III_LEGAL", INSTITUTION, [net("1000.0001"), assets("500.0001", YEAR_END), investing(1, -1)], True,
     "11(1) above, a day more"),
    ("PRO_III_NATURAL", NATURAL, [assets("300.0001"), work(1, -1)], True, "11(2) above, a day more"),
    ("PRO_III_NATURAL", NATURAL, [income("30.0001"), investing(1)], True, "11(2) income above"),
    ("PRO_III_NATURAL", NATURAL, [assets(300), work(1, 1)], False, "11(2) work a day short"),
    ("PRO_III_NATURAL", NATURAL, [assets(301), investing(1, 1)], False, "11(2) a day short"),
    ("PRO_III_NATURAL", NATURAL, [assets(300), just("SENIOR_MANAGER")], False, "11(2) knows no senior manager"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "kind", "evidence", "met", "source"), CASES)
def test_a_row_of_the_table(row, kind, evidence, met, source):
    found = judge(category_rule(row, DAY, BOOK), kind, evidence, DAY, BOOK)

    assert found.met is met, source
    assert found.reasons


AGES = [  # kind, days old, taken; house rule: without a stated validity so many days from its as-of day
    ("FINANCIAL_ASSETS", 90, True), ("FINANCIAL_ASSETS", 91, False),
    ("ANNUAL_INCOME", 366, True), ("ANNUAL_INCOME", 367, False),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "days", "taken"), AGES)
def test_old_evidence_counts_no_more(kind, days, taken):
    one = document(kind, wan=900, as_of=DAY - timedelta(days=days))

    assert judge(category_rule("PRO_II_NATURAL", DAY, BOOK), NATURAL, [one, investing(2)], DAY, BOOK).met is taken


@pytest.mark.parametrize(("through", "taken"), [(DAY, True), (DAY - timedelta(days=1), False)])
def test_a_stated_validity_goes_before_the_age(through, taken):
    one = assets(900, DAY - timedelta(days=400), valid_through=through)

    assert judge(category_rule("PRO_II_NATURAL", DAY, BOOK), NATURAL, [one, investing(2)], DAY, BOOK).met is taken


def test_everything_that_lacks_is_said_at_once():
    found = judge(category_rule("PRO_II_LEGAL", DAY, BOOK), NATURAL, [net(1), investing(1)], DAY, BOOK)

    assert len(found.reasons) == 4
    assert "不适用于自然人" in found.reasons[0]
    assert "低于" in found.reasons[1]
    assert "没有材料" in found.reasons[2]
    assert "不满 2 年" in found.reasons[3]


@given(more=st.lists(st.sampled_from([case[2] for case in CASES]), max_size=3), case=st.sampled_from(CASES))
def test_more_evidence_never_unmakes_what_was_met(more, case):
    rule = category_rule(case[0], DAY, BOOK)
    before = judge(rule, case[1], case[2], DAY, BOOK)
    after = judge(rule, case[1], [*case[2], *(one for some in more for one in some)], DAY, BOOK)

    assert after.met or not before.met


def test_an_unknown_row_is_named():
    with pytest.raises(NoSuchCategoryTest, match=r"PRO_IV.*PRO_III_NATURAL"):
        category_rule("PRO_IV", DAY, BOOK)


@pytest.mark.parametrize(("day", "end"), [(date(2026, 1, 1), YEAR_END), (date(2025, 12, 31), date(2024, 12, 31))])
def test_the_last_year_end(day, end):
    assert last_year_end(day) == end


BROKEN = [
    {"category": "ORDINARY", "kinds": ["NATURAL"], "needs": [[{"kind": "LICENCE"}]]},
    {"category": "PRO_I", "kinds": ["NATURAL"], "needs": []},
    {"category": "PRO_I", "kinds": ["DOG"], "needs": [[{"kind": "LICENCE"}]]},
    {"category": "PRO_I", "kinds": ["NATURAL"], "needs": [[{"kind": "LUCK"}]]},
    {"category": "PRO_I", "kinds": ["NATURAL"], "needs": [[{"kind": "NET_ASSETS"}]]},
    {"category": "PRO_I", "kinds": ["NATURAL"], "needs": [[{"kind": "LICENCE", "from": 1}]]},
    {"category": "PRO_I", "kinds": ["NATURAL"], "needs": [[{"kind": "INVESTING", "from": 1}]]},
    {"category": "PRO_I", "kinds": ["NATURAL"]},
]


@pytest.mark.parametrize("value", BROKEN)
def test_a_row_that_asks_for_nonsense_is_refused(value):
    with pytest.raises(RuleError, match="PRO_X"):
        parse_test("PRO_X", value)


CONFLICTS = [  # evidence, problem, what is named
    (assets(1, DAY + timedelta(days=1)), EvidenceConflict, "晚于提交日"),
    (assets(1, valid_through=DAY - timedelta(days=1)), EvidenceConflict, "早于时点"),
    (replace(investing(1), since=DAY + timedelta(days=1)), EvidenceConflict, "起始日期"),
    (replace(assets(1), amount=None), EvidenceRefused, "金额"),
    (replace(investing(1), since=None), EvidenceRefused, "起始日期"),
    (replace(assets(1), document=" "), EvidenceRefused, "材料摘要"),
    (replace(assets(1), amount=Decimal(-1)), EvidenceRefused, "不能为负"),
]


@pytest.mark.parametrize(("evidence", "problem", "named"), CONFLICTS)
def test_evidence_that_cannot_be_is_refused_by_name(evidence, problem, named):
    with pytest.raises(problem, match=named):
        check_one(evidence, DAY)


def test_evidence_of_the_day_itself_is_taken():
    check_one(assets(1, DAY, valid_through=DAY), DAY)
    check_one(replace(investing(0), since=DAY), DAY)


def test_two_documents_that_contradict_each_other_are_both_named():
    with pytest.raises(EvidenceConflict, match=r"1（2026-03-10）.*2（2026-03-10）"):
        check_together([assets(500), assets(600, number=2)])
    check_together([assets(500), assets(500, number=2), assets(600, DAY - timedelta(days=1), number=3)])


MARKS = [  # tests taken, passed; house marks 80 and 60
    ([], False), ([("KNOWLEDGE_TEST", 79)], False), ([("KNOWLEDGE_TEST", 80)], True), ([("KNOWLEDGE_TEST", 81)], True),
    ([("SIMULATED_TRADING", 59)], False), ([("SIMULATED_TRADING", 60)], True),
    ([("KNOWLEDGE_TEST", 10), ("SIMULATED_TRADING", 60)], True),
]  # fmt: skip


@pytest.mark.parametrize(("taken", "passed"), MARKS)
def test_a_knowledge_test_or_simulated_trading(taken, passed):
    trials = [Trial(kind=TrialKind(kind), score=score, taken_on=DAY, document="d") for kind, score in taken]

    assert (trial_fault(trials, DAY, BOOK) is None) is passed


THROUGH = [  # category, evidence through, granted through; 2 years less a day, never beyond the evidence
    ("PRO_I", None, None), ("PRO_II", None, date(2028, 3, 9)), ("PRO_II", date(2026, 6, 8), date(2026, 6, 8)),
    ("PRO_III", date(2030, 1, 1), date(2028, 3, 9)), ("PRO_I", date(2027, 1, 1), date(2027, 1, 1)),
]  # fmt: skip


@pytest.mark.parametrize(("category", "evidence", "through"), THROUGH)
def test_how_long_a_category_holds(category, evidence, through):
    assert granted_through(InvestorCategory(category), DAY, evidence, BOOK) == through


# standing


@st.composite
def decisions(draw):
    day = st.integers(90, 110)
    maybe = st.one_of(st.just(UNKNOWN), day)
    return [
        {
            "client_id": draw(st.integers(1, 3)), "id": number, "category": draw(st.integers(0, 3)),
            "effective_from": draw(day), "valid_through": draw(maybe), "revoked_from": draw(maybe),
        }
        for number in range(1, draw(st.integers(0, 8)) + 1)
    ]  # fmt: skip


@given(rows=decisions())
def test_the_newest_decision_in_effect_governs(rows):
    names = Granted.__dataclass_fields__
    found = category_standing(Granted(**{n: np.array([r[n] for r in rows], dtype=np.int64) for n in names}), 100)
    plain = {}
    for one in sorted(rows, key=lambda row: (row["effective_from"], row["id"])):
        if one["effective_from"] <= 100:
            ended = one["valid_through"] != UNKNOWN and one["valid_through"] < 100
            revoked = one["revoked_from"] != UNKNOWN and one["revoked_from"] <= 100
            plain[one["client_id"]] = (0 if ended or revoked else one["category"], one["id"])

    got = zip(found.client_id.tolist(), found.category.tolist(), found.decision.tolist(), strict=True)
    assert {client: (category, decision) for client, category, decision in got} == plain


def test_ordinary_is_the_first_code():
    assert CATEGORIES[0] is InvestorCategory.ORDINARY


# the nine items


def stated(item, days, source=InformationSource.DECLARED):
    return Stated(item, DAY - timedelta(days=days), source)


def states(*told, kind=NATURAL):
    return {one.item: one for one in items_on(told, kind, DAY, BOOK)}


def test_nine_items_are_always_listed():
    assert len(states()) == 9
    assert [item for item, one in states().items() if not one.needed] == [
        InformationItem.ACCESS_INFORMATION, InformationItem.OTHER_NECESSARY,
    ]  # fmt: skip
    assert all(one.missing is one.needed for one in states().values())


@pytest.mark.parametrize(("days", "stale"), [(729, False), (730, False), (731, True)])
def test_an_item_is_stale_beyond_its_days(days, stale):
    one = states(stated(InformationItem.FINANCIAL_STATUS, days))[InformationItem.FINANCIAL_STATUS]

    assert (one.age_days, one.stale, one.missing) == (days, stale, False)


def test_the_newest_statement_up_to_the_day_counts():
    item = InformationItem.RISK_PREFERENCE
    one = states(stated(item, 5), stated(item, 900), stated(item, -3))[item]

    assert one.age_days == 5
