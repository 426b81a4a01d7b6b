"""What a run judges again and what it leaves: the same as a scan of everything, whatever changed, in whatever order."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.rulebook import load_rulebook, parse_rulebook
from suitability.cases.rules import watched
from suitability.matching.book import READS_OF_CLIENT
from suitability.monitoring.book import BITS, judge, rule_mark
from suitability.monitoring.state import EMPTY, State, places_in, step
from tests.suitability.monitoring.books import DAY, changed_book, random_book

RULES = load_rulebook("suitability", "matching")
WATCHED = tuple(watched(DAY))


def same(one, other):
    return all(np.array_equal(getattr(one, part.name), getattr(other, part.name)) for part in fields(State))


@given(st.integers(0, 2**32), st.integers(1, 8))
def test_step_by_step_is_the_same_as_a_scan_of_everything(seed, changes):
    rng = np.random.default_rng(seed)
    book = random_book(rng)
    state = step(EMPTY, book, RULES, WATCHED).after
    for _ in range(changes):
        book = changed_book(rng, book)
        found = step(state, book, RULES, WATCHED)

        assert same(found.after, step(EMPTY, book, RULES, WATCHED).after)
        assert same(found.after, step(state, book, RULES, WATCHED, everything=True).after)
        state = found.after


@given(st.integers(0, 2**32))
def test_the_same_book_again_touches_and_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    book = random_book(rng)
    state = step(EMPTY, book, RULES, WATCHED).after
    again = step(state, book, RULES, WATCHED)

    assert not again.judged.any()
    assert not again.changed(state).any()
    assert not len(again.gone)


def book_of_pairs():
    """Three clients with the same two holdings each; C3, R3, everything fits."""
    rng = np.random.default_rng(1)
    book = random_book(rng, 3, 2)
    plain = {
        "ordinary": np.ones(3, bool), "client_rank": np.full(3, 3), "lowest": np.zeros(3, bool),
        "expired": np.zeros(3, bool), "term_rank": np.full(3, 4), "type_rank": np.full(3, 5),
        "age": np.full(3, 40), "expected_return": np.full(3, np.nan), "lock_limit": np.full(3, 1000),
        "opened": np.zeros(3, np.int64), "reserve_months": np.full(3, np.nan), "biases": np.zeros(3, np.int64),
    }  # fmt: skip
    products = {
        "product_rank": np.full(2, 3), "product_type": np.full(2, 3), "term_days": np.zeros(2, np.int64),
        "lockup_days": np.zeros(2, np.int64), "return_high": np.full(2, np.nan), "gate": np.zeros(2, np.int64),
        "min_amount": np.full(2, np.nan),
    }  # fmt: skip
    return replace(
        book, clients=plain, products=products, client=np.repeat(np.arange(3), 2), product=np.tile(np.arange(2), 3),
        quantity=np.full(6, 100), value=np.full(6, 100.0), total=np.full(3, 1000.0),
    )  # fmt: skip


def moved(book, part, name, place, value):
    columns = {key: column.copy() for key, column in getattr(book, part).items()}
    columns[name][place] = value
    return replace(book, **{part: columns})


def with_value(book, place, value):
    worth = book.value.copy()
    worth[place] = value
    return replace(book, value=worth)


def with_quantity(book, place, value):
    held = book.quantity.copy()
    held[place] = value
    return replace(book, quantity=held)


TOUCHED = [  # what happened, pairs that are judged again, pairs that hit a rule afterwards
    ("a client's level falls", lambda b: moved(b, "clients", "client_rank", 1, 2), [2, 3], [2, 3]),
    ("a client's assessment ends", lambda b: moved(b, "clients", "expired", 0, True), [0, 1], [0, 1]),
    ("a client grows old: no watched rule reads it", lambda b: moved(b, "clients", "age", 0, 70), [], []),
    ("a habit shows: never a mismatch", lambda b: moved(b, "clients", "biases", 0, 1), [], []),
    ("a product is rated higher", lambda b: moved(b, "products", "product_rank", 1, 4), [1, 3, 5], [1, 3, 5]),
    ("a term shrinks by a day within its band", lambda b: moved(b, "products", "term_days", 0, 0), [], []),
    ("a product gets a gate", lambda b: moved(b, "products", "gate", 0, 1), [0, 2, 4], [0, 2, 4]),
    ("a purchase", lambda b: with_quantity(b, 4, 200), [4], []),
    ("a price rises, below the share", lambda b: with_value(b, 4, 499.0), [], []),
    ("a price rises, on the share", lambda b: with_value(b, 4, 500.0), [], []),
    ("a price rises, above the share", lambda b: with_value(b, 4, 500.01), [4], [4]),
]


@pytest.mark.parametrize(("what", "change", "judged", "hit"), TOUCHED, ids=[row[0] for row in TOUCHED])
def test_exactly_what_a_change_touches_is_judged(what, change, judged, hit):
    book = book_of_pairs()
    state = step(EMPTY, book, RULES, WATCHED).after
    found = step(state, change(book), RULES, WATCHED)

    assert not state.hits.any()
    assert np.flatnonzero(found.judged).tolist() == judged, what
    assert np.flatnonzero(found.after.hits).tolist() == hit


def test_what_is_sold_out_is_gone():
    book = book_of_pairs()
    state = step(EMPTY, book, RULES, WATCHED).after
    some = np.array([0, 1, 3, 4, 5])
    sold = replace(
        book, client=book.client[some], product=book.product[some], quantity=book.quantity[some], value=book.value[some]
    )
    found = step(state, sold, RULES, WATCHED)

    assert found.gone.tolist() == [2]
    assert not found.judged.any()


def test_a_holding_is_judged_as_a_purchase_of_what_it_is_worth():
    """A minimum amount is no duty of what is held already, and a share counts what is held, once."""
    book = moved(book_of_pairs(), "products", "min_amount", 0, 1e9)

    assert not judge(book, np.arange(6), RULES, WATCHED).any()
    assert "SUIT-140" not in WATCHED


def test_another_value_of_a_watched_rule_is_another_mark_and_other_text_is_not():
    other = parse_rulebook("suitability/rules/matching.yaml", RULES.text.replace("R3: 0.5", "R3: 0.4"))
    reworded = parse_rulebook("suitability/rules/matching.yaml", RULES.text.replace("比例过高", "占比过高"))

    assert rule_mark(other, WATCHED, DAY) != rule_mark(RULES, WATCHED, DAY)
    assert rule_mark(reworded, WATCHED, DAY) == rule_mark(RULES, WATCHED, DAY)


def test_watched_rules_exist_and_say_what_they_read():
    assert set(WATCHED) <= set(READS_OF_CLIENT)
    assert len(set(BITS.values())) == len(BITS)


def test_places():
    assert places_in(np.array([2, 5, 9]), np.array([5, 1, 9, 10])).tolist() == [1, -1, 2, -1]
    assert places_in(np.array([], dtype=np.int64), np.array([5])).tolist() == [-1]
