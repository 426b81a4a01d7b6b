"""Ledger rows and announcements become slot events: who, which security, when, how many shares, for how much.

A slot is one security in one account. Events of a slot stand in time order: on one day first the cash
dividend, then bonus and split (both belong to the holding of the evening before), then the day's rows in file
order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clients.types import CASH_KINDS, MOVEMENTS, UNKNOWN, CashKind, Ledger, Movement
from diagnosis import kernels
from diagnosis.charges import TradeMoney
from kit.money import to_scaled
from market.types import ActionKind, BoolArray, CorporateAction, Grid, IntArray

UNIX_EPOCH = 719_163  # ordinal of 1970-01-01
SECONDS_A_DAY = 86_400
FIRST_IN_DAY, SECOND_IN_DAY, THIRD_IN_DAY = 0, 1, 2

_OP = np.full(len(MOVEMENTS), kernels.ADD, dtype=np.int64)
for _movement, _op in (
    (Movement.SELL, kernels.SELL), (Movement.TRANSFER_IN, kernels.MOVE_IN),
    (Movement.TRANSFER_OUT, kernels.MOVE_OUT), (Movement.BONUS, kernels.SHARES),
    (Movement.SPLIT, kernels.SHARES),
):
    _OP[MOVEMENTS.index(_movement)] = _op
OP_OF_MOVEMENT = _OP

DIVIDEND = CASH_KINDS.index(CashKind.DIVIDEND)
DIVIDEND_TAX = CASH_KINDS.index(CashKind.DIVIDEND_TAX)


@dataclass(frozen=True)
class Timeline:
    """Where a day or a moment falls on the grid: the first point not before it, -1 before the grid, T after
    it.
    """

    points: IntArray
    days: IntArray  # date ordinal of each point
    daily: bool

    @classmethod
    def of(cls, grid: Grid) -> Timeline:
        daily = grid.granularity == "DAY"
        days = grid.points if daily else grid.points // SECONDS_A_DAY + UNIX_EPOCH
        return cls(grid.points, days, daily)

    def of_days(self, day: IntArray) -> IntArray:
        if not len(self.days):
            return np.full(day.shape, -1, dtype=np.int64)
        place: IntArray = np.searchsorted(self.days, day, side="left").astype(np.int64)
        place[day < self.days[0]] = -1
        return place

    def of_trades(self, day: IntArray, at: IntArray) -> IntArray:
        by_day = self.of_days(day)
        if self.daily or not len(self.points):
            return by_day
        place = np.searchsorted(self.points, at, side="left").astype(np.int64)
        place[at < self.points[0]] = -1
        return np.where(at == UNKNOWN, by_day, place)

    def last_until(self, day: IntArray) -> IntArray:
        """Last point on or before each day; -1 before the grid."""
        return np.searchsorted(self.days, day, side="right").astype(np.int64) - 1


@dataclass(frozen=True)
class Slots:
    """K slots, ordered by account, then security."""

    keys: IntArray  # (K,) account * S + security
    offsets: IntArray  # (A + 1,)
    account: IntArray  # (K,)
    security: IntArray  # (K,)
    n_securities: int

    @classmethod
    def of(cls, keys: IntArray, accounts: int, securities: int) -> Slots:
        found = np.unique(keys)
        account = found // max(securities, 1)
        offsets = np.searchsorted(account, np.arange(accounts + 1)).astype(np.int64)
        return cls(found, offsets, account, found % max(securities, 1), securities)

    def find(self, account: IntArray, security: IntArray) -> IntArray:
        """Slot of each (account, security); they must exist."""
        return np.searchsorted(self.keys, account * self.n_securities + security).astype(np.int64)


@dataclass(frozen=True)
class Announced:
    """Announcements met by slots: one pair for each slot that may have been entitled. Shape (P,)."""

    slot: IntArray
    action: IntArray  # index into the columns below
    matched: BoolArray  # the file has rows of its own for it
    stated: IntArray  # what those rows say: shares of a bonus, yuan of a dividend, in millionths
    security: IntArray  # (J,) columns of the announcements, ordered by security, then day
    day: IntArray
    point: IntArray
    op: IntArray
    value: IntArray


@dataclass(frozen=True)
class Events:
    """Slot events, ordered by slot, then time. Shape (N,) but `offsets` (K + 1,). Money and shares in
    millionths.
    """

    offsets: IntArray
    slot: IntArray
    day: IntArray
    at: IntArray
    point: IntArray
    op: IntArray
    quantity: IntArray
    gross: IntArray
    fee: IntArray
    unit_price: IntArray
    trade: IntArray  # row id, -1 when the event is no trade on file
    pair: IntArray  # index into Announced, -1 when none
    row: IntArray  # index into the ledger's trades, -1 when the event is no trade on file


@dataclass(frozen=True)
class Opening:
    """What each account began with. Quantities and costs by slot, points by account."""

    given: BoolArray  # (A,) a holdings snapshot at or before the first trade says it
    quantity: IntArray  # (K,) UNKNOWN: to be inferred
    cost: IntArray  # (K,) UNKNOWN where nobody said it
    day: IntArray  # (A,) the day the account begins from (its evening)
    point: IntArray  # (A,) where opening holdings enter
    cash_point: IntArray  # (A,) where opening cash enters


def account_of_rows(offsets: IntArray) -> IntArray:
    """The account of each row of a column with `offsets`."""
    return np.repeat(np.arange(len(offsets) - 1, dtype=np.int64), np.diff(offsets))


def slots_of(ledger: Ledger) -> Slots:
    """Every (account, security) that any trade, dividend or snapshot names."""
    s = len(ledger.securities)
    trades, cash, shots = ledger.trades, ledger.cashflows, ledger.snapshots
    named = (cash.security >= 0) & ((cash.kind == DIVIDEND) | (cash.kind == DIVIDEND_TAX))
    keys = np.concatenate((
        account_of_rows(trades.offsets) * s + trades.security,
        (account_of_rows(cash.offsets) * s + cash.security)[named],
        account_of_rows(shots.offsets) * s + shots.security,
    ))
    return Slots.of(keys, len(ledger.accounts), s)


def first_days(offsets: IntArray, day: IntArray, never: int) -> IntArray:
    """First day of each account's rows (they are sorted), `never` without rows."""
    found = np.full(len(offsets) - 1, never, dtype=np.int64)
    some = np.diff(offsets) > 0
    found[some] = day[offsets[:-1][some]]
    return found


