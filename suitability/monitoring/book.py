"""The book in columns: clients, products, what is held; and a mark of each client and product that moves with them.

A mark is a number over everything of a client (or product) that a watched rule reads. Where nothing but a price has
moved, marks stay: a price moves only how much of a client's assets a product is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.digest import digest
from kit.rulebook import NotInForce, Rulebook
from market.types import BoolArray, FloatArray, IntArray
from suitability.matching.book import OF_CLIENT, OF_PRODUCT, READS_OF_CLIENT, cut
from suitability.matching.cases import Cases
from suitability.matching.rules import LOOKS, judge_one

Columns: TypeAlias = Mapping[str, NDArray[Any]]

SHARE: Final = "SUIT-130"
"""The one rule that reads what a holding is worth."""
LEVEL: Final = ("SUIT-102", "SUIT-103")
BITS: Final[Mapping[str, int]] = {rule: 1 << place for place, rule in enumerate(LOOKS)}
ORDINARY, LOWEST, EXPIRED = 1, 2, 4
PAIRS_AT_ONCE: Final = 250_000
_KEY: Final = 1 << 31  # ids of both tables are 32-bit


@dataclass(frozen=True)
class Book:
    """N clients and P products, ascending by id; H pairs of them that are held, ascending by (client, product).

    clients, products: the columns of the matching's cases. value: yuan, NaN without a price. total: yuan of all that
    the client has with the firm, NaN where something of it has no price. quantity: millionths, above 0.
    """

    day: date
    client_id: IntArray
    clients: Columns
    total: FloatArray
    instrument_id: IntArray
    products: Columns
    client: IntArray  # (H,) place among the clients
    product: IntArray  # (H,) place among the products
    quantity: IntArray
    value: FloatArray

    def __len__(self) -> int:
        return len(self.client)

    @property
    def key(self) -> IntArray:
        return key_of(self.client_id[self.client], self.instrument_id[self.product])

    def flags(self) -> IntArray:
        """(N,) ordinary, lowest, expired as bits."""
        own = self.clients
        made: IntArray = own["ordinary"] * ORDINARY + own["lowest"] * LOWEST + own["expired"] * EXPIRED
        return made


def key_of(client_id: IntArray, instrument_id: IntArray) -> IntArray:
    """One number for a pair, in the order of (client, product)."""
    return client_id * _KEY + instrument_id


def pair_of(key: IntArray) -> tuple[IntArray, IntArray]:
    """The two ids of a pair."""
    return key // _KEY, key % _KEY


def judge(book: Book, places: IntArray, rules: Rulebook, watched: tuple[str, ...]) -> IntArray:
    """Bits of the watched rules that each of these pairs hits.

    What is held is judged by the rules of a purchase: of what it is worth today, by a client who asks for it. So one
    definition serves the order at the counter and the holding in the book.
    """
    hits = np.zeros(len(places), dtype=np.int64)
    for start in range(0, len(places), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        cases = cases_at(book, places[some])
        for rule in watched:
            judged = judge_one(rule, cases, rules)
            if judged is not None:
                hits[some] |= np.where(judged.hit, BITS[rule], 0)
    return hits


def cases_at(book: Book, places: IntArray) -> Cases:
    """The pairs as cases."""
    who, what, n = book.client[places], book.product[places], len(places)
    return Cases(
        day=book.day,
        **{name: np.asarray(book.clients[name])[who] for name in OF_CLIENT},
        **{name: np.asarray(book.products[name])[what] for name in OF_PRODUCT},
        firm_asked=np.zeros(n, dtype=np.bool_), buy=np.ones(n, dtype=np.bool_), amount=book.value[places],
        held_value=np.zeros(n), total_value=book.total[who],
    )


def over_share(book: Book, rules: Rulebook) -> BoolArray:
    """Pairs that are too much of their client's assets today: the one rule that a price can move, for every pair."""
    hit: BoolArray = judge(book, np.arange(len(book)), rules, (SHARE,)) != 0
    return hit


def client_marks(book: Book, rules: Rulebook, watched: tuple[str, ...]) -> IntArray:
    """(N,) Over the columns that the watched rules read, numbers as places among what they are compared with."""
    told = cut(book.clients, book.products, rules, book.day)
    names = dict.fromkeys(name for rule in watched for name in READS_OF_CLIENT[rule])
    return _mixed([np.asarray(told[name]) for name in names], len(book.client_id))


def product_marks(book: Book, rules: Rulebook) -> IntArray:
    """(P,) Over the columns of a product; a term as its place among the terms that clients may state."""
    own = {name: np.asarray(book.products[name]) for name in OF_PRODUCT if name != "min_amount"}
    own["term_days"] = np.searchsorted(_terms(rules, book.day), own["term_days"], side="left")
    own["return_high"] = np.nan_to_num(own["return_high"].astype(np.float64), nan=-1e9).view(np.int64)
    return _mixed(list(own.values()), len(book.instrument_id))


def rule_mark(rules: Rulebook, watched: tuple[str, ...], day: date) -> str:
    """Over the rules that are watched and what they say on the day: another mark, and every pair is judged again."""
    said = {}
    for rule in watched:
        try:
            said[rule] = rules.on(rule, day)
        except NotInForce:
            said[rule] = None
    return digest({"rules": said, "bits": BITS})


def _terms(rules: Rulebook, day: date) -> IntArray:
    try:
        days = (rules.on("SUIT-111", day) or {}).get("days", {})
    except NotInForce:
        days = {}
    return np.array(sorted(days.values()), dtype=np.int64)


def _mixed(columns: list[NDArray[Any]], n: int) -> IntArray:
    """One number for each row, the same in every process: FNV over the columns, mixed at the end."""
    mark = np.full(n, 0xCBF29CE484222325, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for column in columns:
            own = np.asarray(column).astype(np.int64).view(np.uint64)
            mark = (mark ^ own) * np.uint64(0x100000001B3)
            mark ^= mark >> np.uint64(29)
    return mark.view(np.int64)
