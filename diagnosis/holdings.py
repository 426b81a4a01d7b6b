"""What is held at the end of the period, what each security brought, and how industries weigh."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from clients.types import UNKNOWN, Ledger
from diagnosis.behaviour.book import days_of
from diagnosis.types import History, HoldingLine, SecurityLine
from kit.rulebook import load_rulebook
from market.types import FloatArray, IntArray

NO_INDUSTRY = "未分类"
MIN_POSITION = 1e-9


def account_slots(history: History, a: int) -> slice:
    """Slots of account a."""
    return slice(int(history.slot_offsets[a]), int(history.slot_offsets[a + 1]))


def end_point(history: History, a: int) -> int:
    """The account's last point, -1 when the grid has none."""
    return int(history.last[a]) if history.grid.points.size else -1


def holdings_of(history: History, a: int) -> tuple[HoldingLine, ...]:
    """Holdings of account a at its last point, largest first; those without a price last, without a value."""
    slots, t = account_slots(history, a), end_point(history, a)
    if t < 0:
        return ()
    quantity, price = history.quantity[slots, t], history.price[slots, t]
    held = np.flatnonzero(quantity > MIN_POSITION)
    worth = np.where(np.isfinite(price), quantity * price, np.nan)
    total = float(np.nansum(worth[held]))
    bought_on = _open_days(history, slots)
    volume = _mean_volume(history, t)
    lines = [_line(history, slots.start + int(k), t, total, bought_on[k], volume) for k in held]
    return tuple(sorted(lines, key=lambda line: (line.value is None, -(line.value or 0.0), line.code)))


def _open_days(history: History, slots: slice) -> FloatArray:
    """Quantity-weighted purchase day (ordinal) of each slot's open lots; NaN where any purchase is unknown."""
    lots = history.open
    mine = (lots.slot >= slots.start) & (lots.slot < slots.stop)
    place, size = lots.slot[mine] - slots.start, slots.stop - slots.start
    unknown = lots.open_day[mine] == UNKNOWN
    weight = lots.quantity[mine].astype(np.float64)
    day = np.where(unknown, np.nan, lots.open_day[mine].astype(np.float64))
    total = np.bincount(place, weights=weight, minlength=size)
    mean = np.bincount(place, weights=weight * day, minlength=size)
    out = np.full(size, np.nan)
    np.divide(mean, total, out=out, where=total > 0)
    return out


def _mean_volume(history: History, t: int) -> FloatArray | None:
    """(S,) mean daily volume in shares of the last days up to t; None where the grid has no volume."""
    volume = history.grid.volume
    if volume is None:
        return None
    window = int(_rule("FIND-000", history, t)["volume_days"])
    recent = np.nan_to_num(volume[max(0, t - window + 1) : t + 1])
    mean: FloatArray = recent.mean(axis=0)
    return mean


def _rule(rule_id: str, history: History, t: int) -> dict[str, Any]:
    day = date.fromordinal(int(days_of(history.grid)[t]))
    values: dict[str, Any] = load_rulebook("diagnosis", "findings").on(rule_id, day)
    return values


def _line(
    history: History, k: int, t: int, total: float, open_day: float, volume: FloatArray | None
) -> HoldingLine:
    s = int(history.slot_security[k])
    security = history.grid.securities[s]
    quantity, price, cost = (float(x[k, t]) for x in (history.quantity, history.price, history.average_cost))
    priced, known = np.isfinite(price), np.isfinite(cost)
    today = float(days_of(history.grid)[t])
    share = float(_rule("FIND-000", history, t)["volume_share"])
    daily = float(volume[s]) * share if volume is not None else 0.0
    return HoldingLine(
        code=security.code,
        name=security.name,
        kind=security.kind.value,
        industry=security.industry,
        quantity=quantity,
        price=price if priced else None,
        value=quantity * price if priced else None,
        weight=quantity * price / total if priced and total > 0 else None,
        average_cost=cost if known else None,
        unrealised=quantity * (price - cost) if priced and known else None,
        held_days=round(today - open_day) if np.isfinite(open_day) else None,
        days_to_sell=quantity / daily if daily > 0 else None,
        stale=bool(history.stale[k, t]),
    )


def slot_profit(history: History, slots: slice) -> FloatArray:
    """(k,) profit of each slot over the period after its fees: what is left and was sold, less what went
    in.
    """
    points = history.grid.points.size
    if points == 0:
        return np.zeros(slots.stop - slots.start)
    quantity, price = history.quantity[slots, -1], history.price[slots, -1]
    left = np.where(quantity > MIN_POSITION, np.nan_to_num(quantity * price), 0.0)
    flows = history.sold[slots] + history.income[slots] + history.moved_out[slots]
    flows = flows - history.bought[slots] - history.fees[slots] - history.moved_in[slots]
    profit: FloatArray = left + flows.sum(axis=1)
    return profit


def securities_of(history: History, a: int, ledger: Ledger | None = None) -> tuple[SecurityLine, ...]:
    """What each security brought over the period, best first. `ledger` gives the number of trades.

    The contribution is the profit over the account's mean value: it adds up over securities, and differs
    from a linked contribution when money moved in and out.
    """
    slots = account_slots(history, a)
    profit = slot_profit(history, slots)
    fees = history.fees[slots].sum(axis=1)
    base = _mean_value(history, a)
    trades = _trade_counts(history, a, ledger)
    lines = []
    for place, k in enumerate(range(slots.start, slots.stop)):
        security = history.grid.securities[int(history.slot_security[k])]
        lines.append(
            SecurityLine(
                code=security.code,
                name=security.name,
                industry=security.industry,
                profit=float(profit[place]),
                contribution=float(profit[place]) / base if base > 0 else None,
                trades=int(trades[place]),
                fees=float(fees[place]),
            )
        )
    return tuple(sorted(lines, key=lambda line: (-line.profit, line.code)))


def _mean_value(history: History, a: int) -> float:
    used = history.value[a, int(history.first[a]) : int(history.last[a]) + 1]
    used = used[np.isfinite(used) & (used > 0)]
    return float(used.mean()) if used.size else 0.0


def _trade_counts(history: History, a: int, ledger: Ledger | None) -> IntArray:
    slots = account_slots(history, a)
    if ledger is None:
        dealt = (history.bought[slots] > 0).sum(axis=1) + (history.sold[slots] > 0).sum(axis=1)
        return np.asarray(dealt, np.int64)
    trades = ledger.trades
    rows = slice(int(trades.offsets[a]), int(trades.offsets[a + 1]))
    dealt = trades.security[rows][(trades.kind[rows] < 2) & (trades.quantity[rows] > 0)]
    return np.array([(dealt == s).sum() for s in history.slot_security[slots]], dtype=np.int64)


def industry_weights_of(lines: tuple[HoldingLine, ...]) -> tuple[tuple[str, float], ...]:
    """Share of each industry in the securities held, largest first; securities without one stand under
    未分类.
    """
    shares: dict[str, float] = {}
    for line in lines:
        if line.weight is not None:
            name = line.industry or NO_INDUSTRY
            shares[name] = shares.get(name, 0.0) + line.weight
    return tuple(sorted(shares.items(), key=lambda item: (-item[1], item[0])))
