"""What several routes take: a page's cursor and size, ids, words and days that every table can hold."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Final

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FIRST_DAY: Final = date(1990, 1, 1)
FIRST_RULES: Final = date(2017, 7, 1)
"""The first day on which the rules of suitability are in force."""
LAST_DAY: Final = date(2199, 12, 31)
PRINTABLE: Final = r"^[^\x00-\x1f\x7f]*$"

Cursor = Annotated[str | None, Query(max_length=400, description="上一页 `next` 的值，原样传回")]
Limit = Annotated[int, Query(ge=1, le=200, description="一页最多几条")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=PRINTABLE)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=PRINTABLE)]
Line = Annotated[str, StringConstraints(max_length=256, pattern=PRINTABLE)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=PRINTABLE)]
Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
RuleDay = Annotated[date, Field(ge=FIRST_RULES, le=LAST_DAY)]
PathCode = Annotated[str, Path(min_length=1, max_length=64)]
PathId = Annotated[int, Path(ge=1, le=2**31 - 1)]
DayAsked = Annotated[date | None, Query(ge=FIRST_DAY, le=LAST_DAY, description="哪一天；默认今天")]


class Ask(BaseModel):
    """A body: what it does not know is refused, so that a typing error is not taken for consent."""

    model_config = ConfigDict(extra="forbid")
