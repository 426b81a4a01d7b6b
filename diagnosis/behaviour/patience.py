"""耐心持有: a strength. Lots are held long, those still open counted at the age they have reached."""

from __future__ import annotations

import numpy as np

from clients.types import UNKNOWN
from diagnosis.behaviour.book import Book
from diagnosis.behaviour.habit import Column, column, rule, told
from diagnosis.behaviour.turnover import FEW_DAYS, FEW_LOTS, simple_turnover
from diagnosis.types import Habit, HabitId, Lots
from diagnosis.wording import number, times
from market.types import FloatArray, IntArray


def held_median(book: Book) -> tuple[FloatArray, IntArray]:
    """Cost-weighted median age of all lots by account, closed and open, and their number; each (A,).

    An open lot counts with its age at the account's last point, a lower bound of its final age. Lots of
    unknown cost are left out.
    """
    account, age, cost = (np.concatenate(parts) for parts in zip(*_ages(book), strict=True))
    order = np.lexsort((age, account))
    account, age, cost = account[order], age[order], cost[order]
    n = book.count_by_account(account)
    out = np.full(book.n_accounts, np.nan)
    running = np.cumsum(cost)
    ends = np.cumsum(n)
    starts = ends - n
    base = np.concatenate([[0.0], running])[starts]
    total = np.concatenate([[0.0], running])[ends] - base
    has = (n > 0) & (total > 0)
    place = np.searchsorted(running, base[has] + total[has] / 2, side="left")
    out[has] = age[np.minimum(place, ends[has] - 1)]
    return out, n


def _ages(book: Book) -> tuple[tuple[IntArray, FloatArray, FloatArray], ...]:
    last = book.point_day[book.history.last] if book.n_points else np.zeros(book.n_accounts, np.int64)

    def of(lots: Lots, closed: bool) -> tuple[IntArray, FloatArray, FloatArray]:
        known = (lots.cost != UNKNOWN) & (lots.open_day != UNKNOWN) & (lots.cost > 0)
        account = book.slot_account[lots.slot[known]]
        end = lots.close_day[known] if closed else last[account]
        return account, (end - lots.open_day[known]).astype(np.float64), lots.cost[known].astype(np.float64)

    return of(book.history.closed, True), of(book.history.open, False)


def measure(book: Book) -> Column:
    """Median age of lots in days; seen when long and the turnover is low."""
    terms = rule("BEH-112", book.day)
    age, n = held_median(book)
    turnover = simple_turnover(book)
    seen = (age >= terms["held_days"]) & (turnover <= terms["turnover"])
    return column(
        HabitId.PATIENCE,
        "days",
        seen=seen,
        n=n,
        statistic=age,
        refusals=(
            (book.span_days < terms["min_days"], FEW_DAYS.format(n=terms["min_days"])),
            (n < terms["min_lots"], FEW_LOTS.format(n=terms["min_lots"])),
        ),
        figures={"held_days": age, "turnover_annual": turnover},
    )


def tell(_: Book, data: Column, a: int) -> Habit:
    """In words: how long half of the money was held."""
    text = ""
    if np.isfinite(data.statistic[a]):
        text = f"按买入金额计，一半以上的资金持有满 {number(data.statistic[a], 0)} 天（未卖出的计到期末）"
        turnover = data.figures["turnover_annual"][a]
        text += f"，年换手 {times(turnover)}。" if np.isfinite(turnover) else "。"
    return told(data, a, text)
