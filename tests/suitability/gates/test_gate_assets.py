"""Mean assets from the ledger: the trading days before the day, net of what was borrowed, all accounts of a client."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from clients.types import AccountKind, CashKind
from diagnosis.replay import replay
from kit.days import calendar
from suitability.gates.assets import assets_on, mean_assets, mean_assets_20d, window_before
from tests.diagnosis.ledgers import Book, account, day, grid, stock

NAN = float("nan")
OPENED = date(2024, 3, 1)


def held(n: int = 0, **more):
    return replace(account(n, **more), opened_on=OPENED)


def history(book: Book, prices, **more):
    return replay(book.ledger(), grid(prices, **more), [])


WINDOWS = [  # day, count, first, last; 2026-02-16 to 02-23 the exchange was closed (Spring Festival)
    (date(2026, 3, 2), 20, date(2026, 1, 23), date(2026, 2, 27)),
    (date(2024, 3, 8), 3, date(2024, 3, 5), date(2024, 3, 7)),
    (date(2024, 3, 9), 3, date(2024, 3, 6), date(2024, 3, 8)),
    (date(2024, 3, 11), 1, date(2024, 3, 8), date(2024, 3, 8)),
]  # fmt: skip


@pytest.mark.parametrize(("on", "count", "first", "last"), WINDOWS)
def test_the_window_is_of_trading_days_before_the_day(on, count, first, last):
    days = window_before(on, count)

    assert len(days) == count
    assert (date.fromordinal(int(days[0])), date.fromordinal(int(days[-1]))) == (first, last)
    assert calendar("XSHG").are_sessions(days).all()


def test_the_mean_is_over_the_days_before_and_not_of_the_day_itself():
    """10,000 on days 0 to 3, then 1,000 shares go from 10 to 20 on day 4: not in the mean asked on day 4."""
    book = Book(accounts=[held()]).flow(CashKind.DEPOSIT, day(0), 10_000).buy(day(1), 1000, "10")
    h = history(book, [10, 10, 10, 10, 20, 20])

    assert mean_assets(h, day(4), 3).mean.tolist() == [10_000]
    assert mean_assets(h, day(5), 4).mean.tolist() == [12_500]
    assert assets_on(h, day(4)).mean.tolist() == [20_000]
    assert mean_assets(h, day(4), 3).exact.all()


def test_days_before_the_account_had_anything_count_as_nothing():
    book = Book(accounts=[held()]).flow(CashKind.DEPOSIT, day(3), 10_000)
    h = history(book, [10] * 6)

    found = mean_assets_20d(h, day(5))

    assert found.mean.tolist() == [1_000], "2 of 20 days with 10,000"
    assert found.exact.all()
    assert len(found.days) == 20


def test_money_borrowed_through_margin_is_not_the_clients():
    book = Book(accounts=[held(kind=AccountKind.MARGIN)]).flow(CashKind.DEPOSIT, day(0), 10_000)
    book.flow(CashKind.MARGIN_BORROW, day(1), 8_000).buy(day(2), 1500, "10")

    assert mean_assets(history(book, [10] * 6), day(5), 3).mean.tolist() == [10_000]


def test_a_purchase_on_credit_is_not_the_clients_either():
    book = Book(accounts=[held(kind=AccountKind.MARGIN)]).flow(CashKind.DEPOSIT, day(0), 10_000)
    book.buy(day(1), 500, "10", amount=0).buy(day(1), 1000, "10")

    assert mean_assets(history(book, [10] * 6), day(5), 3).mean.tolist() == [10_000]


def test_securities_borrowed_are_taken_off_where_they_are_told():
    book = Book(accounts=[held()]).flow(CashKind.DEPOSIT, day(0), 10_000)
    h = history(book, [10] * 6)

    found = mean_assets(h, day(5), 4, borrowed_securities=np.array([[0.0, 0.0, 4_000.0, 4_000.0]]))

    assert found.mean.tolist() == [8_000]


def test_all_accounts_of_a_client_count_together():
    other = replace(held(2), client_no="C2")
    book = Book(accounts=[held(), held(1), other])
    for a, amount in enumerate((10_000, 2_500, 99)):
        book.flow(CashKind.DEPOSIT, day(0), amount, a=a)
    h = history(book, [10] * 5)

    assert dict(zip(*_pairs(mean_assets(h, day(4), 4)), strict=True)) == {"C1": 12_500, "C2": 99}
    assert dict(zip(*_pairs(mean_assets(h, day(4), 4, by_client=False)), strict=True)) == {
        "A1": 10_000, "A2": 2_500, "A3": 99,
    }  # fmt: skip


def _pairs(found):
    return found.owners, found.mean.tolist()


def test_one_account_and_the_book_have_the_same_mean():
    amounts = [100_000.01, 499_999.99, 500_000, 1]
    book = Book(accounts=[replace(held(n), client_no=f"C{n}") for n in range(4)])
    for a, amount in enumerate(amounts):
        book.flow(CashKind.DEPOSIT, day(0), amount, a=a)
    together = mean_assets(history(book, [10] * 6), day(5), 5)

    for n, amount in enumerate(amounts):
        alone = Book(accounts=[replace(held(), client_no=f"C{n}")]).flow(CashKind.DEPOSIT, day(0), amount)
        by_itself = mean_assets(history(alone, [10] * 6), day(5), 5).of(f"C{n}")
        assert together.of(f"C{n}") == by_itself == (amount, None, ())


def bound(book: Book, prices=(10, 10, 10, 10, 10, 10), **more):
    found = mean_assets(history(book, list(prices), **more), day(5), 3)
    return found.of(found.owners[0])


BOUNDS = [  # book, at least, what is said
    (Book(accounts=[held(cash=False)]).buy(day(0), 100, "10"), 1_000, "A1：没有资金流水，只计证券市值"),
    (Book(accounts=[account()]).flow(CashKind.DEPOSIT, day(3), 9_000), 6_000,
     "A1：账本晚于窗口起点，也没有开户日，此前按 0 计"),
    (Book(accounts=[held()]).flow(CashKind.DEPOSIT, day(0), 9_000).sell(day(1), 100, "10"), 10_000,
     "A1：期初持仓未知，只计账本所见"),
    (Book(accounts=[held(currency="HKD")]).flow(CashKind.DEPOSIT, day(0), 9_000), 0, "A1：币种 HKD 未计入"),
]  # fmt: skip


@pytest.mark.parametrize(("book", "least", "said"), BOUNDS)
def test_what_the_ledger_does_not_show_makes_the_mean_a_bound(book, least, said):
    exact, at_least, notes = bound(book)

    assert (exact, at_least) == (None, least)
    assert said in notes


def test_a_security_without_a_price_makes_the_mean_a_bound():
    book = Book(accounts=[held()]).flow(CashKind.DEPOSIT, day(0), 5_000).holds(day(0), 100)

    exact, _, notes = bound(book, [NAN] * 6)

    assert exact is None
    assert "A1：持有没有行情的证券，未计其市值" in notes


def test_days_without_prices_yet_are_not_guessed():
    book = Book(accounts=[held()]).flow(CashKind.DEPOSIT, day(0), 10_000)
    h = history(book, [10] * 4)

    assert mean_assets(h, day(4), 3).of("C1") == (10_000, None, ())
    assert mean_assets(h, day(5), 3).of("C1") == (None, None, ("A1：窗口末 1 个交易日还没有行情",))


def test_an_account_valued_at_its_trades_has_no_daily_mean():
    moments = np.array([int((day(n).toordinal() - 719_163) * 86_400) for n in range(3)], dtype=np.int64)
    book = Book(accounts=[held(cash=False)]).buy(day(0), 100, "10", at=int(moments[0]))
    h = replay(book.ledger(), grid([10] * 3, [stock()], granularity="MARK", points=moments), [])

    assert mean_assets(h, day(4), 3).of("C1") == (None, None, ("A1：没有逐日行情，不能计算日均资产",))
