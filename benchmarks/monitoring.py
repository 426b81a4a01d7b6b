"""The watch on the whole book with arrays in memory: everything judged, and what a change of a few clients touches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.result import Line, Scale, median, seconds
from benchmarks.suitability import DAY, clients_of, products_of
from suitability.cases.rules import watched
from suitability.matching.service import house_rules
from suitability.monitoring.book import Book
from suitability.monitoring.state import EMPTY, step

RUNS = 3
CHANGED = 1_000  # clients whose level falls


def book_of(clients: int, products: int, holdings: int, seed: int) -> Book:
    """Distinct pairs that are held, some of them too much of what the client has."""
    draw = np.random.default_rng(seed)
    pairs = np.unique(draw.integers(0, clients * products, holdings))
    return Book(
        day=DAY, client_id=np.arange(clients) + 1, clients=clients_of(clients, seed),
        total=draw.choice([1e5, 1e6], clients), instrument_id=np.arange(products) + 1,
        products=products_of(products, seed), client=pairs // products, product=pairs % products,
        quantity=np.full(len(pairs), 10**8), value=draw.choice([1e3, 6e4, 3e5], len(pairs)),
    )  # fmt: skip


def lowered(book: Book, clients: int) -> Book:
    """The book after the first clients' levels have fallen."""
    rank = np.asarray(book.clients["client_rank"]).copy()
    rank[:clients] = 1
    return replace(book, clients={**book.clients, "client_rank": rank})


def run(scale: Scale) -> list[Line]:
    rules, watching = house_rules().matching, tuple(watched(DAY))
    book = book_of(scale.of(1_000_000, 5_000), scale.of(2_000, 100), scale.of(5_000_000, 20_000), 11)
    after = lowered(book, scale.of(CHANGED, 10))
    whole, part = [], []
    state, judged = EMPTY, 0

    def everything() -> None:
        nonlocal state
        state = step(EMPTY, book, rules, watching).after

    def touched() -> None:
        nonlocal judged
        judged = int(step(state, after, rules, watching).judged.sum())

    for _ in range(RUNS):
        whole.append(seconds(everything))
        part.append(seconds(touched))
    size = f"{len(book):,} 对持有，{len(book.client_id):,} 位客户"
    return [
        Line("持续核对，全量判断", median(whole), "秒", note=size),
        Line("持续核对，一批客户等级下调之后", median(part), "秒", note=f"重判 {judged:,} 对"),
    ]
