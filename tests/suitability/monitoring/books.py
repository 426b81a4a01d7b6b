"""Small books in arrays for tests of the watch: random ones, and one pair to change by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from suitability.matching.book import OF_CLIENT, OF_PRODUCT
from suitability.matching.cases import NO_LIMIT
from suitability.monitoring.book import Book

DAY = date(2026, 11, 27)
RATES = np.array([0.02, 0.05, 0.08, np.nan])


def random_clients(rng, n):
    return {
        "ordinary": rng.random(n) < 0.8, "client_rank": rng.integers(0, 6, n), "lowest": rng.random(n) < 0.2,
        "expired": rng.random(n) < 0.2, "term_rank": rng.integers(0, 5, n), "type_rank": rng.integers(0, 6, n),
        "age": rng.integers(-1, 90, n), "expected_return": rng.choice(RATES, n),
        "lock_limit": rng.choice([0, 30, 90, 365, NO_LIMIT], n), "opened": rng.integers(0, 16, n),
        "reserve_months": rng.choice([0.0, 2.9, 3.0, np.nan], n), "biases": rng.integers(0, 4, n),
    }  # fmt: skip


def random_products(rng, n):
    return {
        "product_rank": rng.integers(0, 6, n), "product_type": rng.integers(1, 6, n),
        "term_days": rng.choice([0, 364, 365, 366, 1095, 1096, 2000], n), "return_high": rng.choice(RATES, n),
        "lockup_days": rng.choice([0, 30, 31, 90, 400], n), "gate": rng.choice([0, 0, 1, 2, 8], n),
        "min_amount": rng.choice([1.0, 1e6, np.nan], n),
    }  # fmt: skip


def random_book(rng, clients=6, products=5):
    held = np.flatnonzero(rng.random(clients * products) < 0.4)
    n = len(held)
    value = rng.choice([10.0, 100.0, 300.0, 1000.0, np.nan], n)
    return Book(
        day=DAY, client_id=np.arange(clients) + 1, clients=random_clients(rng, clients),
        total=rng.choice([500.0, 1000.0, 2000.0, np.nan], clients), instrument_id=np.arange(products) + 1,
        products=random_products(rng, products), client=held // products, product=held % products,
        quantity=rng.integers(1, 9, n), value=value,
    )  # fmt: skip


def changed_book(rng, book):
    """The book on a later day, after one change of one sort."""
    fresh = random_book(rng, len(book.client_id), len(book.instrument_id))
    later = replace(book, day=book.day + timedelta(days=int(rng.integers(0, 3))))
    sort = rng.integers(0, 5)
    if sort == 0:
        return replace(later, clients=_some(rng, book.clients, fresh.clients, OF_CLIENT))
    if sort == 1:
        return replace(later, products=_some(rng, book.products, fresh.products, OF_PRODUCT))
    if sort == 2:  # prices
        return replace(later, value=np.where(rng.random(len(book)) < 0.5, book.value * 3, book.value))
    if sort == 3:  # assets beside what is held
        return replace(later, total=fresh.total)
    return replace(  # purchases and sales
        later, client=fresh.client, product=fresh.product, quantity=fresh.quantity, value=fresh.value
    )


def _some(rng, old, new, names):
    taken = {}
    for name in names:
        pick = rng.random(len(old[name])) < 0.2
        taken[name] = np.where(pick, new[name], old[name])
    return taken
