"""Contradictions of answers, on, below and above each limit. Source: the mini form's consistency rules, house rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kit.rulebook import RuleError, parse_rulebook
from suitability.assessment.contradictions import contradictions
from suitability.assessment.rules import books, check_rules, parse_pattern
from suitability.assessment.types import Consequence, KnownFacts, Sex, Sheet
from suitability.levels import ClientLevel
from suitability.questionnaire.loading import shipped
from tests.suitability.assessment.desk import DAY, FORMS, MINI, NATURAL, sheet_of

BOOK = books().assessment
AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
BLOCK, CONFIRM, REVIEW = Consequence.BLOCK, Consequence.CONFIRM, Consequence.REVIEW
YEARS_2 = {"experience_types": ("C",)}
MARRIED = {"household_employment": ("C",)}


def age(years, **more):
    return KnownFacts(age=years, **more)


def held(yuan):
    return KnownFacts(assets_yuan=Decimal(yuan))


NOBODY = KnownFacts()
CASES = [  # rule, form, answers by topic (others are silent), known, applies, source
    ("ASSESS-101", NATURAL, {"experience_types": ("B",)}, age(19), True, "below 20"),
    ("ASSESS-101", NATURAL, {"experience_types": ("B",)}, age(20), False, "on 20"),
    ("ASSESS-101", NATURAL, {"experience_types": ("C", "D")}, age(1), True, "age > 0"),
    ("ASSESS-101", NATURAL, {"experience_types": ("C",)}, age(0), False, "age 0 is no age"),
    ("ASSESS-101", NATURAL, {"experience_types": ("A",)}, age(19), False, "claims none"),
    ("ASSESS-101", NATURAL, {"experience_types": ("C",)}, NOBODY, False, "age not known"),
    ("ASSESS-102", NATURAL, {"background": ("C",)}, age(19), True, "two years of work below 20"),
    ("ASSESS-102", NATURAL, {"background": ("C",)}, age(20), False, "on 20"),
    ("ASSESS-102", NATURAL, {"background": ("D",)}, age(19), False, "a certificate takes no two years"),
    ("ASSESS-103", MINI, {"experience_years": ("C",)}, age(19), True, "two years below 20"),
    ("ASSESS-103", MINI, {"experience_years": ("B",)}, age(19), False, "less than two years"),
    ("ASSESS-103", MINI, {"experience_years": ("D",)}, age(20), False, "on 20"),
    ("ASSESS-104", NATURAL, MARRIED, age(17), False, "below 18: another rule's matter"),
    ("ASSESS-104", NATURAL, MARRIED, age(18), True, "on 18"),
    ("ASSESS-104", NATURAL, MARRIED, age(19), True, "19"),
    ("ASSESS-104", NATURAL, MARRIED, age(20), False, "on 20"),
    ("ASSESS-104", NATURAL, {"household_employment": ("B",)}, age(19), False, "single"),
    ("ASSESS-105", NATURAL, MARRIED, age(20, sex=Sex.MALE), True, "male, on 20"),
    ("ASSESS-105", NATURAL, MARRIED, age(21, sex=Sex.MALE), True, "male, 21"),
    ("ASSESS-105", NATURAL, MARRIED, age(22, sex=Sex.MALE), False, "male, on 22"),
    ("ASSESS-105", NATURAL, MARRIED, age(21, sex=Sex.FEMALE), False, "female may marry at 20"),
    ("ASSESS-105", NATURAL, MARRIED, age(21), False, "sex not known"),
    ("ASSESS-110", MINI, {"first_goal": ("A",), "intended_types": ("C",)}, NOBODY, True, "①②③"),
    ("ASSESS-110", MINI, {"first_goal": ("A",), "intended_types": ("B",)}, NOBODY, False, "①②"),
    ("ASSESS-110", MINI, {"first_goal": ("B",), "intended_types": ("E",)}, NOBODY, False, "balance"),
    ("ASSESS-111", MINI, {"first_goal": ("C",), "intended_types": ("A",)}, NOBODY, True, "①"),
    ("ASSESS-111", MINI, {"first_goal": ("C",), "intended_types": ("B",)}, NOBODY, True, "①②"),
    ("ASSESS-111", MINI, {"first_goal": ("C",), "intended_types": ("C",)}, NOBODY, False, "①②③"),
    ("ASSESS-111", NATURAL, {"first_goal": ("D",), "intended_types": ("A", "B")}, NOBODY, True, "both within"),
    ("ASSESS-111", NATURAL, {"first_goal": ("D",), "intended_types": ("B", "C")}, NOBODY, False, "one beyond"),
    ("ASSESS-112", NATURAL, {"use_of_return": ("A",), "large_debts": ("D",)}, NOBODY, True, "repays no debt"),
    ("ASSESS-112", NATURAL, {"use_of_return": ("A",), "large_debts": ("A",)}, NOBODY, False, "has a mortgage"),
    ("ASSESS-113", NATURAL, {"income_source": ("A",), "household_employment": ("B",)}, NOBODY, True, "employed"),
    ("ASSESS-113", NATURAL, {"income_source": ("A",), "household_employment": ("E",)}, NOBODY, True, "both employed"),
    ("ASSESS-113", NATURAL, {"income_source": ("A",), "household_employment": ("D",)}, NOBODY, False, "the other one"),
    ("ASSESS-113", NATURAL, {"income_source": ("B",), "household_employment": ("B",)}, NOBODY, False, "wages"),
    ("ASSESS-114", NATURAL, {"income_source": ("D",), "investable_assets": ("A",)}, NOBODY, True, "dividends, < 50万"),
    ("ASSESS-114", NATURAL, {"income_source": ("D",), "investable_assets": ("B",)}, NOBODY, False, "50万 and more"),
    ("ASSESS-115", NATURAL, {"investable_assets": ("B",)}, KnownFacts(occupation="STUDENT"), True, "student, 50万"),
    ("ASSESS-115", NATURAL, {"investable_assets": ("A",)}, KnownFacts(occupation="STUDENT"), False, "student, less"),
    ("ASSESS-115", NATURAL, {"investable_assets": ("B",)}, KnownFacts(occupation="TEACHER"), False, "no student"),
    ("ASSESS-116", NATURAL, {"age_band": ("A",)}, age(30), False, "[18, 30], on 30"),
    ("ASSESS-116", NATURAL, {"age_band": ("A",)}, age(31), True, "(30, 40]"),
    ("ASSESS-116", NATURAL, {"age_band": ("A",)}, age(17), True, "below 18"),
    ("ASSESS-116", NATURAL, {"age_band": ("E",)}, age(17), False, "below 18 stands with above 60"),
    ("ASSESS-116", NATURAL, {"age_band": ("E",)}, age(60), True, "on 60"),
    ("ASSESS-116", NATURAL, {"age_band": ("A",)}, NOBODY, False, "age not known"),
    ("ASSESS-117", NATURAL, {"investable_assets": ("A",)}, held("499999.99"), False, "below"),
    ("ASSESS-117", NATURAL, {"investable_assets": ("A",)}, held(500_000), True, "on 50万"),
    ("ASSESS-117", NATURAL, {"investable_assets": ("B",)}, held(500_000), False, "within"),
    ("ASSESS-117", NATURAL, {"investable_assets": ("D",)}, held(10**9), False, "no top"),
    ("ASSESS-118", NATURAL, {"large_debts": ("D",)}, KnownFacts(debts_yuan=Decimal("0.01")), True, "any debt"),
    ("ASSESS-118", NATURAL, {"large_debts": ("D",)}, KnownFacts(debts_yuan=Decimal(0)), False, "none"),
    ("ASSESS-118", NATURAL, {"large_debts": ("A",)}, KnownFacts(debts_yuan=Decimal(1)), False, "stated"),
    ("ASSESS-120", NATURAL, {"first_goal": ("A",), "bearable_loss": ("D",)}, NOBODY, True, "preserve, > 50%"),
    ("ASSESS-120", NATURAL, {"first_goal": ("A",), "bearable_loss": ("C",)}, NOBODY, False, "preserve, 50%"),
    ("ASSESS-121", NATURAL, {"a_or_b": ("E",), "bearable_loss": ("A",)}, NOBODY, True, "all B, 10%"),
    ("ASSESS-121", NATURAL, {"a_or_b": ("D",), "bearable_loss": ("A",)}, NOBODY, False, "most B"),
    ("ASSESS-121", NATURAL, {"a_or_b": ("E",), "bearable_loss": ("B",)}, NOBODY, False, "30%"),
    ("ASSESS-122", NATURAL, {"civil_capacity": ("A",)}, age(17), True, "below 18"),
    ("ASSESS-122", NATURAL, {"civil_capacity": ("A",)}, age(18), False, "on 18"),
    ("ASSESS-122", NATURAL, {"civil_capacity": ("B",)}, age(17), False, "says no"),
]  # fmt: skip
WHAT_FOLLOWS = {
    **dict.fromkeys(("ASSESS-101", "ASSESS-102", "ASSESS-103", "ASSESS-104", "ASSESS-105", "ASSESS-110"), BLOCK),
    **dict.fromkeys(("ASSESS-111", "ASSESS-112", "ASSESS-113", "ASSESS-116"), BLOCK),
    **dict.fromkeys(("ASSESS-114", "ASSESS-115", "ASSESS-117", "ASSESS-118", "ASSESS-120", "ASSESS-121"), CONFIRM),
    **dict.fromkeys(("ASSESS-119", "ASSESS-122"), REVIEW),
}


def found(version, topics, known, level=ClientLevel.C1, book=BOOK):
    form = FORMS[version]
    answers = {form.by_topic[topic].id: codes for topic, codes in topics.items()}
    sheet = Sheet(form=form, answers=answers, prefilled=frozenset(), started_at=None, finished_at=AT, day=DAY)
    return {one.rule: one for one in contradictions(sheet, known, level, book)}


@pytest.mark.parametrize(("rule", "version", "topics", "known", "applies", "source"), CASES)
def test_a_contradiction(rule, version, topics, known, applies, source):
    assert (rule in found(version, topics, known)) is applies, source


@pytest.mark.parametrize(("rule", "version", "topics", "known"), [case[:4] for case in CASES if case[4]])
def test_a_contradiction_has_its_consequence_a_sentence_and_its_questions(rule, version, topics, known):
    one = found(version, topics, known)[rule]

    assert one.consequence is WHAT_FOLLOWS[rule]
    assert one.sentence
    assert one.questions == tuple(sorted((FORMS[version].by_topic[topic].id for topic in topics), key=_number))
    assert one.mendable


def _number(question_id):
    return question_id[0] == "s", int(question_id[1:])


@pytest.mark.parametrize(("level", "applies"), [("C1", False), ("C2", True), ("C5", True)])
def test_no_loss_and_a_level_above_c1_are_reviewed(level, applies):
    one = found(MINI, {"bearable_loss": ("A",)}, NOBODY, ClientLevel(level))

    assert ("ASSESS-119" in one) is applies


def test_every_rule_with_a_pattern_is_in_the_table():
    in_table = {case[0] for case in CASES} | {"ASSESS-119"}
    patterns = {rule.id for rule in BOOK if rule.id.startswith("ASSESS-1")}

    assert patterns == in_table == set(WHAT_FOLLOWS)


def test_a_sheet_without_contradiction_has_none():
    form = FORMS[NATURAL]
    answers = sheet_of(NATURAL, "C3")
    sheet = Sheet(form=form, answers=answers, prefilled=frozenset(), started_at=None, finished_at=AT, day=DAY)

    assert contradictions(sheet, replace(NOBODY, age=None), ClientLevel.C3, BOOK) == ()


def test_before_its_first_day_a_rule_holds_nothing():
    form = FORMS[NATURAL]
    answers = {form.by_topic["use_of_return"].id: ("A",), form.by_topic["large_debts"].id: ("D",)}
    before = date(2017, 6, 30)
    sheet = Sheet(form=form, answers=answers, prefilled=frozenset(), started_at=None, finished_at=AT, day=before)

    assert contradictions(sheet, NOBODY, ClientLevel.C3, BOOK) == ()
    assert contradictions(replace(sheet, day=date(2017, 7, 1)), NOBODY, ClientLevel.C3, BOOK)


BROKEN = [  # value of a rule, what the refusal names
    ("{answers: {hobby: [CHESS]}, consequence: BLOCK, sentence: s}", "hobby"),
    ("{answers: {income_source: [LOTTERY]}, consequence: BLOCK, sentence: s}", "LOTTERY"),
    ("{answers: {income_source: NONE}, consequence: BLOCK, sentence: s}", "list of meanings"),
    ("{facts: {height: {from: 1}}, consequence: BLOCK, sentence: s}", "height"),
    ("{facts: {age: {under: 1}}, consequence: BLOCK, sentence: s}", "under"),
    ("{facts: {age: []}, consequence: BLOCK, sentence: s}", "codes"),
    ("{facts: {age: {from: 1}}, consequence: SHOUT, sentence: s}", "SHOUT"),
    ("{facts: {age: {from: 1}}, consequence: BLOCK}", "sentence"),
    ("{facts: {age: {from: 1}}, colour: red, consequence: BLOCK, sentence: s}", "colour"),
]


@pytest.mark.parametrize(("value", "named"), BROKEN, ids=[named for _, named in BROKEN])
def test_a_rule_that_speaks_of_what_no_form_says_is_refused(value, named):
    book = parse_rulebook("assessment.yaml", f"""
- {{id: LOWEST-SCHEME, title: t, source: s, read_on: 2026-01-01, values: [{{from: 2017-07-01, value: CONDITIONS}}]}}
- {{id: ASSESS-199, title: t, source: s, read_on: 2026-01-01, values: [{{from: 2017-07-01, value: {value}}}]}}
""")

    with pytest.raises(RuleError, match=named):
        check_rules(book, [form for form, _ in shipped()])


def test_an_unknown_scheme_of_the_lowest_class_is_refused():
    book = parse_rulebook("assessment.yaml", """
- {id: LOWEST-SCHEME, title: t, source: s, read_on: 2026-01-01, values: [{from: 2017-07-01, value: DICE}]}
""")

    with pytest.raises(RuleError, match="DICE"):
        check_rules(book, [])


def test_a_pattern_of_nothing_is_refused():
    with pytest.raises(RuleError, match="no answer and no fact"):
        parse_pattern(BOOK["ASSESS-101"], {"answers": {}})
