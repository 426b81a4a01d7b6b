"""FIFO lots of ten million trades, sort included, beside a plain Python queue on a part of the same rows."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields, replace

import numpy as np

from benchmarks import synthetic
from benchmarks.result import Line, Scale, median, seconds
from clients.types import UNKNOWN
from diagnosis import kernels
from diagnosis.lots import Matched, fifo, steps
from market.types import IntArray

SECURITIES, POINTS, TRADES_EACH, SLOTS_EACH = 500, 250, 100, 10
RUNS = 3


@dataclass(frozen=True)
class Rows:
    """Trades in the order of a day's file, all accounts mixed; money with fees, millionths."""

    account: IntArray
    security: IntArray
    day: IntArray
    at: IntArray
    selling: IntArray
    quantity: IntArray
    money: IntArray

    def part(self, accounts: int) -> Rows:
        """The rows of the first accounts."""
        kept = self.account < accounts
        return replace(self, **{f.name: getattr(self, f.name)[kept] for f in fields(self)})


def rows_of(accounts: int, seed: int) -> Rows:
    """Trades of a synthetic book, mixed as time mixes them."""
    grid = synthetic.market(POINTS, SECURITIES, seed).grid
    ledger = synthetic.ledger(grid, accounts, TRADES_EACH, SLOTS_EACH, seed)
    trades = ledger.trades
    gross = trades.quantity // 1_000_000 * trades.price
    fees = trades.commission + trades.stamp_duty + trades.transfer_fee
    selling = (trades.kind == synthetic.SELL).astype(np.int64)
    order = np.argsort(trades.at, kind="stable")
    columns = (
        np.repeat(np.arange(accounts), TRADES_EACH), trades.security, trades.day, trades.at, selling,
        trades.quantity, np.where(selling, gross - fees, gross + fees),
    )  # fmt: skip
    return Rows(*(column[order] for column in columns))


def match(rows: Rows) -> Matched:
    """Sorted by account, stock and time, then matched: the kernels that every report uses."""
    key = rows.account * SECURITIES + rows.security
    order = np.lexsort((rows.at, key))
    slots, offsets = np.unique(key[order], return_index=True)
    bounds = np.append(offsets, len(key)).astype(np.int64)
    op = np.where(rows.selling[order] == 1, kernels.SELL, kernels.ADD).astype(np.int64)
    opening = np.full(len(slots), UNKNOWN, dtype=np.int64)
    yes = np.ones(len(slots), dtype=np.bool_)
    walk = steps(bounds, op, rows.quantity[order], rows.day[order], rows.at[order], order, opening, yes, yes)
    return fifo(walk, rows.money[order], np.full(len(slots), UNKNOWN, dtype=np.int64))


def match_plainly(rows: Rows) -> list[tuple[int, int, int]]:
    """The peer: one queue of [shares, cost] a slot; closed pieces as (purchase, sale, shares)."""
    columns = [column.tolist() for column in (rows.account, rows.security, rows.selling, rows.quantity, rows.at)]
    queues: dict[int, deque[list[int]]] = {}
    closed = []
    for row in sorted(range(len(columns[0])), key=columns[4].__getitem__):
        account, security, selling, quantity = (column[row] for column in columns[:4])
        queue = queues.setdefault(account * SECURITIES + security, deque())
        if not selling:
            queue.append([quantity, row])
            continue
        while quantity:
            piece = min(quantity, queue[0][0])
            closed.append((queue[0][1], row, piece))
            quantity -= piece
            queue[0][0] -= piece
            if not queue[0][0]:
                queue.popleft()
    return closed


def run(scale: Scale) -> list[Line]:
    accounts = scale.of(100_000, 1_000)
    rows = rows_of(accounts, seed=11)
    few = rows.part(scale.of(2_000, 200))
    match(few)
    taken = [seconds(lambda: match(rows)) for _ in range(RUNS)]
    plain = median([seconds(lambda: match_plainly(few)) for _ in range(RUNS)])
    rate, plain_rate = len(rows.day) / median(taken), len(few.day) / plain
    return [
        Line(
            f"先进先出配对，{len(rows.day):,} 笔成交，含排序", median(taken), "秒", 12.0,
            peer=f"纯 Python 队列（{len(few.day):,} 笔）每秒 {plain_rate:,.0f} 笔", ratio=rate / plain_rate,
            note=f"每秒 {rate:,.0f} 笔",
        )
    ]  # fmt: skip