def opening_of(ledger: Ledger, slots: Slots, timeline: Timeline) -> Opening:
    """Opening balances: the first snapshot when it is not later than the first trade, else to be inferred.

    A snapshot of the first trading day itself is the opening balance too, but a security whose stated
    quantity is just what the day's own rows explain was bought that day and opens with nothing.
    """
    never = 10**7
    trades, shots = ledger.trades, ledger.snapshots
    first_trade = first_days(trades.offsets, trades.day, never)
    first_cash = first_days(ledger.cashflows.offsets, ledger.cashflows.day, never)
    first_shot = first_days(shots.offsets, shots.day, never)
    given = (first_shot <= first_trade) & (first_shot < never)
    quantity = np.where(given[slots.account], 0, UNKNOWN).astype(np.int64)
    cost = np.full(len(slots.keys), UNKNOWN, dtype=np.int64)
    owner = account_of_rows(shots.offsets)
    rows = np.flatnonzero(given[owner] & (shots.day == first_shot[owner]))
    if len(rows):
        place = slots.find(owner[rows], shots.security[rows])
        same_day = _net_of_day(ledger, slots, first_shot)[place]
        explained = (first_shot[owner[rows]] == first_trade[owner[rows]]) & (shots.quantity[rows] == same_day)
        quantity[place] = np.where(explained, 0, shots.quantity[rows])
        cost[place] = np.where(explained, UNKNOWN, shots.cost[rows])
    begins = np.minimum(first_trade, first_cash)
    start = _eve(timeline, begins)
    before = given & (first_shot < first_trade)
    start_day = np.where(given, first_trade, begins)
    point = np.where(before, timeline.last_until(first_shot), _eve(timeline, start_day))
    day = np.where(before, first_shot, start_day - 1)
    last = len(timeline.points) - 1
    return Opening(
        given, quantity, cost, day, np.minimum(point, last).astype(np.int64),
        np.minimum(start, last).astype(np.int64)
    )


