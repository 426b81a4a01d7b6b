"""处置效应 by Odean's counting (1998): winners are sold too early, losers are kept too long.

Only days on which the account sells something it could name a cost for and held at least two securities at
the day's start are counted; the unit is a position. A position sold counts by its sale price against its
average purchase price (commissions in, dividends out); one kept counts as a paper gain when the day's low
is above that price, as a paper loss when its high is below, else as neither. On a MARK grid there is one
price, that of the day's last sale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diagnosis.behaviour.book import Book
from diagnosis.behaviour.compiled import compiled
from diagnosis.behaviour.counterfactual import cost_of
from diagnosis.behaviour.exposure import CASH_LIKE, kind_mask
from diagnosis.behaviour.habit import SEEN, Column, column, divide, finite, rule, told
from diagnosis.behaviour.paths import change
from diagnosis.sums import tally, totals
from diagnosis.trips import Trips
from diagnosis.types import Counterfactual, Evidence, Habit, HabitId
from diagnosis.wording import number, percent, yuan
from market.types import BoolArray, FloatArray, IntArray

FEW_SALES = "可计数的卖出不足 {n} 次（卖出当日须持有至少两只证券且成本已知），暂不计算"
ONE_SIDE = "可比较的盈利或亏损持仓不足 {n} 个，暂不计算"
GAIN, LOSS = 1, -1


@dataclass(frozen=True)
class SellingDays:
    """Days with a sale, sorted by (account, day); arrays (D,). `start`..`end` are the day's points."""

    account: IntArray
    start: IntArray
    end: IntArray
    priced: IntArray  # the point whose price values what was kept: the day's last sale


@dataclass(frozen=True)
class Counts:
    """Odean's four counts by account, and positions left out because their cost is unknown; arrays (A,)."""

    rg: IntArray
    pg: IntArray
    rl: IntArray
    pl: IntArray
    unknown: IntArray
    verdicts: IntArray  # (V, 5): account, slot, point of the day's last sale, GAIN or LOSS, 1 sold 0 kept


