"""Who they are and what their ledgers say, as values.

A `Ledger` is a batch of accounts in columns, so that one definition serves one account (a batch of one) and the book.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kit.labels import Labelled
from market.types import BoolArray, IntArray


class ClientKind(Labelled):
    """客户类型"""

    NATURAL = "NATURAL", "自然人"
    INSTITUTION = "INSTITUTION", "机构"
    PRODUCT = "PRODUCT", "产品"


class AccountKind(Labelled):
    """账户类型"""

    CASH = "CASH", "普通账户"
    MARGIN = "MARGIN", "信用账户"
    OPTION = "OPTION", "衍生品账户"


class Movement(Labelled):
    """份额变动: everything that changes how many shares are held."""

    BUY = "BUY", "买入"
    SELL = "SELL", "卖出"
    ALLOTMENT = "ALLOTMENT", "新股入账"
    RIGHTS = "RIGHTS", "配股入账"
    BONUS = "BONUS", "红股入账"
    SPLIT = "SPLIT", "拆分"
    TRANSFER_IN = "TRANSFER_IN", "转入"
    TRANSFER_OUT = "TRANSFER_OUT", "转出"


MOVEMENTS: tuple[Movement, ...] = tuple(Movement)
"""The code of a movement in a column is its place here."""


class CashKind(Labelled):
    """资金变动: everything that changes the cash balance except the money of a trade."""

    DEPOSIT = "DEPOSIT", "银行转证券"
    WITHDRAWAL = "WITHDRAWAL", "证券转银行"
    DIVIDEND = "DIVIDEND", "股息入账"
    DIVIDEND_TAX = "DIVIDEND_TAX", "股息红利税补缴"
    INTEREST = "INTEREST", "利息归本"
    FEE = "FEE", "费用"
    MARGIN_BORROW = "MARGIN_BORROW", "融资借款"
    MARGIN_REPAY = "MARGIN_REPAY", "偿还融资"
    MARGIN_INTEREST = "MARGIN_INTEREST", "融资利息"
    REPO_OUT = "REPO_OUT", "回购拆出"
    REPO_BACK = "REPO_BACK", "拆出购回"
    SUBSCRIPTION = "SUBSCRIPTION", "申购款"
    REFUND = "REFUND", "申购返款"
    TRANSFER_IN = "TRANSFER_IN", "资金转入"
    TRANSFER_OUT = "TRANSFER_OUT", "资金转出"
    OTHER = "OTHER", "其他"


CASH_KINDS: tuple[CashKind, ...] = tuple(CashKind)
"""The code of a cash flow in a column is its place here."""

EXTERNAL_CASH = (CashKind.DEPOSIT, CashKind.WITHDRAWAL, CashKind.TRANSFER_IN, CashKind.TRANSFER_OUT)
"""Flows between the client and the account: they are not return."""

UNKNOWN = -(2**63)
"""Marks an amount in a scaled int64 column that the file did not give."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account as it stands on file."""

    id: int
    account_no: str
    client_no: str
    client_name: str
    kind: AccountKind
    currency: str
    opened_on: date | None
    closed_on: date | None
    has_cash_statement: bool  # any cash flow or running balance was imported


@dataclass(frozen=True)
class Trades:
    """Share movements, sorted by (account, day, at, seq). Amounts in millionths (kit.money.SCALE), or UNKNOWN."""

    offsets: IntArray  # (A+1,) rows of account a are offsets[a]:offsets[a+1]
    id: IntArray  # (N,) row id, for evidence
    day: IntArray  # (N,) date ordinal, in the venue's zone
    at: IntArray  # (N,) epoch seconds UTC, UNKNOWN when only the day is known
    kind: IntArray  # (N,) place in MOVEMENTS
    security: IntArray  # (N,) index into Ledger.securities
    quantity: IntArray  # (N,) always >= 0; the kind gives the sign
    price: IntArray  # (N,)
    amount: IntArray  # (N,) signed net effect on cash as the file says it, UNKNOWN when absent
    commission: IntArray
    stamp_duty: IntArray
    transfer_fee: IntArray
    other_fee: IntArray
    balance: IntArray  # (N,) cash balance after the row, UNKNOWN when absent


@dataclass(frozen=True)
class Cashflows:
    """Cash movements, sorted by (account, day, seq)."""

    offsets: IntArray
    id: IntArray
    day: IntArray
    kind: IntArray  # place in CASH_KINDS
    security: IntArray  # index into Ledger.securities, -1 when none
    amount: IntArray  # signed: above 0 comes into the account
    balance: IntArray
    inferred: BoolArray  # True: not in the file, inferred from the running balance


@dataclass(frozen=True)
class Snapshots:
    """Holdings on a day as somebody stated them, sorted by (account, day)."""

    offsets: IntArray
    day: IntArray
    security: IntArray
    quantity: IntArray
    cost: IntArray
    market_value: IntArray


@dataclass(frozen=True)
class Ledger:
    """A accounts, their securities (ids of `market`, local index = place), and all that happened."""

    accounts: tuple[AccountFacts, ...]
    securities: tuple[int, ...]
    trades: Trades
    cashflows: Cashflows
    snapshots: Snapshots
