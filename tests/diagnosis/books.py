"""Small books made from a seed: prices, trades inside the day, fees, dividends, a split, flows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from clients.types import AccountFacts, AccountKind
from diagnosis.types import DataIssue, History, Lots
from market.types import BenchmarkSeries, Board, Grid, Instrument, InstrumentKind, Venue

NO_LOTS = Lots(*(np.zeros(0, dtype=np.int64) for _ in range(10)))
INDUSTRIES = ("银行", "食品饮料", "电子")


def weekdays(n: int, first: date = date(2023, 1, 2)) -> np.ndarray[Any, np.dtype[np.int64]]:
    """n weekdays as ordinals, from a Monday on."""
    return np.array(
        [(first + timedelta(days=7 * (i // 5) + i % 5)).toordinal() for i in range(n)], dtype=np.int64
    )


def account(number: int, currency: str = "CNY", has_cash: bool = True) -> AccountFacts:
    return AccountFacts(
        number,
        f"A{number:04}",
        f"C{number:04}",
        f"客户{number}",
        AccountKind.CASH,
        currency,
        None,
        None,
        has_cash,
    )


def instrument(place: int, industry: str | None) -> Instrument:
    return Instrument(
        f"6000{place:02}.SH", f"证券{place}", InstrumentKind.STOCK, Venue.XSHG, Board.MAIN, industry, "CNY"
    )


def of_returns(
    returns: Any,
    *,
    points: Any = None,
    granularity: str = "DAY",
    has_cash: bool = True,
    currency: str = "CNY",
    issues: tuple[DataIssue, ...] = (),
    deposit: float = 100.0,
) -> History:
    """Accounts (A, T) that hold no security: one deposit, worth what the returns make of it."""
    returns = np.atleast_2d(np.asarray(returns, dtype=np.float64))
    accounts, n = returns.shape
    known = ~np.isnan(returns)
    places = [np.flatnonzero(row) for row in known]
    first = np.array([at[0] if at.size else 0 for at in places])
    last = np.array([at[-1] if at.size else -1 for at in places])
    value = np.where(known, deposit * np.cumprod(1 + np.nan_to_num(returns), axis=1), 0.0)
    inflow = np.zeros((accounts, n))
    some = last >= first
    inflow[np.flatnonzero(some), first[some]] = deposit
    zeros = np.zeros((accounts, n))
    slots = np.zeros((0, n))
    empty = np.zeros(0, dtype=np.int64)
    wide = np.zeros((n, 0))
    at = weekdays(n) if points is None else np.asarray(points, dtype=np.int64)
    grid = Grid(granularity, at, (), wide, None, None, None, wide, wide)
    return History(
        tuple(account(a, currency, has_cash) for a in range(accounts)),
        grid,
        np.full(accounts, has_cash),
        first,
        last,
        np.zeros(accounts + 1, dtype=np.int64),
        empty,
        slots,
        slots,
        slots.astype(bool),
        slots,
        slots,
        slots,
        slots,
        slots,
        slots,
        slots,
        value if has_cash else zeros,
        zeros,
        inflow,
        zeros,
        value,
        returns,
        NO_LOTS,
        NO_LOTS,
        tuple(issues for _ in range(accounts)),
    )


def benchmark_of(returns: Any) -> BenchmarkSeries:
    """A benchmark without industries."""
    return BenchmarkSeries("B", "基准", "测试用", np.asarray(returns, dtype=np.float64))


def traded_book(
    seed: int, accounts: int = 3, points: int = 60, securities: int = 5
) -> tuple[History, BenchmarkSeries]:
    """Accounts with a cash statement that trade at random, every amount of the History kept consistent.

    The last security stands in an industry that the benchmark lacks; the second pays a dividend, the first
    splits.
    """
    draw = np.random.default_rng(seed)
    grid = _grid(draw, points, securities)
    k = accounts * securities
    slot = {name: np.zeros((k, points)) for name in SLOT_COLUMNS}
    slot["price"] = np.tile(grid.close.T, (accounts, 1)).copy()
    whole = {name: np.zeros((accounts, points)) for name in ACCOUNT_COLUMNS}
    for a in range(accounts):
        _trade(draw, grid, a, securities, slot, whole)
    history = History(
        tuple(account(a) for a in range(accounts)),
        grid,
        np.ones(accounts, dtype=bool),
        np.zeros(accounts, dtype=np.int64),
        np.full(accounts, points - 1),
        np.arange(0, k + 1, securities),
        np.tile(np.arange(securities), accounts),
        slot["quantity"],
        slot["price"],
        np.zeros((k, points), dtype=bool),
        np.full((k, points), np.nan),
        slot["bought"],
        slot["sold"],
        slot["fees"],
        slot["income"],
        slot["moved_in"],
        slot["moved_out"],
        whole["cash"],
        whole["other_income"],
        whole["inflow"],
        whole["outflow"],
        whole["value"],
        whole["returns"],
        NO_LOTS,
        NO_LOTS,
        tuple(() for _ in range(accounts)),
    )
    return history, _benchmark(draw, points)


SLOT_COLUMNS = ("quantity", "price", "bought", "sold", "fees", "income", "moved_in", "moved_out")
ACCOUNT_COLUMNS = ("cash", "other_income", "inflow", "outflow", "value", "returns")


def _grid(draw: np.random.Generator, points: int, securities: int) -> Grid:
    close = 10 * np.exp(np.cumsum(draw.normal(0, 0.02, (points, securities)), axis=0))
    ratio, dividend = np.ones((points, securities)), np.zeros((points, securities))
    ratio[points // 2, 0] = 1.5
    close[points // 2 :, 0] /= 1.5
    dividend[points // 3, 1] = 0.3
    industries = [INDUSTRIES[i % 2] for i in range(securities - 1)] + ["军工"]
    held = tuple(instrument(i, industry) for i, industry in enumerate(industries))
    return Grid("DAY", weekdays(points), held, close, None, None, None, dividend, ratio)


def _trade(
    draw: np.random.Generator,
    grid: Grid,
    a: int,
    securities: int,
    slot: dict[str, Any],
    whole: dict[str, Any],
) -> None:
    cash, before, shares = 0.0, 0.0, np.zeros(securities)
    for t in range(len(grid.points)):
        flow_in = 100_000.0 if t == 0 else float(draw.choice([0, 0, 0, 0, 20_000.0]))
        cash += flow_in
        shares *= grid.ratio[t]
        for s in range(securities):
            k = a * securities + s
            slot["income"][k, t] = shares[s] * grid.dividend[t, s]
            at = grid.close[t, s] * draw.uniform(0.99, 1.01)
            wanted = draw.choice([0, 0, 0, 1, -1]) * float(draw.integers(1, 10)) * 100
            change = max(min(wanted, np.floor(cash * 0.9 / at)), -shares[s])
            shares[s] += change
            slot["bought"][k, t], slot["sold"][k, t] = max(change, 0) * at, max(-change, 0) * at
            slot["fees"][k, t] = 5.0 if change else 0.0
            cash += slot["income"][k, t] - change * at - slot["fees"][k, t]
            slot["quantity"][k, t] = shares[s]
        interest = float(draw.choice([0.0, 1.5]))
        worth = cash + interest + float(shares @ grid.close[t])
        flow_out = float(draw.choice([0, 0, 0, 0.05])) * max(cash, 0.0)
        whole["inflow"][a, t], whole["outflow"][a, t], whole["other_income"][a, t] = (
            flow_in,
            flow_out,
            interest,
        )
        whole["returns"][a, t] = worth / (before + flow_in) - 1
        cash += interest - flow_out
        before = worth - flow_out
        whole["cash"][a, t], whole["value"][a, t] = cash, before


def _benchmark(draw: np.random.Generator, points: int) -> BenchmarkSeries:
    weight = draw.dirichlet((5, 3, 2), points)
    industry = draw.normal(0.0005, 0.01, (points, 3))
    industry[0] = 0.0
    return BenchmarkSeries(
        "CN-DEMO", "样本股组合", "测试用组合", (weight * industry).sum(axis=1), INDUSTRIES, weight, industry
    )


def only(history: History, a: int) -> History:
    """The book of one account."""
    start, stop = int(history.slot_offsets[a]), int(history.slot_offsets[a + 1])
    one: dict[str, Any] = {
        name: getattr(history, name)[start:stop] for name in (*SLOT_COLUMNS, "stale", "average_cost")
    }
    one |= {
        name: getattr(history, name)[a : a + 1] for name in (*ACCOUNT_COLUMNS, "has_cash", "first", "last")
    }
    return replace(
        history,
        accounts=history.accounts[a : a + 1],
        issues=history.issues[a : a + 1],
        slot_security=history.slot_security[start:stop],
        slot_offsets=np.array([0, stop - start]),
        **one,
    )
