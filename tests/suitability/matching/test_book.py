"""The whole-book scan says the same as single checks, pair by pair, whatever the book."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from suitability.facts import HoldingFacts, Request
from suitability.levels import AskedBy, OrderSide, Outcome
from suitability.matching.book import OF_CLIENT, OF_PRODUCT, READS_OF_CLIENT, alike, scan
from suitability.matching.cases import Facts, cases_of
from suitability.matching.rules import LOOKS, judge, worst
from tests.suitability.matching.people import CLIENTS, DAY, PRODUCTS, RULES


def columns(facts, names):
    cases = cases_of(facts)
    return {name: getattr(cases, name) for name in names}


@given(st.lists(CLIENTS, min_size=1, max_size=6), st.lists(PRODUCTS, min_size=1, max_size=5), st.sampled_from(AskedBy))
def test_the_scan_equals_single_checks(clients, products, asked_by):
    request = Request(client_no="C", product_code="P", asked_by=asked_by, side=OrderSide.BUY, day=DAY)
    pairs = [
        Facts(client=client, product=product, request=request, holding=HoldingFacts())
        for client in clients for product in products
    ]  # fmt: skip
    single = worst(judge(cases_of(pairs), RULES.matching), len(pairs)).reshape(len(clients), len(products))

    found = scan(
        columns(pairs[:: len(products)], OF_CLIENT), columns(pairs[: len(products)], OF_PRODUCT), DAY, asked_by,
        RULES.matching,
    )  # fmt: skip
    places = np.indices(single.shape)

    assert np.array_equal(found.of(places[0].ravel(), places[1].ravel()).reshape(single.shape), single)
    for outcome in Outcome:
        assert np.array_equal(found.counts(outcome), (single == outcome.rank).sum(axis=1))


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1) | st.just(float("nan"))), max_size=30))
def test_rows_of_one_case_are_alike(rows):
    table = {"a": np.array([a for a, _ in rows], int), "b": np.array([b for _, b in rows], float)}
    code, first = alike(table, ("a", "b"), len(rows))

    assert len(set(code.tolist())) == len(first)
    for row, own in enumerate(code):
        assert table["a"][row] == table["a"][first[own]]
        assert table["b"][row] == table["b"][first[own]] or np.isnan([table["b"][row], table["b"][first[own]]]).all()


def test_every_rule_says_what_it_reads_of_a_client():
    assert set(READS_OF_CLIENT) == set(LOOKS)
    assert {name for names in READS_OF_CLIENT.values() for name in names} == set(OF_CLIENT)
