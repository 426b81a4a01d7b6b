"""小单吃最低佣金: orders so small that the minimum commission is far above what the rate alone would cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clients.types import UNKNOWN
from diagnosis.behaviour.book import BUY, SELL, Book
from diagnosis.behaviour.counterfactual import cost_of
from diagnosis.behaviour.habit import SEEN, Column, column, divide, rule, told
from diagnosis.types import Counterfactual, Evidence, Habit, HabitId
from diagnosis.wording import count, number, percent, yuan
from kit.money import SCALE
from market.types import BoolArray, FloatArray, IntArray

NO_COMMISSION = "没有佣金记录，暂不计算"
OTHER_CURRENCY = "最低佣金规则只适用于人民币账户，暂不计算"
FEW_ORDERS = "有佣金记录的买卖不足 {n} 笔，暂不计算"


@dataclass(frozen=True)
class Orders:
    """Trades with a known commission; arrays (O,), then (A,)."""

    row: IntArray  # of the ledger's trades
    account: IntArray
    money: FloatArray
    commission: FloatArray
    minimal: BoolArray  # charged exactly the minimum
    excess: FloatArray  # commission above the rate alone, 0 where not minimal
    rate: FloatArray  # (A,) the account's commission rate, inferred or the reference one
    inferred: BoolArray  # (A,) the rate is the median of the account's larger orders


def orders_of(book: Book) -> Orders:
    """All purchases and sales with a commission, those at the minimum marked and priced."""
    terms, trades = rule("BEH-108", book.day), book.ledger.trades
    dealt = ((trades.kind == BUY) | (trades.kind == SELL)) & (book.trade_point >= 0)
    row = np.flatnonzero(dealt & (trades.commission != UNKNOWN) & (trades.commission > 0))
    account = book.trade_account[row]
    money = trades.quantity[row] / SCALE * (trades.price[row] / SCALE)
    commission = trades.commission[row] / SCALE
    minimum, slack = float(terms["minimum_yuan"]), float(terms["tolerance_yuan"])
    minimal = np.abs(commission - minimum) <= slack
    above = (commission > minimum + slack) & (money > 0)
    rate, inferred = _rates(account[above], commission[above] / money[above], book.n_accounts, terms)
    minimal &= minimum > rate[account] * money
    excess = np.where(minimal, commission - rate[account] * money, 0.0)
    return Orders(
        row=row,
        account=account,
        money=money,
        commission=commission,
        minimal=minimal,
        excess=excess,
        rate=rate,
        inferred=inferred,
    )


def _rates(
    account: IntArray, rates: FloatArray, n_accounts: int, terms: dict[str, float]
) -> tuple[FloatArray, BoolArray]:
    """(A,) median rate of the larger orders, the reference rate where there are too few of them."""
    order = np.lexsort((rates, account))
    rates = rates[order]
    n = np.bincount(account, minlength=n_accounts)
    starts = np.cumsum(n) - n
    inferred = n >= int(terms["min_rate_orders"])
    out = np.full(n_accounts, float(terms["reference_rate"]))
    low, high = starts + np.maximum(n - 1, 0) // 2, starts + n // 2
    out[inferred] = (rates[low[inferred]] + rates[high[inferred]]) / 2
    return out, inferred


def measure(book: Book) -> Column:
    """Share of orders at the minimum commission, and the yuan above the rate."""
    terms = rule("BEH-108", book.day)
    orders = orders_of(book)
    n = book.count_by_account(orders.account)
    minimal = book.count_by_account(orders.account[orders.minimal])
    share = divide(minimal, n)
    excess = book.sum_by_account(orders.account, orders.excess)
    paid = book.sum_by_account(orders.account, orders.commission)
    foreign = np.array(
        [account.currency != terms["currency"] for account in book.history.accounts], dtype=bool
    )
    seen = (share >= terms["share"]) & (divide(excess, paid) >= terms["excess_share"])
    return column(
        HabitId.SMALL_ORDERS,
        "ratio",
        seen=seen,
        n=n,
        statistic=share,
        refusals=(
            (foreign, OTHER_CURRENCY),
            (n == 0, NO_COMMISSION),
            (n < terms["min_orders"], FEW_ORDERS.format(n=terms["min_orders"])),
        ),
        figures={
            "orders": n.astype(float),
            "minimal": minimal.astype(float),
            "excess_yuan": excess,
            "commission": paid,
            "rate": orders.rate,
            "rate_inferred": orders.inferred.astype(float),
            "break_even_yuan": divide(np.full(n.size, float(terms["minimum_yuan"])), orders.rate),
            "cost_yuan": excess,
        },
        working=orders,
    )


def tell(book: Book, data: Column, a: int) -> Habit:
    """In words: how many orders paid the minimum and what that was above the rate."""
    figures = {name: values[a] for name, values in data.figures.items()}
    minimum = rule("BEH-108", book.day)["minimum_yuan"]
    basis = "按该账户较大委托推算的佣金率" if figures["rate_inferred"] else "按参考佣金率"
    text = (
        f"{count(figures['orders'])}有佣金的买卖里，{count(figures['minimal'])}触及最低佣金 "
        f"{number(minimum, 0)} 元；"
        f"{basis} {percent(figures['rate'], 3)}，多付 {yuan(figures['excess_yuan'])}。"
    )
    if data.seen[a] != SEEN:
        return told(data, a, text)
    return told(data, a, text, _evidence(book, data.working, a), _cost(book, data.working, a))


def _cost(book: Book, orders: Orders, a: int) -> Counterfactual | None:
    mine = (orders.account == a) & orders.minimal
    text = "对照：同样的买卖合并成较大的委托，只按佣金率付费。"
    return cost_of(orders.excess[mine], book.trade_point[orders.row[mine]], text, book.day)


def _evidence(book: Book, orders: Orders, a: int) -> tuple[Evidence, ...]:
    mine = np.flatnonzero((orders.account == a) & orders.minimal)
    mine = mine[np.argsort(orders.money[mine], kind="stable")][:5]
    return tuple(_line(book, orders, int(place)) for place in sorted(mine))


def _line(book: Book, orders: Orders, place: int) -> Evidence:
    trades, row = book.ledger.trades, int(orders.row[place])
    security = book.history.grid.securities[int(trades.security[row])]
    paid, money = float(orders.commission[place]), float(orders.money[place])
    text = f"成交 {yuan(money)}，佣金 {number(paid)} 元，占 {percent(paid / money)}"
    return Evidence(
        day=type(book.day).fromordinal(int(trades.day[row])),
        code=security.code,
        name=security.name,
        text=text,
        trade_ids=(int(trades.id[row]),),
    )
