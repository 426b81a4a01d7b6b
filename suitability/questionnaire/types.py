"""A questionnaire as values: questions, options, jumps. Pure; a published one never changes.

Topics and meanings (`income_source`, `NONE`) are the words in which rules speak of answers, so that one rule holds
for every form that asks about the topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from clients.types import ClientKind
from kit.labels import Labelled
from suitability.levels import ClientLevel

Answers: TypeAlias = Mapping[str, tuple[str, ...]]
"""Codes chosen, by question id, in the order of the question's options."""


class Status(Labelled):
    """问卷版本的状态"""

    DRAFT = "DRAFT", "草稿"
    PUBLISHED = "PUBLISHED", "已发布"
    RETIRED = "RETIRED", "已停用"


class Prefill(Labelled):
    """What is known of the client and need not be asked; the question shows itself only where it is not known."""

    AGE = "AGE", "年龄"
    EDUCATION = "EDUCATION", "学历"


@dataclass(frozen=True, slots=True)
class Option:
    """One option. ages: whole years, both ends included. yuan: from (included) and to (excluded)."""

    code: str
    text: str
    score: int
    means: str = ""
    exclusive: bool = False
    ages: tuple[tuple[int, int], ...] = ()
    yuan: tuple[Decimal, Decimal | None] | None = None

    def holds_age(self, age: int) -> bool:
        return any(low <= age <= high for low, high in self.ages)


@dataclass(frozen=True, slots=True)
class Condition:
    """The answer to an earlier question holds one of these options. A question that was not asked holds none."""

    question: str
    any_of: frozenset[str]

    def met(self, answers: Answers) -> bool:
        return not self.any_of.isdisjoint(answers.get(self.question, ()))


@dataclass(frozen=True, slots=True)
class Question:
    """One question. levels: asked after the score, only where the score gives one of them (a supplement)."""

    id: str
    topic: str
    text: str
    options: tuple[Option, ...]
    block: str = ""
    multi: bool = False
    conditions: tuple[Condition, ...] = ()
    levels: frozenset[ClientLevel] = frozenset()
    prefill: Prefill | None = None

    @property
    def supplement(self) -> bool:
        return bool(self.levels)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(option.code for option in self.options)

    def option(self, code: str) -> Option:
        """Raises KeyError."""
        for option in self.options:
            if option.code == code:
                return option
        raise KeyError(code)


@dataclass(frozen=True)
class Questionnaire:
    """One version of one form. `digest` is over its whole content."""

    version: str
    form: str
    title: str
    source: str
    confirmed: bool
    read_on: date
    audience: frozenset[ClientKind]
    questions: tuple[Question, ...]
    digest: str

    @cached_property
    def proper(self) -> tuple[Question, ...]:
        """The questions that make the score."""
        return tuple(question for question in self.questions if not question.supplement)

    @cached_property
    def supplements(self) -> tuple[Question, ...]:
        """The questions that depend on the score."""
        return tuple(question for question in self.questions if question.supplement)

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        return {question.id: question for question in self.questions}

    @cached_property
    def by_topic(self) -> Mapping[str, Question]:
        return {question.topic: question for question in self.questions}


@dataclass(frozen=True, slots=True)
class Score:
    """Points by question, and their sum. A multi-choice question counts its highest option."""

    points: Mapping[str, int]
    total: int


def meanings(form: Questionnaire, answers: Answers) -> dict[str, frozenset[str]]:
    """What was said, by topic."""
    return {
        question.topic: frozenset(question.option(code).means for code in answers[question.id])
        for question in form.questions
        if question.id in answers
    }
