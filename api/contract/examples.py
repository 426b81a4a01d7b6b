"""Examples of what is asked and answered, one a route, from `examples*.yaml`; a test holds each against its schema."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from kit.rulebook import OURS

JSON = "application/json"
FILES = (
    "examples_advisors.yaml",
    "examples_deliveries.yaml", "examples_grades.yaml", "examples.yaml", "examples_suitability.yaml",
    "examples_suitability_watch.yaml", "examples_mot.yaml",
    "examples_services.yaml",
    "examples_service.yaml", "examples_effect.yaml",
)  # fmt: skip


@lru_cache
def examples() -> dict[str, dict[str, Any]]:
    """By operation id: `request`, `response`, and `parameters` by name."""
    found: dict[str, dict[str, Any]] = {}
    for name in FILES:
        found |= yaml.load((resources.files("api.contract") / name).read_text(encoding="utf-8"), OURS)
    return found


def add_examples(operation: dict[str, Any]) -> None:
    """Put the examples of this operation where they belong."""
    given = examples().get(operation["operationId"], {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in given.get("parameters", {}):
            parameter["example"] = given["parameters"][parameter["name"]]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "request" in given:
            content["example"] = given["request"]
    for status, answer in operation["responses"].items():
        if status.startswith("2") and JSON in answer.get("content", {}) and "response" in given:
            answer["content"][JSON]["example"] = given["response"]
