"""The whole book at once: every client with every product, without a case for each pair.

A rule reads a few columns of a client: clients that are alike in them are one case to it, and a number that is only
compared with thresholds (an age, a lock-up) is alike between two of them. Each rule runs once, by the definition that a
single check has, on those few cases and all products; a client's answer is the hardest of its rules'. Packed into bits,
a million clients with two thousand products are some hundred million words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kit.rulebook import Rulebook
from market.types import BoolArray, IntArray
from suitability.levels import AskedBy, Outcome
from suitability.matching.cases import Cases
from suitability.matching.rules import LOOKS, RankArray, judge_one

Columns: TypeAlias = Mapping[str, NDArray[Any]]
WordArray: TypeAlias = NDArray[np.uint64]

OF_CLIENT: Final = (
    "ordinary", "client_rank", "lowest", "expired", "term_rank", "type_rank", "age", "expected_return", "lock_limit",
    "reserve_months", "opened", "biases",
)  # fmt: skip
OF_PRODUCT: Final = (
    "product_rank", "product_type", "term_days", "lockup_days", "return_high", "gate", "min_amount",
)  # fmt: skip

READS_OF_CLIENT: Final[Mapping[str, tuple[str, ...]]] = {
    "SUIT-001": ("opened",),
    "SUIT-010": ("ordinary", "client_rank"),
    "SUIT-011": ("ordinary", "client_rank", "expired"),
    "SUIT-012": ("ordinary",),
    "SUIT-101": ("ordinary", "client_rank"),
    "SUIT-102": ("ordinary", "client_rank", "lowest"),
    "SUIT-103": ("ordinary", "client_rank", "lowest"),
    "SUIT-111": ("ordinary", "term_rank", "lowest"),
    "SUIT-112": ("ordinary", "type_rank", "lowest"),
    "SUIT-113": ("ordinary", "expected_return", "lowest"),
    "SUIT-114": ("ordinary", "lock_limit", "lowest"),
    "SUIT-115": ("ordinary", "reserve_months", "lowest"),
    "SUIT-130": ("ordinary", "lowest"),
    "SUIT-140": (),
    "SUIT-150": ("ordinary", "age"),
    "SUIT-160": ("ordinary",),
    "SUIT-170": ("ordinary", "biases"),
    "SUIT-190": ("ordinary",),
}
"""Columns of a client that each rule reads; `lowest` wherever a warning may follow."""

CLIENTS_AT_ONCE: Final = 50_000


@dataclass(frozen=True)
class Part:
    """One rule on the whole book: each client's case (N,), and the outcome of each case with each product (C, P)."""

    rule: str
    case: IntArray
    outcome: RankArray


