"""Small ledgers and grids by hand: rows in, `Ledger` and `Grid` out, as the loaders would make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
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
from kit.money import to_scaled
from market.types import ActionKind, Board, CorporateAction, Grid, Instrument, InstrumentKind, Venue

MONDAY = date(2024, 3, 4)


def day(n: int) -> date:
    """The n-th weekday from Monday 4 March 2024 (no holidays in it)."""
    return MONDAY + timedelta(days=n // 5 * 7 + n % 5)


def stock(code: str = "600000.SH", **more: Any) -> Instrument:
    facts = {
        "code": code, "name": "样本" + code[:6], "kind": InstrumentKind.STOCK, "venue": Venue.XSHG,
        "board": Board.MAIN,
        "industry": "银行", "currency": "CNY",
    }
    return Instrument(**{**facts, **more})


def grid(close: Sequence[Sequence[float]], securities: Sequence[Instrument] | None = None,
    **more: Any) -> Grid:
    """A daily grid from day(0); close[t][s], NaN where unknown."""
    width = len(securities) if securities is not None else np.atleast_1d(close[0]).size
    prices = np.array(close, dtype=np.float64).reshape(len(close), width)
    points, n = prices.shape
    named = [stock(f"60000{s}.SH") for s in range(n)] if securities is None else securities
    facts: dict[str, Any] = {
        "granularity": "DAY", "points": np.array([day(t).toordinal() for t in range(points)], dtype=np.int64),
        "securities": tuple(named),
        "close": prices, "high": None, "low": None,
        "volume": None, "dividend": np.zeros_like(prices), "ratio": np.ones_like(prices),
    }
    return Grid(**{**facts, **more})


def with_actions(prices: Grid, actions: Sequence[CorporateAction]) -> Grid:
    """The grid with the dividend and ratio of `actions`, as the market's loader lays them."""
    dividend, ratio = prices.dividend.copy(), prices.ratio.copy()
    days = prices.points if prices.granularity == "DAY" else prices.points // 86_400 + 719_163
    for action in actions:
        t = int(np.searchsorted(days, action.ex_date.toordinal()))
        if t >= len(days):
            continue
        if action.kind is ActionKind.CASH_DIVIDEND:
            dividend[t, action.security] += float(action.value)
        elif action.kind is ActionKind.BONUS:
            ratio[t, action.security] *= 1 + float(action.value)
        elif action.kind is ActionKind.SPLIT:
            ratio[t, action.security] *= float(action.value)
    return replace(prices, dividend=dividend, ratio=ratio)


def action(kind: ActionKind, ex: date, value: str, security: int = 0,
    price: str | None = None) -> CorporateAction:
    return CorporateAction(security, ex, kind, Decimal(value), None if price is None else Decimal(price))


def account(n: int = 0, *, cash: bool = True, kind: AccountKind = AccountKind.CASH,
    currency: str = "CNY") -> AccountFacts:
    return AccountFacts(n + 1, f"A{n + 1}", "C1", "样本客户", kind, currency, None, None, cash)


def scaled(value: Any) -> int:
    return UNKNOWN if value is None else to_scaled(str(value))


@dataclass
class Book:
    """Rows as a statement has them; `ledger()` sorts nothing, rows of an account must come in time order."""

    accounts: list[AccountFacts] = field(default_factory=lambda: [account()])
    securities: int = 1
    trades: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    cash: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    shots: list[tuple[int, dict[str, Any]]] = field(default_factory=list)

    def move(
        self, kind: Movement, on: date, quantity: Any, price: Any = "0", *, of: int = 0,
        at: int | None = None,
        a: int = 0, amount: Any = None, commission: Any = "0", stamp_duty: Any = "0", transfer_fee: Any = "0",
        other_fee: Any = "0", balance: Any = None, id: int | None = None,
    ) -> Book:
        self.trades.append((a, {
            "id": len(self.trades) + 1 if id is None else id, "day": on.toordinal(),
            "at": UNKNOWN if at is None else at,
            "kind": MOVEMENTS.index(kind), "security": of, "quantity": scaled(quantity),
            "price": scaled(price),
            "amount": scaled(amount), "commission": scaled(commission), "stamp_duty": scaled(stamp_duty),
            "transfer_fee": scaled(transfer_fee), "other_fee": scaled(other_fee), "balance": scaled(balance),
        }))
        return self

    def buy(self, on: date, quantity: Any, price: Any, **more: Any) -> Book:
        return self.move(Movement.BUY, on, quantity, price, **more)

    def sell(self, on: date, quantity: Any, price: Any, **more: Any) -> Book:
        return self.move(Movement.SELL, on, quantity, price, **more)

    def flow(
        self, kind: CashKind, on: date, amount: Any, *, of: int = -1, a: int = 0, balance: Any = None,
        inferred: bool = False, id: int | None = None,
    ) -> Book:
        self.cash.append((a, {
            "id": len(self.cash) + 1 if id is None else id, "day": on.toordinal(),
            "kind": CASH_KINDS.index(kind),
            "security": of,
            "amount": scaled(amount), "balance": scaled(balance), "inferred": inferred,
        }))
        return self

    def holds(
        self, on: date, quantity: Any, *, of: int = 0, a: int = 0, cost: Any = None, market_value: Any = None
    ) -> Book:
        self.shots.append((a, {
            "day": on.toordinal(), "security": of, "quantity": scaled(quantity), "cost": scaled(cost),
            "market_value": scaled(market_value),
        }))
        return self

    def ledger(self) -> Ledger:
        return Ledger(
            tuple(self.accounts), tuple(range(100, 100 + self.securities)),
            self._rows(Trades, self.trades), self._rows(Cashflows, self.cash),
            self._rows(Snapshots, self.shots),
        )

    def _rows(self, what: Any, rows: list[tuple[int, dict[str, Any]]]) -> Any:
        names = [name for name in what.__dataclass_fields__ if name != "offsets"]
        ordered = [row for a in range(len(self.accounts)) for owner, row in rows if owner == a]
        counts = [sum(owner == a for owner, _ in rows) for a in range(len(self.accounts))]
        columns = {
            name: np.array([row[name] for row in ordered], dtype=np.bool_ if name == "inferred" else np.int64)
            for name in names
        }
        return what(offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64), **columns)
