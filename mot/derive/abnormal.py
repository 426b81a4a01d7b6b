"""特殊或异常: large flows, a large loss, concentration. The change of trading is in `pattern.py`."""

from __future__ import annotations

import numpy as np

from market.types import FloatArray, IntArray
from mot.derive.span import Span, begun, limits, shares
from mot.events.columns import Events, events_of, joined
from mot.events.types import EventKind, Source


def large_flows(
    inward: EventKind, outward: EventKind, client: IntArray, day: IntArray, amount: FloatArray, before: FloatArray,
    span: Span,
) -> Events:  # fmt: skip
    """大额转入、大额转出: the net external money of a client and day.

    One entry a movement, any order; amount: yuan, above 0 comes in. before: the client's assets at the end of the day
    before, yuan, the same on every entry of a client and day. Both limits must be reached; without assets before, the
    amount alone decides.
    """
    rule = limits("LARGE-FLOW", span.last)
    who, when, net, owned = _by_day(client, day, amount, before)
    share = shares(np.abs(net), owned)
    large = (np.abs(net) >= rule["yuan"]) & (np.isnan(share) | (share >= rule["share"])) & span.holds(when)
    parts = []
    for kind, sign in ((inward, 1), (outward, -1)):
        rows = np.flatnonzero(large & (np.sign(net) == sign))
        parts.append(events_of(kind, who[rows], when[rows], Source.LEDGER, amount=np.abs(net[rows])))
    return joined(parts)


def _by_day(
    client: IntArray, day: IntArray, amount: FloatArray, before: FloatArray
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Client, day, net amount and assets before, one entry a client and day.

    Cents are summed as whole numbers, so that the order of entries cannot move a sum across a limit.
    """
    order = np.lexsort((day, client))
    who, when = client[order], day[order]
    starts = np.flatnonzero(np.concatenate(([len(who) > 0], (np.diff(who) != 0) | (np.diff(when) != 0))))
    if len(starts) == 0 or len(who) == 0:
        return who, when, amount, before
    cents = np.add.reduceat(np.rint(amount[order] * 100).astype(np.int64), starts)
    return who[starts], when[starts], cents / 100, before[order][starts]


def big_losses(kind: EventKind, client: IntArray, days: IntArray, returns: FloatArray, span: Span) -> Events:
    """大幅亏损: the return of the last so many trading days is at or below minus the limit.

    days: (T,) trading days, with those of the window and of the quiet time before the span; returns: (N, T) of the
    day, ratio, NaN where nothing was at stake. amount is the loss (0.25 for a quarter), usual the window in days.
    """
    rule = limits("BIG-LOSS", span.last)
    window = int(rule["days"])
    growth = np.cumsum(np.log1p(np.maximum(np.nan_to_num(returns), -0.999999)), axis=1)
    if growth.shape[1] < window:
        return joined([])
    ended = growth[:, window - 1 :].copy()
    ended[:, 1:] -= growth[:, :-window]
    loss = np.round(1 - np.exp(ended), 9)
    at = days[window - 1 :]
    who, t = np.nonzero(begun(loss >= rule["loss"], int(rule["quiet"])) & span.holds(at))
    return events_of(
        kind, client[who], at[t], Source.LEDGER, amount=loss[who, t], usual=np.full(len(who), float(window))
    )


def concentrations(
    kind: EventKind, client: IntArray, days: IntArray, top_value: FloatArray, top: IntArray, value: FloatArray,
    span: Span,
) -> Events:  # fmt: skip
    """持仓过度集中: the largest holding's share of all assets reaches the limit.

    days: (T,) trading days, with those of the quiet time before the span. top_value, top: (N, T) value in yuan and
    code of the largest holding; value: (N, T) assets. ref is the holding, amount its share.
    """
    rule = limits("CONCENTRATION", span.last)
    share = np.round(shares(top_value, value), 9)
    on = (share >= rule["share"]) & (value >= rule["yuan"])
    who, t = np.nonzero(begun(on, int(rule["quiet"])) & span.holds(days))
    return events_of(kind, client[who], days[t], Source.LEDGER, ref=top[who, t], amount=share[who, t])
