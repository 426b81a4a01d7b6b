"""The loop that books the cash of accounts: what is a flow, what is return, what only changes its place."""

# mypy: allow-untyped-defs, allow-untyped-calls
# A kernel takes int64, float64 and bool arrays; its typed callers fix them, and numba compiles one signature.

from __future__ import annotations

import numpy as np
from numba import njit

from diagnosis.kernels import LARGEST, SCALE, UNKNOWN, share_of

# What a cash row does to the book (diagnosis.columns maps CashKind to these).
EXTERNAL = 0
SECURITY = 1  # dividend or its tax, for a security with a slot
OWN = 2  # interest, fees: return that belongs to no security
BORROW = 3
REPAY = 4
FREEZE = 5
THAW = 6
LEND = 7
LENT_BACK = 8
ODD = 9  # 其他: nobody said what it is, so it is not return

# How a trade was paid.
PAID = 0  # the file's amount, or the computed one, went through cash
FINANCED = 1  # amount 0 in a margin account: bought on credit, or sold to repay
FROM_FROZEN = 2  # amount 0: the subscription money paid for it
FROM_FROZEN_FIRST = 3  # amount unknown: subscription money first, cash for the rest

# Columns of the log of oddities.
LOG_OPENING, LOG_GAP, LOG_SHORT, LOG_ODD = 0, 1, 2, 3

# State of one account.
BALANCE, FROZEN, LENT, DEBT, CARRIED = 0, 1, 2, 3, 4


@njit(cache=True)
def note(log, a, which, day, amount):
    """Remember one oddity. log (A, 4, 5): how many, the first day and amount, the sum of sizes, the signed
    sum.
    """
    if log[a, which, 0] == 0:
        log[a, which, 1] = day
        log[a, which, 2] = amount
    log[a, which, 0] += 1
    log[a, which, 3] += abs(amount)
    log[a, which, 4] += amount


@njit(cache=True)
def implied_opening(day, cash, balance, first, starts, ends):
    """From one table: what the first and the last balance of day `first` say the account began with, else
    UNKNOWN.

    Returns the money the table moved up to the end of that day.
    """
    run = 0
    for i in range(day.size):
        if day[i] > first:
            break
        run += cash[i]
        if day[i] == first and balance[i] != UNKNOWN:
            if starts[0] == UNKNOWN:
                starts[0] = balance[i] - run
            ends[0] = balance[i]
    return run


@njit(cache=True)
def first_stated(day, balance):
    """First day with a running balance, LARGEST without one."""
    for i in range(day.size):
        if balance[i] != UNKNOWN:
            return day[i]
    return LARGEST


@njit(cache=True)
def opening_cash(day_t, cash_t, balance_t, day_c, cash_c, balance_c, tolerance):
    """Cash before the first row, as the first day with a running balance implies it; UNKNOWN without any
    balance.

    Trades and cash rows of one day have no common order: the reading in which the day closes is taken.
    """
    first = min(first_stated(day_t, balance_t), first_stated(day_c, balance_c))
    if first == LARGEST:
        return UNKNOWN
    starts = np.full(2, UNKNOWN)
    ends = np.full(2, UNKNOWN)
    moved = implied_opening(day_t, cash_t, balance_t, first, starts[:1], ends[:1])
    moved += implied_opening(day_c, cash_c, balance_c, first, starts[1:], ends[1:])
    best = UNKNOWN
    for y in range(2):
        if ends[y] == UNKNOWN:
            continue
        opened = ends[y] - moved
        for x in range(2):
            if starts[x] != UNKNOWN and abs(starts[x] - opened) <= tolerance:
                return opened
        if best == UNKNOWN or abs(opened) < abs(best):
            best = opened
    return best


@njit(cache=True)
def settle(kind, amount, state, interest_part):
    """One cash row: returns (outside, gain), the parts of `amount` that are a flow and that are return."""
    state[BALANCE] += amount
    if kind == EXTERNAL or kind == ODD:  # noqa: SIM109 - a set lookup is slow in a kernel
        return amount, 0
    if kind == OWN:
        return 0, amount
    if kind == BORROW:
        state[DEBT] += amount
        return 0, 0
    if kind == REPAY:
        owed = min(max(state[DEBT], 0), -amount)
        state[DEBT] -= owed
        return amount + owed, 0
    place = FROZEN if kind == FREEZE or kind == THAW else LENT  # noqa: SIM109
    if amount <= 0:
        state[place] -= amount
        return 0, 0
    back = min(state[place], amount)
    extra = amount - back
    interest = place == LENT and extra <= share_of(state[LENT], interest_part, SCALE)
    state[place] -= back
    return (0, extra) if interest else (extra, 0)


@njit(cache=True)
def pay(pays, cash, worth, state):
    """One trade: how it was paid. Returns what nobody seems to have paid."""
    if pays == PAID:
        state[BALANCE] += cash
        return 0
    if pays == FINANCED:
        state[DEBT] -= worth
        return 0
    used = min(state[FROZEN], -worth)
    state[FROZEN] -= used
    lacking = -worth - used
    if pays == FROM_FROZEN_FIRST:
        state[BALANCE] -= lacking
        return 0
    return lacking