def _eve(timeline: Timeline, day: IntArray) -> IntArray:
    """The point before that of `day` on a daily grid (its close is what the day began with), else its own."""
    place = timeline.of_days(day)
    return np.where(place > 0, place - 1, place) if timeline.daily else place


def _net_of_day(ledger: Ledger, slots: Slots, day: IntArray) -> IntArray:
    """Shares each slot gained on its account's `day`."""
    trades = ledger.trades
    owner = account_of_rows(trades.offsets)
    rows = np.flatnonzero(trades.day == day[owner])
    op = OP_OF_MOVEMENT[trades.kind[rows]]
    sign = np.where((op == kernels.SELL) | (op == kernels.MOVE_OUT), -1, 1)
    net = np.zeros(len(slots.keys), dtype=np.int64)
    np.add.at(net, slots.find(owner[rows], trades.security[rows]), sign * trades.quantity[rows])
    return net


def announcements(
    actions: Sequence[CorporateAction], slots: Slots, opening: Opening, timeline: Timeline
) -> Announced:
    """Every announcement that falls into the life of a slot. Rights are an offer: only the file knows who
    took it.
    """
    op_of = {
        ActionKind.CASH_DIVIDEND: kernels.DIVIDEND_RATE, ActionKind.BONUS: kernels.BONUS_RATE,
        ActionKind.SPLIT: kernels.SPLIT_RATE,
    }
    kept = sorted(
        (a.security, a.ex_date.toordinal(), op_of[a.kind], to_scaled(a.value)) for a in actions
        if a.kind in op_of
    )
    columns = np.array(kept, dtype=np.int64).reshape(-1, 4)
    security, day = columns[:, 0].copy(), columns[:, 1].copy()
    point = timeline.of_days(day)
    by_security = np.argsort(slots.security, kind="stable")
    begin = np.searchsorted(slots.security[by_security], security, side="left")
    count = np.searchsorted(slots.security[by_security], security, side="right") - begin
    action = np.repeat(np.arange(len(security), dtype=np.int64), count)
    within = np.arange(len(action)) - np.repeat(np.cumsum(count) - count, count)
    slot = by_security[np.repeat(begin, count) + within].astype(np.int64)
    owner = slots.account[slot]
    met = (day[action] > opening.day[owner]) & (point[action] < len(timeline.points))
    met &= (point[action] < 0) | (point[action] != opening.point[owner])
    slot, action = slot[met], action[met]
    order = np.argsort(slot * max(len(security), 1) + action, kind="stable")
    return Announced(
        slot[order], action[order], np.zeros(len(order), dtype=np.bool_),
        np.zeros(len(order), dtype=np.int64),
        security, day, point, columns[:, 2].copy(), columns[:, 3].copy(),
    )


