"""Markets and accounts of some length for tests of habits: seeded prices, a seeded trader, one replay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from clients.types import CashKind, Ledger
from diagnosis.replay import replay
from diagnosis.types import History
from market.types import BenchmarkSeries, Grid, Instrument
from tests.diagnosis.ledgers import Book, account, day, grid, stock


def market(points: int, stocks: int, seed: int = 1, industries: int = 5) -> Grid:
    """Random walks with highs and lows about the close; prices in cents."""
    rng = np.random.default_rng(seed)
    close = np.round(10 * np.exp(np.cumsum(rng.normal(0, 0.02, (points, stocks)), axis=0)), 2)
    securities = [stock(f"{600000 + s}.SH", industry=f"行业{s % industries}") for s in range(stocks)]
    spread = np.round(close * rng.uniform(0.002, 0.02, close.shape), 2)
    made = grid(close.tolist(), securities)
    return replace(made, high=close + spread, low=close - spread, volume=np.full(close.shape, 1e6))


def benchmark(prices: Grid) -> BenchmarkSeries:
    """Equal weights every day."""
    growth = np.zeros(prices.close.shape)
    growth[1:] = prices.close[1:] / prices.close[:-1] - 1
    return BenchmarkSeries("EQ", "等权组合", "样本股等权", growth.mean(axis=1))


Order = tuple[int, str, int, int]  # point, "buy" or "sell", security, shares


def history_of(
    prices: Grid, *accounts: Sequence[Order], commission: float = 5.0, cash: int = 10_000_000
) -> tuple[History, Ledger]:
    """Accounts that deposit `cash` on the first day and trade at the close; rows in the order given."""
    book = Book(accounts=[account(a) for a in range(len(accounts))], securities=len(prices.securities))
    for a, orders in enumerate(accounts):
        book.flow(CashKind.DEPOSIT, day(0), cash, a=a)
        for t, side, s, shares in orders:
            deal = book.buy if side == "buy" else book.sell
            deal(day(t), shares, round(float(prices.close[t, s]), 2), of=s, a=a, commission=commission)
    ledger = book.ledger()
    return replay(ledger, prices, ()), ledger


def orders_by(
    prices: Grid,
    seed: int,
    pick_sale: Callable[[np.random.Generator, dict[int, tuple[int, float]], int], int | None],
) -> list[Order]:
    """A trader who fills five places at random and sells what `pick_sale` names, {stock: (point, cost)} at
    a point.
    """
    rng = np.random.default_rng(seed)
    held: dict[int, tuple[int, float]] = {}
    orders: list[Order] = []
    for t in range(1, prices.close.shape[0]):
        gone = pick_sale(rng, held, t)
        if gone is not None:
            orders.append((t, "sell", gone, 1000))
            del held[gone]
        if len(held) < 5:
            free = [s for s in range(prices.close.shape[1]) if s not in held]
            new = int(rng.choice(free))
            held[new] = t, float(prices.close[t, new])
            orders.append((t, "buy", new, 1000))
    return orders


def instrument(prices: Grid, place: int, **more: object) -> tuple[Instrument, ...]:
    """The grid's securities with one changed."""
    return tuple(replace(s, **more) if i == place else s for i, s in enumerate(prices.securities))
