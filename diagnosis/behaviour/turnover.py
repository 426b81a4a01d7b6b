"""过度交易与耐心: how often the assets are turned over, and what that costs.

Two measures of turnover stand side by side: the simple one (half of all trading over average assets, by the
year) and Barber and Odean's (2000), which asks month by month what part of the holdings at the month's
start was sold, and what part of those at its end had been bought.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from diagnosis.behaviour.book import Book, Deals
from diagnosis.behaviour.counterfactual import cost_of
from diagnosis.behaviour.habit import SEEN, Column, column, divide, rule, told
from diagnosis.sums import totals
from diagnosis.types import Counterfactual, Evidence, Habit, HabitId
from diagnosis.wording import count, currency_word, number, percent, times, yuan
from market.types import FloatArray, IntArray

FEW_TRADES = "买卖不足 {n} 次，暂不计算"
FEW_DAYS = "期间不足 {n} 天，暂不计算"
NO_ASSETS = "没有资产记录，暂不计算"
FEW_LOTS = "可计持有期的买入不足 {n} 笔，暂不计算"


def money_traded(book: Book) -> FloatArray:
    """(A,) purchases plus sales before fees."""
    buys, sells = book.buys, book.sells
    return book.sum_by_account(buys.account, buys.money) + book.sum_by_account(sells.account, sells.money)


def fees_paid(book: Book) -> FloatArray:
    """(A,) commission, duty, transfer and other fees of the period."""
    return book.sum_by_account(book.slot_account, book.history.fees.sum(axis=1))


def simple_turnover(book: Book) -> FloatArray:
    """(A,) (purchases + sales) / 2 / average assets x 365 / days; 1 is once a year."""
    return divide(money_traded(book) / 2 * 365, book.average_assets * book.span_days)


def month_starts(point_day: IntArray) -> IntArray:
    """First point of every calendar month of the grid."""
    if point_day.size == 0:
        return np.zeros(0, np.int64)
    months = np.array([(d := date.fromordinal(int(day))).year * 12 + d.month for day in point_day])
    return np.flatnonzero(np.diff(months, prepend=-1)).astype(np.int64)


def barber_odean(book: Book) -> FloatArray:
    """(A,) mean monthly turnover: half of the part sold of the start's holdings plus the part bought of the
    end's.

    sales: Σ p_start min(1, S / H_start); purchases: Σ p_end min(1, B / H_end), shares adjusted for splits,
    p weights by value. Months without holdings at that end count nothing for that half; NaN where no month
    has any.
    """
    starts = month_starts(book.point_day)
    if starts.size == 0:
        return np.full(book.n_accounts, np.nan)
    bought, sold = _monthly_shares(book, book.buys, starts), _monthly_shares(book, book.sells, starts)
    ends = np.append(starts[1:] - 1, book.n_points - 1)
    shares, worth = _held_at(book, ends)
    halves = [_part(book, sold[:, 1:], shares[:, :-1], worth[:, :-1]), _part(book, bought, shares, worth)]
    rates = [divide(total, months) for total, months in halves]
    return np.where(np.isnan(rates[0]), np.nan, (rates[0] + rates[1]) / 2)


def _held_at(book: Book, points: IntArray) -> tuple[FloatArray, FloatArray]:
    """Split-adjusted shares and value of each slot at some points, (K, M) each."""
    quantity = book.history.quantity[:, points]
    split = book.paths.split[points][:, book.history.slot_security].T
    return quantity / split, np.nan_to_num(quantity * book.history.price[:, points])


def _monthly_shares(book: Book, deals: Deals, starts: IntArray) -> FloatArray:
    """(K, M) split-adjusted shares dealt in each month."""
    month = np.searchsorted(starts, deals.point, side="right") - 1
    shares = deals.quantity / book.paths.split[deals.point, deals.security]
    flat = totals(deals.slot * starts.size + month, shares, book.slot_account.size * starts.size)
    return flat.reshape(-1, starts.size)


def _part(book: Book, dealt: FloatArray, held: FloatArray, worth: FloatArray) -> tuple[FloatArray, IntArray]:
    """Sum over months of the weighted part dealt, and the number of months with holdings; each (A,)."""
    share = np.minimum(1.0, np.divide(dealt, held, out=np.zeros_like(held), where=held > 0))
    offsets = book.history.slot_offsets
    by_account, total = _by_account(offsets, worth * share), _by_account(offsets, worth)
    part = np.divide(by_account, total, out=np.zeros_like(total), where=total > 1e-6)
    return part.sum(axis=1), (total > 1e-6).sum(axis=1).astype(np.int64)


def _by_account(offsets: IntArray, values: FloatArray) -> FloatArray:
    """(A, M) sums of (K, M) values over the slots of each account."""
    running = np.vstack([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    summed: FloatArray = running[offsets[1:]] - running[offsets[:-1]]
    return summed


def measure(book: Book) -> Column:
    """过度交易: turnover by the year and the part of the assets that fees took."""
    terms = rule("BEH-103", book.day)
    turnover, fees = simple_turnover(book), fees_paid(book)
    n = book.count_by_account(book.buys.account) + book.count_by_account(book.sells.account)
    ratio = divide(fees, book.average_assets)
    annual = divide(ratio * 365, book.span_days)
    seen = (turnover >= terms["turnover"]) & (annual >= terms["cost_ratio"])
    spared = fees * (1 - np.minimum(1.0, divide(np.full(n.size, float(terms["calm_turnover"])), turnover)))
    return column(
        HabitId.OVERTRADING,
        "times",
        seen=seen,
        n=n,
        statistic=turnover,
        refusals=(
            (np.isnan(book.average_assets), NO_ASSETS),
            (book.span_days < terms["min_days"], FEW_DAYS.format(n=terms["min_days"])),
            (n < terms["min_trades"], FEW_TRADES.format(n=terms["min_trades"])),
        ),
        figures={
            "turnover_annual": turnover,
            "turnover_monthly": barber_odean(book),
            "fees": fees,
            "cost_ratio": ratio,
            "cost_ratio_annual": annual,
            "trades_a_month": divide(n * 30.4375, book.span_days),
            "cost_yuan": spared,
        },
    )


def tell(book: Book, data: Column, a: int) -> Habit:
    """In words: how often the account is turned over and what it paid for that."""
    figures = {name: values[a] for name, values in data.figures.items()}
    word = currency_word(book.history.accounts[a].currency)
    text = ""
    if np.isfinite(data.statistic[a]) and np.isfinite(figures["trades_a_month"]):
        text = (
            f"一年相当于把资产换手 {times(data.statistic[a])}，月均 {count(figures['trades_a_month'])}；"
            f"期间费用 {yuan(figures['fees'], unit=word)}，占平均资产 {percent(figures['cost_ratio'])}。"
        )
    if np.isfinite(figures["turnover_monthly"]):
        text += f"按持仓计，平均每月换掉 {percent(figures['turnover_monthly'], 1)}。"
    if data.seen[a] != SEEN:
        return told(data, a, text)
    return told(data, a, text, _busiest(book, a), _cost(book, data, a))


def _cost(book: Book, data: Column, a: int) -> Counterfactual | None:
    """Fees above those at a calm turnover, the same share of each point's fees."""
    slots = slice(int(book.history.slot_offsets[a]), int(book.history.slot_offsets[a + 1]))
    fees = book.history.fees[slots].sum(axis=0)
    calm = float(rule("BEH-103", book.day)["calm_turnover"])
    spared = max(0.0, 1 - calm / float(data.statistic[a]))
    points = np.flatnonzero(fees)
    text = f"对照：年换手 {times(calm, 0)}时按同样费率应付的费用。"
    return cost_of(fees[points] * spared, points, text, book.day)


def _busiest(book: Book, a: int) -> tuple[Evidence, ...]:
    """The securities that were turned over most, each told at its largest purchase."""
    mine = np.flatnonzero(book.buys.account == a)
    if mine.size == 0:
        return ()
    slots, place, deals = np.unique(book.buys.slot[mine], return_inverse=True, return_counts=True)
    money = totals(place, book.buys.money[mine], slots.size)
    word = currency_word(book.history.accounts[a].currency)
    lines = []
    for pick in np.argsort(-money, kind="stable")[:3]:
        rows = mine[place == pick]
        row = int(rows[np.argmax(book.buys.money[rows])])
        text = f"期间买入 {number(int(deals[pick]), 0)} 次，共 {yuan(float(money[pick]), unit=word)}"
        lines.append(book.evidence(book.buys, row, text))
    return tuple(lines)
