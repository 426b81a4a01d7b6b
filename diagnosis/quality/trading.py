"""Trades against the rules of their day: fees, T+1, lot sizes; and rows that are no trades at all."""

from __future__ import annotations

from datetime import date

import numpy as np

from clients.types import MOVEMENTS, Movement
from diagnosis.charges import expected_charges, is_home, scaled_product
from diagnosis.quality.found import Found, day_text, grouped, shares, yuan
from diagnosis.types import History, IssueKind
from diagnosis.work import Work
from kit.money import SCALE
from kit.rulebook import load_rulebook
from market.boards import lot_breaches, lot_rule
from market.fees import fee_differs
from market.types import IntArray

_BUY, _SELL = MOVEMENTS.index(Movement.BUY), MOVEMENTS.index(Movement.SELL)


def fees(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    _differences(work, found)
    for account, rows in grouped(work.trade_account[work.money.estimated]):
        at = np.flatnonzero(work.money.estimated)[rows]
        total = int(work.money.fee[at].sum())
        found.add(
            account, IssueKind.FEE_ESTIMATED,
            f"{len(at)} 笔成交缺少费用，按当日规则和常用佣金率估算，共 {yuan(total)} 元。",
            count=len(at), day=int(work.ledger.trades.day[at[0]]), amount=total / SCALE,
        )
    for account, rows in grouped(work.trade_account[work.money.fee_unknown]):
        found.add(
            account, IssueKind.NOT_COUNTED,
            f"{len(rows)} 笔成交没有费用记录，也没有可用的收费规则：费用未知，按零计，收益未扣除费用。",
            count=len(rows),
        )


def _differences(work: Work, found: Found) -> None:
    trades = work.ledger.trades
    home = is_home(work.grid)[trades.security]
    rows = np.flatnonzero(home & np.isin(trades.kind, (_BUY, _SELL)) & (trades.quantity > 0))
    turnover = np.zeros(len(trades.kind), dtype=np.int64)
    turnover[rows] = scaled_product(trades.quantity[rows], np.maximum(trades.price[rows], 0))
    expected = expected_charges(work.ledger, work.grid, rows, trades.kind == _SELL, turnover)
    duty, transfer = trades.stamp_duty[rows], trades.transfer_fee[rows]
    off_duty = fee_differs(duty, expected.stamp_duty)
    off_transfer = fee_differs(transfer, expected.transfer_fee, expected.transfer_fee_apart)
    gap = np.where(off_duty, np.abs(duty - expected.stamp_duty), 0)
    gap += np.where(off_transfer, np.abs(transfer - expected.transfer_fee), 0)
    rows, gap = rows[off_duty | off_transfer], gap[off_duty | off_transfer]
    for account, places in grouped(work.trade_account[rows]):
        total = int(gap[places].sum())
        first = int(trades.day[rows[places[0]]])
        found.add(
            account, IssueKind.FEE_DIFFERENCE,
            f"{len(places)} 笔成交的印花税或过户费与当日规则不符，首笔 {day_text(first)}，"
            f"合计相差 {yuan(total)} 元，以文件为准。",
            count=len(places), day=first, amount=total / SCALE,
        )


def settlement(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    rows = np.flatnonzero(work.walk.early > 0)
    for slot, places in grouped(work.events.slot[rows]):
        at = rows[places]
        security, first = int(work.slots.security[slot]), int(work.events.day[at[0]])
        found.add(
            int(work.slots.account[slot]), IssueKind.TPLUS1_BREACH,
            f"{found.name(security)}：{len(at)} 笔卖出含当日买入的股份，首笔 {day_text(first)}，"
            f"共 {shares(int(work.walk.early[at].sum()))} 股；该品种当日买入次日方可卖出，"
            "请核对成交日期或期初持仓。",
            count=len(at), security=security, day=first,
        )


def lots(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    trades, events = work.ledger.trades, work.events
    places = np.flatnonzero(events.row >= 0)
    places = places[np.isin(trades.kind[events.row[places]], (_BUY, _SELL))]
    rows = events.row[places]
    size, step = _lot_rules(work, trades.security[rows], trades.day[rows])
    sells = trades.kind[rows] == _SELL
    broken = lot_breaches(size, step, sells, trades.quantity[rows], work.walk.before[places])
    broken &= (trades.quantity[rows] > 0) & ~(sells & (work.walk.excess[places] > 0))
    at = places[broken]
    for slot, where in grouped(events.slot[at]):
        security, first = int(work.slots.security[slot]), int(events.day[at[where[0]]])
        found.add(
            int(work.slots.account[slot]), IssueKind.LOT_BREACH,
            f"{found.name(security)}：{len(where)} 笔数量不合申报单位，首笔 {day_text(first)}；"
            "若为分笔成交则属正常。",
            count=len(where), security=security, day=first,
        )


def _lot_rules(work: Work, security: IntArray, day: IntArray) -> tuple[IntArray, IntArray]:
    """Lot size and step of each row by the rule of its day."""
    rule = load_rulebook("market", "boards")["BOARD-LOT"]
    starts = np.array([since.toordinal() for since, _ in rule.values], dtype=np.int64)
    period = np.searchsorted(starts, day, side="right").astype(np.int64)
    keys = security * (len(starts) + 1) + period
    kinds, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    found = [
        lot_rule(work.grid.securities[int(security[i])], date.fromordinal(int(day[i])))
        for i in first[: len(kinds)]
    ]
    size = np.array([rule.size for rule in found], dtype=np.int64)
    step = np.array([rule.step for rule in found], dtype=np.int64)
    return (size[inverse], step[inverse]) if len(keys) else (size, step)


def odd_rows(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    """Rows of no quantity, rows on days without trading, rows after the last price."""
    trades = work.ledger.trades
    empty = np.flatnonzero(trades.quantity == 0)
    for account, places in grouped(work.trade_account[empty]):
        found.add(
            account, IssueKind.ZERO_QUANTITY, f"{len(places)} 行成交数量为零，不影响持仓，不计为交易。",
            count=len(places), day=int(trades.day[empty[places[0]]]),
        )
    if work.timeline.daily and len(work.timeline.days):
        point = work.trade_point
        closed = (point >= 0) & (work.timeline.days[np.maximum(point, 0)] != trades.day)
        rows = np.flatnonzero(closed)
        for account, places in grouped(work.trade_account[rows]):
            first = int(trades.day[rows[places[0]]])
            found.add(
                account, IssueKind.NON_TRADING_DAY,
                f"{len(places)} 行记录不在交易日，首行 {day_text(first)}，记入其后第一个交易日。",
                count=len(places), day=first,
            )
    for account in np.flatnonzero(work.beyond).tolist():
        found.add(
            account, IssueKind.NOT_COUNTED,
            f"{int(work.beyond[account])} 行记录晚于最后一个行情日，没有计入。",
            count=int(work.beyond[account]),
        )
