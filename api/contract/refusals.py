"""The refusals of a route in its document: by status, each with its stable code and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from kit.problems import Problem

MEDIA_TYPE: Final = "application/problem+json"
CODES: Final = "x-problem-codes"


def problem_responses(*classes: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route's decorator."""
    found: dict[int | str, dict[str, Any]] = {}
    for one in classes:
        add_problems(found, one.status, {one.code(): (one.__doc__ or one.title).splitlines()[0]})
    return found


def problem_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": "", CODES: {}, "content": {MEDIA_TYPE: {"schema": schema}}}


def add_problems(answers: dict[Any, Any], status: int, told: Mapping[str, str]) -> None:
    """Add codes with their meaning to the answer of a status."""
    key = str(status) if any(isinstance(one, str) for one in answers) else status
    answer = answers.setdefault(key, problem_response())
    answer[CODES] = dict(sorted({**answer[CODES], **told}.items()))
    answer["description"] = "；".join(f"`{code}` {meaning}" for code, meaning in answer[CODES].items())
