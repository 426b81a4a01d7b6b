"""Prices: holdings without one, suspended, delisted, in another currency; trades outside the day's range."""

from __future__ import annotations

import numpy as np

from diagnosis.charges import scaled_rule
from diagnosis.quality.found import Found, day_text, grouped
from diagnosis.types import History, IssueKind
from diagnosis.work import Work
from kit.money import SCALE
from market.types import FloatArray


def unpriced(work: Work, history: History, found: Found) -> None:
    """Carried prices (停牌或缺行情) and holdings that never had a price of the market."""
    for slot in np.flatnonzero(work.stale_points).tolist():
        account, security = int(work.slots.account[slot]), int(work.slots.security[slot])
        guessed = int(work.guessed_points[slot])
        stale = history.stale[slot].copy()
        gone = work.grid.securities[security].delisted_on
        if gone is not None:
            stale &= work.timeline.days < gone.toordinal()
        carried = int(stale.sum()) - guessed
        day = int(work.timeline.days[int(np.argmax(history.stale[slot]))])
        if guessed > 0:
            priced = bool(np.nan_to_num(history.price[slot][history.stale[slot]]).any())
            how = "按成交价或其后首个价格估值" if priced else "没有任何价格，市值按零计"
            found.add(
                account, IssueKind.PRICE_MISSING,
                f"{found.name(security)}：{day_text(day)} 起有 {guessed} 个时点没有行情，{how}。",
                count=guessed, security=security, day=day,
            )
        if carried > 0:
            found.add(
                account, IssueKind.SUSPENDED,
                f"{found.name(security)}：持有期间有 {carried} 个时点没有行情（停牌或缺数据），"
                "沿用此前最近的价格估值。",
                count=carried, security=security, day=day,
            )


def jumps(work: Work, history: History, found: Found) -> None:
    """A holding whose price multiplies between two points without any announcement: a split nobody
    recorded?
    """
    factor = scaled_rule("LEDGER-JUMP") / SCALE
    before, now = _steps(work)
    with np.errstate(invalid="ignore", divide="ignore"):
        change = now / before
    leaps = (change >= factor) | (change <= 1 / factor)
    for security in np.flatnonzero(leaps.any(axis=0)).tolist():
        for slot in np.flatnonzero(work.slots.security == security).tolist():
            points = np.flatnonzero(leaps[:, security])
            points = points[(points > 0) & (history.quantity[slot, np.maximum(points - 1, 0)] > 0)]
            if not len(points):
                continue
            t = int(points[0])
            old, new = float(before[t, security]), float(now[t, security])
            found.add(
                int(work.slots.account[slot]), IssueKind.ACTION_DIFFERENCE,
                f"{found.name(security)}：持有期间价格在相邻两个时点之间由 {old:,.4g} 变为 {new:,.4g}"
                f"（{day_text(int(work.timeline.days[t]))}），没有相应的拆分或合并公告；"
                "数量未作调整，请核对。",
                count=len(points), security=security, day=int(work.timeline.days[t]),
                amount=abs(new - old) * float(history.quantity[slot, t - 1]),
            )


def _steps(work: Work) -> tuple[FloatArray, FloatArray]:
    """Last known price before each point, and the price at it with announced dividend and ratio put back. (T,
    S).
    """
    close = work.grid.close
    place = np.where(np.isnan(close), -1, np.arange(len(close))[:, None])
    last = np.maximum.accumulate(place, axis=0)
    known = np.where(last >= 0, np.take_along_axis(close, np.maximum(last, 0), axis=0), np.nan)
    before = np.full_like(close, np.nan)
    before[1:] = known[:-1]
    gone = np.cumsum(work.grid.dividend, axis=0)
    ratio = np.cumprod(work.grid.ratio, axis=0)
    since = np.zeros_like(place)
    since[1:] = np.maximum(last[:-1], 0)
    ratio = ratio / np.take_along_axis(ratio, since, axis=0)
    return before, close * ratio + gone - np.take_along_axis(gone, since, axis=0)


def delisted(work: Work, history: History, found: Found) -> None:
    if not len(work.timeline.days):
        return
    end = int(work.timeline.days[-1])
    gone = np.array(
        [i.delisted_on is not None and i.delisted_on.toordinal() <= end for i in work.grid.securities],
        dtype=np.bool_
    )
    for slot in np.flatnonzero(gone[work.slots.security] & (history.quantity[:, -1] > 0)).tolist():
        security = int(work.slots.security[slot])
        day = work.grid.securities[security].delisted_on
        assert day is not None
        found.add(
            int(work.slots.account[slot]), IssueKind.DELISTED,
            f"{found.name(security)}：已于 {day.isoformat()} 退市，仍有持仓，按最后价格估值，"
            "实际可变现金额未知。",
            security=security, day=day.toordinal(), amount=float(_last_value(history, slot)),
        )


def _last_value(history: History, slot: int) -> float:
    return float(history.quantity[slot, -1] * np.nan_to_num(history.price[slot, -1]))


def other_currency(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    money = {currency: n for n, currency in enumerate(sorted({i.currency for i in work.grid.securities}))}
    theirs = np.array([money[i.currency] for i in work.grid.securities], dtype=np.int64)
    ours = np.array([money.get(a.currency, -1) for a in work.ledger.accounts], dtype=np.int64)
    other = theirs[work.slots.security] != ours[work.slots.account]
    for slot in np.flatnonzero(other).tolist():
        account, security = int(work.slots.account[slot]), int(work.slots.security[slot])
        currency = work.grid.securities[security].currency
        found.add(
            account, IssueKind.OTHER_CURRENCY,
            f"{found.name(security)}以 {currency} 计价，账户币种为 {work.ledger.accounts[account].currency}；"
            "没有汇率，价格按数字直接计入，该证券的市值与盈亏仅供参考。",
            security=security,
        )


def out_of_range(work: Work, history: History, found: Found) -> None:  # noqa: ARG001
    """Trades whose price the day did not see."""
    high, low = work.grid.high, work.grid.low
    if high is None or low is None or not len(work.timeline.points):
        return
    trades = work.ledger.trades
    point, security = work.trade_point, trades.security
    same_day = (point >= 0) & (work.timeline.days[np.maximum(point, 0)] == trades.day)
    rows = np.flatnonzero(same_day & (work.money.unit_price > 0))
    price = work.money.unit_price[rows] / SCALE
    slack = scaled_rule("LEDGER-PRICE-TOLERANCE") / SCALE
    above = price > high[point[rows], security[rows]] * (1 + slack)
    below = price < low[point[rows], security[rows]] * (1 - slack)
    rows = rows[above | below]
    keys = work.trade_account[rows] * max(work.slots.n_securities, 1) + security[rows]
    for key, places in grouped(keys):
        account, which = divmod(key, max(work.slots.n_securities, 1))
        at = rows[places]
        found.add(
            account, IssueKind.PRICE_OUT_OF_RANGE,
            f"{found.name(which)}：{len(at)} 笔成交价不在当日最低价与最高价之间，"
            f"首笔 {day_text(int(trades.day[at[0]]))}。",
            count=len(at), security=which, day=int(trades.day[at[0]]),
        )
