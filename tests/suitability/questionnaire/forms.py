"""Small questionnaires for tests, and everything a form can be answered with, one sheet after the other."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from suitability.questionnaire.bands import Bands
from suitability.questionnaire.distribution import choices
from suitability.questionnaire.engine import points as points_of
from suitability.questionnaire.engine import supplements_of, walk, walk_all
from suitability.questionnaire.loading import parse_questionnaire, shipped

BANDS = Bands("BANDS-TEST", (0, 2, 4, 6, 8), 40)
NATURAL = next(form for form, _ in shipped() if form.version == "natural-20.1")
MINI = next(form for form, _ in shipped() if form.version == "natural-mini.1")
INSTITUTION = next(form for form, _ in shipped() if form.version == "institution-19.1")


def question(number, scores, *, multi=False, when=None, levels=(), exclusive=(), topic=None, **more):
    """Options A, B, … with these scores."""
    options = {
        chr(65 + place): {"text": f"选项 {place}", "score": score, "means": f"M{place}"}
        | ({"exclusive": True} if chr(65 + place) in exclusive else {})
        for place, score in enumerate(scores)
    }
    made = {"id": f"q{number}", "topic": topic or f"topic{number}", "text": f"第 {number} 题", "options": options}
    made |= {"multi": True} if multi else {}
    made |= {"when": when} if when else {}
    made |= {"levels": list(levels)} if levels else {}
    return made | more


def form(*questions, version="test.1", **more):
    return parse_questionnaire(raw(*questions, version=version, **more))


def raw(*questions, version="test.1", **more):
    head = {
        "version": version, "form": "TEST", "title": "测试问卷", "source": "test", "read_on": "2026-11-27",
        "audience": ["NATURAL"], "questions": list(questions),
    }
    return head | more


def all_sheets(made, bands=BANDS) -> Iterator[dict[str, tuple[str, ...]]]:
    """Every complete sheet, by following the engine question by question."""
    todo = [{}]
    while todo:
        answers = todo.pop()
        _, missing = walk(made.proper, answers)
        if missing is None:
            total = points_of(made, answers).total
            if not bands.lows[0] <= total <= bands.top:
                yield answers
                continue
            questions = (*made.proper, *supplements_of(made, bands.level_of(total)))
            _, missing = walk(questions, answers)
        if missing is None:
            yield answers
            continue
        todo += [{**answers, missing.id: codes} for codes in choices(missing)]


def lowest_answers(made, bands):
    """The sheet of the lowest option everywhere, on its own way."""
    answers = {}
    while (missing := walk_all(made, answers, bands)[1]) is not None:
        answers[missing.id] = (min(missing.options, key=lambda option: option.score).code,)
    return answers


@st.composite
def forms(draw, most=4):
    """Random forms with jumps over earlier questions, multi-choice and a supplement for C1."""
    questions = []
    for number in range(1, draw(st.integers(1, most)) + 1):
        scores = draw(st.lists(st.integers(0, 4), min_size=2, max_size=3))
        when = None
        if number > 1 and draw(st.booleans()):
            target = questions[draw(st.integers(0, number - 2))]
            codes = sorted(target["options"])
            when = {target["id"]: draw(st.lists(st.sampled_from(codes), min_size=1, max_size=len(codes), unique=True))}
        multi = draw(st.booleans())
        exclusive = ("A",) if multi and draw(st.booleans()) else ()
        questions.append(question(number, scores, multi=multi, when=when, exclusive=exclusive))
    if draw(st.booleans()):
        questions.append(question(90, [0, 0], levels=["C1"]))
    return form(*questions)


@st.composite
def answered(draw, made, bands=BANDS):
    """One complete sheet of a form."""
    answers = {}
    while (missing := walk_all(made, answers, bands)[1]) is not None:
        answers[missing.id] = draw(st.sampled_from(list(choices(missing))))
    return answers
