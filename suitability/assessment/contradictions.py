"""Answers that contradict each other, or what the firm knows. Each gives a finding that the client may mend."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from kit.rulebook import Rulebook
from suitability.assessment.rules import Pattern, patterns, value_on
from suitability.assessment.types import Consequence, Finding, KnownFacts, Sheet
from suitability.levels import ClientLevel
from suitability.questionnaire.types import Option, Question, meanings

STATED_AGE: Final = "ASSESS-116"
STATED_ASSETS: Final = "ASSESS-117"


def contradictions(sheet: Sheet, known: KnownFacts, level: ClientLevel, book: Rulebook) -> tuple[Finding, ...]:
    """All that apply, by id of the rule."""
    said = meanings(sheet.form, sheet.answers)
    found = [
        _finding(pattern.id, sheet, known, pattern, value)
        for pattern in patterns(book, "ASSESS-", sheet.day)
        if pattern.holds(said, known, level) and (value := value_on(book, pattern.id, sheet.day)) is not None
    ]
    found += _stated_otherwise(sheet, known, book)
    return tuple(sorted(found, key=lambda one: one.rule))


def _finding(rule: str, sheet: Sheet, known: KnownFacts, pattern: Pattern, value: Mapping[str, Any]) -> Finding:
    topics = {said.topic for said in pattern.said}
    questions = tuple(one.id for one in sheet.form.questions if one.topic in topics and one.id in sheet.answers)
    facts = {fact.name: str(getattr(known, fact.name)) for fact in pattern.facts}
    return Finding(rule, Consequence(value["consequence"]), value["sentence"], questions, facts, mendable=True)


def _stated_otherwise(sheet: Sheet, known: KnownFacts, book: Rulebook) -> Iterator[Finding]:
    """The stated band against the number that is known: age, and assets with the firm."""
    age = _chosen(sheet, "age_band")
    value = value_on(book, STATED_AGE, sheet.day)
    if value and age and known.age is not None and not agrees_with_age(age[1], known.age):
        yield _stated(STATED_AGE, value, age[0], {"age": str(known.age)})
    assets = _chosen(sheet, "investable_assets")
    value = value_on(book, STATED_ASSETS, sheet.day)
    if value and assets and known.assets_yuan is not None and below_known(assets[1], known):
        yield _stated(STATED_ASSETS, value, assets[0], {"assets_yuan": str(known.assets_yuan)})


def agrees_with_age(option: Option, age: int) -> bool:
    """Whether the option holds the age that is known; an option without ages says nothing of it."""
    return not option.ages or option.holds_age(age)


def below_known(option: Option, known: KnownFacts) -> bool:
    """Whether the option states less than the firm holds: its upper end (excluded) is not above what is held."""
    top = None if option.yuan is None else option.yuan[1]
    return top is not None and known.assets_yuan is not None and known.assets_yuan >= top


def _chosen(sheet: Sheet, topic: str) -> tuple[Question, Option] | None:
    """The question of a topic and its one chosen option."""
    question = sheet.form.by_topic.get(topic)
    codes = sheet.answers.get(question.id, ()) if question else ()
    return (question, question.option(codes[0])) if question and len(codes) == 1 else None


def _stated(rule: str, value: Mapping[str, Any], question: Question, facts: Mapping[str, str]) -> Finding:
    return Finding(rule, Consequence(value["consequence"]), value["sentence"], (question.id,), facts, mendable=True)
