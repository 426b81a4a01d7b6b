"""The hot loops of holdings and lots, compiled: exact integers of millionths, no knowledge of files or rules.

One slot is one security in one account; its events stand in time order from `offsets[k]` to `offsets[k + 1]`.
`diagnosis.lots` calls them and documents the columns. Kinds are compared one by one, not by `in`: a set
lookup is slow inside a kernel.
"""

# mypy: allow-untyped-defs, allow-untyped-calls
# A kernel takes int64, float64 and bool arrays; its typed callers fix them, and numba compiles one signature.

from __future__ import annotations

from numba import njit

SCALE = 1_000_000
UNKNOWN = -(2**63)
LARGEST = 2**63 - 1

# What an event does to a slot.
ADD = 0  # purchase, allotment, rights: shares in at their price
SELL = 1
MOVE_IN = 2  # transfer in: shares in at market value, their cost unknown here
MOVE_OUT = 3
SHARES = 4  # bonus or split as the file books it: `quantity` more shares, no money
BONUS_RATE = 5  # bonus as announced: `quantity` new shares for one held
SPLIT_RATE = 6  # split as announced: `quantity` shares after for one before
DIVIDEND_RATE = 7  # cash dividend: `quantity` yuan a share; `gross` what the file paid, if it says so
INCOME = 8  # dividend or dividend tax that belongs to no known announcement: `gross`, signed


