"""Laws that hold for every ledger: conservation, identities, scaling, splits of accounts and of stocks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.types import CashKind, Ledger, Movement
from diagnosis.lots import at_the_door
from diagnosis.replay import replay, slot_profit
from diagnosis.types import History
from kit.money import SCALE
from market.types import ActionKind, Grid
from tests.diagnosis.ledgers import Book, account, action, day, grid, stock, with_actions

POINTS, SECURITIES = 8, 3
FEW = settings(max_examples=40, deadline=None)

prices = st.lists(
    st.lists(st.integers(200, 5000).map(lambda fen: fen / 100), min_size=SECURITIES, max_size=SECURITIES),
    min_size=POINTS, max_size=POINTS,
)
rows = st.lists(
    st.tuples(
        st.integers(1, POINTS - 1), st.sampled_from(("BUY", "SELL", "DEPOSIT", "WITHDRAWAL")),
        st.integers(0, SECURITIES - 1), st.integers(1, 40), st.integers(200, 5000), st.integers(0, 900),
    ),
    max_size=14,
)
scenes = st.tuples(prices, rows, st.booleans())


def scene(data: tuple[list[list[float]], list[tuple[int, str, int, int, int, int]], bool]) -> tuple[Ledger,
    Grid]:
    """A ledger that never sells more than it holds on some rows and does on others."""
    close, moves, cash = data
    book = Book(accounts=[account(cash=cash)], securities=SECURITIES)
    for when, what, security, lots, fen, fee in sorted(moves, key=lambda row: row[0]):
        price, fees = Decimal(fen) / 100, Decimal(fee) / 100
        if what in ("BUY", "SELL"):
            book.move(Movement[what], day(when), lots * 50, price, of=security, commission=fees)
        elif cash:
            sign = 1 if what == "DEPOSIT" else -1
            book.flow(CashKind[what], day(when), sign * lots * 1000)
    return book.ledger(), grid(close)


def before(column: np.ndarray) -> np.ndarray:
    shifted = np.zeros_like(column)
    shifted[:, 1:] = column[:, :-1]
    return shifted


def by_account(history: History, column: np.ndarray) -> np.ndarray:
    return np.array([
        column[history.slot_offsets[a] : history.slot_offsets[a + 1]].sum(axis=0)
        for a in range(len(history.accounts))
    ])


def linked(history: History, a: int = 0) -> float:
    return float(np.prod(1 + np.nan_to_num(history.returns[a])) - 1)


@FEW
@given(data=scenes)
def test_value_is_cash_and_holdings_at_their_prices(data):
    history = replay(*scene(data), [])
    worth = by_account(history, history.quantity * np.nan_to_num(history.price))

    assert history.value == pytest.approx(history.cash + worth, abs=1e-6)


@FEW
@given(data=scenes)
def test_change_of_value_is_profit_and_flows(data):
    """With a cash statement everything but the flows is profit; without one the cash leg is a flow itself."""
    history = replay(*scene(data), [])
    change = history.value - before(history.value)
    profit = by_account(history, slot_profit(history)) + history.other_income

    assert change == pytest.approx(profit + history.inflow - history.outflow, abs=1e-6)


@FEW
@given(data=scenes)
def test_returns_follow_the_stated_convention(data):
    """Outside first..last, and on a first day that only brings shares in at its close, there is no return."""
    history = replay(*scene(data), [])
    for t in range(POINTS):
        stake = (history.value[0, t - 1] if t else 0.0) + history.inflow[0, t]
        opens = t == history.first[0] and history.moved_in[:, t].any() and not history.fees[:, t].any()
        traded = history.bought[:, t].any() or history.sold[:, t].any()
        if not history.first[0] <= t <= history.last[0] or (opens and not traded):
            assert np.isnan(history.returns[0, t])
        else:
            expected = (history.value[0, t] + history.outflow[0, t]) / stake - 1 if stake > 1e-6 else 0.0
            assert history.returns[0, t] == pytest.approx(expected, abs=1e-12)


@FEW
@given(data=scenes)
def test_costs_of_lots_add_up_to_what_was_paid(data):
    """Conservation to the last millionth: closed and open lots together cost what the purchases cost."""
    ledger, prices_ = scene(data)
    history = replay(ledger, prices_, [])
    trades = ledger.trades
    bought = trades.kind == 0
    paid = sum(
        Decimal(int(q)) * int(p) / SCALE + int(c)
        for q, p,
        c in zip(trades.quantity[bought], trades.price[bought], trades.commission[bought], strict=True)
    )
    costs = [lot.cost for lots in (history.closed,
        history.open) for lot in at_the_door(lots) if lot.cost is not None]

    assert sum(costs, Decimal(0)) * SCALE == paid


@FEW
@given(data=scenes)
def test_proceeds_of_lots_add_up_to_what_was_received(data):
    ledger, prices_ = scene(data)
    trades = ledger.trades
    sold = trades.kind == 1
    received = sum(
        int(q) * int(p) // SCALE - int(c)
        for q, p, c in zip(trades.quantity[sold], trades.price[sold], trades.commission[sold], strict=True)
    )

    assert int(replay(ledger, prices_, []).closed.proceeds.sum()) == received


@FEW
@given(data=scenes)
def test_open_lots_are_the_last_holding(data):
    history = replay(*scene(data), [])
    held = np.zeros(len(history.slot_security))
    np.add.at(held, history.open.slot, history.open.quantity / SCALE)

    assert held == pytest.approx(history.quantity[:, -1])
    assert (history.quantity >= 0).all()


@FEW
@given(data=scenes, factor=st.sampled_from((2, 10, 1000)))
def test_scaling_money_leaves_returns_unchanged(data, factor):
    ledger, prices_ = scene(data)
    scaled = replace(
        ledger,
        trades=replace(ledger.trades, quantity=ledger.trades.quantity * factor,
            commission=ledger.trades.commission * factor),
        cashflows=replace(ledger.cashflows, amount=ledger.cashflows.amount * factor),
    )

    small, large = replay(ledger, prices_, []), replay(scaled, prices_, [])

    assert large.value == pytest.approx(small.value * factor)
    assert large.returns == pytest.approx(small.returns, nan_ok=True)


@FEW
@given(data=scenes, when=st.integers(1, POINTS - 1), after=st.sampled_from((2, 5, 10)))
def test_a_split_changes_no_return(data, when, after):
    """From the split on, prices divide and traded quantities multiply; nothing else can be seen."""
    ledger, prices_ = scene(data)
    later = ledger.trades.day >= day(when).toordinal()
    trades = replace(
        ledger.trades,
        quantity=np.where(later & (ledger.trades.security == 0), ledger.trades.quantity * after,
            ledger.trades.quantity),
        price=np.where(later & (ledger.trades.security == 0), ledger.trades.price // 10 * 10 // after,
            ledger.trades.price),
    )
    plain = replace(ledger, trades=replace(ledger.trades, price=np.where(
        later & (ledger.trades.security == 0), trades.price * after, ledger.trades.price)))
    close = prices_.close.copy()
    close[when:, 0] /= after
    split = [action(ActionKind.SPLIT, day(when), str(after))]
    shown = with_actions(replace(prices_, close=close), split)

    expected = replay(plain, prices_, [])
    history = replay(replace(ledger, trades=trades), shown, split)

    assert history.value == pytest.approx(expected.value, abs=1e-4)
    assert history.returns == pytest.approx(expected.returns, abs=1e-8, nan_ok=True)


@FEW
@given(data=scenes, cut=st.integers(1, POINTS - 1))
def test_a_later_beginning_keeps_the_returns(data, cut):
    """What came before enters as an opening; the days of the period are the same days."""
    ledger, prices_ = scene(data)
    whole, part = replay(ledger, prices_, []), replay(ledger, prices_, [], first=day(cut))
    start = cut - 1

    assert part.value == pytest.approx(whole.value[:, start:])
    inside = np.nan_to_num(whole.returns[:, start + 1 :])
    assert np.nan_to_num(part.returns[:, 1:]) == pytest.approx(inside)
    change = part.value - before(part.value)
    profit = by_account(part, slot_profit(part)) + part.other_income
    assert change == pytest.approx(profit + part.inflow - part.outflow, abs=1e-6)


@FEW
@given(close=prices, when=st.integers(2, POINTS - 1), part=st.sampled_from(("0.5", "1", "3")))
def test_a_flow_invested_pro_rata_leaves_twr_unchanged(close, when, part):
    """Money that comes at the start of a day and buys at the evening's prices of the day before, in
    proportion.
    """
    quantities = ("100", "200", "300")

    def book(with_flow: bool) -> Ledger:
        rows_ = Book(securities=SECURITIES)
        start = sum(Decimal(q) * Decimal(str(p)) for q, p in zip(quantities, close[1], strict=True))
        rows_.flow(CashKind.DEPOSIT, day(1), start)
        for s, quantity in enumerate(quantities):
            rows_.buy(day(1), quantity, str(close[1][s]), of=s)
        if with_flow:
            more = [Decimal(q) * Decimal(part) for q in quantities]
            rows_.flow(CashKind.DEPOSIT, day(when), sum(
                q * Decimal(str(p)) for q, p in zip(more, close[when - 1], strict=True)
            ))
            for s, quantity in enumerate(more):
                rows_.buy(day(when), quantity, str(close[when - 1][s]), of=s)
        return rows_.ledger()

    assert linked(replay(book(True), grid(close),
        [])) == pytest.approx(linked(replay(book(False), grid(close), [])))


@FEW
@given(close=prices, when=st.integers(2, POINTS - 1))
def test_a_withdrawal_pro_rata_leaves_twr_unchanged(close, when):
    """Half of everything is sold at the evening's prices and taken out at the end of the day."""
    def book(with_flow: bool) -> Ledger:
        rows_ = Book(securities=1).flow(CashKind.DEPOSIT, day(1), Decimal(str(close[1][0])) * 400)
        rows_.buy(day(1), 400, str(close[1][0]))
        if with_flow:
            rows_.sell(day(when), 200, str(close[when][0]))
            rows_.flow(CashKind.WITHDRAWAL, day(when), -Decimal(str(close[when][0])) * 200)
        return rows_.ledger()

    one = grid([[row[0]] for row in close], [stock()])
    assert linked(replay(book(True), one, [])) == pytest.approx(linked(replay(book(False), one, [])))
