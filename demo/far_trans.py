"""Real customers of a bank with the risk class and capacity they are filed under: for expiry, staleness, provenance."""

from __future__ import annotations

from datetime import date
from typing import Final

from demo.tape import read_rows
from suitability.assessment.rules import books
from suitability.assessment.stated import Stated, newest, stated_level, survey

FOLDER: Final = "far-trans"
SCHEME: Final = "MIFID"
LAST_DAY: Final = date(2022, 11, 30)
"""The day of the last record."""


def stated_levels() -> tuple[Stated, ...]:
    """Every record of the file, in its order; several dated records of one customer stay several."""
    book = books().assessment
    return tuple(
        stated_level(
            row["customerID"], SCHEME, row["riskLevel"], date.fromisoformat(row["lastQuestionnaireDate"]),
            date.fromisoformat(row["timestamp"]), book, row["investmentCapacity"],
        )
        for row in read_rows(FOLDER, "customers.csv.gz")
    )  # fmt: skip


def stale_levels() -> dict[str, int]:
    """How many customers' newest records are old, guessed or undated on the last day, by what is the matter."""
    return dict(survey(newest(stated_levels()), LAST_DAY, books().assessment))
