"""Worked cases of a replay: cash, flows, corporate actions, prices, periods, each small enough to do by
hand.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest

from clients.types import UNKNOWN, AccountKind, CashKind, Ledger, Movement, Trades
from diagnosis.replay import replay, slot_profit
from diagnosis.types import History
from kit.money import SCALE
from market.types import ActionKind, Board, Grid, InstrumentKind, Venue
from tests.diagnosis.ledgers import MONDAY, Book, account, action, day, grid, stock, with_actions

NAN = float("nan")


def values(history: History) -> list[float]:
    return [round(float(v), 6) for v in history.value[0]]


def returns(history: History) -> list[float | None]:
    return [None if np.isnan(r) else round(float(r), 6) for r in history.returns[0]]


def funded(amount: int = 10_000) -> Book:
    return Book().flow(CashKind.DEPOSIT, day(1), amount)


def test_a_week_with_cash():
    """Deposit 10,000; buy 500 at 10 and pay 5; the close is 10.5; sell 200 at 11.8 and pay 6.18; take 1,000
    out.
    """
    book = funded().buy(day(1), 500, "10", commission="5")
    book.sell(day(3), 200, "11.8", commission="5", stamp_duty="1.18").flow(CashKind.WITHDRAWAL, day(4), -1000)

    h = replay(book.ledger(), grid([10, 10.5, 11, 12, 11.5]), [])

    assert values(h) == [0, 10_245, 10_495, 10_948.82, 9_798.82]
    assert h.cash[0].round(2).tolist() == [0, 4_995, 4_995, 7_348.82, 6_348.82]
    assert returns(h) == [
        None, 0.0245, round(10_495 / 10_245 - 1, 6), round(10_948.82 / 10_495 - 1, 6),
        round((9_798.82 + 1000) / 10_948.82 - 1, 6),
    ]
    assert (h.first[0], h.last[0]) == (1, 4)
    assert h.average_cost[0].round(6).tolist()[1:] == [10.01] * 4
    assert h.bought[0].tolist() == [0, 5000, 0, 0, 0]
    assert h.sold[0].tolist() == [0, 0, 0, 2360, 0]
    assert h.fees[0].tolist() == [0, 5, 0, 6.18, 0]


def test_without_cash_each_trade_is_its_own_flow():
    """Buy 100 at 10 (fee 5), close 11: (1100 + 0) / (0 + 1005). Sell at 12 (fee 5), close 11.5: 1195 /
    1100.
    """
    book = Book(accounts=[account(cash=False)])
    book.buy(day(1), 100, "10", commission="5").sell(day(2), 100, "12", commission="5")

    h = replay(book.ledger(), grid([10, 11, 11.5, 12]), [])

    assert values(h) == [0, 1100, 0, 0]
    assert h.inflow[0].tolist() == [0, 1005, 0, 0]
    assert h.outflow[0].tolist() == [0, 0, 1195, 0]
    assert returns(h) == [None, round(1100 / 1005 - 1, 6), round(1195 / 1100 - 1, 6), None]
    assert not h.cash.any()


def marks(prices: list[float]) -> Grid:
    seconds = [int((MONDAY.toordinal() - 719_163) * 86_400 + 9 * 3600 + 600 * n) for n in range(len(prices))]
    milan = stock("3NGL.MI", venue=Venue.XMIL, board=Board.FOREIGN, kind=InstrumentKind.LEVERAGED,
        currency="EUR")
    return grid([[p] for p in prices], [milan], granularity="MARK", points=np.array(seconds, dtype=np.int64))


def test_marks_take_flows_at_the_end_of_the_interval():
    """Buy 10 at 5.0, mark 6 while buying 10 more at 6, mark 3 while all is sold at 3.3."""
    g = marks([5.0, 6.0, 3.0])
    book = Book(accounts=[account(cash=False, currency="EUR")])
    at = g.points.tolist()
    book.buy(MONDAY, 10, "5", at=at[0]).buy(MONDAY, 10, "6", at=at[1]).sell(MONDAY, 20, "3.3", at=at[2])

    h = replay(book.ledger(), g, [])

    assert values(h) == [50, 120, 0]
    assert returns(h) == [None, 0.2, round(66 / 120 - 1, 6)]
    assert (h.inflow[0].tolist(), h.outflow[0].tolist()) == ([50, 60, 0], [0, 0, 66])


def test_marks_and_a_statement_with_days_only():
    """Cash enters at the first mark of its day, each trade at its own moment."""
    g = marks([5.0, 6.0, 3.0])
    book = Book(accounts=[account(currency="EUR")]).flow(CashKind.DEPOSIT, MONDAY, 100)
    book.buy(MONDAY, 10, "6", at=int(g.points[1]))

    h = replay(book.ledger(), g, [])

    assert h.cash[0].tolist() == [100, 40, 40]
    assert values(h) == [100, 100, 70]


def test_a_bonus_booked_late_counts_from_the_ex_day():
    """Ten get three on day 2, the shares are booked on day 4: no loss in between, and the sale needs no
    opening.
    """
    bonus = [action(ActionKind.BONUS, day(2), "0.3")]
    book = funded().buy(day(1), 1000, "10").move(Movement.BONUS, day(4), 300).sell(day(4), 1300, "8")

    h = replay(book.ledger(), with_actions(grid([10, 10, 7.7, 8, 8]), bonus), bonus)

    assert h.quantity[0].tolist() == [0, 1000, 1300, 1300, 0]
    assert values(h) == [0, 10_000, 10_010, 10_400, 10_400]
    assert h.closed.cost.tolist() == [10_000 * SCALE]


DERIVED = [  # shares held, announced, shares after, why
    (1000, "0.3", 1300, "whole"),
    (150, "0.33", 199, "49.5 new shares: the half is not given"),
    (1, "0.3", 1, "less than a share is nothing"),
]


@pytest.mark.parametrize(("held", "rate", "after", "why"), DERIVED)
def test_a_bonus_without_a_row_is_derived(held, rate, after, why):
    bonus = [action(ActionKind.BONUS, day(2), rate)]
    h = replay(funded(99_999).buy(day(1), held, "10").ledger(), grid([10, 10, 8, 8]), bonus)

    assert h.quantity[0].tolist() == [0, held, after, after], why


def test_a_suspended_stock_keeps_its_value_over_the_ex_day():
    """No price on the ex-day of two for one with a dividend of 1: the carried price follows the
    announcement.
    """
    actions = [action(ActionKind.SPLIT, day(2), "2"), action(ActionKind.CASH_DIVIDEND, day(2), "1")]
    book = funded().buy(day(1), 1000, "10")

    h = replay(book.ledger(), with_actions(grid([10, 10, NAN, NAN, 4.5]), actions), actions)

    assert h.price[0].tolist() == [10, 10, 4.5, 4.5, 4.5]
    assert h.stale[0].tolist() == [False, False, True, True, False]
    assert values(h) == [0, 10_000, 10_000, 10_000, 10_000]


def test_a_dividend_paid_late_is_receivable_from_the_ex_day():
    """Ex on day 2 at 0.5 a share, paid on day 4: worth the same all the time."""
    dividend = [action(ActionKind.CASH_DIVIDEND, day(2), "0.5")]
    book = funded().buy(day(1), 1000, "10").flow(CashKind.DIVIDEND, day(4), 500, of=0)

    h = replay(book.ledger(), with_actions(grid([10, 10, 9.5, 9.5, 9.5]), dividend), dividend)

    assert values(h) == [0, 10_000, 10_000, 10_000, 10_000]
    assert h.income[0].tolist() == [0, 0, 500, 0, 0]
    assert h.cash[0].tolist() == [0, 0, 500, 500, 500]
    assert not h.other_income.any()
    assert h.inflow.sum() == 10_000


def test_a_dividend_without_a_row_is_derived_and_taxed_at_the_sale():
    """0.5 a share on 1000; sold within a month: 20 % of 500. The rate is that of market/rules/taxes.yaml."""
    dividend = [action(ActionKind.CASH_DIVIDEND, day(2), "0.5")]
    book = funded().buy(day(1), 1000, "10").sell(day(4), 1000, "9.5")

    h = replay(book.ledger(), with_actions(grid([10, 10, 9.5, 9.5, 9.5]), dividend), dividend)

    assert h.income[0].tolist() == [0, 0, 500, 0, -100]
    assert h.cash[0, -1] == 9_900


def test_a_file_with_tax_rows_is_not_taxed_again():
    dividend = [action(ActionKind.CASH_DIVIDEND, day(2), "0.5")]
    book = funded().buy(day(1), 1000, "10").flow(CashKind.DIVIDEND, day(2), 500, of=0).sell(day(4), 1000,
        "9.5")
    book.flow(CashKind.DIVIDEND_TAX, day(4), -100, of=0)

    h = replay(book.ledger(), with_actions(grid([10, 10, 9.5, 9.5, 9.5]), dividend), dividend)

    assert h.income[0].tolist() == [0, 0, 500, 0, -100]


def test_a_statement_with_balances_is_right_about_dividends():
    """The balance shows that nothing was paid: nothing is derived."""
    dividend = [action(ActionKind.CASH_DIVIDEND, day(2), "0.5")]
    book = Book().flow(CashKind.DEPOSIT, day(1), 10_000, balance=10_000)
    book.buy(day(1), 900, "10", balance=1000).flow(CashKind.INTEREST, day(3), 1, balance=1001)

    h = replay(book.ledger(), with_actions(grid([10, 10, 9.5, 9.5]), dividend), dividend)

    assert not h.income.any()
    assert h.cash[0, -1] == 1001


def test_rights_add_a_lot_at_the_price_paid():
    book = funded().buy(day(1), 500, "10").move(Movement.RIGHTS, day(3), 150, "6")

    h = replay(book.ledger(), grid([10, 10, 10, 9, 9]), [action(ActionKind.RIGHTS, day(2), "0.3", price="6")])

    assert h.open.cost.tolist() == [5_000 * SCALE, 900 * SCALE]
    assert h.cash[0].tolist() == [0, 5000, 5000, 4100, 4100]


INTERNAL = [  # rows (kind, day, amount), cash at the end, return of the account, why
    ([(CashKind.REPO_OUT, 2, -5000), (CashKind.REPO_BACK, 3, 5001)], 10_001, 0.0001,
        "lent money comes back with interest"),
    ([(CashKind.SUBSCRIPTION, 2, -9000), (CashKind.REFUND, 4, 9000)], 10_000, 0.0, "a lost lottery"),
    ([(CashKind.MARGIN_BORROW, 2, 4000), (CashKind.MARGIN_REPAY, 4, -4000)], 10_000, 0.0,
        "borrowed and repaid"),
    ([(CashKind.MARGIN_BORROW, 2, 4000), (CashKind.MARGIN_INTEREST, 4, -10)], 9_990, -0.001,
        "interest is a cost"),
    ([(CashKind.INTEREST, 2, 10)], 10_010, 0.001, "interest is income"),
]


@pytest.mark.parametrize(("rows", "cash", "total", "why"), INTERNAL)
def test_what_stays_inside_is_neither_flow_nor_return(rows, cash, total, why):
    book = funded()
    for kind, when, amount in rows:
        book.flow(kind, day(when), amount)

    h = replay(book.ledger(), grid([10] * 5), [])

    assert h.cash[0, -1] == cash, why
    assert np.prod(1 + h.returns[0, 1:]) - 1 == pytest.approx(total), why
    assert (h.inflow.sum(), h.outflow.sum()) == (10_000, 0), why
    assert h.value[0, 1:4].min() >= 9_999, why


def test_a_subscription_pays_for_its_allotment():
    """Won in the lottery: 5,000 paid on day 2, 500 shares booked at 10 on day 4, no money moves then."""
    book = funded().flow(CashKind.SUBSCRIPTION, day(2), -5000).move(Movement.ALLOTMENT, day(4), 500, "10",
        amount=0)

    h = replay(book.ledger(), grid([NAN, NAN, NAN, NAN, 10, 14]), [])

    assert values(h) == [0, 10_000, 10_000, 10_000, 10_000, 12_000]
    assert h.open.cost.tolist() == [5_000 * SCALE]
    assert h.inflow.sum() == 10_000


def test_an_allotment_without_an_amount_takes_the_subscription_first():
    book = funded().flow(CashKind.SUBSCRIPTION, day(2), -4000).move(Movement.ALLOTMENT, day(4), 500, "10")

    h = replay(book.ledger(), grid([10] * 5), [])

    assert h.cash[0, -1] == 5000
    assert h.inflow.sum() == 10_000


def test_a_purchase_on_credit_is_debt_and_no_flow():
    """融资买入 books shares and no cash: 10,000 own, 5,000 borrowed, the stock rises a tenth."""
    book = Book(accounts=[account(kind=AccountKind.MARGIN)]).flow(CashKind.DEPOSIT, day(1), 10_000)
    book.buy(day(2), 500, "10", amount=0).sell(day(4), 500, "11", amount=0)

    h = replay(book.ledger(), grid([10, 10, 10, 11, 11]), [])

    assert h.cash[0].tolist() == [0, 10_000, 5_000, 5_000, 10_500]
    assert values(h) == [0, 10_000, 10_000, 10_500, 10_500]
    assert h.inflow.sum() == 10_000


def test_transfers_of_shares_are_flows_at_market_value():
    book = funded(1000).move(Movement.TRANSFER_IN, day(2), 100, "8").move(Movement.TRANSFER_OUT, day(4), 100)

    h = replay(book.ledger(), grid([10, 10, 11, 12, 13]), [])

    assert h.moved_in[0].tolist() == [0, 0, 1100, 0, 0]
    assert h.moved_out[0].tolist() == [0, 0, 0, 0, 1300]
    assert values(h) == [0, 1000, 2100, 2200, 1000]
    assert returns(h) == [None, 0.0, 0.0, round(2200 / 2100 - 1, 6), round(2300 / 2200 - 1, 6)]
    assert not len(h.closed.slot)


def test_an_opening_enters_on_the_evening_before():
    """100 shares that nobody bought are sold on day 2: they were there on the evening of day 1, at its
    close.
    """
    h = replay(funded(500).sell(day(2), 100, "12").ledger(), grid([10, 11, 11.5, 12]), [])

    assert h.quantity[0].tolist() == [100, 100, 0, 0]
    assert h.moved_in[0].tolist() == [1000, 0, 0, 0]
    assert values(h) == [1000, 1600, 1700, 1700]
    assert returns(h) == [None, round(1600 / 1500 - 1, 6), 0.0625, 0.0]
    assert slot_profit(h)[0].tolist() == [0, 100, 100, 0]
    assert h.closed.cost.tolist() == [UNKNOWN]


def test_an_opening_waits_for_its_first_price():
    """Listed on day 3, sold on day 4 without a purchase: it cannot have been worth anything before."""
    h = replay(funded(500).sell(day(4), 100, "12").ledger(), grid([NAN, NAN, NAN, 11, 12]), [])

    assert h.quantity[0].tolist() == [0, 0, 0, 100, 0]
    assert h.moved_in[0].tolist() == [0, 0, 0, 1100, 0]


def test_a_snapshot_is_the_opening_with_its_cost():
    book = funded(500).holds(day(0), 100, cost="900").sell(day(2), 60, "12")

    h = replay(book.ledger(), grid([10, 11, 12, 12]), [])

    assert h.quantity[0].tolist() == [100, 100, 40, 40]
    assert h.closed.cost.tolist() == [540 * SCALE]
    assert h.average_cost[0].tolist() == [9, 9, 9, 9]


def test_a_snapshot_before_all_prices_opens_at_the_first_one():
    book = Book(accounts=[account(cash=False)]).holds(date(2024, 1, 31), 100).sell(day(2), 100, "12")

    h = replay(book.ledger(), grid([10, 11, 12, 12]), [])

    assert h.moved_in[0].tolist() == [1000, 0, 0, 0]
    assert values(h) == [1000, 1100, 0, 0]


def test_a_snapshot_that_the_days_own_rows_explain_is_no_opening():
    book = funded().buy(day(1), 300, "10").holds(day(1), 300)

    assert replay(book.ledger(), grid([10, 10, 10]), []).quantity[0].tolist() == [0, 300, 300]


def test_opening_cash_is_what_the_first_balance_implies():
    """Balance 700 after a deposit of 200: 500 were there before."""
    book = Book().flow(CashKind.DEPOSIT, day(2), 200, balance=700).buy(day(2), 10, "10", balance=600)

    h = replay(book.ledger(), grid([10] * 4), [])

    assert h.inflow[0].tolist() == [0, 500, 200, 0]
    assert h.cash[0].tolist() == [0, 500, 600, 600]


def test_a_shortage_without_balances_is_money_that_came_in():
    """No deposit on file: the first purchase brings 1,005, the second is paid from the sale before it."""
    book = Book().buy(day(1), 100, "10", commission="5").sell(day(2), 100, "11").buy(day(3), 100, "10")

    h = replay(book.ledger(), grid([10, 10, 11, 10]), [])

    assert h.inflow[0].tolist() == [0, 1005, 0, 0]
    assert h.cash[0].tolist() == [0, 0, 1100, 100]


def test_the_statement_wins_where_its_balance_does_not_follow():
    book = Book().flow(CashKind.DEPOSIT, day(1), 1000, balance=1000).flow(CashKind.INTEREST, day(3), 1,
        balance=901)

    h = replay(book.ledger(), grid([10] * 4), [])

    assert h.cash[0].tolist() == [0, 1000, 1000, 901]
    assert h.outflow[0].tolist() == [0, 0, 0, 100]
    assert returns(h)[3] == 0.001


AMOUNTS = [  # side, amount, commission, expected (gross, fee), why
    ("BUY", "-1005", None, (1000, 5), "the fee is what the amount has above price times quantity"),
    ("SELL", "994", None, (1000, 6), "and below it at a sale"),
    ("BUY", "-1005.3", "5", (1000.3, 5), "a rounded price: the amount is right"),
    ("BUY", None, "5", (1000, 5), "no amount: computed"),
    ("BUY", "-920", None, (920, 0),
        "less than price times quantity: another currency or price, no fee is known"),
    ("BUY", "-1200", None, (1200, 0), "a fifth more cannot be a fee"),
]


@pytest.mark.parametrize(("side", "amount", "commission", "expected", "why"), AMOUNTS)
def test_money_of_a_trade(side, amount, commission, expected, why):
    book = Book(accounts=[account(cash=False)]).holds(day(0), 100).move(
        Movement[side], day(1), 100, "10", amount=amount, commission=commission,
        **({} if commission else {"stamp_duty": None, "transfer_fee": None, "other_fee": None}),
    )
    h = replay(book.ledger(), grid([10, 10, 10]), [])

    assert (h.bought[0, 1] + h.sold[0, 1], h.fees[0, 1]) == expected, why


def test_fees_that_an_a_share_file_leaves_out_are_estimated():
    """20,000 sold in Shanghai in March 2024: duty 0.05 %, transfer 0.001 %, commission 0.03 %."""
    book = Book(accounts=[account(cash=False)]).holds(day(0), 1000)
    book.sell(day(1), 1000, "20", commission=None, stamp_duty=None, transfer_fee=None, other_fee=None)

    assert replay(book.ledger(), grid([20, 20]), []).fees[0].round(2).tolist() == [0, 10 + 0.2 + 6]


def test_rows_before_the_grid_are_an_opening():
    early = date(2024, 1, 15)
    book = Book().flow(CashKind.DEPOSIT, early, 5000).buy(early, 100, "9").buy(day(1), 100, "11")

    h = replay(book.ledger(), grid([10, 11, 12]), [])

    assert values(h) == [5100, 5200, 5400]
    assert h.moved_in[0].tolist() == [1000, 0, 0]
    assert h.inflow[0].tolist() == [5100, 0, 0]
    assert h.open.cost.tolist() == [900 * SCALE, 1100 * SCALE]


def test_a_weekend_row_counts_on_monday():
    book = funded().buy(date(2024, 3, 9), 100, "10")

    assert replay(book.ledger(), grid([10] * 7), []).quantity[0].tolist() == [0, 0, 0, 0, 0, 100, 100]


def test_a_period_begins_with_what_was_held_and_ends_on_its_day():
    book = funded().buy(day(1), 500, "10").sell(day(2), 100, "11").sell(day(4), 100, "12")

    h = replay(book.ledger(), grid([10, 10, 11, 12, 12, 13]), [], first=day(3), last=day(4))

    assert [date.fromordinal(int(p)) for p in h.grid.points] == [day(2), day(3), day(4)]
    assert h.inflow[0].tolist() == [10_500, 0, 0]
    assert h.moved_in[0].tolist() == [4400, 0, 0]
    assert returns(h) == [None, round(10_900 / 10_500 - 1, 6), 0.0]
    assert h.closed.close_day.tolist() == [day(4).toordinal()]
    assert slot_profit(h).sum() == 400


EMPTY: list[tuple[Book, Grid, str]] = [
    (Book(), grid([10, 11]), "no rows at all"),
    (Book(accounts=[]), grid([10, 11]), "no accounts"),
    (funded(), grid(np.zeros((0, 1)).tolist(), [stock()]), "no prices at all"),
    (Book(securities=0).flow(CashKind.DEPOSIT, day(0), 10), grid([[], []], []), "cash and nothing else"),
    (funded(), grid([10]), "one day, before anything happens"),
]


@pytest.mark.parametrize(("book", "prices", "why"), EMPTY, ids=[case[2] for case in EMPTY])
def test_next_to_nothing(book, prices, why):
    h = replay(book.ledger(), prices, [action(ActionKind.BONUS, day(1), "0.3")] if prices.securities else [])

    assert np.isfinite(h.value).all(), why
    assert np.isfinite(h.returns[:, :][~np.isnan(h.returns)]).all(), why


def test_a_block_gives_what_each_account_gives_alone():
    """Batch-first: the same definition for one and for many."""
    bonus = [action(ActionKind.BONUS, day(2), "0.3", 1)]
    prices = with_actions(grid([[10, 20], [11, 21], [12, 16], [11, 17]]), bonus)
    block = Book(accounts=[account(0), account(1, cash=False), account(2)], securities=2)
    block.flow(CashKind.DEPOSIT, day(0), 9000).buy(day(0), 100, "10").buy(day(1), 200, "21", of=1)
    block.sell(day(2), 500, "12", a=1).buy(day(3), 100, "17", of=1, a=1)
    block.buy(day(1), 300, "21", of=1, a=2).sell(day(3), 390, "17", of=1, a=2)
    ledger = block.ledger()

    together = replay(ledger, prices, bonus)
    for a in range(3):
        alone = replay(only(ledger, a), prices, bonus)
        assert alone.value[0].tolist() == together.value[a].tolist()
        assert alone.issues[0] == together.issues[a]
        slots = slice(together.slot_offsets[a], together.slot_offsets[a + 1])
        assert alone.quantity.tolist() == together.quantity[slots].tolist()


def only(ledger: Ledger, a: int) -> Ledger:
    def part(rows):
        cut = slice(rows.offsets[a], rows.offsets[a + 1])
        columns = {f.name: getattr(rows, f.name)[cut] for f in fields(rows) if f.name != "offsets"}
        return replace(rows, offsets=np.array([0, cut.stop - cut.start]), **columns)

    return Ledger(
        (ledger.accounts[a],), ledger.securities, part(ledger.trades), part(ledger.cashflows),
        part(ledger.snapshots)
    )


def test_the_callers_arrays_stay_as_they_were_and_may_be_read_only():
    ledger, prices = funded().buy(day(1), 500, "10").ledger(), grid([10, 11, 12])
    before = {f.name: getattr(ledger.trades, f.name).copy() for f in fields(Trades)}
    for rows in (ledger.trades, ledger.cashflows, ledger.snapshots):
        for f in fields(rows):
            getattr(rows, f.name).flags.writeable = False

    assert values(replay(ledger, prices, [])) == [0, 10_500, 11_000]
    assert all((getattr(ledger.trades, name) == column).all() for name, column in before.items())


def test_a_grid_of_other_securities_is_refused():
    with pytest.raises(ValueError, match="the grid has 2 securities"):
        replay(funded().ledger(), grid([[1, 2]]), [])
