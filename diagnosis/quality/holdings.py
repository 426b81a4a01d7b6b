"""Holdings: openings that nobody recorded, sales of more than is held, snapshots that say something else."""

from __future__ import annotations

import numpy as np

from clients.types import UNKNOWN
from diagnosis import kernels
from diagnosis.movements import account_of_rows
from diagnosis.quality.found import Found, day_text, grouped, shares
from diagnosis.types import History, IssueKind
from diagnosis.work import Work
from market.types import IntArray


def unknown_openings(work: Work, history: History, found: Found) -> None:
    slots = np.flatnonzero((work.opening.quantity == UNKNOWN) & (work.walk.opening > 0))
    if not len(slots):
        return
    came = history.moved_in[slots]
    entered = came.max(axis=1, initial=0.0) > 0
    worth = came[np.arange(len(slots)), (came > 0).argmax(axis=1)] if came.size else np.zeros(len(slots))
    quantity = work.walk.opening[slots].tolist()
    for n, slot in enumerate(slots.tolist()):
        security = int(work.slots.security[slot])
        found.add(
            int(work.slots.account[slot]), IssueKind.OPENING_UNKNOWN,
            f"{found.name(security)}：卖出多于此前记录的买入，推定期初至少持有 {shares(quantity[n])} 股，"
            "按市值计入期初；买入成本未知，这部分卖出不计入平仓盈亏。",
            security=security, amount=float(worth[n]) if entered[n] else None,
        )


def oversold(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    rows = np.flatnonzero(work.walk.excess > 0)
    for slot, places in grouped(work.events.slot[rows]):
        at = rows[places]
        security = int(work.slots.security[slot])
        extra = int(work.walk.excess[at].sum())
        first = int(work.events.day[at[0]])
        found.add(
            int(work.slots.account[slot]), IssueKind.OVERSOLD,
            f"{found.name(security)}：{day_text(first)} 起卖出比期初快照与买入之和多 {shares(extra)} 股，"
            "多出部分按成交价视为转入后卖出，不产生盈亏。",
            count=len(at), security=security, day=first,
        )


def differences(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    """Every later snapshot against our own number; what is held and not listed counts as theirs being 0."""
    shots = work.ledger.snapshots
    owner = account_of_rows(shots.offsets)
    opens = work.opening.given[owner] & (shots.day == _first_shot(work)[owner])
    rows = np.flatnonzero(~opens)
    if not len(rows):
        return
    span = 2**22
    for key, places in grouped(owner[rows] * span + shots.day[rows]):
        account, day = divmod(key, span)
        _compare(work, found, account, day, rows[places])


def _first_shot(work: Work) -> IntArray:
    shots = work.ledger.snapshots
    first = np.full(len(work.ledger.accounts), -1, dtype=np.int64)
    some = np.diff(shots.offsets) > 0
    first[some] = shots.day[shots.offsets[:-1][some]]
    return first


def _compare(work: Work, found: Found, account: int, day: int, rows: IntArray) -> None:
    shots = work.ledger.snapshots
    stated: dict[int, int] = {}
    for row in rows.tolist():
        security = int(shots.security[row])
        stated[security] = stated.get(security, 0) + int(shots.quantity[row])
    for slot in range(int(work.slots.offsets[account]), int(work.slots.offsets[account + 1])):
        security = int(work.slots.security[slot])
        ours, booked = held_on(work, slot, day)
        theirs = stated.get(security, 0)
        if theirs in (ours, booked):
            continue
        found.add(
            account, IssueKind.HOLDING_DIFFERENCE,
            f"{found.name(security)}：{day_text(day)} 按流水推算持有 {shares(ours)} 股，"
            f"持仓快照为 {shares(theirs)} 股。",
            security=security, day=day, amount=None,
        )


def held_on(work: Work, slot: int, day: int) -> tuple[int, int]:
    """Shares at the end of `day`, entitled ones included; and those booked by then (bonus rows may come
    later).
    """
    start, stop = int(work.events.offsets[slot]), int(work.events.offsets[slot + 1])
    upto = start + int(np.searchsorted(work.events.day[start:stop], day, side="right"))
    ours = int(work.walk.opening[slot] + work.walk.delta[start:upto].sum())
    rows = work.events.row[start:upto]
    waiting = (work.events.op[start:upto] == kernels.SHARES) & (rows >= 0)
    late = waiting & (work.ledger.trades.day[np.maximum(rows, 0)] > day) if len(rows) else waiting
    return ours, ours - int(work.walk.delta[start:upto][late].sum())

