"""All accounts of a client as one: transfers between them are netted, lots keep their cost and their dates.

The result is a ledger of one synthetic account, so that everything downstream works as for any other account.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from clients.types import (
    CASH_KINDS,
    MOVEMENTS,
    UNKNOWN,
    AccountFacts,
    AccountKind,
    Cashflows,
    CashKind,
    Ledger,
    Movement,
    Snapshots,
    Trades,
)
from diagnosis import cash_kernel
from diagnosis.charges import known, plain_worth, scaled_rule, whole_rule
from diagnosis.movements import account_of_rows, first_days
from diagnosis.period import rows_of
from kit.problems import BadInput
from market.types import BoolArray, IntArray

_NEVER = 10**7


def merge_client(ledger: Ledger) -> Ledger:
    """One account of all accounts of `ledger`, which must be of one client and one currency.

    Raises BadInput otherwise. Running balances belong to single accounts: what they say about opening cash
    and gaps becomes rows of its own (inferred deposits, unexplained flows). An account without cash statement
    beside one that has it brings the money of each trade along as an inferred flow.
    """
    if len(ledger.accounts) <= 1:
        return ledger
    for what, said in (("客户", "client_no"), ("币种", "currency")):
        if len({getattr(account, said) for account in ledger.accounts}) > 1:
            raise BadInput(f"只能合并同一{what}的账户：{'、'.join(a.account_no for a in ledger.accounts)}")
    ledger = net_transfers(ledger)
    extra = [*_balances_as_rows(ledger), *_trades_as_rows(ledger)]
    ledger = _with_rows(ledger, extra)
    return Ledger(
        (_one_account(ledger.accounts),), ledger.securities, _merged_trades(ledger), _merged_cash(ledger),
        _merged_snapshots(ledger),
    )


def _one_account(accounts: tuple[AccountFacts, ...]) -> AccountFacts:
    first = accounts[0]
    margin = any(account.kind is AccountKind.MARGIN for account in accounts)
    opened = [account.opened_on for account in accounts if account.opened_on is not None]
    closed = [account.closed_on for account in accounts if account.closed_on is not None]
    return replace(
        first, account_no="+".join(account.account_no for account in accounts),
        kind=AccountKind.MARGIN if margin else first.kind, opened_on=min(opened, default=None),
        closed_on=max(closed) if len(closed) == len(accounts) else None,
        has_cash_statement=any(account.has_cash_statement for account in accounts),
    )


def net_transfers(ledger: Ledger) -> Ledger:
    """The ledger without the transfers that go from one of its accounts to another (same size, within the
    window).
    """
    trades, cash = ledger.trades, ledger.cashflows
    shares = _pairs(
        account_of_rows(trades.offsets), trades.day, trades.security, trades.quantity,
        trades.kind == MOVEMENTS.index(Movement.TRANSFER_OUT),
        trades.kind == MOVEMENTS.index(Movement.TRANSFER_IN),
    )
    money = _pairs(
        account_of_rows(cash.offsets), cash.day, np.zeros(len(cash.day), dtype=np.int64), np.abs(cash.amount),
        cash.kind == CASH_KINDS.index(CashKind.TRANSFER_OUT),
        cash.kind == CASH_KINDS.index(CashKind.TRANSFER_IN),
    )
    return replace(ledger, trades=rows_of(trades, ~shares), cashflows=rows_of(cash, ~money))


def _pairs(
    owner: IntArray, day: IntArray, security: IntArray, size: IntArray, leaves: BoolArray, comes: BoolArray
) -> BoolArray:
    """Rows that leave one account and come into another; each is used once, the nearest day first."""
    window = whole_rule("LEDGER-TRANSFER-WINDOW")
    netted = np.zeros(len(day), dtype=np.bool_)
    arrivals = np.flatnonzero(comes)
    for row in np.flatnonzero(leaves).tolist():
        fits = arrivals[
            (security[arrivals] == security[row]) & (size[arrivals] == size[row])
            & (owner[arrivals] != owner[row])
            & (np.abs(day[arrivals] - day[row]) <= window) & ~netted[arrivals]
        ]
        if len(fits):
            nearest = fits[np.argmin(np.abs(day[fits] - day[row]))]
            netted[[row, int(nearest)]] = True
    return netted


Row = tuple[int, int, CashKind, int]
"""account, day, kind, amount"""


def _balances_as_rows(ledger: Ledger) -> list[Row]:
    """Opening cash and gaps that the running balances of single accounts imply."""
    trades, cash = ledger.trades, ledger.cashflows
    days = np.unique(np.concatenate((trades.day, cash.day)))
    accounts, points = len(ledger.accounts), len(days)
    net, inflow, outflow, own = (np.zeros((accounts, points), dtype=np.int64) for _ in range(4))
    log = np.zeros((accounts, 4, 5), dtype=np.int64)
    worth = plain_worth(trades)
    point = np.searchsorted(days, cash.day).astype(np.int64)
    stated = np.zeros(accounts, dtype=np.bool_)
    for rows in (trades, cash):
        stated[account_of_rows(rows.offsets)[rows.balance != UNKNOWN]] = True
    first = np.minimum(
        first_days(trades.offsets, trades.day, _NEVER), first_days(cash.offsets, cash.day, _NEVER)
    )
    cash_kernel.book_cash(
        trades.offsets, trades.day, np.searchsorted(days, trades.day).astype(np.int64), worth, worth,
        np.full(len(worth), cash_kernel.PAID, dtype=np.int64), trades.balance,
        cash.offsets, cash.day, point, point, np.full(len(point), cash_kernel.OWN, dtype=np.int64),
        cash.amount,
        cash.balance, stated, np.zeros(accounts, dtype=np.bool_),
        np.searchsorted(days, first).astype(np.int64),
        scaled_rule("LEDGER-CASH-TOLERANCE"), scaled_rule("LEDGER-REPO-INTEREST"), net, inflow, outflow, own,
        log,
    )
    found: list[Row] = []
    opening = log[:, cash_kernel.LOG_OPENING, 4]
    for account in np.flatnonzero(opening).tolist():
        found.append((account, int(first[account]), CashKind.DEPOSIT, int(opening[account])))
        inflow[account, int(np.searchsorted(days, first[account]))] -= opening[account]
    gaps = inflow - outflow
    for account, t in zip(*np.nonzero(gaps), strict=True):
        found.append((int(account), int(days[t]), CashKind.OTHER, int(gaps[account, t])))
    return found


def _trades_as_rows(ledger: Ledger) -> list[Row]:
    """The money of each trade of an account without cash statement, where another account has one."""
    lacking = [not account.has_cash_statement for account in ledger.accounts]
    if all(lacking) or not any(lacking):
        return []
    worth = plain_worth(ledger.trades)
    owner = account_of_rows(ledger.trades.offsets)
    rows = np.flatnonzero(np.array(lacking)[owner] & (worth != 0))
    return [
        (
            int(owner[row]), int(ledger.trades.day[row]),
            CashKind.DEPOSIT if worth[row] < 0 else CashKind.WITHDRAWAL, -int(worth[row]),
        )
        for row in rows.tolist()
    ]


def _with_rows(ledger: Ledger, extra: list[Row]) -> Ledger:
    """The ledger with cash rows added, balances taken away, and trades of accounts without cash at plain
    amounts.
    """
    trades, cash = ledger.trades, ledger.cashflows
    bare = np.array([not account.has_cash_statement for account in ledger.accounts], dtype=np.bool_)
    if bare.any() and not bare.all():
        plain = bare[account_of_rows(trades.offsets)]
        trades = replace(trades, amount=np.where(plain, plain_worth(trades), trades.amount))
    trades = replace(trades, balance=np.full(len(trades.day), UNKNOWN, dtype=np.int64))
    count = len(extra)
    more: dict[str, Any] = {
        "id": np.full(count, -1), "day": [row[1] for row in extra],
        "kind": [CASH_KINDS.index(row[2]) for row in extra],
        "security": np.full(count, -1), "amount": [row[3] for row in extra],
        "balance": np.full(count, UNKNOWN),
        "inferred": np.array([row[2] is not CashKind.OTHER for row in extra], dtype=np.bool_),
    }
    columns = {
        name: np.concatenate((getattr(cash, name), np.asarray(more[name], dtype=getattr(cash, name).dtype)))
        for name in more
    }
    added = np.array([row[0] for row in extra], dtype=np.int64)
    owner = np.concatenate((account_of_rows(cash.offsets), added))
    columns["balance"] = np.full(len(owner), UNKNOWN, dtype=np.int64)
    order = np.lexsort((np.arange(len(owner)), columns["day"], owner))
    offsets = np.searchsorted(owner[order], np.arange(len(ledger.accounts) + 1)).astype(np.int64)
    return replace(
        ledger, trades=trades,
        cashflows=Cashflows(offsets=offsets, **{name: column[order] for name, column in columns.items()}),
    )


def _in_turn(owner: IntArray, row_id: IntArray) -> IntArray:
    """Row ids that never fall within an account: the order of its file survives the merge."""
    turn = row_id.copy()
    for account in np.unique(owner).tolist():
        mine = owner == account
        turn[mine] = np.maximum.accumulate(turn[mine])
    return turn


def _merged_trades(ledger: Ledger) -> Trades:
    trades = ledger.trades
    owner = account_of_rows(trades.offsets)
    order = np.lexsort((_in_turn(owner, trades.id), trades.at, trades.day))
    columns = {f.name: getattr(trades, f.name)[order] for f in fields(trades) if f.name != "offsets"}
    return Trades(offsets=np.array([0, len(order)], dtype=np.int64), **columns)


def _merged_cash(ledger: Ledger) -> Cashflows:
    cash = ledger.cashflows
    order = np.lexsort((_in_turn(account_of_rows(cash.offsets), cash.id), cash.day))
    columns = {f.name: getattr(cash, f.name)[order] for f in fields(cash) if f.name != "offsets"}
    return Cashflows(offsets=np.array([0, len(order)], dtype=np.int64), **columns)


def _merged_snapshots(ledger: Ledger) -> Snapshots:
    """Openings of the accounts as one opening on the earliest of their days; later days where all accounts
    speak.
    """
    shots = ledger.snapshots
    owner = account_of_rows(shots.offsets)
    first_trade = first_days(ledger.trades.offsets, ledger.trades.day, _NEVER)
    first_shot = first_days(shots.offsets, shots.day, _NEVER)
    opens = (shots.day == first_shot[owner]) & (first_shot <= first_trade)[owner]
    day = np.where(opens, int(shots.day[opens].min()) if opens.any() else 0, shots.day)
    speak = set(np.flatnonzero((np.diff(ledger.trades.offsets) > 0) | (np.diff(shots.offsets) > 0)).tolist())
    common = [d for d in np.unique(day[~opens]).tolist() if set(owner[day == d].tolist()) >= speak]
    keep = opens | np.isin(day, common)
    span = 2**32
    keys, place = np.unique(day[keep] * span + shots.security[keep], return_inverse=True)

    def total(column: IntArray) -> IntArray:
        summed = np.zeros(len(keys), dtype=np.int64)
        np.add.at(summed, place, known(column[keep]))
        summed[place[column[keep] == UNKNOWN]] = UNKNOWN
        return summed

    return Snapshots(
        np.array([0, len(keys)], dtype=np.int64), keys // span, keys % span, total(shots.quantity),
        total(shots.cost),
        total(shots.market_value),
    )
