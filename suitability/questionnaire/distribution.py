"""How the answer sheets of a form spread over scores and levels: exact counts by dynamic programming, no sampling.

The questions are taken in order. A state is what later questions still need to know of the earlier answers (whether
each of their conditions is met); for each state the number of sheets by score is kept, in whole numbers of any size.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from suitability.levels import ClientLevel
from suitability.questionnaire.bands import Bands
from suitability.questionnaire.types import Condition, Question, Questionnaire

Known: TypeAlias = frozenset[Condition]
"""The conditions over earlier answers that are met."""
Sheets: TypeAlias = dict[Known, Counter[int]]
"""Number of sheets by score, for each state."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """Over all sheets that the form can be answered with. asked: ways that lead to each question, 0 for none."""

    sheets: int
    by_score: Mapping[int, int]
    by_level: Mapping[ClientLevel, int]
    lowest: int  # sheets of C1 that are 风险承受能力最低类别
    outside: Mapping[int, int]  # scores that no band holds
    asked: Mapping[str, int]

    def share(self, level: ClientLevel) -> float:
        return self.by_level.get(level, 0) / self.sheets if self.sheets else 0.0


def choices(question: Question) -> Iterator[tuple[str, ...]]:
    """Everything that the question may be answered with."""
    for code in question.codes:
        yield (code,)
    if question.multi:
        together = [option.code for option in question.options if not option.exclusive]
        for size in range(2, len(together) + 1):
            yield from combinations(together, size)


def distribution(form: Questionnaire, bands: Bands, lowest: Sequence[Condition] = ()) -> Distribution:
    """lowest: conditions of which one puts a sheet of C1 into the lowest class."""
    asked: dict[str, int] = {}
    sheets = _take(form.proper, {frozenset(): Counter({0: 1})}, asked, frozenset(lowest), form)
    by_score: Counter[int] = Counter()
    outside: Counter[int] = Counter()
    by_level: Counter[ClientLevel] = Counter()
    in_lowest = 0
    for known, counts in sheets.items():
        for total, count in counts.items():
            if bands.lows[0] <= total <= bands.top:
                level = bands.level_of(total)
                whole, low = _with_supplements(form, bands, level, known, total, count, lowest, asked)
            else:
                level, whole, low = None, count, 0
                outside[total] += count
            by_score[total] += whole
            in_lowest += low
            if level is not None:
                by_level[level] += whole
    return Distribution(
        sum(by_score.values()), dict(sorted(by_score.items())),
        {level: by_level[level] for level in ClientLevel}, in_lowest, dict(sorted(outside.items())), asked,
    )  # fmt: skip


def _take(
    questions: Sequence[Question], sheets: Sheets, asked: dict[str, int], watched: Known, form: Questionnaire
) -> Sheets:
    """The sheets after these questions; what nobody needs to know any more is forgotten."""
    later = [set(question.conditions) for question in questions]
    supplements = {condition for question in form.supplements for condition in question.conditions}
    for place, question in enumerate(questions):
        needed = watched.union(supplements, *later[place + 1 :])
        after: Sheets = defaultdict(Counter)
        options = _grouped(question, frozenset(one for one in needed if one.question == question.id))
        for known, counts in sheets.items():
            if set(question.conditions) <= known:
                asked[question.id] = asked.get(question.id, 0) + sum(counts.values())
                for (points, met), ways in options.items():
                    into = after[(known | met) & needed]
                    for total, count in counts.items():
                        into[total + points] += count * ways
            else:
                after[known & needed].update(counts)
        asked.setdefault(question.id, 0)
        sheets = after
    return sheets


def _grouped(question: Question, watched: Known) -> Counter[tuple[int, Known]]:
    """Ways to answer, by points and by which of the watched conditions are met."""
    found: Counter[tuple[int, Known]] = Counter()
    for codes in choices(question):
        points = 0 if question.supplement else max(question.option(code).score for code in codes)
        met = frozenset(condition for condition in watched if not condition.any_of.isdisjoint(codes))
        found[points, met] += 1
    return found


def _with_supplements(
    form: Questionnaire, bands: Bands, level: ClientLevel, known: Known, total: int, count: int,
    lowest: Sequence[Condition], asked: dict[str, int],
) -> tuple[int, int]:  # fmt: skip
    """Sheets once the supplements are answered too, and how many of them are in the lowest class."""
    questions = tuple(question for question in form.supplements if level in question.levels)
    done = _take(questions, {known: Counter({0: count})}, asked, frozenset(lowest), form)
    whole = sum(sum(counts.values()) for counts in done.values())
    if level is not ClientLevel.C1:
        return whole, 0
    if bands.is_lowest(total):
        return whole, whole
    return whole, sum(sum(counts.values()) for met, counts in done.items() if met & frozenset(lowest))
