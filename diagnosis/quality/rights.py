"""Dividends and bonus shares: derived from announcements where the file is silent, compared where it
speaks.
"""

from __future__ import annotations

import numpy as np

from clients.types import UNKNOWN
from diagnosis import kernels
from diagnosis.charges import scaled_product, scaled_rule
from diagnosis.quality.found import Found, day_text, grouped, shares, yuan
from diagnosis.types import History, IssueKind
from diagnosis.work import Work
from kit.money import SCALE


def derived(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    events = work.events
    announced = (events.op == kernels.BONUS_RATE) | (events.op == kernels.SPLIT_RATE)
    rows = np.flatnonzero(work.derived | (announced & (work.walk.delta != 0)))
    if not len(rows):
        return
    starts = np.flatnonzero(np.diff(events.slot[rows], prepend=-1))  # events stand in the order of slots
    paid = work.derived[rows]
    cash = np.add.reduceat(np.where(paid, work.income[rows], 0), starts).tolist()
    times = np.add.reduceat(paid.astype(np.int64), starts).tolist()
    more = np.add.reduceat(np.where(paid, 0, work.walk.delta[rows]), starts).tolist()
    count = np.diff(starts, append=len(rows)).tolist()
    for n, row in enumerate(rows[starts].tolist()):
        slot = int(events.slot[row])
        security = int(work.slots.security[slot])
        parts = [f"现金分红 {times[n]} 次，税前共 {yuan(cash[n])} 元"] if times[n] else []
        if count[n] > times[n]:
            parts.append(f"送转或拆分 {count[n] - times[n]} 次，共 {shares(more[n])} 股")
        found.add(
            int(work.slots.account[slot]), IssueKind.ACTION_DERIVED,
            f"{found.name(security)}：流水中没有权益记录，按公告于除权除息日推算：{'；'.join(parts)}。",
            count=count[n], security=security, day=int(events.day[row]), amount=cash[n] / SCALE,
        )


def different(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    _dividends(work, found)
    _bonuses(work, found)


def _dividends(work: Work, found: Found) -> None:
    events = work.events
    rows = np.flatnonzero(events.op == kernels.DIVIDEND_RATE)
    announced = scaled_product(work.walk.before[rows], events.quantity[rows])
    stated = np.where(events.gross[rows] == UNKNOWN, 0, events.gross[rows])
    part = np.full(len(rows), scaled_rule("LEDGER-DIVIDEND-LEAST"), dtype=np.int64)
    least = scaled_product(announced, part)
    fen = SCALE // 100
    off = ~work.derived[rows] & ((stated < least - fen) | (stated > announced + fen))
    for n in np.flatnonzero(off).tolist():
        row = int(rows[n])
        slot = int(events.slot[row])
        security = int(work.slots.security[slot])
        found.add(
            int(work.slots.account[slot]), IssueKind.ACTION_DIFFERENCE,
            f"{found.name(security)}：{day_text(int(events.day[row]))} 除息，按公告应得税前 "
            f"{yuan(int(announced[n]))} 元，流水为 {yuan(int(stated[n]))} 元，以流水为准。",
            security=security, day=int(events.day[row]), amount=abs(int(stated[n] - announced[n])) / SCALE,
        )


def _bonuses(work: Work, found: Found) -> None:
    events = work.events
    rows = np.flatnonzero((events.op == kernels.SHARES) & (events.pair >= 0))
    for pair, places in grouped(events.pair[rows]):
        row = int(rows[places[0]])
        action = int(work.announced.action[pair])
        op, rate = int(work.announced.op[action]), int(work.announced.value[action])
        due = shares_due(op, int(work.walk.before[row]), rate)
        stated = int(work.announced.stated[pair])
        if abs(stated - due) <= SCALE:  # fractions of a share are rounded by the register
            continue
        slot = int(events.slot[row])
        security = int(work.slots.security[slot])
        found.add(
            int(work.slots.account[slot]), IssueKind.ACTION_DIFFERENCE,
            f"{found.name(security)}：{day_text(int(events.day[row]))} 除权，按公告应得 {shares(due)} 股，"
            f"流水为 {shares(stated)} 股，以流水为准。",
            security=security, day=int(events.day[row]),
        )


def shares_due(op: int, held: int, rate: int) -> int:
    """Shares that an announced bonus or split gives to `held`, fractions included."""
    due: int = held * rate // SCALE - (held if op == kernels.SPLIT_RATE else 0)
    return due


def taxes(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    rows = np.flatnonzero(work.tax > 0)
    for account, places in grouped(work.slots.account[work.matched.closed.slot[rows]]):
        at = rows[places]
        total = int(work.tax[at].sum())
        found.add(
            account, IssueKind.DIVIDEND_TAX_DERIVED,
            f"流水中没有股息红利税记录，卖出时按持有期限推算 {len(at)} 笔，共 {yuan(total)} 元。",
            count=len(at), day=int(work.matched.closed.close_day[at[0]]), amount=total / SCALE,
        )
