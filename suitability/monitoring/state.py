"""What was seen last, what is to be judged again, and what it comes to: pure, from values to values.

A run takes the state and the book. It judges the pairs that are touched, or all of them; either way the state that it
leaves is the same, and a test says so for random sequences of changes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from kit.rulebook import Rulebook
from market.types import BoolArray, IntArray
from suitability.monitoring.book import (
    BITS,
    SHARE,
    Book,
    client_marks,
    judge,
    over_share,
    product_marks,
)


@dataclass(frozen=True)
class State:
    """One entry a pair that is held, ascending by key: (H,) each. As the pair was when it was judged last."""

    key: IntArray
    quantity: IntArray
    hits: IntArray
    client_mark: IntArray
    product_mark: IntArray
    client_rank: IntArray
    product_rank: IntArray
    flags: IntArray

    def __len__(self) -> int:
        return len(self.key)

    def at(self, places: IntArray) -> State:
        return State(**{one.name: getattr(self, one.name)[places] for one in fields(self)})


_NONE = np.empty(0, dtype=np.int64)
EMPTY = State(*(_NONE,) * len(fields(State)))


@dataclass(frozen=True)
class Step:
    """A run's outcome: the new state, and what became of each pair.

    before: the place in the old state of each pair of the new one, -1 where it was not held. gone: places in the old
    state of what is held no more. judged: pairs of the new state that were judged.
    """

    after: State
    before: IntArray
    gone: IntArray
    judged: BoolArray

    def changed(self, old: State) -> BoolArray:
        """Pairs of the new state that differ from the old one in anything that is kept."""
        known = self.before >= 0
        place = np.maximum(self.before, 0)
        same = known.copy()
        for one in fields(State):
            if len(old):
                same &= getattr(self.after, one.name) == getattr(old, one.name)[place]
        return ~same


def step(old: State, book: Book, rules: Rulebook, watched: tuple[str, ...], *, everything: bool = False) -> Step:
    """Judge what is touched, or everything; carry over the rest."""
    seen = _seen(book, rules, watched)
    before = places_in(old.key, seen.key)
    judged = np.ones(len(book), dtype=np.bool_) if everything else touched(old, before, seen, over_share(book, rules))
    hits = old.hits[np.maximum(before, 0)].copy() if len(old) else np.zeros(len(book), dtype=np.int64)
    places = np.flatnonzero(judged)
    hits[places] = judge(book, places, rules, watched)
    held = places_in(seen.key, old.key)
    return Step(replace(seen, hits=hits), before, np.flatnonzero(held < 0), judged)


def touched(old: State, before: IntArray, seen: State, over: BoolArray) -> BoolArray:
    """Pairs that are new, or whose client, product, quantity or share moved so that a rule may say otherwise."""
    known = before >= 0
    if not len(old):
        return ~known
    place = np.maximum(before, 0)
    moved = np.zeros(len(seen), dtype=np.bool_)
    for name in ("client_mark", "product_mark", "quantity"):
        moved |= getattr(seen, name) != getattr(old, name)[place]
    moved |= over != ((old.hits[place] & BITS[SHARE]) != 0)
    return np.asarray(~known | moved)


def _seen(book: Book, rules: Rulebook, watched: tuple[str, ...]) -> State:
    """The state of the book without what the rules say."""
    return State(
        key=book.key, quantity=book.quantity, hits=np.zeros(len(book), dtype=np.int64),
        client_mark=client_marks(book, rules, watched)[book.client],
        product_mark=product_marks(book, rules)[book.product],
        client_rank=np.asarray(book.clients["client_rank"])[book.client],
        product_rank=np.asarray(book.products["product_rank"])[book.product],
        flags=book.flags()[book.client],
    )  # fmt: skip


def places_in(known: IntArray, asked: IntArray) -> IntArray:
    """The place of each asked key among the known ones (ascending), -1 where it is not there."""
    if not len(known):
        return np.full(len(asked), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return np.where(known[place] == asked, place, -1)
