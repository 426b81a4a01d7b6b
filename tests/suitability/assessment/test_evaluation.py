"""The whole judgement of a sheet: level, lowest class, term and types, outcome."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.types import ClientKind
from suitability.assessment.evaluation import evaluate, prefilled
from suitability.assessment.rules import Books, books
from suitability.assessment.types import Consequence, Evaluation, Finding, KnownFacts, Sheet, SheetOutcome
from suitability.levels import AssetType, ClientLevel, IntendedTerm
from suitability.questionnaire.bands import Bands, bands_for
from suitability.questionnaire.engine import score
from tests.suitability.assessment.desk import DAY, FORMS, INSTITUTION, MINI, NATURAL, sheet_of
from tests.suitability.questionnaire.forms import answered

AT = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)


def judged(version, answers, *, kind=ClientKind.NATURAL, known=None, past=(), rules=None, bands=None):
    sheet = Sheet(
        form=FORMS[version], answers=answers, prefilled=frozenset(), started_at=None, finished_at=AT, day=DAY
    )
    return evaluate(sheet, kind, known or KnownFacts(), past, rules or books(), bands)


@pytest.mark.parametrize("level", list(ClientLevel))
@pytest.mark.parametrize("version", [NATURAL, MINI, INSTITUTION])
def test_the_level_is_the_band_of_the_score(version, level):
    answers = sheet_of(version, level.value)

    assert judged(version, answers).level is level
    assert judged(version, answers).score == score(FORMS[version], answers)


NO_FULL_CAPACITY, NO_LOSS = {"s1": ("B",)}, {"s2": ("B",)}
LOWEST = [  # level, answers instead, known, kind of client, rules; SAC guideline: (a) capacity (b) no loss (c) other
    ("C1", {}, KnownFacts(), ClientKind.NATURAL, ()),
    ("C1", NO_FULL_CAPACITY, KnownFacts(), ClientKind.NATURAL, ("LOWEST-001",)),
    ("C1", NO_LOSS, KnownFacts(), ClientKind.NATURAL, ("LOWEST-002",)),
    ("C1", {**NO_FULL_CAPACITY, **NO_LOSS}, KnownFacts(), ClientKind.NATURAL, ("LOWEST-001", "LOWEST-002")),
    ("C1", {}, KnownFacts(civil_capacity=False), ClientKind.NATURAL, ("LOWEST-001",)),
    ("C1", {}, KnownFacts(civil_capacity=True), ClientKind.NATURAL, ()),
    ("C1", {}, KnownFacts(other_lowest=True), ClientKind.NATURAL, ("LOWEST-003",)),
    ("C2", {}, KnownFacts(civil_capacity=False), ClientKind.NATURAL, ()),
    ("C1", {}, KnownFacts(civil_capacity=False), ClientKind.INSTITUTION, ()),
]


@pytest.mark.parametrize(("level", "instead", "known", "kind", "expected"), LOWEST)
def test_the_lowest_class_is_a_mark_inside_c1_of_natural_persons(level, instead, known, kind, expected):
    answers = {**sheet_of(NATURAL, level), **instead}

    assert judged(NATURAL, answers, known=known, kind=kind).lowest == expected


def test_the_mini_form_takes_no_loss_from_its_question_on_losses():
    answers = sheet_of(MINI, "C1")

    assert answers[FORMS[MINI].by_topic["bearable_loss"].id] == ("A",)
    assert judged(MINI, answers).lowest == ("LOWEST-002",)


SCORES = Bands("BANDS-SCORES", (0, 20, 40, 60, 80), 100, lowest=(0, 19))


@pytest.mark.parametrize(("top", "expected"), [(19, ("LOWEST-SCHEME",)), (18, ())])
def test_by_the_other_scheme_the_score_alone_decides(top, expected):
    book = books().assessment
    scheme = replace(book["LOWEST-SCHEME"], values=((DAY, "SCORE"),))
    rules = Books(replace(book, rules={**book.rules, "LOWEST-SCHEME": scheme}, version="by score"), books().bands)
    found = judged(NATURAL, sheet_of(NATURAL, "C1"), rules=rules, bands=replace(SCORES, lowest=(0, top)))

    assert (found.score.total, found.lowest) == (19, expected)


TERMS = [(NATURAL, "A", "UP_TO_1Y"), (NATURAL, "B", "UP_TO_5Y"), (NATURAL, "C", "ANY"), (MINI, "B", "UP_TO_3Y")]


@pytest.mark.parametrize(("version", "code", "term"), TERMS)
def test_the_term_that_was_chosen(version, code, term):
    answers = {**sheet_of(version, "C3"), FORMS[version].by_topic["intended_term"].id: (code,)}

    assert judged(version, answers).term is IntendedTerm(term)


TYPES = [
    (NATURAL, ("A",), "CASH_LIKE"), (NATURAL, ("A", "C"), "EQUITY"), (NATURAL, ("A", "E"), "COMPLEX"),
    (MINI, ("D",), "LEVERAGE"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "codes", "types"), TYPES)
def test_the_widest_type_that_was_accepted(version, codes, types):
    answers = {**sheet_of(version, "C3"), FORMS[version].by_topic["intended_types"].id: codes}

    assert judged(version, answers).types is AssetType(types)


def test_the_bands_that_are_tried_give_another_level():
    answers = sheet_of(NATURAL, "C3")
    total = score(FORMS[NATURAL], answers).total

    assert judged(NATURAL, answers, bands=Bands("BANDS-TRIED", (0, 1, 2, 3, total), 100)).level is ClientLevel.C5


def test_what_is_known_is_filled_in_and_the_rest_is_asked():
    form = FORMS[MINI]

    assert prefilled(form, KnownFacts(age=45)) == {"h1": ("C",)}
    assert prefilled(form, KnownFacts(education="MASTER")) == {"h2": ("D",)}
    assert prefilled(form, KnownFacts(education="PHD")) == {}
    assert prefilled(FORMS[NATURAL], KnownFacts(age=45)) == {}


def with_findings(*consequences):
    found = tuple(Finding(f"R{place}", one, "句子") for place, one in enumerate(consequences))
    return replace(judged(NATURAL, sheet_of(NATURAL, "C3")), findings=found)


OUTCOMES = [  # consequences of what was found, confirmed, outcome
    ((), (), "ASSESSED"),
    (("CONFIRM",), (), "TO_CONFIRM"),
    (("CONFIRM",), ("R0",), "ASSESSED"),
    (("CONFIRM", "CONFIRM"), ("R0",), "TO_CONFIRM"),
    (("REVIEW",), (), "UNDER_REVIEW"),
    (("REVIEW", "CONFIRM"), (), "TO_CONFIRM"),
    (("REVIEW", "CONFIRM"), ("R1",), "UNDER_REVIEW"),
    (("BLOCK", "CONFIRM", "REVIEW"), ("R0", "R1", "R2"), "BLOCKED"),
]


@pytest.mark.parametrize(("consequences", "confirmed", "outcome"), OUTCOMES)
def test_the_hardest_consequence_decides(consequences, confirmed, outcome):
    found: Evaluation = with_findings(*map(Consequence, consequences))

    assert found.outcome(frozenset(confirmed)) is SheetOutcome(outcome)


@given(data=st.data(), version=st.sampled_from([NATURAL, MINI, INSTITUTION]))
def test_every_sheet_of_every_form_is_judged(data, version):
    form = FORMS[version]
    answers = data.draw(answered(form, bands_for(version, DAY)))
    found = judged(version, answers)

    assert found.level in ClientLevel
    assert found.term is not None
    assert found.types is not None
    assert not found.lowest or found.level is ClientLevel.C1


@given(data=st.data())
def test_a_finding_more_never_makes_the_outcome_kinder(data):
    order = [SheetOutcome.ASSESSED, SheetOutcome.UNDER_REVIEW, SheetOutcome.TO_CONFIRM, SheetOutcome.BLOCKED]
    some = data.draw(st.lists(st.sampled_from(list(Consequence)), max_size=4))
    more = [*some, data.draw(st.sampled_from(list(Consequence)))]
    before, after = (with_findings(*found).outcome(frozenset()) for found in (some, more))

    assert order.index(before) <= order.index(after)
