"""Fixtures of the report tests, and `--golden-update` to rewrite golden files (a person reads the diff)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from diagnosis.types import Diagnosis
from tests.reports import fixtures

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    with suppress(ValueError):  # another folder's conftest has added it
        parser.addoption("--golden-update", action="store_true", help="rewrite tests/golden")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with `tests/golden/<name>`, or write it there under `--golden-update`."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--golden-update", default=False):
            path.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text, (
            f"{name} differs: read the diff, then --golden-update"
        )

    return check


@pytest.fixture
def full() -> Diagnosis:
    return fixtures.full()


@pytest.fixture
def marked() -> Diagnosis:
    return fixtures.marked()


@pytest.fixture
def empty() -> Diagnosis:
    return fixtures.empty()
