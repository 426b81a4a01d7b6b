"""Small scheme files and values for tests."""

from __future__ import annotations

from datetime import date

import numpy as np

from clients.grading.features import values_of
from clients.grading.loading import put_together, schemes_on
from kit.rulebook import parse_rulebook

DAY = date(2026, 11, 27)
SCHEMES = {scheme.code: scheme for scheme in schemes_on(DAY)}


def text_of(code: str, body: str, more: str = "") -> str:
    """A scheme file; `body` and `more` are indented under `value`."""
    lines = "\n".join(f"        {line}" for line in (more + body).strip("\n").splitlines())
    return (
        f"- id: GRADE-{code}\n  title: 试\n  source: 测试\n  confirmed: true\n  read_on: 2026-11-27\n  values:\n"
        f"    - from: 2017-07-01\n      value:\n{lines}\n"
    )


def loaded(**files: str):
    """Schemes of these texts by name."""
    books = [parse_rulebook(f"{name}.yaml", text) for name, text in files.items()]
    return put_together(DAY, books)


def values(**columns):
    """Values of as many clients as the columns have; None is unknown."""
    n = max(len(column) for column in columns.values())
    numbers = {
        name: np.array([np.nan if one is None else one for one in column], dtype=np.float64)
        for name, column in columns.items()
    }
    return values_of(DAY, [f"C{place}" for place in range(n)], numbers)
