"""交易质量: round trips, win rate, payoff, holding days, turnover, costs; numbers for the book, lines for
one account.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from clients.types import CASH_KINDS, UNKNOWN, CashKind, Ledger
from diagnosis.behaviour import HabitNumbers, habit_numbers
from diagnosis.behaviour.book import BUY, SELL, Book
from diagnosis.behaviour.chasing import NO_BENCHMARK, NO_DAILY
from diagnosis.behaviour.habit import divide
from diagnosis.behaviour.orders import orders_of
from diagnosis.behaviour.turnover import NO_ASSETS, fees_paid, simple_turnover
from diagnosis.conventions import FROM_TRADES, metric, withheld
from diagnosis.holdings import account_slots, slot_profit
from diagnosis.parameters import months_of_days
from diagnosis.sums import tally, totals
from diagnosis.trips import Trips
from diagnosis.types import HabitId, History, Metric, RoundTrip, TradeQuality
from kit.money import SCALE
from market.types import BenchmarkSeries, BoolArray, FloatArray, IntArray

MIN_TURNOVER_DAYS = 30
ROUNDING_YUAN = 0.005
HOLDING_BINS = (
    (0, "当日"),
    (5, "1-5 天"),
    (20, "6-20 天"),
    (60, "21-60 天"),
    (180, "61-180 天"),
    (None, "180 天以上"),
)
NO_TRIP = "没有成本已知的平仓，暂不计算"
NO_LOSER = "没有亏损的平仓，比值无意义"
NO_WINNER = "没有盈利的平仓，比值无意义"
SHORT_PERIOD = f"期间不足 {MIN_TURNOVER_DAYS} 个自然日，暂不计算"
NO_HOLDING = "期末没有可计价的持仓"
NO_GAINS = "有卖出的日子里没有可计数的盈利持仓，暂不计算"
NO_LOSSES = "有卖出的日子里没有可计数的亏损持仓，暂不计算"
NO_ADDS = "没有对成本已知的持仓加仓，暂不计算"
NO_UNIVERSE = "可比较的股票太少，无法以中位数划分，暂不计算"
NO_FLAGGED = "持有的股票没有足够的此前行情可分类，暂不计算"
NO_PAST = "买入或卖出没有此前 20 个交易日的行情可比，暂不计算"

Values = tuple[FloatArray, tuple[tuple[BoolArray, str], ...]]
"""A measure of A accounts and the reasons, in order, for withholding it."""


def trade_values(numbers: HabitNumbers) -> dict[str, Values]:
    """Every trade measure of A accounts by id of `conventions.FROM_TRADES`, with its refusals; NaN where
    withheld.
    """
    book = numbers.book
    return {**_trip_values(book), **_cost_values(book), **_holding_values(book), **_habit_values(numbers)}


def trade_metrics(
    history: History,
    ledger: Ledger,
    benchmark: BenchmarkSeries | None = None,
    numbers: HabitNumbers | None = None,
) -> list[dict[str, Metric]]:
    """The trade measures of each account as metrics. Give `numbers` where the habits were counted already."""
    numbers = habit_numbers(history, ledger, benchmark) if numbers is None else numbers
    values = trade_values(numbers)
    return [
        {name: _metric(name, values[name], a) for name in FROM_TRADES} for a in range(len(history.accounts))
    ]


def _metric(name: str, values: Values, a: int) -> Metric:
    numbers, refusals = values
    for mask, reason in refusals:
        if mask[a]:
            return withheld(name, reason)
    if not np.isfinite(numbers[a]):
        return withheld(name, "数据不足，暂不计算")
    return metric(name, float(numbers[a]))


def _trip_values(book: Book) -> dict[str, Values]:
    trips, n = book.trips, book.n_accounts
    profit, account = trips.profit, trips.account
    won, lost = profit > 0, profit < 0
    count = tally(account, n)
    wins, losses = tally(account[won], n), tally(account[lost], n)
    gained, given = totals(account[won], profit[won], n), -totals(account[lost], profit[lost], n)
    none, no_loser, no_winner = count == 0, losses == 0, wins == 0
    payoff = divide(divide(gained, wins), divide(given, losses))
    some: tuple[tuple[BoolArray, str], ...] = ((none, NO_TRIP),)
    both = (*some, (no_loser, NO_LOSER), (no_winner, NO_WINNER))
    return {
        "win_rate": (divide(wins, count), some),
        "payoff_ratio": (payoff, both),
        "profit_factor": (divide(gained, given), (*some, (no_loser, NO_LOSER))),
        "round_trips": (count.astype(np.float64), ()),
        "holding_days_mean": (_mean_days(trips, n), some),
        "holding_days_median": (_median_days(trips, n), some),
    }


def _mean_days(trips: Trips, n: int) -> FloatArray:
    weight = np.where(trips.cost > 0, trips.cost, 0.0)
    return divide(totals(trips.account, weight * trips.held_days, n), totals(trips.account, weight, n))


def _median_days(trips: Trips, n: int) -> FloatArray:
    order = np.lexsort((trips.held_days, trips.account))
    held, count = trips.held_days[order], tally(trips.account, n)
    start = np.cumsum(count) - count
    out = np.full(n, np.nan)
    some = count > 0
    low, high = start[some] + (count[some] - 1) // 2, start[some] + count[some] // 2
    out[some] = (held[low] + held[high]) / 2
    return out


def _cost_values(book: Book) -> dict[str, Values]:
    no_assets = np.isnan(book.average_assets)
    return {
        "turnover_annual": (
            simple_turnover(book),
            ((no_assets, NO_ASSETS), (book.span_days < MIN_TURNOVER_DAYS, SHORT_PERIOD)),
        ),
        "cost_ratio": (divide(fees_paid(book), book.average_assets), ((no_assets, NO_ASSETS),)),
    }


def _holding_values(book: Book) -> dict[str, Values]:
    """HHI of the securities held at each account's last point."""
    history, n = book.history, book.n_accounts
    if book.n_points == 0:
        empty = np.full(n, np.nan), ((np.ones(n, bool), NO_HOLDING),)
        return {"hhi": empty, "effective_holdings": empty}
    rows = np.arange(book.slot_account.size)
    t = history.last[book.slot_account]
    worth = np.nan_to_num(history.quantity[rows, t] * history.price[rows, t])
    worth = np.where(worth > 0, worth, 0.0)
    total = book.sum_by_account(book.slot_account, worth)
    hhi = divide(book.sum_by_account(book.slot_account, worth**2), total**2)
    refusals = ((total <= 0, NO_HOLDING),)
    return {"hhi": (hhi, refusals), "effective_holdings": (divide(np.ones(n), hhi), refusals)}