@njit(cache=True)
def gap_to(said_t, said_c, balance):
    """Stated minus computed balance; where trades and cash rows both state one, the nearer."""
    if said_t == UNKNOWN and said_c == UNKNOWN:
        return 0
    if said_t == UNKNOWN:
        return said_c - balance
    if said_c == UNKNOWN or abs(said_t - balance) <= abs(said_c - balance):
        return said_t - balance
    return said_c - balance


@njit(cache=True)
def lay(a, t, change, flow, gain, state, net, inflow, outflow, own):
    """Put one change of net cash on its point; what came before the grid is carried to its first point."""
    if t < 0:
        state[CARRIED] += change
        return
    net[a, t] += change
    inflow[a, t] += max(flow, 0)
    outflow[a, t] += max(-flow, 0)
    own[a, t] += gain


@njit(cache=True)
def earliest(offsets_t, offsets_c, day_t, day_c, point_t, point_c, i, j, a):
    """Day and point of the next row of account `a`, LARGEST when none is left."""
    today, t = LARGEST, LARGEST
    if i < offsets_t[a + 1]:
        today, t = day_t[i], point_t[i]
    if j < offsets_c[a + 1] and (day_c[j] < today or (day_c[j] == today and point_c[j] < t)):
        today, t = day_c[j], point_c[j]
    return today, t


@njit(cache=True)
def missing(a, today, gap, short, balance, tolerance, log):
    """Money that must have come (above 0) or gone: the gap to a stated balance, else what purchases lack."""
    if abs(gap) > tolerance:
        note(log, a, LOG_GAP, today, gap)
        return gap
    if short and balance < -tolerance:
        note(log, a, LOG_SHORT, today, -balance)
        return -balance
    return 0


@njit(cache=True)
def book_cash(
    offsets_t, day_t, point_t, cash_t, worth_t, pays_t, balance_t,
    offsets_c, day_c, point_c, earned_c, kind_c, cash_c, balance_c,
    has_cash, margin, opening_point, tolerance, interest_part, net, inflow, outflow, own, log,
):
    """Cash of each account by point, in millionths, over trades (t) and cash rows (c) merged by day.

    cash_t: what a trade did to the balance; worth_t: what it did to the client's wealth in cash.
    net (A, T): change of balance + subscriptions and repo out + dividends due - margin debt.
    """
    for a in range(has_cash.size):
        if not has_cash[a]:
            continue
        i, end_t, j, end_c = offsets_t[a], offsets_t[a + 1], offsets_c[a], offsets_c[a + 1]
        state = np.zeros(5, dtype=np.int64)
        opened = opening_cash(
            day_t[i:end_t], cash_t[i:end_t], balance_t[i:end_t],
            day_c[j:end_c], cash_c[j:end_c], balance_c[j:end_c], tolerance,
        )
        stated = opened != UNKNOWN
        if stated and opened > tolerance:
            state[BALANCE] = opened
            lay(a, max(0, opening_point[a]), opened, opened, 0, state, net, inflow, outflow, own)
            note(log, a, LOG_OPENING, 0, opened)
        while i < end_t or j < end_c:
            today, t = earliest(offsets_t, offsets_c, day_t, day_c, point_t, point_c, i, j, a)
            said_c, said_t = UNKNOWN, UNKNOWN
            while j < end_c and day_c[j] == today and point_c[j] == t:
                if kind_c[j] == SECURITY:
                    state[BALANCE] += cash_c[j]
                    lay(a, earned_c[j], cash_c[j], 0, 0, state, net, inflow, outflow, own)
                else:
                    outside, gain = settle(kind_c[j], cash_c[j], state, interest_part)
                    lay(a, t, outside + gain, outside, gain, state, net, inflow, outflow, own)
                    if outside != 0 and kind_c[j] != EXTERNAL:
                        note(log, a, LOG_ODD, today, outside)
                if balance_c[j] != UNKNOWN:
                    said_c = balance_c[j]
                j += 1
            while i < end_t and day_t[i] == today and point_t[i] == t:
                lacking = pay(pays_t[i], cash_t[i], worth_t[i], state)
                if lacking > 0:
                    note(log, a, LOG_ODD, today, lacking)
                lay(a, t, worth_t[i] + lacking, lacking, 0, state, net, inflow, outflow, own)
                if balance_t[i] != UNKNOWN:
                    said_t = balance_t[i]
                i += 1
            gap = gap_to(said_t, said_c, state[BALANCE])
            _, later = earliest(offsets_t, offsets_c, day_t, day_c, point_t, point_c, i, j, a)
            short = not stated and not margin[a] and later != t
            gap = missing(a, today, gap, short, state[BALANCE], tolerance, log)
            if gap != 0:
                state[BALANCE] += gap
                lay(a, t, gap, gap, 0, state, net, inflow, outflow, own)
        if state[CARRIED] != 0:
            lay(a, 0, state[CARRIED], state[CARRIED], 0, state, net, inflow, outflow, own)
