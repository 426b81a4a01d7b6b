"""Every oddity is named, with what is concerned, how many, when and how much; and nothing is named without
reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from clients.types import AccountKind, CashKind, Movement
from diagnosis.replay import replay
from diagnosis.types import DataIssue, IssueKind
from market.types import ActionKind, Board, CorporateAction, Grid, InstrumentKind, Venue
from tests.diagnosis.ledgers import Book, account, action, day, grid, stock, with_actions

NAN = float("nan")
K = IssueKind
BONUS = [action(ActionKind.BONUS, day(2), "0.3")]
CASH = [action(ActionKind.CASH_DIVIDEND, day(2), "0.5")]
DUTY = {"stamp_duty": "0.5", "transfer_fee": "0.01"}  # of a sale of 1,000 yuan in Shanghai in March 2024
TRANSFER = {"transfer_fee": "0.01"}


def funded(amount: int = 10_000) -> Book:
    return Book().flow(CashKind.DEPOSIT, day(1), amount)


def bare(**more: Any) -> Book:
    return Book(accounts=[account(**more)])


@dataclass
class Case:
    """A ledger, and the one issue that it must bring."""

    why: str
    book: Book
    kind: IssueKind
    close: list[float] = field(default_factory=lambda: [10.0] * 6)
    actions: list[CorporateAction] = field(default_factory=list)
    count: int = 1
    amount: float | None = None
    on: date | None = None
    says: str = ""
    instrument: dict[str, Any] = field(default_factory=dict)
    silent: bool = False  # this kind must NOT be named


def milan(**more: Any) -> dict[str, Any]:
    return {"venue": Venue.XMIL, "board": Board.FOREIGN, "currency": "EUR", "code": "XAA.MI"} | more


CASES = [
    Case("sold before bought", funded().sell(day(2), 100, "10", **DUTY), K.OPENING_UNKNOWN, amount=1000.0,
         says="期初至少持有 100 股"),
    Case("bought before sold", funded().buy(day(1), 100, "10").sell(day(2), 100, "10"), K.OPENING_UNKNOWN,
         silent=True),
    Case("more than snapshot and purchases", funded().holds(day(0), 50).sell(day(2), 80, "10"), K.OVERSOLD,
         on=day(2), says="多 30 股"),
    Case("all of the snapshot", funded().holds(day(0), 80).sell(day(2), 80, "10"), K.OVERSOLD, silent=True),
    Case("no quote ever", funded().buy(day(1), 100, "10"), K.PRICE_MISSING, close=[NAN] * 6, count=5,
         on=day(1),
         says="按成交价"),
    Case("no price and no trade", funded().holds(day(0), 100), K.PRICE_MISSING, close=[NAN] * 6, count=6,
         says="没有任何价格"),
    Case("suspended for two days", funded().buy(day(1), 100, "10"), K.SUSPENDED,
         close=[10, 10, NAN, NAN, 9, 9],
         count=2, on=day(2)),
    Case("suspended before it was held", funded().buy(day(4), 100, "9"), K.SUSPENDED,
         close=[10, NAN, NAN, 9, 9, 9],
         silent=True),
    Case("delisted and still held", funded().buy(day(1), 100, "10"), K.DELISTED,
         close=[10, 10, 2, NAN, NAN, NAN],
         on=day(3), amount=200.0, instrument={"delisted_on": day(3)}),
    Case("a delisted stock is not suspended", funded().buy(day(1), 100, "10"), K.SUSPENDED,
         close=[10, 10, 2, NAN, NAN, NAN], instrument={"delisted_on": day(3)}, silent=True),
    Case("delisted after the sale", funded().buy(day(1), 100, "10").sell(day(2), 100, "2"), K.DELISTED,
         close=[10, 10, 2, NAN, NAN, NAN], instrument={"delisted_on": day(3)}, silent=True),
    Case("a purchase that nothing pays for", funded(500).buy(day(2), 100, "10"), K.UNEXPLAINED_FLOW,
         on=day(2),
         amount=500.0, says="缺 500.00 元"),
    Case("just enough", funded(1000).buy(day(2), 100, "10"), K.UNEXPLAINED_FLOW, silent=True),
    Case("on a margin account it is debt", Book(accounts=[account(kind=AccountKind.MARGIN)])
         .flow(CashKind.DEPOSIT, day(1), 500).buy(day(2), 100, "10"), K.UNEXPLAINED_FLOW, silent=True),
    Case("money of unknown kind", funded().flow(CashKind.OTHER, day(3), 77), K.UNEXPLAINED_FLOW, on=day(3),
         amount=77.0),
    Case("repo money back that never went out", funded().flow(CashKind.REPO_BACK, day(3), 5000),
         K.UNEXPLAINED_FLOW,
         amount=5000.0),
    Case("interest on a repo",
         funded().flow(CashKind.REPO_OUT, day(2), -5000).flow(CashKind.REPO_BACK, day(3), 5100),
         K.UNEXPLAINED_FLOW, silent=True),
    Case("more than interest can be", funded().flow(CashKind.REPO_OUT, day(2), -5000)
         .flow(CashKind.REPO_BACK, day(3), "5100.01"), K.UNEXPLAINED_FLOW, amount=100.01),
    Case("a refund of nothing", funded().flow(CashKind.REFUND, day(3), 50), K.UNEXPLAINED_FLOW, amount=50.0),
    Case("repaid what was never borrowed", funded().flow(CashKind.MARGIN_REPAY, day(3), -50),
         K.UNEXPLAINED_FLOW,
         amount=50.0),
    Case("shares that no subscription paid for",
         funded().move(Movement.ALLOTMENT, day(3), 100, "10", amount=0),
         K.UNEXPLAINED_FLOW, amount=1000.0),
    Case("inferred by the importer", Book().flow(CashKind.DEPOSIT, day(1), 300, inferred=True),
         K.INFERRED_FLOW,
         amount=300.0, on=day(1)),
    Case("opening cash", Book().flow(CashKind.INTEREST, day(1), 1, balance=301), K.INFERRED_FLOW,
         amount=300.0,
         says="期初资金余额 300.00 元"),
    Case("trades alone", bare(cash=False).buy(day(1), 100, "10"), K.NO_CASH_STATEMENT),
    Case("an empty account", bare(cash=False), K.NO_CASH_STATEMENT, silent=True),
    Case("a balance that does not follow", Book().flow(CashKind.DEPOSIT, day(1), 1000, balance=1000)
         .flow(CashKind.INTEREST, day(3), 1, balance=901), K.CASH_NOT_CLOSED, on=day(3), amount=100.0,
         says="相差 −100.00 元"),
    Case("a cent is rounding", Book().flow(CashKind.DEPOSIT, day(1), 1000, balance=1000)
         .flow(CashKind.INTEREST, day(3), 1, balance="1001.01"), K.CASH_NOT_CLOSED, silent=True),
    Case("two cents are not", Book().flow(CashKind.DEPOSIT, day(1), 1000, balance=1000)
         .flow(CashKind.INTEREST, day(3), 1, balance="1001.02"), K.CASH_NOT_CLOSED, amount=0.02),
    Case("trades and cash of one day in any order", Book().flow(CashKind.DEPOSIT, day(1), 1000, balance=1000)
         .buy(day(1), 10, "10", balance=900).flow(CashKind.WITHDRAWAL, day(2), -100, balance=700)
         .buy(day(2), 10, "10", balance=800), K.CASH_NOT_CLOSED, silent=True),
    Case("a later snapshot says less", funded().buy(day(1), 300, "10").holds(day(3), 200),
         K.HOLDING_DIFFERENCE,
         on=day(3), says="持有 300 股，持仓快照为 200 股"),
    Case("a later snapshot agrees", funded().buy(day(1), 300, "10").holds(day(3), 300), K.HOLDING_DIFFERENCE,
         silent=True),
    Case("bonus shares not booked yet", funded().buy(day(1), 1000, "10").move(Movement.BONUS, day(5), 300)
         .holds(day(3), 1000), K.HOLDING_DIFFERENCE, actions=BONUS, silent=True),
    Case("duty of last year",
         funded().holds(day(0), 100).sell(day(2), 100, "10", stamp_duty="1", transfer_fee="0.01"),
         K.FEE_DIFFERENCE, amount=0.5, on=day(2)),
    Case("duty of the day", funded().holds(day(0), 100).sell(day(2), 100, "10", **DUTY), K.FEE_DIFFERENCE,
         silent=True),
    Case("no duty on funds", funded().holds(day(0), 100).sell(day(2), 100, "10"), K.FEE_DIFFERENCE,
         silent=True,
         instrument={"kind": InstrumentKind.ETF, "board": Board.FUND, "code": "510300.SH"}),
    Case("no fees on file",
         funded().buy(day(1), 100, "10", commission=None, stamp_duty=None, transfer_fee=None,
         other_fee=None), K.FEE_ESTIMATED, amount=5.01),
    Case("no fees, but the amount tells", funded().buy(day(1), 100, "10", commission=None, stamp_duty=None,
         transfer_fee=None, other_fee=None, amount="-1005"), K.FEE_ESTIMATED, silent=True),
    Case("no fees in Milan: none are made up",
         bare(cash=False, currency="EUR").buy(day(1), 100, "10", commission=None,
         stamp_duty=None, transfer_fee=None, other_fee=None), K.NOT_COUNTED, instrument=milan(),
         says="费用未知"),
    Case("no estimate in Milan", bare(cash=False, currency="EUR").buy(day(1), 100, "10", commission=None,
         stamp_duty=None, transfer_fee=None, other_fee=None), K.FEE_ESTIMATED, instrument=milan(),
         silent=True),
    Case("sold on the day of purchase", funded().buy(day(1), 100, "10").sell(day(1), 100, "10"),
         K.TPLUS1_BREACH,
         on=day(1), says="100 股"),
    Case("old shares may go on the day of purchase", funded().holds(day(0), 100).buy(day(1), 100, "10")
         .sell(day(1), 100, "10"), K.TPLUS1_BREACH, silent=True),
    Case("a cross-border fund may go at once", funded().buy(day(1), 100, "10").sell(day(1), 100, "10"),
         K.TPLUS1_BREACH,
         silent=True,
         instrument={"kind": InstrumentKind.CROSS_BORDER_ETF, "board": Board.FUND, "code": "513100.SH"}),
    Case("Milan knows no such rule",
         bare(cash=False, currency="EUR").buy(day(1), 100, "10").sell(day(1), 100, "10"),
         K.TPLUS1_BREACH, silent=True, instrument=milan()),
    Case("150 shares", funded().buy(day(1), 150, "10"), K.LOT_BREACH, on=day(1)),
    Case("an odd lot may be sold whole", funded().holds(day(0), 150).sell(day(1), 50, "10"), K.LOT_BREACH,
         silent=True),
    Case("a bonus on the ex-day", funded().buy(day(1), 1000, "10"), K.ACTION_DERIVED, actions=BONUS,
         on=day(2),
         says="300 股"),
    Case("a dividend on the ex-day", funded().buy(day(1), 1000, "10"), K.ACTION_DERIVED, actions=CASH,
         amount=500.0,
         says="税前共 500.00 元"),
    Case("bought on the ex-day", funded().buy(day(2), 1000, "10"), K.ACTION_DERIVED, actions=CASH,
         silent=True),
    Case("sold on the ex-day", funded(99_999).buy(day(1), 1000, "10").sell(day(2), 1000, "10"),
         K.ACTION_DERIVED,
         actions=CASH, amount=500.0),
    Case("the file has it", funded().buy(day(1), 1000, "10").flow(CashKind.DIVIDEND, day(3), 500, of=0),
         K.ACTION_DERIVED, actions=CASH, silent=True),
    Case("less than announced", funded().buy(day(1), 1000, "10").flow(CashKind.DIVIDEND, day(3), 300, of=0),
         K.ACTION_DIFFERENCE, actions=CASH, amount=200.0, on=day(2)),
    Case("after tax at the source",
         funded().buy(day(1), 1000, "10").flow(CashKind.DIVIDEND, day(3), 400, of=0),
         K.ACTION_DIFFERENCE, actions=CASH, silent=True),
    Case("more than announced", funded().buy(day(1), 1000, "10").flow(CashKind.DIVIDEND, day(3), 501, of=0),
         K.ACTION_DIFFERENCE, actions=CASH, amount=1.0),
    Case("fewer bonus shares", funded().buy(day(1), 1000, "10").move(Movement.BONUS, day(2), 100),
         K.ACTION_DIFFERENCE,
         actions=BONUS, says="应得 300 股，流水为 100 股"),
    Case("a fraction rounded up by the register",
         funded().buy(day(1), 101, "10").move(Movement.BONUS, day(2), 31),
         K.ACTION_DIFFERENCE, actions=BONUS, silent=True),
    Case("announced, balances show nothing came",
         Book().flow(CashKind.DEPOSIT, day(1), 10_000, balance=10_000)
         .buy(day(1), 1000, "10", balance=0), K.ACTION_DIFFERENCE, actions=CASH, amount=500.0),
    Case("a price that halves without announcement", funded().buy(day(1), 100, "10"), K.ACTION_DIFFERENCE,
         close=[10, 10, 10, 5, 5, 5], on=day(3), says="由 10 变为 5"),
    Case("a fall just above half", funded().buy(day(1), 100, "10"), K.ACTION_DIFFERENCE,
         close=[10, 10, 10, 5.01, 5, 5], silent=True),
    Case("an announced split explains the fall", funded().buy(day(1), 100, "10"), K.ACTION_DIFFERENCE,
         close=[10, 10, 5, 5, 5, 5], actions=[action(ActionKind.SPLIT, day(2), "2")], silent=True),
    Case("a dividend taxed at the sale", funded().buy(day(1), 1000, "10").sell(day(4), 1000, "10"),
         K.DIVIDEND_TAX_DERIVED, actions=CASH, amount=100.0, on=day(4)),
    Case("a fund's dividend is not taxed", funded().buy(day(1), 1000, "10").sell(day(4), 1000, "10"),
         K.DIVIDEND_TAX_DERIVED, actions=CASH, silent=True,
         instrument={"kind": InstrumentKind.ETF, "board": Board.FUND, "code": "510300.SH"}),
    Case("not yet sold, not yet taxed", funded().buy(day(1), 1000, "10"), K.DIVIDEND_TAX_DERIVED,
         actions=CASH,
         silent=True),
    Case("above the day's high", funded().buy(day(1), 100, "10.6"), K.PRICE_OUT_OF_RANGE, on=day(1)),
    Case("at the day's high", funded().buy(day(1), 100, "10.5"), K.PRICE_OUT_OF_RANGE, silent=True),
    Case("below the day's low", funded().buy(day(1), 100, "9.4"), K.PRICE_OUT_OF_RANGE),
    Case("a row of no quantity", funded().buy(day(1), 0, "10"), K.ZERO_QUANTITY, on=day(1)),
    Case("a Saturday", funded().buy(date(2024, 3, 9), 100, "10"), K.NON_TRADING_DAY, on=date(2024, 3, 9)),
    Case("a stock in euro on a yuan account", funded().buy(day(1), 100, "10"), K.OTHER_CURRENCY,
         instrument=milan()),
    Case("rows after the last price", funded().buy(day(9), 100, "10"), K.NOT_COUNTED,
         says="晚于最后一个行情日"),
]


def issues_of(case: Case) -> list[DataIssue]:
    instrument = stock(**case.instrument) if case.instrument else stock()
    prices: Grid = grid(case.close, [instrument])
    prices = grid(case.close, [instrument], high=prices.close * 1.05, low=prices.close * 0.95)
    issues = replay(case.book.ledger(), with_actions(prices, case.actions), case.actions).issues[0]
    return [issue for issue in issues if issue.kind is case.kind]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.kind.value}: {case.why}" for case in CASES])
def test_named_with_reason(case):
    found = issues_of(case)

    if case.silent:
        assert not found
        return
    assert len(found) == 1
    issue = found[0]
    assert issue.count == case.count
    assert case.says in issue.text
    assert case.on is None or issue.day == case.on
    assert case.amount is None or issue.amount == pytest.approx(case.amount)


def test_every_kind_that_a_replay_can_find_has_a_case():
    """NO_BENCHMARK is found where benchmarks are chosen, PRICE_BREAK by `diagnosis.breaks` after the replay."""
    elsewhere = {IssueKind.NO_BENCHMARK, IssueKind.PRICE_BREAK}
    assert {case.kind for case in CASES if not case.silent} == set(IssueKind) - elsewhere


def test_a_clean_ledger_has_no_issue():
    book = funded().buy(day(1), 100, "10", commission="5", **TRANSFER).sell(day(2), 100, "10", commission="5",
        **DUTY)

    assert replay(book.ledger(), grid([10] * 4), []).issues == ((),)


def test_many_of_one_kind_are_counted_not_listed():
    """Thirty securities with an unknown opening: twenty are named, ten are counted."""
    book = Book(securities=30).flow(CashKind.DEPOSIT, day(0), 1)
    for security in range(30):
        book.sell(day(1), 100, "10", of=security, **DUTY)
    prices = grid([[10.0] * 30] * 3, [stock(f"6000{n:02}.SH") for n in range(30)])

    found = [i for i in replay(book.ledger(), prices, []).issues[0] if i.kind is K.OPENING_UNKNOWN]

    assert len(found) == 21
    assert found[-1].count == 10


WORDS = ("！", "错误", "违规", "保证", "必然", "-")


@pytest.mark.parametrize("case", [case for case in CASES if not case.silent], ids=lambda case: case.why)
def test_the_text_is_calm_and_writes_minus_as_minus(case):
    for issue in issues_of(case):
        text = issue.text
        for word in WORDS:
            plain = text if word != "-" else "".join(c for n,
                c in enumerate(text) if not _within_a_date(text, n))
            assert word not in plain
        assert text.endswith("。")


def _within_a_date(text: str, n: int) -> bool:
    return text[n] == "-" and n > 0 and text[n - 1].isdigit() and text[n + 1].isdigit()