def _habit_values(numbers: HabitNumbers) -> dict[str, Values]:
    book, columns = numbers.book, numbers.columns
    bias, adds = columns[HabitId.DISPOSITION].figures, columns[HabitId.AVERAGING_DOWN].figures
    chase = columns[HabitId.CHASING].figures["chasing"]
    share = columns[HabitId.LOTTERY].statistic
    gains = (bias["rg"] + bias["pg"] <= 0, NO_GAINS)
    losses = (bias["rl"] + bias["pl"] <= 0, NO_LOSSES)
    no_days = (np.full(book.n_accounts, not book.daily), NO_DAILY)
    no_market = (np.full(book.n_accounts, book.benchmark is None), NO_BENCHMARK)
    no_flags = (np.full(book.n_accounts, book.flags.size == 0), NO_UNIVERSE)
    return {
        "pgr": (bias["pgr"], (gains,)),
        "plr": (bias["plr"], (losses,)),
        "disposition": (bias["pgr"] - bias["plr"], (gains, losses)),
        "chasing": (chase, (no_days, no_market, (np.isnan(chase), NO_PAST))),
        "lottery_share": (share, (no_days, no_flags, (np.isnan(share), NO_FLAGGED))),
        "averaging_down": (adds["averaging_down"], ((adds["adds"] <= 0, NO_ADDS),)),
    }


