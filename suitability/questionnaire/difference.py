"""What changed from one version of a form to the next, by topic: for whoever has begun the old one. Pure."""

from __future__ import annotations

from suitability.questionnaire.types import Question, Questionnaire


def difference(old: Questionnaire, new: Questionnaire) -> dict[str, list[str]]:
    """Ids of questions that are new or reworded (of the new version) and that are gone (of the old one)."""
    return {
        "added": [one.id for one in new.questions if one.topic not in old.by_topic],
        "reworded": [
            one.id for one in new.questions
            if (before := old.by_topic.get(one.topic)) is not None and _read(one) != _read(before)
        ],
        "removed": [one.id for one in old.questions if one.topic not in new.by_topic],
    }  # fmt: skip


def _read(question: Question) -> tuple[object, ...]:
    """What a client reads of it."""
    return question.text, question.multi, tuple((option.code, option.text) for option in question.options)
