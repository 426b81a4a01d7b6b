"""What the ledger alone gives, by hand; the same for a client in the book and alone."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from clients.grading.features import Window, last_quarter
from clients.grading.ledger_features import commission_shares, ledger_features
from clients.totals.ledger_totals import Owners, ledger_totals
from clients.totals.types import Totals
from clients.types import AccountKind, CashKind
from tests.diagnosis.ledgers import Book, account

DAY = date(2026, 11, 27)
FIRST = date(2025, 11, 28)  # the first of 365 days


def features(book, clients=(0,), n=1):
    points = np.arange(FIRST.toordinal() - 400, DAY.toordinal() + 1)  # every day, so that each window is seen whole
    owners = Owners(np.array(clients, dtype=np.int64), n)
    return ledger_features(Totals(points, ledger_totals(book.ledger(), owners, points), n), DAY)


def one(book, name):
    return features(book)[name].tolist()[0]


@pytest.fixture
def book():
    """Purchases of 10,000 on the first day of the year, 500 the day before it, a sale, a purchase today."""
    made = Book()
    made.buy(FIRST - timedelta(days=1), "50", "10", commission="1")
    made.buy(FIRST, "1000", "10", commission="5")
    made.buy(FIRST, "100", "10.01", commission="5")
    made.sell(FIRST + timedelta(days=100), "500", "12", commission="6.5")
    made.buy(DAY, "200", "30.5", commission=None)
    return made


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("turnover_year", 10_000 + 1_001 + 6_000 + 6_100),
        ("purchases_year", 17_101),
        ("purchase_mean_year", 8_550.5),
        ("commission_year", 16.5),  # one deal says none
        ("trade_days_year", 3),
        ("purchase_days_year", 2),
        ("months_traded_year", 3),  # November 2025, March and November 2026
        ("purchase_gap_year", 182),  # a day since the purchase before the year, then 364
        ("purchase_days_life", 3),
        ("first_purchase_age", 365),
        ("inactive_days", 0),
        ("tenure_days", 365),
        ("net_inflow_year", 0),
        ("closed", 0),
        ("margin_account", 0),
    ],
)
def test_a_feature_by_hand(book, name, expected):
    assert one(book, name) == expected


def test_what_comes_after_the_day_is_not_seen(book):
    book.buy(DAY + timedelta(days=1), "9999", "10")
    book.flow(CashKind.DEPOSIT, DAY + timedelta(days=1), "5000")

    assert (one(book, "purchases_year"), one(book, "net_inflow_year"), one(book, "inactive_days")) == (17_101, 0, 0)


def test_money_in_and_out_over_the_year():
    made = Book()
    made.flow(CashKind.DEPOSIT, FIRST - timedelta(days=1), "100")
    made.flow(CashKind.DEPOSIT, FIRST, "1000.55").flow(CashKind.DIVIDEND, FIRST, "7")
    made.flow(CashKind.WITHDRAWAL, DAY, "-300.05")

    assert one(made, "net_inflow_year") == 700.5


def test_a_client_who_never_dealt_is_counted_from_the_opening():
    opened = replace(account(), opened_on=DAY - timedelta(days=40))

    found = features(Book(accounts=[opened]))

    assert found["inactive_days"].tolist() == found["tenure_days"].tolist() == [40]
    for name in ("first_purchase_age", "purchase_gap_year", "purchase_mean_year"):
        assert np.isnan(found[name][0])
    assert found["purchases_year"].tolist() == found["purchase_days_life"].tolist() == [0]


def test_a_client_without_an_account_has_nothing_to_look_at():
    found = features(Book(accounts=[]), clients=(), n=1)

    assert all(np.isnan(found[name][0]) for name in found)


def test_accounts_of_a_client_count_together_and_foreign_money_is_not_mixed_in():
    made = Book(accounts=[account(0), account(1, kind=AccountKind.MARGIN), account(2), account(3, currency="HKD")])
    for a in range(4):
        made.buy(DAY, "100", "10", a=a)

    found = features(made, clients=(0, 0, 1, 1), n=2)

    assert found["purchases_year"][0] == 2_000
    assert np.isnan(found["purchases_year"][1])
    assert found["purchase_days_year"].tolist() == [1, 1]
    assert found["margin_account"].tolist() == [1, 0]


@pytest.mark.parametrize(
    ("days", "expected"), [((DAY, DAY), 1), ((DAY, None), 0), ((DAY + timedelta(days=1), DAY), 0), ((None, None), 0)]
)
def test_closed_is_who_has_no_open_account(days, expected):
    accounts = [replace(account(a), closed_on=closed) for a, closed in enumerate(days)]

    assert features(Book(accounts=accounts), clients=(0, 0))["closed"].tolist() == [expected]


def test_shares_are_parts_of_a_million_of_the_whole_book():
    assert commission_shares(np.array([1.0, 2.5]), 1e6).tolist() == [1.0, 2.5]
    assert np.isnan(commission_shares(np.array([0.0]), 0.0)).all()


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 27), (date(2026, 7, 1), date(2026, 9, 30))),
        (date(2026, 9, 30), (date(2026, 7, 1), date(2026, 9, 30))),  # its own last day ends it
        (date(2026, 9, 29), (date(2026, 4, 1), date(2026, 6, 30))),
        (date(2026, 12, 31), (date(2026, 10, 1), date(2026, 12, 31))),
        (date(2026, 1, 1), (date(2025, 10, 1), date(2025, 12, 31))),
    ],
)
def test_the_newest_quarter_that_is_over(day, expected):
    assert last_quarter(day) == Window.QUARTER.days(day) == expected