@njit(cache=True)
def mul_div(a, b, c):
    """floor(a * b / c) for 0 <= a, 0 <= b, 0 < c < 2**62, exact even where a * b needs 128 bits."""
    if a == 0 or b == 0:
        return 0
    if a <= LARGEST // b:
        return a * b // c
    if b % SCALE == 0 and c % SCALE == 0:  # whole shares: the usual case
        b //= SCALE
        c //= SCALE
    whole = (a // c) * b
    rest = a % c
    if rest <= LARGEST // b:
        return whole + rest * b // c
    quotient = 0
    remainder = 0
    bit = 62
    while bit >= 0:  # long multiplication by doubling, reduced modulo c at each step
        quotient *= 2
        remainder *= 2
        if remainder >= c:
            remainder -= c
            quotient += 1
        if (b >> bit) & 1:
            remainder += rest
            if remainder >= c:
                remainder -= c
                quotient += 1
        bit -= 1
    return whole + quotient


@njit(cache=True)
def share_of(money, part, whole):
    """`money` * part / whole, cut towards zero, for money of either sign."""
    if money < 0:
        return -mul_div(-money, part, whole)
    return mul_div(money, part, whole)


@njit(cache=True)
def shares_more(op, held, rate, whole_shares):
    """Shares that an announced bonus or split adds to `held` (below 0 for a reverse split)."""
    if op == SPLIT_RATE:
        return mul_div(held, rate, SCALE) - held
    more = mul_div(held, rate, SCALE)
    if whole_shares:
        more -= more % SCALE
    return more


@njit(cache=True)
def least_before(op, need, rate, whole_shares):
    """Least holding before an announced bonus or split that leaves at least `need` after it."""
    if need == 0:
        return 0
    if op == SPLIT_RATE:
        if rate <= 0:
            return need
        guess = mul_div(need, SCALE, rate)
    else:
        guess = mul_div(need, SCALE, SCALE + rate)
    step = 1
    if whole_shares and need % SCALE == 0:
        step = SCALE
        guess -= guess % SCALE
    while guess + shares_more(op, guess, rate, whole_shares) < need:
        guess += step
    return guess


@njit(cache=True)
def least_opening(op, quantity, whole_shares, start, stop):
    """Least holding before the first event with which no sale takes more than is held: walked from the
    end.
    """
    need = 0
    for i in range(stop - 1, start - 1, -1):
        what = op[i]
        if what == SELL or what == MOVE_OUT:  # noqa: SIM109
            need += quantity[i]
        elif what == ADD or what == MOVE_IN or what == SHARES:  # noqa: SIM109
            need = max(0, need - quantity[i])
        elif what == BONUS_RATE or what == SPLIT_RATE:  # noqa: SIM109
            need = least_before(what, need, quantity[i], whole_shares)
    return need


@njit(cache=True)
def resolve(
    offsets, op, quantity, day, opening, whole_shares, settles_later, before, delta, excess, early
):
    """Walk each slot: infer openings, turn announced rates into shares, find sales of more than is held.

    opening (K,): given quantity, or UNKNOWN: the least that no sale overdraws (filled in). Fills per event:
    before (shares held before it), delta (shares it adds), excess (sold but not held), early (sold on the day
    they came where that is not allowed). All but `before` must come as zeros.
    """
    for k in range(offsets.size - 1):
        start, stop = offsets[k], offsets[k + 1]
        if opening[k] == UNKNOWN:
            opening[k] = least_opening(op, quantity, whole_shares[k], start, stop)
        held = opening[k]
        sellable = held
        for i in range(start, stop):
            what = op[i]
            if i == start or day[i] != day[i - 1]:
                sellable = held
            before[i] = held
            if what == ADD or what == MOVE_IN:  # noqa: SIM109
                delta[i] = quantity[i]
            elif what == SELL or what == MOVE_OUT:  # noqa: SIM109
                taken = min(quantity[i], held)
                excess[i] = quantity[i] - taken
                delta[i] = -taken
                if what == SELL and settles_later[k] and taken > sellable:
                    early[i] = taken - sellable
                sellable = max(0, sellable - quantity[i])
            elif what == SHARES:
                delta[i] = quantity[i]
                sellable += quantity[i]
            elif what == BONUS_RATE or what == SPLIT_RATE:  # noqa: SIM109
                delta[i] = shares_more(what, held, quantity[i], whole_shares[k])
                sellable += delta[i]
            held += delta[i]


# Columns of the lots at hand (rows of an int64 array of shape (7, n)) and of closed pieces (11, n).
L_SLOT, L_DAY, L_AT, L_QUANTITY, L_COST, L_TRADE, L_TAXABLE = 0, 1, 2, 3, 4, 5, 6
C_SLOT, C_OPEN_DAY, C_OPEN_AT, C_CLOSE_DAY, C_CLOSE_AT, C_QUANTITY = 0, 1, 2, 3, 4, 5
C_COST, C_PROCEEDS, C_BUY, C_SELL, C_TAXABLE = 6, 7, 8, 9, 10


@njit(cache=True)
def spread_shares(lots, head, tail, more):
    """Add `more` shares to the open lots in proportion, to the last millionth; costs stay where they are."""
    total = 0
    for lot in range(head, tail):
        total += lots[L_QUANTITY, lot]
    if total <= 0:
        return
    counted, placed = 0, 0
    for lot in range(head, tail):
        counted += lots[L_QUANTITY, lot]
        upto = mul_div(total + more, counted, total)
        lots[L_QUANTITY, lot] = upto - placed
        placed = upto
        eaten = lots[L_QUANTITY, lot] == 0 and lot + 1 < tail  # by a reverse split; its money must not vanish
        if eaten and lots[L_COST, lot] != UNKNOWN and lots[L_COST, lot + 1] != UNKNOWN:
            lots[L_COST, lot + 1] += lots[L_COST, lot]
            lots[L_COST, lot] = 0


@njit(cache=True)
def spread_money(lots, head, tail, money):
    """Add taxable `money` to the open lots in proportion to their shares, to the last millionth."""
    total = 0
    for lot in range(head, tail):
        total += lots[L_QUANTITY, lot]
    if total <= 0:
        return
    counted, placed = 0, 0
    for lot in range(head, tail):
        counted += lots[L_QUANTITY, lot]
        upto = share_of(money, counted, total)
        lots[L_TAXABLE, lot] += upto - placed
        placed = upto


@njit(cache=True)
def put_lot(lots, place, slot, day, at, quantity, cost, trade):
    """Write one lot."""
    lots[L_SLOT, place] = slot
    lots[L_DAY, place] = day
    lots[L_AT, place] = at
    lots[L_QUANTITY, place] = quantity
    lots[L_COST, place] = cost
    lots[L_TRADE, place] = trade
    lots[L_TAXABLE, place] = 0


@njit(cache=True)
def take_piece(lots, head, piece):
    """Take `piece` shares out of the lot at `head`: its part of the cost (UNKNOWN stays so) and taxable
    dividend.
    """
    held = lots[L_QUANTITY, head]
    cost = lots[L_COST, head]
    taxable = lots[L_TAXABLE, head]
    if piece < held:
        taxable = share_of(taxable, piece, held)
        if cost != UNKNOWN:
            cost = share_of(cost, piece, held)
    lots[L_QUANTITY, head] = held - piece
    lots[L_TAXABLE, head] -= taxable
    if cost != UNKNOWN:
        lots[L_COST, head] -= cost
    return cost, taxable


@njit(cache=True)
def close_piece(closed, n, slot, lots, head, day, at, quantity, cost, proceeds, trade, taxable):
    """Write one closed piece; head -1: of a purchase that is not on file."""
    closed[C_SLOT, n] = slot
    closed[C_OPEN_DAY, n] = lots[L_DAY, head] if head >= 0 else UNKNOWN
    closed[C_OPEN_AT, n] = lots[L_AT, head] if head >= 0 else UNKNOWN
    closed[C_CLOSE_DAY, n] = day
    closed[C_CLOSE_AT, n] = at
    closed[C_QUANTITY, n] = quantity
    closed[C_COST, n] = cost
    closed[C_PROCEEDS, n] = proceeds
    closed[C_BUY, n] = lots[L_TRADE, head] if head >= 0 else -1
    closed[C_SELL, n] = trade
    closed[C_TAXABLE, n] = taxable


@njit(cache=True)
def match_fifo(offsets, op, delta, excess, money, day, at, trade, opening, opening_cost, lots, closed):
    """First in, first out. `lots` ends as the open lots, `closed` as the closed; returns (open, closed, cost
    moved).

    money per event: what an ADD cost, what a SELL brought after fees, the taxable dividend of a
    DIVIDEND_RATE. The lots of the slot at work stand at the end of `lots`; a finished slot leaves only what
    is still open.
    """
    n_open, n, moved_cost = 0, 0, 0
    for k in range(offsets.size - 1):
        head = n_open
        tail = n_open
        if opening[k] > 0:
            put_lot(lots, tail, k, UNKNOWN, UNKNOWN, opening[k], opening_cost[k], -1)
            tail += 1
        for i in range(offsets[k], offsets[k + 1]):
            what = op[i]
            if what == ADD:
                if delta[i] > 0:
                    put_lot(lots, tail, k, day[i], at[i], delta[i], money[i], trade[i])
                    tail += 1
            elif what == MOVE_IN or (what == SHARES and head == tail):
                if delta[i] > 0:
                    put_lot(lots, tail, k, UNKNOWN, UNKNOWN, delta[i], UNKNOWN, -1)
                    tail += 1
            elif what == SHARES or what == BONUS_RATE or what == SPLIT_RATE:  # noqa: SIM109
                spread_shares(lots, head, tail, delta[i])
            elif what == DIVIDEND_RATE:
                spread_money(lots, head, tail, money[i])
            elif what == SELL or what == MOVE_OUT:  # noqa: SIM109
                whole = excess[i] - delta[i]
                left, done, paid = -delta[i], 0, 0
                while left > 0 and head < tail:
                    piece = min(left, lots[L_QUANTITY, head])
                    cost, taxable = take_piece(lots, head, piece)
                    done += piece
                    left -= piece
                    if what == SELL:
                        upto = share_of(money[i], done, whole)
                        close_piece(
                            closed, n, k, lots, head, day[i], at[i], piece, cost, upto - paid, trade[i],
                            taxable
                        )
                        paid = upto
                        n += 1
                    elif cost != UNKNOWN:
                        moved_cost += cost
                    if lots[L_QUANTITY, head] == 0:
                        head += 1
                if what == SELL and whole > done:
                    rest = whole - done
                    got = money[i] - paid
                    close_piece(closed, n, k, lots, -1, day[i], at[i], rest, UNKNOWN, got, trade[i], 0)
                    n += 1
        for lot in range(head, tail):
            if lots[L_QUANTITY, lot] > 0:
                lots[:, n_open] = lots[:, lot]
                n_open += 1
    return n_open, n, moved_cost


@njit(cache=True)
def average(offsets, op, before, delta, money, opening, opening_cost, cost_after):
    """Moving average: total cost of what is held after each event (UNKNOWN while part of it has no known
    cost).
    """
    for k in range(offsets.size - 1):
        cost = 0
        known = True
        if opening[k] > 0:
            known = opening_cost[k] != UNKNOWN
            cost = opening_cost[k] if known else 0
        for i in range(offsets[k], offsets[k + 1]):
            what = op[i]
            if what == ADD:
                cost += money[i]
            elif (what == MOVE_IN and delta[i] > 0) or (what == SHARES and before[i] == 0 and delta[i] > 0):
                known = False
            elif (what == SELL or what == MOVE_OUT) and before[i] > 0:  # noqa: SIM109
                cost -= share_of(cost, -delta[i], before[i])
            if before[i] + delta[i] == 0:
                known = True
                cost = 0
            cost_after[i] = cost if known else UNKNOWN
