"""All accounts of a client as one: nothing changes by splitting and merging, transfers between accounts
vanish.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.types import UNKNOWN, CashKind, Ledger, Movement
from diagnosis.merge import merge_client
from diagnosis.replay import replay
from diagnosis.types import IssueKind
from kit.problems import BadInput
from tests.diagnosis.ledgers import Book, account, day, grid

CLOSE = [[10.0, 20.0]] * 2 + [[11.0, 19.0], [12.0, 21.0], [9.0, 25.0], [10.0, 24.0]]
rows = st.lists(
    st.tuples(
        st.integers(1, 5), st.sampled_from(("BUY", "SELL", "DEPOSIT")), st.integers(0, 1), st.integers(1, 20),
        st.integers(900, 2500), st.booleans(),
    ),
    max_size=12,
)


def two(*, cash: bool = True) -> Book:
    return Book(accounts=[account(0, cash=cash), account(1, cash=cash)], securities=2)


@settings(max_examples=50, deadline=None)
@given(moves=rows, cash=st.booleans())
def test_splitting_an_account_and_merging_it_again_changes_nothing(moves, cash):
    whole, parts = Book(accounts=[account(cash=cash)], securities=2), two(cash=cash)
    for number, (when, what, security, lots, fen, second) in enumerate(sorted(moves, key=lambda row: row[0])):
        for book, owner in ((whole, 0), (parts, int(second))):
            if what != "DEPOSIT":
                book.move(
                    Movement[what], day(when), lots * 100, Decimal(fen) / 100, of=security, commission="5",
                    a=owner,
                    id=number,
                )
            elif cash:
                book.flow(CashKind.DEPOSIT, day(when), lots * 1000, a=owner, id=number)

    merged, expected = replay(merge_client(parts.ledger()), grid(CLOSE), []), replay(whole.ledger(),
        grid(CLOSE), [])

    assert merged.value == pytest.approx(expected.value)
    assert merged.returns == pytest.approx(expected.returns, nan_ok=True)
    for name in ("quantity", "cost", "proceeds", "open_day", "close_day", "buy_trade", "sell_trade"):
        assert getattr(merged.closed, name).tolist() == getattr(expected.closed, name).tolist(), name
    assert merged.issues == expected.issues


def test_shares_moved_between_accounts_keep_cost_and_date():
    book = two().flow(CashKind.DEPOSIT, day(1), 5000)
    book.buy(day(1), 300, "10", commission="5").move(Movement.TRANSFER_OUT, day(2), 300)
    book.move(Movement.TRANSFER_IN, day(3), 300, a=1).sell(day(4), 300, "12", a=1)

    merged = replay(merge_client(book.ledger()), grid(CLOSE), [])

    assert merged.closed.open_day.tolist() == [day(1).toordinal()]
    assert merged.closed.cost.tolist() == [3_005_000_000]
    assert merged.inflow.sum() == 5000
    assert merged.outflow.sum() == 0
    assert {issue.kind for issue in merged.issues[0]} == {IssueKind.FEE_DIFFERENCE}  # the sample pays no duty


def test_cash_moved_between_accounts_is_no_flow():
    book = two().flow(CashKind.DEPOSIT, day(1), 5000).flow(CashKind.TRANSFER_OUT, day(2), -2000)
    book.flow(CashKind.TRANSFER_IN, day(3), 2000, a=1)

    merged = replay(merge_client(book.ledger()), grid(CLOSE), [])

    assert merged.value[0].tolist() == [0, 5000, 5000, 5000, 5000, 5000]
    assert merged.inflow.sum() + merged.outflow.sum() == 5000


UNMATCHED = [  # (quantity in, day in), why it is no pair
    (200, 3, "another quantity"),
    (300, 14, "outside the window of ten days"),
]


@pytest.mark.parametrize(("quantity", "when", "why"), UNMATCHED)
def test_other_transfers_stay(quantity, when, why):
    book = two().flow(CashKind.DEPOSIT, day(1), 5000)
    book.buy(day(1), 300, "10").move(Movement.TRANSFER_OUT, day(2), 300)
    book.move(Movement.TRANSFER_IN, day(when), quantity, a=1)

    assert len(merge_client(book.ledger()).trades.day) == 3, why


def test_opening_cash_and_gaps_of_balances_survive_the_merge():
    """One account began with 1,000, the other lost 50 between two balances."""
    book = two().flow(CashKind.DEPOSIT, day(1), 500, balance=1500)
    book.flow(CashKind.DEPOSIT, day(2), 100, balance=100, a=1).flow(CashKind.DEPOSIT, day(3), 10, balance=60,
        a=1)

    merged = replay(merge_client(book.ledger()), grid(CLOSE), [])

    assert merged.cash[0, -1] == 1500 + 60
    kinds = {issue.kind: issue.amount for issue in merged.issues[0]}
    assert kinds == {IssueKind.INFERRED_FLOW: 1000.0, IssueKind.UNEXPLAINED_FLOW: 50.0}


def test_an_account_without_cash_statement_brings_its_money_along():
    book = Book(accounts=[account(0, cash=True), account(1, cash=False)], securities=2)
    book.flow(CashKind.DEPOSIT, day(1), 500).buy(day(1), 100, "10", a=1, commission="5").sell(day(4), 100,
        "9", a=1)

    merged = replay(merge_client(book.ledger()), grid(CLOSE), [])

    assert merged.cash[0].tolist() == [0, 500, 500, 500, 500, 500]
    assert merged.inflow.sum() == 500 + 1005
    assert merged.outflow.sum() == 900


def test_openings_add_up_and_later_snapshots_count_where_all_accounts_speak():
    book = two().holds(day(1), 100, a=0, cost="900").holds(day(2), 200, a=1, cost="2100")
    book.buy(day(3), 100, "12", a=0).buy(day(3), 100, "12", a=1)
    book.holds(day(4), 200, a=0).holds(day(4), 300, a=1).holds(day(5), 999, a=0)

    ledger = merge_client(book.ledger())
    merged = replay(ledger, grid(CLOSE), [])

    assert ledger.snapshots.day.tolist() == [day(1).toordinal(), day(4).toordinal()]
    assert ledger.snapshots.quantity.tolist() == [300_000_000, 500_000_000]
    assert ledger.snapshots.cost.tolist() == [3_000_000_000, UNKNOWN]
    assert merged.quantity[0, -1] == 500
    assert IssueKind.HOLDING_DIFFERENCE not in {issue.kind for issue in merged.issues[0]}


def test_accounts_of_two_currencies_or_clients_are_refused():
    ledger = Book(accounts=[account(0), account(1, currency="HKD")]).ledger()
    other: Ledger = replace(ledger, accounts=(account(0), replace(account(1), client_no="C2")))

    for refused in (ledger, other):
        with pytest.raises(BadInput):
            merge_client(refused)


def test_one_account_is_left_as_it_is():
    ledger = Book().flow(CashKind.DEPOSIT, day(1), 5, balance=5).ledger()

    assert merge_client(ledger) is ledger
    assert np.array_equal(merge_client(ledger).cashflows.balance, [5_000_000])