def match_rows(
    announced: Announced, slot: IntArray, security: IntArray, day: IntArray, amount: IntArray,
    wants_cash: bool,
    early: int, late: int,
) -> IntArray:
    """The pair that each row of the file carries out, -1 for none; marks the pairs as matched and adds up
    amounts.

    A row belongs to the latest announcement that goes ex no later than `early` days after it and no earlier
    than `late` days before it.
    """
    wanted = np.flatnonzero((announced.op == kernels.DIVIDEND_RATE) == wants_cash)
    none = np.full(len(slot), -1, dtype=np.int64)
    if not len(wanted) or not len(slot) or not len(announced.slot):
        return none
    span = 2**22
    keys = announced.security[wanted] * span + announced.day[wanted]
    place = np.searchsorted(keys, security * span + day + early, side="right") - 1
    chosen = wanted[np.maximum(place, 0)]
    fits = (place >= 0) & (announced.security[chosen] == security) & (day - announced.day[chosen] <= late)
    n = max(len(announced.security), 1)
    pairs = announced.slot * n + announced.action
    at = np.searchsorted(pairs, slot * n + chosen)
    at_safe = np.minimum(at, len(pairs) - 1)
    fits &= pairs[at_safe] == slot * n + chosen
    found = np.where(fits, at_safe, -1).astype(np.int64)
    announced.matched[found[fits]] = True
    np.add.at(announced.stated, found[fits], amount[fits])
    return found


def events_of(
    ledger: Ledger, slots: Slots, announced: Announced, timeline: Timeline, money: TradeMoney,
    point: IntArray,
    share_pair: IntArray, cash_rows: IntArray, cash_pair: IntArray,
) -> Events:
    """All events in time order. Booked bonus rows with a pair take effect on the ex-day; the rest on their
    own day.
    """
    trades, cash = ledger.trades, ledger.cashflows
    op = OP_OF_MOVEMENT[trades.kind]
    moved = share_pair >= 0
    ex = _take(announced.action, np.maximum(share_pair, 0))
    trade_day = np.where(moved, _take(announced.day, ex), trades.day)
    trade_point = np.where(moved, _take(announced.point, ex), point)
    phase = np.where(op == kernels.SHARES, SECOND_IN_DAY, THIRD_IN_DAY)

    is_cash = announced.op[announced.action] == kernels.DIVIDEND_RATE
    kept = np.flatnonzero(is_cash | ~announced.matched)
    act = announced.action[kept]
    loose = cash_rows[cash_pair < 0]
    owner = account_of_rows(cash.offsets)[loose]
    stated = np.where(announced.matched[kept] & is_cash[kept], announced.stated[kept], UNKNOWN)

    none_a, none_c = np.full(len(kept), UNKNOWN), np.full(len(loose), UNKNOWN)
    zero_a, zero_c = np.zeros(len(kept), dtype=np.int64), np.zeros(len(loose), dtype=np.int64)
    slot = np.concatenate((
        slots.find(account_of_rows(trades.offsets), trades.security), announced.slot[kept],
        slots.find(owner, cash.security[loose]),
    ))
    day = np.concatenate((trade_day, announced.day[act], cash.day[loose]))
    turn = np.concatenate((
        phase, np.where(is_cash[kept], FIRST_IN_DAY, SECOND_IN_DAY), np.full(len(loose), THIRD_IN_DAY),
    ))
    order = np.argsort((slot << 24) | (day << 2) | turn, kind="stable")

    def laid(*parts: IntArray) -> IntArray:
        return np.concatenate(parts).astype(np.int64)[order]

    slot = slot[order]
    return Events(
        offsets=np.searchsorted(slot, np.arange(len(slots.keys) + 1)).astype(np.int64),
        slot=slot, day=day[order].astype(np.int64), at=laid(trades.at, none_a, none_c),
        point=laid(trade_point, announced.point[act], timeline.of_days(cash.day[loose])),
        op=laid(op, announced.op[act], np.full(len(loose), kernels.INCOME)),
        quantity=laid(trades.quantity, announced.value[act], zero_c),
        gross=laid(money.gross, stated, cash.amount[loose]), fee=laid(money.fee, zero_a, zero_c),
        unit_price=laid(money.unit_price, zero_a, zero_c), trade=laid(trades.id, zero_a - 1, zero_c - 1),
        pair=laid(share_pair, kept, zero_c - 1), row=np.where(order < len(op), order, -1).astype(np.int64),
    )


def _take(column: IntArray, place: IntArray) -> IntArray:
    return column[place] if len(column) else np.zeros(len(place), dtype=np.int64)


