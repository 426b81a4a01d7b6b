"""Replay (重演): a ledger on a grid of prices becomes a History of lots, positions, cash, value, flows and
issues.

Pure: values in, values out. One definition serves one account (a batch of one) and blocks of the book. The
conventions are written in `docs/ledger.md`; the hot loops are in `diagnosis.kernels`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from clients.types import CASH_KINDS, MOVEMENTS, UNKNOWN, AccountKind, CashKind, Ledger, Movement
from diagnosis import cash_kernel, kernels, slot_kernel
from diagnosis.charges import (
    TradeMoney,
    is_home,
    known,
    scaled_product,
    scaled_rule,
    trade_money,
    whole_rule,
)
from diagnosis.lots import Matched, Steps, fifo, moving_average, steps
from diagnosis.movements import (
    DIVIDEND,
    DIVIDEND_TAX,
    Announced,
    Events,
    Opening,
    Slots,
    Timeline,
    account_of_rows,
    announcements,
    events_of,
    match_rows,
    opening_of,
    slots_of,
)
from diagnosis.period import active_span, cut_grid, from_day, ledger_until, owned
from diagnosis.quality import find_issues
from diagnosis.types import DataIssue, History
from diagnosis.work import CashLog, Work
from kit.money import SCALE
from kit.rulebook import load_rulebook
from market.taxes import dividend_is_taxed, dividend_tax_rates
from market.types import BoolArray, CorporateAction, FloatArray, Grid, IntArray
from market.venues import sell_after_array

_CASH_DOES = np.full(len(CASH_KINDS), cash_kernel.ODD, dtype=np.int64)
for _kind, _does in (
    (CashKind.DEPOSIT, cash_kernel.EXTERNAL), (CashKind.WITHDRAWAL, cash_kernel.EXTERNAL),
    (CashKind.TRANSFER_IN, cash_kernel.EXTERNAL), (CashKind.TRANSFER_OUT, cash_kernel.EXTERNAL),
    (CashKind.DIVIDEND, cash_kernel.OWN), (CashKind.DIVIDEND_TAX, cash_kernel.OWN),
    (CashKind.INTEREST, cash_kernel.OWN), (CashKind.FEE, cash_kernel.OWN),
    (CashKind.MARGIN_INTEREST, cash_kernel.OWN), (CashKind.MARGIN_BORROW, cash_kernel.BORROW),
    (CashKind.MARGIN_REPAY, cash_kernel.REPAY), (CashKind.SUBSCRIPTION, cash_kernel.FREEZE),
    (CashKind.REFUND, cash_kernel.THAW), (CashKind.REPO_OUT, cash_kernel.LEND),
    (CashKind.REPO_BACK, cash_kernel.LENT_BACK),
):
    _CASH_DOES[CASH_KINDS.index(_kind)] = _does

LEAST_AT_STAKE = 1e-6
"""Below this much money (yuan) nothing is at stake and a return is 0."""


def replay(
    ledger: Ledger, grid: Grid, actions: Sequence[CorporateAction], *, first: date | None = None,
    last: date | None = None,
) -> History:
    """What the accounts of `ledger` held and were worth on the points of `grid`.

    grid.securities stand in the order of ledger.securities; actions index the same. `last`: rows and points
    after that day are left out. `first`: the result begins on the last point before that day, where holdings
    and cash enter as an opening at market value (return 0); without such a point, on the first one.
    Raises ValueError when grid and ledger do not name the same number of securities.
    """
    if len(grid.securities) != len(ledger.securities):
        counts = len(grid.securities), len(ledger.securities)
        raise ValueError("the grid has {} securities, the ledger {}".format(*counts))
    if last is not None:
        grid = cut_grid(grid, 0, int(Timeline.of(grid).last_until(np.array([last.toordinal()]))[0]) + 1)
    ledger, beyond = ledger_until(owned(ledger), Timeline.of(grid), last)
    work, history = _lay_out(_resolve(ledger, grid, actions), beyond)
    history = replace(history, issues=find_issues(work, history))
    return history if first is None else from_day(history, first)


@dataclass(frozen=True)
class _Resolved:
    """The ledger as events, holdings known."""

    ledger: Ledger
    grid: Grid
    timeline: Timeline
    slots: Slots
    opening: Opening
    announced: Announced
    money: TradeMoney
    owner: IntArray
    point: IntArray
    share_pair: IntArray
    cash_rows: IntArray
    cash_pair: IntArray
    events: Events
    walk: Steps


def _resolve(ledger: Ledger, grid: Grid, actions: Sequence[CorporateAction]) -> _Resolved:
    timeline = Timeline.of(grid)
    trades = ledger.trades
    owner = account_of_rows(trades.offsets)
    slots = slots_of(ledger)
    opening = opening_of(ledger, slots, timeline)
    announced = announcements(actions, slots, opening, timeline)
    money = trade_money(ledger, grid, owner)
    point = timeline.of_trades(trades.day, trades.at)
    share_pair = _match_shares(ledger, slots, announced, owner)
    cash_rows, cash_pair = _match_dividends(ledger, slots, announced)
    events = events_of(ledger, slots, announced, timeline, money, point, share_pair, cash_rows, cash_pair)
    home = is_home(grid)
    lag = sell_after_array(tuple(i.venue for i in grid.securities), tuple(i.kind for i in grid.securities))
    walk = steps(
        events.offsets, events.op, events.quantity, events.day, events.at, events.trade, opening.quantity,
        home[slots.security], (lag > 0)[slots.security],
    )
    return _Resolved(
        ledger, grid, timeline, slots, opening, announced, money, owner, point, share_pair, cash_rows,
        cash_pair,
        events, walk,
    )


def _match_shares(ledger: Ledger, slots: Slots, announced: Announced, owner: IntArray) -> IntArray:
    """The announcement that each booked bonus or split carries out, -1 for other rows."""
    trades = ledger.trades
    booked = [MOVEMENTS.index(Movement.BONUS), MOVEMENTS.index(Movement.SPLIT)]
    rows = np.flatnonzero(np.isin(trades.kind, booked))
    pair = np.full(len(trades.kind), -1, dtype=np.int64)
    pair[rows] = match_rows(
        announced, slots.find(owner[rows], trades.security[rows]), trades.security[rows], trades.day[rows],
        trades.quantity[rows], False, whole_rule("LEDGER-ACTION-EARLY"), whole_rule("LEDGER-ACTION-LATE"),
    )
    return pair


def _match_dividends(ledger: Ledger, slots: Slots, announced: Announced) -> tuple[IntArray, IntArray]:
    """Rows of dividends and their taxes that name a security, and the announcement each dividend belongs
    to.
    """
    cash = ledger.cashflows
    rows = np.flatnonzero((cash.security >= 0) & ((cash.kind == DIVIDEND) | (cash.kind == DIVIDEND_TAX)))
    pair = np.full(len(rows), -1, dtype=np.int64)
    paid = np.flatnonzero(cash.kind[rows] == DIVIDEND)
    chosen = rows[paid]
    owner = account_of_rows(cash.offsets)[chosen]
    pair[paid] = match_rows(
        announced, slots.find(owner, cash.security[chosen]), cash.security[chosen], cash.day[chosen],
        cash.amount[chosen], True, whole_rule("LEDGER-ACTION-EARLY"), whole_rule("LEDGER-ACTION-LATE"),
    )
    return rows, pair


def stated_balances(ledger: Ledger) -> BoolArray:
    """Accounts whose statement carries a running balance: then the statement is right about cash. Shape
    (A,).
    """
    said = np.zeros(len(ledger.accounts), dtype=np.bool_)
    for rows in (ledger.trades, ledger.cashflows):
        said[account_of_rows(rows.offsets)[rows.balance != UNKNOWN]] = True
    return said


def _lay_out(r: _Resolved, beyond: IntArray) -> tuple[Work, History]:
    has_cash = np.array([a.has_cash_statement for a in r.ledger.accounts], dtype=np.bool_)
    stated = stated_balances(r.ledger)
    income, derived, taxable = _dividends(r, stated)
    lot_money = _lot_money(r, taxable)
    matched = fifo(r.walk, lot_money, r.opening.cost)
    cost_after = moving_average(r.walk, lot_money, r.opening.cost)
    columns = _Columns.empty(len(r.slots.keys), len(r.ledger.accounts), len(r.grid.points))
    _fill(r, columns, income, cost_after, has_cash)
    cash_log = _book(r, columns, has_cash)
    _add_derived_cash(r, columns, income, derived, has_cash)
    tax = _derived_tax(matched)
    _take_tax(r, columns, matched, tax, has_cash)
    history = _history(r, columns, matched, has_cash)
    work = Work(
        r.ledger, r.grid, r.timeline, r.slots, r.opening, r.announced, r.money, r.owner, r.point,
        r.share_pair,
        r.events, r.walk, income, derived, matched, tax, has_cash, stated, beyond, cash_log,
        columns.stale_points,
        columns.guessed_points,
    )
    return work, history


def _dividends(r: _Resolved, stated: BoolArray) -> tuple[IntArray, BoolArray, IntArray]:
    """Per event: income in millionths, whether it is announced only, and the part that a later sale makes
    taxable.

    A statement with running balances is complete: what it does not show was not paid, and nothing is derived.
    """
    e = r.events
    account = r.slots.account[e.slot]
    rate = e.op == kernels.DIVIDEND_RATE
    announced = np.where(rate, scaled_product(r.walk.before, np.where(rate, e.quantity, 0)), 0)
    derived = rate & (e.gross == UNKNOWN) & (announced > 0) & ~stated[account]
    income = np.where(derived, announced, np.where(rate | (e.op == kernels.INCOME), known(e.gross), 0))
    before_tax = rate & (income > 0) & (income >= scaled_product(
        announced, np.full(len(announced), scaled_rule("LEDGER-DIVIDEND-GROSS"), dtype=np.int64)
    ))
    taxed = np.array([dividend_is_taxed(i.venue, i.kind) for i in r.grid.securities], dtype=np.bool_)
    silent = np.ones(len(r.ledger.accounts), dtype=np.bool_)
    cash = r.ledger.cashflows
    silent[account_of_rows(cash.offsets)[cash.kind == DIVIDEND_TAX]] = False
    owed = before_tax & taxed[r.slots.security[e.slot]] & (silent & ~stated)[account]
    return income, derived, np.where(owed, income, 0)


def _lot_money(r: _Resolved, taxable: IntArray) -> IntArray:
    e = r.events
    money = np.where(e.op == kernels.ADD, e.gross + e.fee, np.where(e.op == kernels.SELL, e.gross - e.fee, 0))
    return np.where(e.op == kernels.DIVIDEND_RATE, taxable, money)


@dataclass(frozen=True)
class _Columns:
    """The columns of a History under construction; cash in millionths."""

    quantity: FloatArray
    price: FloatArray
    stale: BoolArray
    average_cost: FloatArray
    bought: FloatArray
    sold: FloatArray
    fees: FloatArray
    income: FloatArray
    moved_in: FloatArray
    moved_out: FloatArray
    value: FloatArray
    inflow: FloatArray
    outflow: FloatArray
    net: IntArray
    cash_in: IntArray
    cash_out: IntArray
    own: IntArray
    stale_points: IntArray
    guessed_points: IntArray

    @classmethod
    def empty(cls, k: int, a: int, t: int) -> _Columns:
        def slot() -> FloatArray:
            return np.zeros((k, t), dtype=np.float64)

        def whole() -> IntArray:
            return np.zeros((a, t), dtype=np.int64)

        return cls(
            slot(), np.empty((k, t)), np.zeros((k, t), dtype=np.bool_), np.empty((k, t)), slot(), slot(),
            slot(),
            slot(), slot(), slot(), np.zeros((a, t)), np.zeros((a, t)), np.zeros((a, t)), whole(), whole(),
            whole(),
            whole(), np.zeros(k, dtype=np.int64), np.zeros(k, dtype=np.int64),
        )


def _fill(r: _Resolved, c: _Columns, income: IntArray, cost_after: IntArray, has_cash: BoolArray) -> None:
    close = np.ascontiguousarray(r.grid.close.T)
    seen = np.logical_or.accumulate(~np.isnan(close), axis=1)
    e, w = r.events, r.walk
    slot_kernel.fill_slots(
        e.offsets, e.point, e.op, w.delta, w.excess, e.quantity, known(e.gross), e.fee, e.unit_price, income,
        cost_after, w.opening, r.opening.cost, r.opening.point, r.slots.account, r.slots.security, has_cash,
        close,
        np.ascontiguousarray(r.grid.dividend.T), np.ascontiguousarray(r.grid.ratio.T), seen,
        c.quantity, c.price, c.stale, c.average_cost, c.bought, c.sold, c.fees, c.income, c.moved_in,
        c.moved_out,
        c.value, c.inflow, c.outflow, c.stale_points, c.guessed_points,
    )


def _book(r: _Resolved, c: _Columns, has_cash: BoolArray) -> CashLog:
    trades, cash = r.ledger.trades, r.ledger.cashflows
    point = r.timeline.of_days(cash.day)
    does = _CASH_DOES[cash.kind]
    does[r.cash_rows] = cash_kernel.SECURITY
    earned = point.copy()
    paired = r.cash_pair >= 0
    earned[r.cash_rows[paired]] = r.announced.point[r.announced.action[r.cash_pair[paired]]]
    accounts = len(r.ledger.accounts)
    log = CashLog(np.zeros((accounts, 4, 5), dtype=np.int64))
    margin = np.array([a.kind is AccountKind.MARGIN for a in r.ledger.accounts], dtype=np.bool_)
    cash_kernel.book_cash(
        trades.offsets, trades.day, r.point, r.money.cash, r.money.worth, r.money.pays, trades.balance,
        cash.offsets, cash.day, point, earned, does, cash.amount, cash.balance,
        has_cash, margin, r.opening.cash_point, scaled_rule("LEDGER-CASH-TOLERANCE"),
        scaled_rule("LEDGER-REPO-INTEREST"),
        c.net, c.cash_in, c.cash_out, c.own, log.columns,
    )
    return log


def _add_derived_cash(
    r: _Resolved, c: _Columns, income: IntArray, derived: BoolArray, has_cash: BoolArray
) -> None:
    """Announced dividends that the file lacks reach the cash on the ex-day; before the grid, as money brought
    in.
    """
    rows = np.flatnonzero(derived & has_cash[r.slots.account[r.events.slot]])
    account, point = r.slots.account[r.events.slot[rows]], np.maximum(r.events.point[rows], 0)
    np.add.at(c.net, (account, point), income[rows])
    early = r.events.point[rows] < 0
    np.add.at(c.cash_in, (account[early], point[early]), income[rows][early])


def _derived_tax(matched: Matched) -> IntArray:
    """Dividend tax of each closed lot by its holding period, to the fen."""
    closed = matched.closed
    tax = np.zeros(len(closed.slot), dtype=np.int64)
    since = load_rulebook("market", "taxes")["TAX-DIVIDEND"].values[0][0].toordinal()
    rows = np.flatnonzero((matched.taxable > 0) & (closed.open_day != UNKNOWN) & (closed.close_day >= since))
    if len(rows):
        rate = dividend_tax_rates(closed.open_day[rows], closed.close_day[rows])
        fen = SCALE // 100
        tax[rows] = np.rint(matched.taxable[rows] * rate / fen).astype(np.int64) * fen
    return tax


def _take_tax(r: _Resolved, c: _Columns, matched: Matched, tax: IntArray, has_cash: BoolArray) -> None:
    rows = np.flatnonzero(tax > 0)
    closed = matched.closed
    point = r.timeline.of_trades(closed.close_day[rows], closed.close_at[rows])
    rows, point = rows[point >= 0], point[point >= 0]
    slot = closed.slot[rows]
    account = r.slots.account[slot]
    np.subtract.at(c.income, (slot, point), tax[rows] / SCALE)
    through = has_cash[account]
    np.subtract.at(c.net, (account[through], point[through]), tax[rows][through])
    np.subtract.at(c.outflow, (account[~through], point[~through]), tax[rows][~through] / SCALE)


def _history(r: _Resolved, c: _Columns, matched: Matched, has_cash: BoolArray) -> History:
    cash = np.cumsum(c.net, axis=1) / SCALE
    value = c.value + cash
    inflow, outflow = c.inflow + c.cash_in / SCALE, c.outflow + c.cash_out / SCALE
    active = (value != 0) | (inflow != 0) | (outflow != 0)
    begin, end = active_span(active)
    returns = returns_of(value, inflow, outflow, begin, end, r.grid.granularity == "DAY")
    evening = np.flatnonzero(_entered_in_the_evening(r, c, begin))
    returns[evening, begin[evening]] = np.nan
    nothing: tuple[tuple[DataIssue, ...], ...] = tuple(() for _ in r.ledger.accounts)
    return History(
        accounts=r.ledger.accounts, grid=r.grid, has_cash=has_cash, first=begin, last=end,
        slot_offsets=r.slots.offsets, slot_security=r.slots.security, quantity=c.quantity, price=c.price,
        stale=c.stale, average_cost=c.average_cost, bought=c.bought, sold=c.sold, fees=c.fees,
        income=c.income, moved_in=c.moved_in, moved_out=c.moved_out, cash=cash, other_income=c.own / SCALE,
        inflow=inflow, outflow=outflow, value=value, returns=returns,
        closed=matched.closed, open=matched.open, issues=nothing,
    )


def returns_of(
    value: FloatArray, inflow: FloatArray, outflow: FloatArray, first: IntArray, last: IntArray, daily: bool
) -> FloatArray:
    """Returns by the flow convention of `History`, shape (A, T).

    NaN outside first..last, and at `first` when nothing was at stake yet; later such points are 0.
    """
    before = np.zeros_like(value)
    before[:, 1:] = value[:, :-1]
    stake, result = (before + inflow, value + outflow) if daily else (before, value - inflow + outflow)
    real = stake > LEAST_AT_STAKE
    returns = np.where(real, result / np.where(real, stake, 1.0) - 1.0, 0.0)
    points = np.arange(value.shape[1])
    outside = (points < first[:, None]) | (points > last[:, None])
    outside |= (points == first[:, None]) & ~real
    return np.where(outside, np.nan, returns)


def _entered_in_the_evening(r: _Resolved, c: _Columns, begin: IntArray) -> BoolArray:
    """Accounts that begin with shares brought in at the close of their first point: no return yet. (A,)."""
    came, traded = np.zeros(len(begin)), np.zeros(len(begin))
    if not c.quantity.size:
        return np.zeros(len(begin), dtype=np.bool_)
    slot, account = np.arange(len(r.slots.account)), r.slots.account
    at = begin[account]
    np.add.at(came, account, c.moved_in[slot, at])
    for column in (c.bought, c.sold, c.fees, c.income):
        np.add.at(traded, account, np.abs(column[slot, at]))
    entered: BoolArray = (came > 0) & (traded == 0)
    return entered


def slot_profit(history: History) -> FloatArray:
    """Profit of each slot at each point (K, T): price change, trading, income less fees; openings are no
    profit.
    """
    worth = history.quantity * np.where(np.isnan(history.price), 0.0, history.price)
    before = np.zeros_like(worth)
    before[:, 1:] = worth[:, :-1]
    traded = history.sold - history.bought + history.moved_out - history.moved_in
    profit: FloatArray = worth - before + traded + history.income - history.fees
    return profit
