"""买卖交易异常变化: is this week of a client unlike the client's own weeks? A statistic with a known false-alarm rate.

Score. Weekly counts on the scale 2·sqrt(n + 3/8) (Anscombe 1948: unit variance for Poisson counts) and weekly amounts
on the scale log(1 + amount / the client's median amount of active weeks). Each is centred by the median and divided
by the MAD of ALL the client's weeks, the newest included, never by less than one unit (half a unit for amounts). What
clients of the same activity band did in that week (their median, and how far they were apart) is no change of
anybody's own: the distance counts as it is and seen from the band's middle of that week, and the smaller stands. The
score of a week is the larger of the two distances, of count and amount.

Test. Under the null a client's weeks are exchangeable, and the score treats them alike; so the newest score is one
draw among all scores of clients of the same activity band, and p = (1 + how many past scores of the band are at least
as large) / (1 + how many there are) is a valid p-value (a conformal p-value: Vovk et al. 2005; Bates et al. 2023).
The clients of a week are judged together by Benjamini-Hochberg (1995) at q: of those reported, the expected share of
false ones is at most about q; when nobody has changed, a week has any report at all with probability about q. (Shared
past scores and the band's own move make clients depend on each other a little: hence "about", and hence the
measurement.) A change must besides be of a size that matters (`min_change` times, up or down).

`false_alarms` measures this on a book with its weeks shuffled, `detections` on the same with changes put in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np

from market.types import BoolArray, FloatArray, IntArray
from mot.derive.span import limits
from mot.events.columns import Events, events_of
from mot.events.types import EventKind, Source

MAD_TO_SD: Final = 1.4826  # of a normal distribution
COUNT_FLOOR: Final = 1.0
AMOUNT_FLOOR: Final = 0.5
COMMON_FROM: Final = 30  # fewer clients than these say nothing about what the band did


@dataclass(frozen=True)
class Weeks:
    """Whole trading weeks of N clients, the newest last. `known`: the client was there in that week."""

    client: IntArray  # (N,) row in the book
    counts: FloatArray  # (N, W) trades
    amounts: FloatArray  # (N, W) yuan traded
    known: BoolArray  # (N, W)

    def __len__(self) -> int:
        return len(self.client)


@dataclass(frozen=True)
class Judged:
    """What the test says of each client; a client who cannot be judged has p = NaN and why."""

    p: FloatArray  # (N,)
    changed: BoolArray  # (N,)
    usual: FloatArray  # (N,) median weekly trades before
    too_short: BoolArray  # (N,) not enough weeks on file
    too_quiet: BoolArray  # (N,) not enough weeks with a trade


def weekly(
    client: IntArray, day: IntArray, amount: FloatArray, book: IntArray, since: IntArray, last: date, weeks: int
) -> Weeks:
    """Weeks of 7 days that end on `last`, from one entry a trade.

    book: (N,) rows of clients to look at; since: (N,) the first day of each; a week counts when it lies wholly after.
    """
    ago = (last.toordinal() - day) // 7
    place = np.searchsorted(book, client)
    fits = (ago >= 0) & (ago < weeks) & (place < len(book))
    fits[fits] = book[place[fits]] == client[fits]
    cell = place[fits] * weeks + (weeks - 1 - ago[fits])
    size = len(book) * weeks
    counts = np.asarray(np.bincount(cell, minlength=size), dtype=np.float64).reshape(-1, weeks)
    amounts = np.bincount(cell, weights=np.abs(amount[fits]), minlength=size).reshape(-1, weeks)
    starts = last.toordinal() - 7 * np.arange(weeks, 0, -1) + 1
    return Weeks(book, np.asarray(counts), np.asarray(amounts, dtype=np.float64), starts[None, :] >= since[:, None])


def scores(weeks: Weeks) -> FloatArray:
    """(N, W) how far each week is from the client's own middle, in units of the client's own spread; NaN not known."""
    counts = np.where(weeks.known, 2 * np.sqrt(weeks.counts + 0.375), np.nan)
    active = np.where(weeks.known & (weeks.amounts > 0), weeks.amounts, np.nan)
    typical = np.nan_to_num(_median(active), nan=1.0)
    amounts = np.where(weeks.known, np.log1p(weeks.amounts / np.maximum(typical, 1.0)), np.nan)
    return np.maximum(_distance(counts, COUNT_FLOOR), _distance(amounts, AMOUNT_FLOOR))


def _distance(scaled: FloatArray, floor: float) -> FloatArray:
    off = scaled - _median(scaled)
    standing = off / np.maximum(MAD_TO_SD * _median(np.abs(off)), floor)
    if len(standing) < COMMON_FROM:
        return np.asarray(np.abs(standing))
    common = _median(standing.T).T
    apart = np.abs(standing - common)
    width = _median(apart.T).T
    wider = np.maximum(width / np.maximum(_median(width), 1e-9), 1.0)
    return np.asarray(np.fmin(np.abs(standing), apart / wider))


def _median(rows: FloatArray) -> FloatArray:
    """(N, 1) median of each row without its NaN; NaN where there is nothing else."""
    ordered = np.sort(rows, axis=1)
    n = np.count_nonzero(~np.isnan(rows), axis=1)
    at = np.arange(len(rows))
    low, high = ordered[at, np.maximum(n - 1, 0) // 2], ordered[at, n // 2]
    return np.where(n > 0, (low + high) / 2, np.nan)[:, None]


def judge(weeks: Weeks, rule: Any) -> Judged:
    """The newest week of every client against the past weeks of clients of the same band. rule: DERIVE-PATTERN."""
    past = replace(weeks, counts=weeks.counts[:, :-1], amounts=weeks.amounts[:, :-1], known=weeks.known[:, :-1])
    usual = _median(np.where(past.known, past.counts, np.nan))[:, 0]
    too_short = (weeks.known.sum(axis=1) < rule["min_weeks"]) | ~weeks.known[:, -1]
    too_quiet = ((past.counts > 0) & past.known).sum(axis=1) < rule["min_active"]
    fit = ~(too_short | too_quiet)
    p = np.full(len(weeks), np.nan)
    rows = np.flatnonzero(fit)
    band = _bands(weeks, rows, rule["bands"], rule["band_clients"])
    for one in np.unique(band):
        inside = rows[band == one]
        some = Weeks(weeks.client[inside], weeks.counts[inside], weeks.amounts[inside], weeks.known[inside])
        p[inside] = _p_values(scores(some))
    changed = benjamini_hochberg(p, rule["q"]) & _matters(weeks, past, usual, rule["min_change"])
    return Judged(p, changed, usual, too_short, too_quiet)


def _bands(weeks: Weeks, rows: IntArray, edges: list[float], least: int) -> IntArray:
    """By the median of ALL weeks: the newest must not be what sets it apart. A band of fewer than `least` clients joins
    the next lower one (the lowest the next higher): a handful of weeks cannot give a small p-value."""
    middle = _median(np.where(weeks.known[rows], weeks.counts[rows], np.nan))[:, 0]
    band = np.asarray(np.searchsorted(np.asarray(edges, dtype=float), middle, side="right"), dtype=np.int64)
    for one in range(len(edges), 0, -1):
        if np.count_nonzero(band == one) < least:
            band[band == one] = one - 1
    kept = np.unique(band)
    if len(kept) > 1 and np.count_nonzero(band == kept[0]) < least:
        band[band == kept[0]] = kept[1]
    return band


def _p_values(own: FloatArray) -> FloatArray:
    past = np.sort(own[:, :-1][~np.isnan(own[:, :-1])])
    at_least = len(past) - np.searchsorted(past, own[:, -1] - 1e-9, side="left")
    return np.asarray((1 + at_least) / (1 + len(past)))


def benjamini_hochberg(p: FloatArray, q: float) -> BoolArray:
    """Which hypotheses are rejected at false discovery rate q; NaN is no hypothesis."""
    tested = np.flatnonzero(~np.isnan(p))
    rejected = np.zeros(len(p), dtype=bool)
    if len(tested):
        ordered = np.sort(p[tested])
        below = np.flatnonzero(ordered <= q * np.arange(1, len(tested) + 1) / len(tested))
        if len(below):
            rejected[tested] = p[tested] <= ordered[below[-1]]
    return rejected


def _matters(weeks: Weeks, past: Weeks, usual: FloatArray, times: float) -> BoolArray:
    """The newest count or amount is so many times the usual one, or as small a part of it."""
    usual_amount = _median(np.where(past.known, past.amounts, np.nan))[:, 0]
    found = np.zeros(len(weeks), dtype=bool)
    for new, old, least in ((weeks.counts[:, -1], usual, 1.0), (weeks.amounts[:, -1], usual_amount, 1.0)):
        low, high = np.maximum(np.nan_to_num(old), least), np.maximum(new, least)
        found |= np.maximum(high / low, low / high) >= times
    return found


def pattern_changes(kind: EventKind, weeks: Weeks, last: date) -> Events:
    """买卖交易异常变化 of the week that ends on `last`: amount is its trades, usual the client's usual week."""
    found = judge(weeks, limits("PATTERN", last))
    rows = np.flatnonzero(found.changed)
    return events_of(
        kind, weeks.client[rows], np.full(len(rows), last.toordinal()), Source.LEDGER,
        amount=weeks.counts[rows, -1], usual=found.usual[rows],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AlarmRate:
    """rounds: books looked at; any_alarm: share of them with any report; per_client: reports a client and week."""

    rounds: int
    any_alarm: float
    per_client: float


def false_alarms(weeks: Weeks, rule: Any, rounds: int, seed: int) -> AlarmRate:
    """误报率 on this book when nobody has changed: each client's weeks in random order, judged so many times."""
    random = np.random.default_rng(seed)
    hits = [int(judge(shuffled(weeks, random), rule).changed.sum()) for _ in range(rounds)]
    judged = max(int((~np.isnan(judge(weeks, rule).p)).sum()), 1)
    return AlarmRate(rounds, float(np.mean([hit > 0 for hit in hits])), float(np.mean(hits)) / judged)


def detections(weeks: Weeks, rule: Any, times: float, share: float, seed: int) -> float:
    """检出率: of a share of clients whose newest week was multiplied by `times` after shuffling, how many are found."""
    random = np.random.default_rng(seed)
    null = shuffled(weeks, random)
    chosen = random.random(len(weeks)) < share
    counts, amounts = null.counts.copy(), null.amounts.copy()
    counts[chosen, -1] = np.rint(np.maximum(counts[chosen, -1], 1) * times)
    amounts[chosen, -1] *= times
    found = judge(replace(null, counts=counts, amounts=amounts), rule)
    judged = chosen & ~np.isnan(found.p)
    return float(found.changed[judged].mean()) if judged.any() else float("nan")


def shuffled(weeks: Weeks, random: np.random.Generator) -> Weeks:
    """Each client's known weeks in a random order of their own: count and amount of a week stay together."""
    key = np.where(weeks.known, random.random(weeks.counts.shape), np.inf)
    place = np.argsort(key, axis=1)
    n = weeks.known.sum(axis=1, keepdims=True)
    turned = (np.arange(place.shape[1])[None, :] - (place.shape[1] - n)) % place.shape[1]
    order = np.take_along_axis(place, turned, axis=1)
    return Weeks(
        weeks.client, np.take_along_axis(weeks.counts, order, 1), np.take_along_axis(weeks.amounts, order, 1),
        np.take_along_axis(weeks.known, order, 1),
    )  # fmt: skip
