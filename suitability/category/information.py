"""投资者信息九项 (art. 6): which are on file, how old they are, and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from clients.types import ClientKind
from kit.rulebook import Rulebook
from suitability.category.judge import ITEMS_AGE, ITEMS_NEEDED
from suitability.category.types import InformationItem, InformationSource, ItemState

OF_ASSESSMENT: Final = (
    InformationItem.KNOWLEDGE_EXPERIENCE, InformationItem.INVESTMENT_GOAL, InformationItem.RISK_PREFERENCE,
)  # fmt: skip
"""What an answered questionnaire tells. Its answers on income and debts are bands, no financial status."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One item as it was stated on a day."""

    item: InformationItem
    as_of: date
    source: InformationSource


def items_on(stated: Iterable[Stated], kind: ClientKind, day: date, book: Rulebook) -> tuple[ItemState, ...]:
    """All nine, the newest statement up to `day` of each."""
    needed, limits = set(book.on(ITEMS_NEEDED, day)[kind.value]), book.on(ITEMS_AGE, day)
    newest: dict[InformationItem, Stated] = {}
    for one in sorted(stated, key=lambda one: one.as_of):
        if one.as_of <= day:
            newest[one.item] = one
    return tuple(
        _state(item, newest.get(item), item.value in needed, day, limits[item.value]) for item in InformationItem
    )


def _state(item: InformationItem, found: Stated | None, needed: bool, day: date, limit: int) -> ItemState:
    if found is None:
        return ItemState(item, needed, None, None, False, None)
    age = (day - found.as_of).days
    return ItemState(item, needed, found.as_of, age, age > limit, found.source)