@dataclass(frozen=True)
class Scan:
    """What a purchase of every product would be answered to every client: N clients, P products."""

    clients: int
    products: int
    parts: tuple[Part, ...]  # rules that answer anything but ALLOW to anybody

    def of(self, clients: IntArray, products: IntArray) -> RankArray:
        """Outcome ranks of pairs given by places, such as holdings; (H,)."""
        out = np.full(len(clients), Outcome.ALLOW.rank, dtype=np.int8)
        for part in self.parts:
            np.maximum(out, part.outcome[part.case[clients], products], out=out)
        return out

    def counts(self, outcome: Outcome) -> IntArray:
        """How many products each client would be answered so, (N,)."""
        at_least = [self._at_least(rank) for rank in (outcome.rank, outcome.rank + 1)]
        counted: IntArray = at_least[0] - at_least[1]
        return counted

    def _at_least(self, rank: int) -> IntArray:
        """How many products are answered so hard or harder, (N,)."""
        out = np.zeros(self.clients, dtype=np.int64)
        if rank == Outcome.ALLOW.rank:
            return out + self.products
        packed = [(part.case, pack(part.outcome >= rank)) for part in self.parts if (part.outcome >= rank).any()]
        for block in _blocks(self.clients):
            words = np.zeros((block.stop - block.start, -(-self.products // 64)), dtype=np.uint64)
            for case, bits in packed:
                words |= bits[case[block]]
            out[block] = np.bitwise_count(words).sum(axis=1)
        return out


def pack(hits: BoolArray) -> WordArray:
    """Rows of bits in words of 64: (C, P) to (C, P / 64 rounded up)."""
    short = -hits.shape[1] % 64
    padded = np.pad(hits, ((0, 0), (0, short)))
    words: WordArray = np.packbits(padded, axis=1).view(np.uint64)
    return words


def _blocks(n: int) -> Iterator[slice]:
    for start in range(0, n, CLIENTS_AT_ONCE):
        yield slice(start, min(start + CLIENTS_AT_ONCE, n))


def scan(clients: Columns, products: Columns, day: date, asked_by: AskedBy, rules: Rulebook) -> Scan:
    """Judge a purchase of every product for every client on `day`; amounts and holdings are not looked at.

    clients, products: the columns of `Cases` named in OF_CLIENT and OF_PRODUCT, (N,) and (P,).
    """
    n, across = len(clients["ordinary"]), {name: np.asarray(products[name])[None, :] for name in OF_PRODUCT}
    told = cut(clients, products, rules, day)
    parts = (_part(rule, clients, told, across, n, day, asked_by, rules) for rule in LOOKS)
    return Scan(n, len(products["product_rank"]), tuple(part for part in parts if part is not None))


def _part(
    rule: str,
    clients: Columns,
    told: Columns,
    across: Columns,
    n: int,
    day: date,
    asked_by: AskedBy,
    rules: Rulebook,
) -> Part | None:
    case, rows = alike(told, READS_OF_CLIENT[rule], n)
    down = {name: np.asarray(clients[name])[rows][:, None] for name in OF_CLIENT}
    judged = judge_one(rule, Cases(day=day, **down, **across, **_purchase(asked_by)), rules)
    if judged is None or not (judged.outcome > Outcome.ALLOW.rank).any():
        return None
    shape = len(rows), across["product_rank"].shape[1]
    return Part(rule, case, np.ascontiguousarray(np.broadcast_to(judged.outcome, shape)))


def cut(clients: Columns, products: Columns, rules: Rulebook, day: date) -> Columns:
    """The clients' columns with each compared number replaced by its place among what it is compared with."""
    reached: Mapping[str, NDArray[Any]] = {  # the client's number is at least the threshold
        "age": _thresholds(rules, "SUIT-150", "age", day),
        "reserve_months": _thresholds(rules, "SUIT-115", "months", day),
        "lock_limit": np.asarray(products["lockup_days"]),
    }
    made = {name: np.asarray(clients[name]) for name in OF_CLIENT}
    for name, thresholds in reached.items():
        made[name] = _place(made[name], thresholds, "right")
    made["expected_return"] = _place(made["expected_return"], np.asarray(products["return_high"]), "left")
    needed = np.bitwise_or.reduce(np.asarray(products["gate"], dtype=np.int64), initial=0)
    made["opened"] = made["opened"] & needed
    return made


def _place(values: NDArray[Any], thresholds: NDArray[Any], side: Literal["left", "right"]) -> IntArray:
    """Place of each value among the known thresholds; -1 for a value that is not known."""
    known = np.unique(thresholds.astype(np.float64))
    numbers = values.astype(np.float64)
    place = np.searchsorted(known[~np.isnan(known)], numbers, side=side)
    return np.where(np.isnan(numbers), -1, place)


def _thresholds(rules: Rulebook, rule_id: str, name: str, day: date) -> NDArray[Any]:
    in_force = [value[name] for since, value in rules[rule_id].values if since <= day and value is not None]
    return np.array(in_force[-1:], dtype=np.float64)


def _purchase(asked_by: AskedBy) -> dict[str, NDArray[Any]]:
    """A purchase of which no amount is known."""
    return {
        "firm_asked": np.array([[asked_by is AskedBy.FIRM]]),
        "buy": np.array([[True]]),
        "amount": np.array([[np.nan]]),
        "held_value": np.array([[0.0]]),
        "total_value": np.array([[np.nan]]),
    }


def alike(columns: Columns, names: tuple[str, ...], n: int) -> tuple[IntArray, IntArray]:
    """The case of each row (N,), and a row of each case (C,): rows that are alike in all `names` are one case."""
    code = np.zeros(n, dtype=np.int64)
    for name in names:
        own, uniques = pd.factorize(np.asarray(columns[name]), use_na_sentinel=False)
        code, _ = pd.factorize(code * (len(uniques) or 1) + own)
    first = np.full(int(code.max()) + 1 if n else 0, -1, dtype=np.int64)
    first[code[::-1]] = np.arange(n - 1, -1, -1)
    return code.astype(np.int64), first
