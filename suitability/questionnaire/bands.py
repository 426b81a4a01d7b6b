"""分数段: which level a score gives, by version of the questionnaire and day. Whole numbers, both ends included.

Gaps, overlaps and wrong order are refused when the file is loaded. 风险承受能力最低类别 is a mark inside C1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Final

import numpy as np

from kit.kept import Kept
from kit.rulebook import Rule, Rulebook, RuleError, load_rulebook, per_rules
from market.types import IntArray
from suitability.levels import ClientLevel
from suitability.questionnaire.problems import ScoreOutsideBands

LOWEST: Final = "C1_LOWEST"
AGAIN: Final = "+"
"""Between a version and how often its content was published again."""
_NAMES: Final = (LOWEST, *(level.value for level in ClientLevel))


@dataclass(frozen=True, slots=True)
class Bands:
    """lows: first score of C1 to C5; top: last score of C5. lowest: scores of the lowest class, None by conditions."""

    id: str
    lows: tuple[int, ...]
    top: int
    lowest: tuple[int, int] | None = None

    def level_of(self, score: int) -> ClientLevel:
        """Raises ScoreOutsideBands."""
        rank = int(self.ranks(np.array([score]))[0])
        if rank == 0:
            raise ScoreOutsideBands(f"分数 {score} 不在分数段 {self.id}（{self.lows[0]} 至 {self.top}）之内")
        return list(ClientLevel)[rank - 1]

    def ranks(self, scores: IntArray) -> IntArray:
        """Rank 1 to 5 of each score, shape (n,); 0 where it lies outside."""
        found = np.searchsorted(np.array(self.lows), scores, side="right").astype(np.int64)
        return np.where((scores < self.lows[0]) | (scores > self.top), 0, found)

    def is_lowest(self, score: int) -> bool:
        """Whether the score alone puts the client into the lowest class (the CITIC manner)."""
        return self.lowest is not None and self.lowest[0] <= score <= self.lowest[1]


_CHOSEN: Kept[Bands] = Kept(512)


def parse_bands(rule: Rule, value: Mapping[str, Any]) -> Bands:
    """Raises RuleError for a gap, an overlap, a missing or an unknown class."""
    where = f"rule {rule.id!r}"
    unknown = sorted(set(value) - set(_NAMES))
    lacking = [level.value for level in ClientLevel if level.value not in value]
    if unknown or lacking:
        raise RuleError(f"{where}: unknown {unknown}, missing {lacking}")
    named = [(name, *_ends(where, name, value[name])) for name in _NAMES if name in value]
    for (before, _, last), (name, first, _) in pairwise(named):
        if first != last + 1:
            fault = "overlaps" if first <= last else "leaves a gap after"
            raise RuleError(f"{where}: {name} from {first} {fault} {before} up to {last}")
    lowest = named[0][1:] if LOWEST in value else None
    lows = [first for name, first, _ in named if name != LOWEST]
    if lowest is not None:
        lows[0] = lowest[0]
    return Bands(rule.id, tuple(lows), named[-1][2], lowest)


def _ends(where: str, name: str, raw: Any) -> tuple[int, int]:
    whole = isinstance(raw, list) and len(raw) == 2 and all(type(end) is int for end in raw)
    if not whole or raw[0] > raw[1]:
        raise RuleError(f"{where}: {name} must be [first, last], whole numbers in order, not {raw!r}")
    return raw[0], raw[1]


def check_bands(book: Rulebook) -> None:
    """Every band of every day, and every choice of bands. Raises RuleError."""
    for rule in book:
        for _, value in rule.values:
            if value is None:
                continue
            if rule.id.startswith("BANDS-"):
                parse_bands(rule, value)
            elif value not in book.rules or not str(value).startswith("BANDS-"):
                raise RuleError(f"{book.name}: rule {rule.id!r} names {value!r}, which is no band of this file")


def bands_for(version: str, day: date, book: Rulebook | None = None) -> Bands:
    """The bands in force for a questionnaire version on a day. Raises RuleError where none is chosen."""
    book = book or band_book()
    key = (book.version, version, day)
    found = _CHOSEN.get(key)
    if found is None:
        found = _bands_for(version, day, book)
        _CHOSEN.put(key, found)
    return found


def reissued(version: str, taken: Sequence[str]) -> str:
    """The next version under which the content of `version` is published again: `natural-20.1+2` after `+1`."""
    first = version.partition(AGAIN)[0]
    return next(name for name in (f"{first}{AGAIN}{count}" for count in range(1, len(taken) + 2)) if name not in taken)


def _bands_for(version: str, day: date, book: Rulebook) -> Bands:
    first = version.partition(AGAIN)[0]  # the same questions and points, so the same bands
    for rule in book:
        if rule.applies_to.get("questionnaire") in (version, first):
            name = rule.on(day)
            if name is not None:
                return parse_bands(book[name], book.on(name, day))
    raise RuleError(f"{book.name}: no bands are chosen for questionnaire {version!r} on {day}")


@per_rules()
def band_book() -> Rulebook:
    """The bands that are in force, checked."""
    book = load_rulebook("suitability", "bands")
    check_bands(book)
    return book
