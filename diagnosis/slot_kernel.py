"""The loop that lays slot events on the points of a grid: positions, valuation prices, flows by slot and
account.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# A kernel takes int64, float64 and bool arrays; its typed callers fix them, and numba compiles one signature.

from __future__ import annotations

import numpy as np
from numba import njit

from diagnosis.kernels import ADD, DIVIDEND_RATE, INCOME, MOVE_IN, MOVE_OUT, SCALE, SELL, UNKNOWN

UNIT = float(SCALE)

# Columns of the money a slot moves at a point.
BOUGHT, SOLD, FEES, EARNED, CAME, WENT = 0, 1, 2, 3, 4, 5


@njit(cache=True)
def first_known(close, unit_price, start, stop):
    """The first price of the market, else of an own trade, else NaN: what a holding is worth before any is
    known.
    """
    for t in range(close.size):
        if not np.isnan(close[t]):
            return close[t]
    for i in range(start, stop):
        if unit_price[i] > 0:
            return unit_price[i] / UNIT
    return np.nan


@njit(cache=True)
def money_of(what, gross, fee, moved, excess, quantity, income, worth, money):
    """What one event moves, by column of `money`."""
    if what == ADD:
        money[BOUGHT] += gross
        money[FEES] += fee
    elif what == SELL:
        money[SOLD] += gross
        money[FEES] += fee
        if excess > 0:  # shares nobody saw arrive: in at the price they were sold for
            money[CAME] += gross * (excess / quantity)
    elif what == MOVE_IN:
        money[CAME] += moved * worth
        money[FEES] += fee
    elif what == MOVE_OUT:
        money[WENT] -= moved * worth
        money[FEES] += fee
    elif what == DIVIDEND_RATE or what == INCOME:  # noqa: SIM109 - a set lookup is slow in a kernel
        money[EARNED] += income


@njit(cache=True)
def flow_without_cash(what, gross, fee, income):
    """Money that the client puts in (above 0) or takes out when no cash account stands in between."""
    if what == ADD:
        return gross + fee
    if what == SELL:
        return fee - gross
    if what == DIVIDEND_RATE or what == INCOME:  # noqa: SIM109
        return -income
    return fee


@njit(cache=True)
def carried(last_price, close, dividend, ratio):
    """The price of the point, else the last one with announced dividend and ratio applied to it."""
    if not np.isnan(close):
        return close
    if np.isnan(last_price) or (ratio == 1.0 and dividend == 0.0):
        return last_price
    return max(0.0, (last_price - dividend) / ratio)


@njit(cache=True)
def own_price(last_price, unit_price, point, start, stop, t):
    """The price of the last own trade at point t, else `last_price`."""
    i = start
    while i < stop and point[i] == t:
        if unit_price[i] > 0:
            last_price = unit_price[i] / UNIT
        i += 1
    return last_price


@njit(cache=True)
def before_grid(point, delta, cost_after, start, stop, held, cost):
    """What is left of the events before the grid: place of the first later event, holding, its cost."""
    i = start
    while i < stop and point[i] < 0:
        held += delta[i]
        cost = cost_after[i]
        i += 1
    return i, held, cost


@njit(cache=True)
def fill_slots(
    offsets, point, op, delta, excess, quantity_now, gross, fee, unit_price, income_money, cost_after,
    opening, opening_cost, opening_point, account, security, has_cash, close, dividend, ratio, seen,
    quantity, price, stale, average_cost, bought, sold, fees, income, moved_in, moved_out,
    value, inflow, outflow, stale_points, guessed_points,
):
    """Lay the events of each slot on the points and add them up by account.

    close, dividend, ratio, seen (the market had a price by then) are (S, T); unit_price is a trade's, else 0.
    Opening holdings enter at `opening_point` of the account, or as soon as a price is known for them.
    """
    money = np.zeros(6)
    for k in range(offsets.size - 1):
        a, s, i, stop = account[k], security[k], offsets[k], offsets[k + 1]
        waiting = opening[k] > 0
        held, cost = 0, 0
        if waiting and opening_point[a] < 0:
            held, cost, waiting = opening[k], opening_cost[k], False
        i, held, cost = before_grid(point, delta, cost_after, i, stop, held, cost)
        last_price = own_price(np.nan, unit_price, point, offsets[k], i, -1)
        carried_in = held
        fallback = first_known(close[s], unit_price, offsets[k], stop)
        for t in range(quantity.shape[1]):
            fresh = not np.isnan(close[s, t])
            last_price = carried(last_price, close[s, t], dividend[s, t], ratio[s, t])
            busy = i < stop and point[i] == t
            priced = busy or np.isnan(fallback) or not np.isnan(last_price)
            enters = waiting and opening_point[a] <= t and priced
            if not (busy or enters or held > 0):
                price[k, t] = last_price
                average_cost[k, t] = np.nan
                continue
            if not fresh:
                last_price = own_price(last_price, unit_price, point, i, stop, t)
            here = fallback if np.isnan(last_price) else last_price
            worth = 0.0 if np.isnan(here) else here
            money[:] = 0.0
            money[CAME] = carried_in / UNIT * worth if t == 0 else 0.0
            if enters:
                waiting, held, cost = False, held + opening[k], opening_cost[k]
                money[CAME] += opening[k] / UNIT * worth
            while i < stop and point[i] == t:
                paid, charge, gain = gross[i] / UNIT, fee[i] / UNIT, income_money[i] / UNIT
                money_of(op[i], paid, charge, delta[i] / UNIT, excess[i], quantity_now[i], gain, worth, money)
                flow = 0.0 if has_cash[a] else flow_without_cash(op[i], paid, charge, gain)
                inflow[a, t] += max(flow, 0.0)
                outflow[a, t] += max(-flow, 0.0)
                held, cost, i = held + delta[i], cost_after[i], i + 1
            if busy or enters or t == 0:
                bought[k, t], sold[k, t], fees[k, t] = money[BOUGHT], money[SOLD], money[FEES]
                income[k, t], moved_in[k, t], moved_out[k, t] = money[EARNED], money[CAME], money[WENT]
                inflow[a, t] += money[CAME]
                outflow[a, t] += money[WENT]
            quantity[k, t], price[k, t] = held / UNIT, here
            average_cost[k, t] = cost / held if held > 0 and cost != UNKNOWN else np.nan
            value[a, t] += held / UNIT * worth
            if held > 0 and not fresh:
                stale[k, t] = True
                stale_points[k] += 1
                guessed_points[k] += not seen[s, t]