def trade_quality(
    history: History, ledger: Ledger, a: int, numbers: HabitNumbers | None = None
) -> TradeQuality:
    """Trade quality of account a: counts, best and worst round trips, holding days, months, fees by kind."""
    numbers = habit_numbers(history, ledger, None) if numbers is None else numbers
    book, trips = numbers.book, numbers.book.trips
    mine = np.flatnonzero(trips.account == a)
    best = mine[np.lexsort((mine, -trips.profit[mine]))]
    profit, fees = trips.profit, _fees(book, a)
    smallest = orders_of(book)
    minimal = (smallest.account == a) & smallest.minimal
    return TradeQuality(
        buys=int((book.buys.account == a).sum()),
        sells=int((book.sells.account == a).sum()),
        best=tuple(_trip(book, int(row)) for row in best[:5] if profit[row] > 0),
        worst=tuple(_trip(book, int(row)) for row in best[::-1][:5] if profit[row] < 0),
        holding_histogram=_histogram(trips, mine),
        months=_months(book, a),
        **fees,
        dividend_tax=_dividend_tax(ledger, a),
        minimum_commission_trades=int(minimal.sum()),
        minimum_commission_excess=float(smallest.excess[minimal].sum()),
        gross_profit=_gross_profit(history, a),
    )


def _trip(book: Book, row: int) -> RoundTrip:
    trips = book.trips
    security = book.history.grid.securities[int(book.history.slot_security[trips.slot[row]])]
    cost, profit = float(trips.cost[row]), float(trips.profit[row])
    return RoundTrip(
        code=security.code,
        name=security.name,
        opened_on=date.fromordinal(int(trips.open_day[row])),
        closed_on=date.fromordinal(int(trips.close_day[row])),
        quantity=float(trips.quantity[row]),
        cost=cost,
        proceeds=float(trips.proceeds[row]),
        profit=profit,
        profit_ratio=profit / cost if cost > 0 else None,
        held_days=round(float(trips.held_days[row])),
        trade_ids=(int(trips.sell_trade[row]),),
    )


def _histogram(trips: Trips, mine: IntArray) -> tuple[tuple[str, int, int], ...]:
    """Winners and losers by how long they were held; a bin's upper bound is inside it."""
    bounds = [upper for upper, _ in HOLDING_BINS if upper is not None]
    place = np.searchsorted(np.array(bounds, np.float64), trips.held_days[mine], side="left")
    won, lost = trips.profit[mine] > 0, trips.profit[mine] < 0
    return tuple(
        (label, int((won & (place == i)).sum()), int((lost & (place == i)).sum()))
        for i, (_, label) in enumerate(HOLDING_BINS)
    )


def _months(book: Book, a: int) -> tuple[tuple[str, int, float], ...]:
    sides = [(deals, deals.account == a) for deals in (book.buys, book.sells)]
    point = np.concatenate([deals.point[mine] for deals, mine in sides])
    money = np.concatenate([deals.money[mine] for deals, mine in sides])
    months, place = np.unique(months_of_days(book.point_day[point]), return_inverse=True)
    names, size = months.astype(str).tolist(), len(months)
    return tuple(zip(names, tally(place, size).tolist(), totals(place, money, size).tolist(), strict=True))


def _fees(book: Book, a: int) -> dict[str, float]:
    """Fees of account a by kind. What the history charged beyond the named columns stands under other fees."""
    trades = book.ledger.trades
    rows = slice(int(trades.offsets[a]), int(trades.offsets[a + 1]))
    dealt = (trades.kind[rows] == BUY) | (trades.kind[rows] == SELL)
    named = {}
    for name in ("commission", "stamp_duty", "transfer_fee"):
        column = getattr(trades, name)[rows]
        named[name] = float(column[dealt & (column != UNKNOWN)].sum() / SCALE)
    total = float(book.history.fees[account_slots(book.history, a)].sum())
    rest = total - sum(named.values())
    return {**named, "other_fee": rest if rest > ROUNDING_YUAN else 0.0}


def _dividend_tax(ledger: Ledger, a: int) -> float:
    flows = ledger.cashflows
    rows = slice(int(flows.offsets[a]), int(flows.offsets[a + 1]))
    taxed = flows.kind[rows] == CASH_KINDS.index(CashKind.DIVIDEND_TAX)
    return -float(flows.amount[rows][taxed].sum() / SCALE)


def _gross_profit(history: History, a: int) -> float:
    """Profit of the securities before fees, with dividends, and interest of the account."""
    slots = account_slots(history, a)
    return float(
        slot_profit(history, slots).sum() + history.fees[slots].sum() + history.other_income[a].sum()
    )
