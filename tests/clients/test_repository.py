"""Clients and ledgers as read: order, offsets, NULL as UNKNOWN, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import numpy as np
import pytest

from clients import repository
from clients.repository import ClientRepository, NoSuchAccount, NoSuchClient
from clients.tables import AccountRow, CashflowRow, ClientRow, HoldingRow, ImportBatchRow, TradeRow
from clients.types import CASH_KINDS, MOVEMENTS, UNKNOWN, AccountKind, CashKind, ClientKind, Movement
from kit.access import everything
from kit.money import SCALE, to_scaled
from market.tables import InstrumentRow

FINGERPRINT = count()
BUY, SELL = MOVEMENTS.index(Movement.BUY), MOVEMENTS.index(Movement.SELL)
DEPOSIT = CASH_KINDS.index(CashKind.DEPOSIT)


@pytest.fixture
def clients(session):
    return ClientRepository(session, everything(date(2026, 1, 5)))


class Book:
    """Writes small rows and knows their ids."""

    def __init__(self, session):
        self.session = session
        self.instruments = {}
        self.clients = {}
        self.accounts = {}

    def add(self, row):
        self.session.add(row)
        self.session.flush()
        return row.id

    def instrument(self, code):
        if code not in self.instruments:
            self.instruments[code] = self.add(InstrumentRow(
                code=code, name=code, kind="STOCK", venue="XSHG", board="MAIN", currency="CNY"
            ))
        return self.instruments[code]

    def account(self, account_no, client_no="C1", name="张三", **more):
        if client_no not in self.clients:
            self.clients[client_no] = self.add(ClientRow(client_no=client_no, name=name))
        owner = self.clients[client_no]
        self.accounts[account_no] = self.add(AccountRow(account_no=account_no, client_id=owner, **more))

    def trade(self, account_no, day, seq, code, kind=BUY, quantity="100", price="10", **more):
        return self.add(TradeRow(
            account_id=self.accounts[account_no], instrument_id=self.instrument(code),
            day=date.fromisoformat(day), seq=seq, kind=kind, quantity=Decimal(quantity), price=Decimal(price),
            fingerprint=str(next(FINGERPRINT)), **more,
        ))

    def cash(self, account_no, day, seq, amount, **more):
        return self.add(CashflowRow(
            account_id=self.accounts[account_no], day=date.fromisoformat(day), seq=seq, kind=DEPOSIT,
            amount=Decimal(amount), fingerprint=str(next(FINGERPRINT)), **more,
        ))


@pytest.fixture
def book(session):
    return Book(session)


def test_an_empty_book_is_a_ledger_of_nothing(clients):
    ledger = clients.ledger()

    assert (ledger.accounts, ledger.securities) == ((), ())
    assert list(ledger.trades.offsets) == [0]
    assert len(ledger.cashflows.day) == len(ledger.snapshots.day) == 0


def test_an_account_without_rows_has_an_empty_span(book, clients):
    book.account("A1")
    ledger = clients.ledger(["A1"])

    assert list(ledger.trades.offsets) == [0, 0]
    assert not ledger.accounts[0].has_cash_statement


def test_trades_come_by_account_day_moment_and_order_in_the_file(book, clients):
    noon = datetime(2024, 1, 3, 4, 0, tzinfo=UTC)
    book.account("A2")
    book.account("A1")
    last = book.trade("A2", "2024-01-02", 1, "600001.SH")
    late = book.trade("A1", "2024-01-03", 1, "600002.SH", at=noon)
    early = book.trade("A1", "2024-01-03", 2, "600001.SH", at=noon.replace(hour=2))
    second = book.trade("A1", "2024-01-03", 3, "600001.SH", at=noon.replace(hour=2))
    first = book.trade("A1", "2024-01-02", 9, "600002.SH")
    trades = clients.ledger().trades

    assert list(trades.id) == [first, early, second, late, last]
    assert list(trades.offsets) == [0, 4, 5]
    morning = int(noon.replace(hour=2).timestamp())
    assert list(trades.at) == [UNKNOWN, morning, morning, int(noon.timestamp()), UNKNOWN]
    assert list(trades.security) == [1, 0, 0, 1, 0]


def test_a_trade_keeps_every_amount_exactly_and_marks_what_the_file_did_not_say(book, clients):
    book.account("A1")
    book.trade(
        "A1", "2024-01-02", 1, "600001.SH", SELL, "100.5", "10.123456", amount=Decimal("-1017.41"),
        commission=Decimal("5"), stamp_duty=Decimal("0.51"), balance=Decimal("0"),
    )
    trades = clients.ledger(["A1"]).trades
    expected = {
        "quantity": to_scaled("100.5"), "price": to_scaled("10.123456"), "amount": to_scaled("-1017.41"),
        "commission": 5 * SCALE, "stamp_duty": to_scaled("0.51"), "transfer_fee": UNKNOWN,
        "other_fee": UNKNOWN, "balance": 0,
    }

    assert expected == {name: int(getattr(trades, name)[0]) for name in expected}
    assert (int(trades.kind[0]), int(trades.day[0])) == (SELL, date(2024, 1, 2).toordinal())


def test_cash_flows_may_have_no_security_and_say_whether_they_are_inferred(book, clients):
    book.account("A1")
    share = book.instrument("600001.SH")
    book.cash("A1", "2024-01-03", 2, "0.5", instrument_id=share, balance=Decimal("7"))
    book.cash("A1", "2024-01-03", 1, "-1000", inferred=True)
    flows = clients.ledger(["A1"]).cashflows

    assert list(flows.amount) == [-1000 * SCALE, SCALE // 2]
    assert list(flows.security) == [-1, 0]
    assert list(flows.inferred) == [True, False]
    assert list(flows.balance) == [UNKNOWN, 7 * SCALE]
    assert flows.inferred.dtype == np.bool_


def test_snapshots_come_by_account_and_day(book, clients):
    book.account("A1")
    for day, code, cost in (("2024-02-01", "600001.SH", None), ("2024-01-02", "600002.SH", Decimal("9.5"))):
        book.add(HoldingRow(
            account_id=book.accounts["A1"], day=date.fromisoformat(day), instrument_id=book.instrument(code),
            quantity=Decimal(100), cost=cost,
        ))
    snapshots = clients.ledger(["A1"]).snapshots

    assert [date.fromordinal(int(day)).isoformat() for day in snapshots.day] == ["2024-01-02", "2024-02-01"]
    assert list(snapshots.security) == [1, 0]
    assert list(snapshots.cost) == [to_scaled("9.5"), UNKNOWN]
    assert list(snapshots.market_value) == [UNKNOWN, UNKNOWN]


def test_one_account_is_the_same_alone_and_in_the_book(book, clients, monkeypatch):
    monkeypatch.setattr(repository, "_ACCOUNTS_AT_ONCE", 2)  # the book in more than one part
    for number in range(5):
        book.account(f"A{number}")
        for seq in range(3):
            book.trade(f"A{number}", "2024-01-02", seq, f"60000{(number + seq) % 4}.SH")
    whole = clients.ledger()

    for place in range(5):
        one = clients.ledger([f"A{place}"])
        span = slice(whole.trades.offsets[place], whole.trades.offsets[place + 1])
        assert list(one.trades.id) == list(whole.trades.id[span])
        assert [one.securities[s] for s in one.trades.security] == [
            whole.securities[s] for s in whole.trades.security[span]
        ]


def test_accounts_stand_in_the_order_asked(book, clients):
    for number in ("A1", "A2", "A3"):
        book.account(number)
    book.trade("A3", "2024-01-02", 1, "600001.SH", quantity="300")
    book.trade("A1", "2024-01-02", 1, "600001.SH", quantity="100")
    ledger = clients.ledger(["A3", "A1"])

    assert [one.account_no for one in ledger.accounts] == ["A3", "A1"]
    assert list(ledger.trades.quantity // SCALE) == [300, 100]
    assert [one.account_no for one in clients.accounts()] == ["A1", "A2", "A3"]


@pytest.mark.parametrize("ask", ["ledger", "accounts"])
def test_accounts_that_are_not_on_file_are_named(book, clients, ask):
    book.account("A1")

    with pytest.raises(NoSuchAccount, match="没有账户 X1、X2"):
        getattr(clients, ask)(["X1", "A1", "X2"])


CASH_STATEMENTS = [  # what is on file, whether there is a cash statement
    ("nothing", False),
    ("a trade without balance", False),
    ("a trade with balance", True),
    ("a cash flow", True),
]


@pytest.mark.parametrize(("on_file", "expected"), CASH_STATEMENTS)
def test_a_cash_statement_is_any_flow_or_running_balance(book, clients, on_file, expected):
    book.account("A1")
    if on_file == "a cash flow":
        book.cash("A1", "2024-01-02", 1, "1000")
    elif on_file != "nothing":
        balance = Decimal("1") if on_file == "a trade with balance" else None
        book.trade("A1", "2024-01-02", 1, "600001.SH", balance=balance)

    assert clients.accounts(["A1"])[0].has_cash_statement is expected
    assert clients.ledger(["A1"]).accounts == clients.accounts(["A1"])


def test_an_account_says_who_it_belongs_to(book, clients):
    book.account("A1", "C7", "李四", kind="MARGIN", opened_on=date(2020, 1, 2))
    [one] = clients.accounts()

    assert (one.client_no, one.client_name, one.kind, one.opened_on, one.closed_on) == (
        "C7", "李四", AccountKind.MARGIN, date(2020, 1, 2), None
    )
    [client] = clients.clients()
    assert (client.client_no, client.kind, client.birth_date) == ("C7", ClientKind.NATURAL, None)


def test_accounts_of_a_client(book, clients):
    book.account("A2", "C1")
    book.account("A1", "C1")
    book.account("A3", "C2", "李四")

    assert [one.account_no for one in clients.accounts_of_client("C1")] == ["A1", "A2"]
    with pytest.raises(NoSuchClient, match="没有客户 C9"):
        clients.accounts_of_client("C9")


PAGES = [  # after, limit, matching, expected, why
    ("", 2, "", ["A1", "A2"], "the first page"),
    ("A2", 2, "", ["A3"], "the page after it"),
    ("A3", 2, "", [], "beyond the end"),
    ("", 9, "李", ["A3"], "a part of the name"),
    ("", 9, "C1", ["A1", "A2"], "a client number"),
    ("", 9, "A_", [], "a wildcard is a plain letter"),
    ("", 9, "%", [], "so is a percent sign"),
]


@pytest.mark.parametrize(("after", "limit", "matching", "expected", "why"), PAGES)
def test_pages_of_accounts(book, clients, after, limit, matching, expected, why):
    book.account("A2", "C1")
    book.account("A1", "C1")
    book.account("A3", "C2", "李四")

    assert [one.account_no for one in clients.page(after, limit, matching)] == expected, why
    assert clients.account_count() == 3


def test_every_import_makes_a_new_version(book, clients):
    before = clients.import_version()
    book.add(ImportBatchRow(
        kind="trades", file_name="a.csv", file_digest="sha256:0",
        imported_at=datetime(2024, 1, 2, tzinfo=UTC), rows_read=1, rows_new=1, rows_known=0, rows_refused=0,
    ))

    assert before != clients.import_version()
