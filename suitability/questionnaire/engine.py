"""The next question, what an answer may hold, and the score. Pure: answers in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from suitability.levels import ClientLevel
from suitability.questionnaire.bands import Bands
from suitability.questionnaire.problems import AnswersIncomplete, NotAsked, OptionRefused
from suitability.questionnaire.types import Answers, Question, Questionnaire, Score

SEPARATOR: Final = ","


def walk(questions: Sequence[Question], answers: Answers) -> tuple[dict[str, tuple[str, ...]], Question | None]:
    """The answers on the way that they themselves lead, and the first question on it without one.

    An answer to a question that is not on the way (an earlier one was changed since) does not count.
    """
    counted: dict[str, tuple[str, ...]] = {}
    for question in questions:
        if not all(condition.met(counted) for condition in question.conditions):
            continue
        if question.id not in answers:
            return counted, question
        counted[question.id] = answers[question.id]
    return counted, None


def walk_all(form: Questionnaire, answers: Answers, bands: Bands) -> tuple[dict[str, tuple[str, ...]], Question | None]:
    """As `walk`, on to the supplements that the score asks for."""
    counted, missing = walk(form.proper, answers)
    if missing is not None:
        return counted, missing
    asked = supplements_of(form, bands.level_of(points(form, counted).total))
    return walk((*form.proper, *asked), answers)


def supplements_of(form: Questionnaire, level: ClientLevel) -> tuple[Question, ...]:
    return tuple(question for question in form.supplements if level in question.levels)


def next_question(form: Questionnaire, answers: Answers, bands: Bands) -> Question | None:
    """The question to ask now; None when the sheet is complete."""
    return walk_all(form, answers, bands)[1]


def counted_answers(form: Questionnaire, answers: Answers, bands: Bands) -> dict[str, tuple[str, ...]]:
    """The answers that count, of a complete sheet. Raises AnswersIncomplete that names the next question."""
    counted, missing = walk_all(form, answers, bands)
    if missing is not None:
        raise AnswersIncomplete(
            f"还没有答完：下一题是 {missing.id}（{missing.text}）", next_question=missing.id, answered=len(counted)
        )
    return counted


def score(form: Questionnaire, answers: Answers) -> Score:
    """Points and sum over the questions that make the score. Raises AnswersIncomplete, OptionRefused."""
    counted, missing = walk(form.proper, answers)
    if missing is not None:
        raise AnswersIncomplete(f"还没有答完：下一题是 {missing.id}（{missing.text}）", next_question=missing.id)
    return points(form, counted)


def points(form: Questionnaire, counted: Answers) -> Score:
    """Points of answers that are known to count."""
    found = {
        question.id: max(question.option(code).score for code in chosen(question, counted[question.id]))
        for question in form.proper
        if question.id in counted
    }
    return Score(found, sum(found.values()))


def chosen(question: Question, codes: Iterable[str]) -> tuple[str, ...]:
    """The codes in the order of the options. Raises OptionRefused that names the question and the option."""
    said, known = list(codes), "、".join(question.codes)
    unknown = [place for place, code in enumerate(said) if code not in question.codes]
    if unknown:
        told = "、".join(said[place] for place in unknown)
        raise _refused(question, f"没有选项 {told}；可选 {known}", *unknown)
    if not said:
        raise _refused(question, f"没有选择任何选项；可选 {known}")
    if len(set(said)) != len(said):
        raise _refused(question, f"的选项重复：{'、'.join(said)}")
    if len(said) > 1 and not question.multi:
        raise _refused(question, f"是单选题，不能同时选 {'、'.join(said)}")
    alone = [code for code in said if question.option(code).exclusive]
    if alone and len(said) > 1:
        text = question.option(alone[0]).text
        raise _refused(question, f"选了 {alone[0]}（{text}）就不能再选其他选项；请只留一个", said.index(alone[0]))
    return tuple(code for code in question.codes if code in said)


def _refused(question: Question, why: str, *places: int) -> OptionRefused:
    """places: which of the options that were given; none, the whole answer."""
    pointers = [f"/options/{place}" for place in places] or ["/options"]
    detail = f"第 {question.id} 题{why}"
    return OptionRefused(
        detail, question=question.id, errors=[{"pointer": one, "detail": detail} for one in pointers]
    )


def may_answer(form: Questionnaire, answers: Answers, bands: Bands, question_id: str) -> Question:
    """The question, where it is the next one or was answered already. Raises NotAsked."""
    counted, missing = walk_all(form, answers, bands)
    question = form.by_id.get(question_id)
    if question is None:
        raise NotAsked(f"问卷 {form.version} 没有第 {question_id} 题", questionnaire=form.version)
    if question_id in counted or (missing is not None and missing.id == question_id):
        return question
    now = "已答完" if missing is None else f"现在应回答第 {missing.id} 题"
    raise NotAsked(f"第 {question_id} 题现在不问：{now}", next_question=None if missing is None else missing.id)


def codes_of(text: str) -> tuple[str, ...]:
    """The codes in a stored or imported cell such as `A,C`."""
    return tuple(code.strip() for code in text.split(SEPARATOR) if code.strip())