def proportions(
    rg: IntArray, pg: IntArray, rl: IntArray, pl: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """PGR, PLR, the standard error of their difference, and t of PGR - PLR. NaN where a side is empty.

    Source: Odean (1998), equations 1 and 2 and the note to Table I; counts are taken as independent.
    """
    gains, losses = rg + pg, rl + pl
    pgr, plr = divide(rg, gains), divide(rl, losses)
    variance = divide(pgr * (1 - pgr), gains) + divide(plr * (1 - plr), losses)
    se: FloatArray = np.sqrt(variance)
    return pgr, plr, se, divide(pgr - plr, se)


def selling_days(book: Book) -> SellingDays:
    """The days on which each account sold, whatever the grid's points are."""
    sells = book.sells
    day = book.point_day[sells.point]
    width = int(book.point_day[-1]) + 1 if book.n_points else 1
    keys, place = np.unique(sells.account * width + day, return_inverse=True)
    priced = np.zeros(keys.size, np.int64)
    np.maximum.at(priced, place, sells.point)
    wanted = keys % width
    return SellingDays(
        account=keys // width,
        start=np.searchsorted(book.point_day, wanted, side="left").astype(np.int64),
        end=np.searchsorted(book.point_day, wanted, side="right").astype(np.int64) - 1,
        priced=priced,
    )


def count(book: Book, min_holdings: int) -> Counts:
    """Odean's counts of A accounts."""
    history, grid = book.history, book.history.grid
    sells = book.sells  # sorted by slot, then point
    sell_offsets = np.searchsorted(sells.slot, np.arange(book.slot_account.size + 1)).astype(np.int64)
    day = selling_days(book)
    one = grid.high is None or grid.low is None
    empty = np.zeros((0, 0))
    verdicts, unknown = _judge(
        day.account,
        day.start,
        day.end,
        day.priced,
        history.slot_offsets,
        history.slot_security,
        ~kind_mask(grid, CASH_LIKE),
        history.quantity,
        history.average_cost,
        history.price,
        sell_offsets,
        sells.point,
        sells.quantity,
        sells.money,
        empty if grid.low is None or one else grid.low,
        empty if grid.high is None or one else grid.high,
        book.paths.split,
        min_holdings,
    )
    account, mark, is_sold = verdicts[:, 0], verdicts[:, 3], verdicts[:, 4] == 1
    rg, pg, rl, pl = (
        tally(account[(is_sold == sale) & (mark == sign)], book.n_accounts)
        for sign in (GAIN, LOSS)
        for sale in (True, False)
    )
    return Counts(rg=rg, pg=pg, rl=rl, pl=pl, unknown=unknown, verdicts=verdicts)


@compiled
def _judge(
    day_account: IntArray,
    day_start: IntArray,
    day_end: IntArray,
    day_priced: IntArray,
    offsets: IntArray,
    security: IntArray,
    counted: BoolArray,
    quantity: FloatArray,
    cost: FloatArray,
    price: FloatArray,
    sell_offsets: IntArray,
    sell_point: IntArray,
    sold: FloatArray,
    money: FloatArray,
    low: FloatArray,
    high: FloatArray,
    split: FloatArray,
    min_holdings: int,
) -> tuple[IntArray, IntArray]:  # pragma: no cover - compiled
    size = 0
    for d in range(day_account.size):
        size += offsets[day_account[d] + 1] - offsets[day_account[d]]
    verdicts = np.zeros((size, 5), np.int64)
    unknown = np.zeros(offsets.size - 1, np.int64)
    n = 0
    for d in range(day_account.size):
        a, start, end = day_account[d], day_start[d], day_end[d]
        held = 0
        for k in range(offsets[a], offsets[a + 1]):
            if start > 0 and counted[security[k]] and quantity[k, start - 1] > 0.0:
                held += 1
        if held < min_holdings:
            continue
        for k in range(offsets[a], offsets[a + 1]):
            s = security[k]
            if not counted[s]:
                continue
            shares, proceeds, before = 0.0, 0.0, quantity[k, start - 1]
            row = sell_offsets[k] + np.searchsorted(sell_point[sell_offsets[k] : sell_offsets[k + 1]], start)
            while row < sell_offsets[k + 1] and sell_point[row] <= end:
                shares += sold[row]
                proceeds += money[row]
                row += 1
            if shares <= 0.0 and before <= 0.0:
                continue
            basis = np.nan
            if before > 0.0:
                basis = cost[k, start - 1] * split[start - 1, s] / split[end, s]
            else:
                for t in range(start, end + 1):
                    if np.isfinite(cost[k, t]):
                        basis = cost[k, t]
                        break
            if not np.isfinite(basis):
                unknown[a] += 1
                continue
            mark, is_sold = 0, 0
            if shares > 0.0:
                is_sold = 1
                mean = proceeds / shares
                mark = 1 if mean > basis else (-1 if mean < basis else 0)
            else:
                bottom, ceiling = price[k, day_priced[d]], price[k, day_priced[d]]
                if low.shape[0] > 0:
                    bottom, ceiling = low[end, s], high[end, s]
                mark = 1 if bottom > basis else (-1 if ceiling < basis else 0)
            if mark != 0:
                verdicts[n, 0], verdicts[n, 1], verdicts[n, 2] = a, k, day_priced[d]
                verdicts[n, 3], verdicts[n, 4] = mark, is_sold
                n += 1
    return verdicts[:n], unknown


def held_days(trips: Trips, n_accounts: int) -> tuple[FloatArray, FloatArray]:
    """Mean calendar days held of winning and of losing round trips, each (A,)."""
    out = []
    for mask in (trips.profit > 0, trips.profit < 0):
        account = trips.account[mask]
        out.append(divide(totals(account, trips.held_days[mask], n_accounts), tally(account, n_accounts)))
    return out[0], out[1]


def measure(book: Book) -> Column:
    """PGR - PLR of A accounts."""
    terms = rule("BEH-101", book.day)
    counts = count(book, int(terms["min_holdings"]))
    pgr, plr, se, t = proportions(counts.rg, counts.pg, counts.rl, counts.pl)
    realised, least, side = counts.rg + counts.rl, int(terms["min_realised"]), int(terms["min_side"])
    thin = (counts.rg + counts.pg < side) | (counts.rl + counts.pl < side)
    winner, loser = held_days(book.trips, book.n_accounts)
    gap = pgr - plr
    seen = (t >= terms["t"]) & (gap >= terms["min_gap"]) & (pgr >= terms["min_ratio"] * plr)
    return column(
        HabitId.DISPOSITION,
        "ratio",
        seen=seen,
        n=realised,
        statistic=gap,
        se=se,
        t=t,
        refusals=((realised < least, FEW_SALES.format(n=least)), (thin, ONE_SIDE.format(n=side))),
        figures={
            "pgr": pgr,
            "plr": plr,
            "rg": counts.rg.astype(float),
            "pg": counts.pg.astype(float),
            "rl": counts.rl.astype(float),
            "pl": counts.pl.astype(float),
            "unknown": counts.unknown.astype(float),
            "held_winner_days": winner,
            "held_loser_days": loser,
            "cost_yuan": _cost_points(book, counts),
        },
        working=counts,
    )


def deal_losses(book: Book, verdicts: IntArray) -> tuple[FloatArray, IntArray, IntArray]:
    """Yuan lost by each sale of a winner against selling the day's paper losers instead; its point and
    account.

    Lost = money of the sale x (return of the winner sold - mean return of the losers kept), later days.
    """
    terms = rule("BEH-101", book.day)
    point, security = verdicts[:, 2], book.history.slot_security[verdicts[:, 1]]
    end = np.minimum(point + int(terms["horizon_days"]), book.n_points - 1)
    end = np.where(end - point >= int(terms["min_horizon_days"]), end, -1)
    later = change(book.paths.index, point, end, security)
    key = verdicts[:, 0] * max(book.n_points, 1) + point
    _, place = np.unique(key, return_inverse=True)
    kept = (verdicts[:, 4] == 0) & (verdicts[:, 3] == LOSS) & np.isfinite(later)
    size = int(place.max()) + 1 if place.size else 0
    mean = divide(totals(place[kept], later[kept], size), tally(place[kept], size))
    sold = (verdicts[:, 4] == 1) & (verdicts[:, 3] == GAIN)
    money = _sale_money(book, verdicts[sold])
    return money * (later[sold] - mean[place[sold]]), point[sold], verdicts[sold, 0]


def _sale_money(book: Book, verdicts: IntArray) -> FloatArray:
    """Money of the sale of each verdict's slot at its point; NaN where the sale was at another point of the
    day.
    """
    keys = book.sells.slot * max(book.n_points, 1) + book.sells.point
    wanted = verdicts[:, 1] * max(book.n_points, 1) + verdicts[:, 2]
    if keys.size == 0:
        return np.full(wanted.size, np.nan)
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(keys[place] == wanted, book.sells.money[place], np.nan)


def _cost_points(book: Book, counts: Counts) -> FloatArray:
    if not book.daily:
        return np.full(book.n_accounts, np.nan)
    lost, _, account = deal_losses(book, counts.verdicts)
    known = np.isfinite(lost)
    total = book.sum_by_account(account[known], lost[known])
    return np.where(book.count_by_account(account[known]) > 0, total, np.nan)


def words(book: Book, data: Column, a: int) -> str:
    """How readily winners and losers are sold, how long each is held, and what was left out."""
    figures = {name: values[a] for name, values in data.figures.items()}
    text = ""
    if np.isfinite(data.statistic[a]):
        text = (
            f"有卖出的日子里，盈利的持仓有 {percent(figures['pgr'], 1)} 被卖出，"
            f"亏损的持仓有 {percent(figures['plr'], 1)} 被卖出。{_days_text(figures)}"
        )
    if not book.daily:
        text += "没有逐日最高价和最低价，以卖出当时的一个价格判断盈亏。"
    if figures["unknown"] > 0:
        text += f"有 {number(figures['unknown'], 0)} 个持仓成本未知，未计入。"
    return text


def tell(book: Book, data: Column, a: int) -> Habit:
    """The habit of account a in words, with evidence and cost where it is seen."""
    text = words(book, data, a)
    if data.seen[a] != SEEN:
        return told(data, a, text)
    return told(data, a, text, _evidence(book, a), _cost(book, data.working, a))


def _days_text(figures: dict[str, float]) -> str:
    winner, loser = finite(figures["held_winner_days"]), finite(figures["held_loser_days"])
    if winner is None or loser is None:
        return ""
    return f"盈利的平均持有 {number(winner, 0)} 天卖出，亏损的平均持有 {number(loser, 0)} 天。"


def _cost(book: Book, counts: Counts, a: int) -> Counterfactual | None:
    if not book.daily:
        return None
    lost, point, account = deal_losses(book, counts.verdicts)
    mine = account == a
    horizon = rule("BEH-101", book.day)["horizon_days"]
    text = f"对照：卖出盈利股的当天，改为卖出等额的浮亏持仓，比较其后 {horizon} 个交易日的涨跌。"
    return cost_of(lost[mine], point[mine], text, book.day)


def _evidence(book: Book, a: int) -> tuple[Evidence, ...]:
    """Winners sold soonest and losers kept longest, by profit at stake."""
    trips = book.trips
    mine = np.flatnonzero(trips.account == a)
    winners = mine[trips.profit[mine] > 0]
    losers = mine[trips.profit[mine] < 0]
    winners = winners[np.lexsort((-trips.profit[winners], trips.held_days[winners]))][:3]
    losers = losers[np.lexsort((trips.profit[losers], -trips.held_days[losers]))][:2]
    return tuple(_trip_line(book, trips, int(row)) for row in (*winners, *losers))


def _trip_line(book: Book, trips: Trips, row: int) -> Evidence:
    security = book.history.grid.securities[int(book.history.slot_security[trips.slot[row]])]
    word = "盈利" if trips.profit[row] > 0 else "亏损"
    held = number(float(trips.held_days[row]), 0)
    return Evidence(
        day=type(book.day).fromordinal(int(trips.close_day[row])),
        code=security.code,
        name=security.name,
        text=f"持有 {held} 天后卖出，{word} {yuan(abs(float(trips.profit[row])))}",
        trade_ids=(int(trips.sell_trade[row]),),
    )
