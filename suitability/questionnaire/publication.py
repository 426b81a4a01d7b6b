"""Whether a form may be published: acyclic, every question reachable, every path scored, every class reachable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from suitability.levels import ClientLevel
from suitability.questionnaire.bands import Bands
from suitability.questionnaire.distribution import Distribution, distribution
from suitability.questionnaire.types import Condition, Prefill, Question, Questionnaire

_OLDEST: Final = 150


@dataclass(frozen=True, slots=True)
class Examination:
    """What stands against publication (nothing: it may be published), and what the form can say."""

    version: str
    faults: tuple[str, ...]
    remarks: tuple[str, ...]  # what a person should know before publishing; no hindrance
    distribution: Distribution | None  # None where jumps are so broken that no sheet can be counted


def examine(
    form: Questionnaire, bands: Bands, lowest: Sequence[Condition] = (), rare: float = 0.0
) -> Examination:
    """Every fault at once, in sentences that name the question. rare: a class of a smaller share is remarked on."""
    broken = tuple(_jump_faults(form))
    if broken:
        return Examination(form.version, broken, (), None)
    spread = distribution(form, bands, lowest)
    faults = (*_prefill_faults(form), *_spread_faults(form, bands, spread))
    return Examination(form.version, faults, tuple(_rare_classes(spread, rare)), spread)


def _jump_faults(form: Questionnaire) -> Iterator[str]:
    if not form.proper:
        yield "问卷没有计分的题目"
    yield from _unknown_targets(form)
    loop = cycle(form.questions)
    if loop:
        yield f"跳转成环：{' → '.join(loop)}"
        return
    place = {question.id: number for number, question in enumerate((*form.proper, *form.supplements))}
    for question in form.questions:
        for condition in question.conditions:
            if place.get(condition.question, -1) > place[question.id]:
                yield f"第 {question.id} 题的跳转条件引用了后面的第 {condition.question} 题；条件只能引用前面的题"


def _unknown_targets(form: Questionnaire) -> Iterator[str]:
    for question in form.questions:
        for condition in question.conditions:
            target = form.by_id.get(condition.question)
            if target is None:
                yield f"第 {question.id} 题的跳转条件引用了不存在的第 {condition.question} 题"
                continue
            unknown = sorted(condition.any_of - set(target.codes))
            if unknown:
                yield f"第 {question.id} 题的跳转条件引用了第 {target.id} 题没有的选项 {'、'.join(unknown)}"
            if not condition.any_of:
                yield f"第 {question.id} 题的跳转条件没有列出第 {target.id} 题的任何选项"


def cycle(questions: Iterable[Question]) -> tuple[str, ...]:
    """Questions whose conditions lead back to themselves, the first one again at the end; empty when there are none."""
    needs = {question.id: [condition.question for condition in question.conditions] for question in questions}
    done: set[str] = set()

    def look(at: str, way: tuple[str, ...]) -> tuple[str, ...]:
        if at in way:
            return (*way[way.index(at) :], at)
        if at in done or at not in needs:
            return ()
        found = next((loop for target in needs[at] if (loop := look(target, (*way, at)))), ())
        done.add(at)
        return found

    return next((loop for start in needs if (loop := look(start, ()))), ())


def _prefill_faults(form: Questionnaire) -> Iterator[str]:
    """A question filled in from what is known must have exactly one option for everything that may be known."""
    for question in form.questions:
        if question.prefill is not Prefill.AGE:
            continue
        for age in range(_OLDEST + 1):
            fitting = [option.code for option in question.options if option.holds_age(age)]
            if len(fitting) != 1:
                which = "没有选项" if not fitting else f"同时属于 {'、'.join(fitting)}"
                yield f"第 {question.id} 题由年龄自动填写，但 {age} 岁{which}"
                break


def _spread_faults(form: Questionnaire, bands: Bands, spread: Distribution) -> Iterator[str]:
    for question in form.questions:
        if not spread.asked.get(question.id):
            yield f"第 {question.id} 题永远不会被问到：没有一种答法能满足它的跳转条件"
    if spread.outside:
        scores = "、".join(str(score) for score in list(spread.outside)[:5])
        yield f"有的答法得分不在分数段 {bands.id}（{bands.lows[0]} 至 {bands.top}）之内，如 {scores} 分"
    for level in ClientLevel:
        if not spread.by_level[level]:
            yield f"没有一种答法能得到 {level}（{level.label}）；请调整选项分数或分数段 {bands.id}"


def _rare_classes(spread: Distribution, rare: float) -> Iterator[str]:
    for level in ClientLevel:
        count = spread.by_level[level]
        if count and spread.share(level) < rare:
            name = f"{level}（{level.label}）"
            yield f"{name}在 {spread.sheets:,} 种答法中只有 {count:,} 种能得到；请核对分数段是否配这份问卷"


def distribution_table(spread: Distribution) -> str:
    """The distribution of classes over all answer sheets, for a person."""
    lines = [f"答卷总数 {spread.sheets:,}（每一种答法计一份，按题目逐题精确计数）"]
    for level in ClientLevel:
        count = spread.by_level[level]
        lines.append(f"{level} {level.label}  {count:,}  {spread.share(level):.4%}")
    lines.append(f"其中风险承受能力最低类别  {spread.lowest:,}")
    lines += [f"{score} 分不在任何分数段  {count:,}" for score, count in spread.outside.items()]
    return "\n".join(lines)
