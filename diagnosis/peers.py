"""同资产段比较: where an account stands among the accounts of its asset band over the same period.

A percentile is the share of the other accounts that this one is better than, ties counting half: 0 to 100,
high is good whatever the measure's direction (`rules/axes.yaml`, PEER-003). Pure: the caller brings the
book's survey.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from diagnosis.sums import tally
from diagnosis.types import Peers
from diagnosis.wording import number
from kit.rulebook import Rulebook, load_rulebook
from market.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Band:
    """One asset band; `from_yuan` is inside it."""

    id: str
    label: str
    from_yuan: float


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """One account of the book's survey: its band and the measures that it has."""

    account_no: str
    band: str
    metrics: Mapping[str, float]


def axis_rules() -> Rulebook:
    return load_rulebook("diagnosis", "axes")


def bands(day: date) -> tuple[Band, ...]:
    """The asset bands in force on `day`, ascending."""
    return tuple(Band(**row) for row in axis_rules().on("PEER-001", day))


def directions(day: date) -> dict[str, int]:
    """1 where more is better, -1 where less is; measures without a direction are not ranked."""
    found: dict[str, int] = axis_rules().on("PEER-003", day)
    return found


def band_of(assets: float, day: date) -> Band:
    """The band of an account with average assets of so many yuan. The lower bound is inside (以上)."""
    return [band for band in bands(day) if assets >= band.from_yuan or band.from_yuan == 0][-1]


def bands_of(assets: FloatArray, day: date) -> IntArray:
    """Place in `bands` of each account (A,); -1 where the assets are not known."""
    floors = np.array([band.from_yuan for band in bands(day)])
    place = np.maximum(np.searchsorted(floors, assets, side="right") - 1, 0)
    return np.where(np.isfinite(assets), place, -1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one account stood when the whole book was compared: over which window, among how many, how well."""

    band: str  # label
    others: int
    percentile: Mapping[str, float]
    first: date
    last: date


def window_of(last: date) -> tuple[date, date]:
    """The period over which all accounts of a book are compared when its last day is `last` (PEER-004)."""
    months = int(axis_rules().on("PEER-004", last))
    year, month = divmod(last.year * 12 + last.month - 1 - months, 12)
    day = min(last.day, monthrange(year, month + 1)[1])
    return date(year, month + 1, day) + timedelta(days=1), last


def peers_of(standing: Standing | None, first: date, last: date) -> Peers:
    """The peers for a report from `first` to `last`: only where the report covers the window of the comparison."""
    if standing is None:
        return Peers("", 0, {}, "尚未纳入全账户体检，暂不比较")
    window = f"{standing.first} 至 {standing.last}"
    if not (last >= standing.last and (first <= standing.first or not standing.percentile)):
        return Peers(standing.band, standing.others, {}, f"同类比较的区间为 {window}，本报告未覆盖该区间，暂不比较")
    least = int(axis_rules().on("PEER-002", standing.last))
    if standing.others < least:
        counted = f"{number(standing.others, 0)} 个，不足 {least} 个"
        return Peers(standing.band, standing.others, {}, f"同资产段（{standing.band}）其他账户 {counted}，暂不比较")
    if not standing.percentile:
        return Peers(standing.band, standing.others, {}, f"该账户在 {window} 的记录不足，暂不比较")
    return Peers(f"{standing.band}，{window}", standing.others, dict(standing.percentile))


def percentile(own: float, others: FloatArray, direction: int) -> float:
    """Share of `others` (not empty) that `own` is better than, ties half, times 100."""
    ahead = direction * own - direction * others
    return float(100 * ((ahead > 0).sum() + (ahead == 0).sum() / 2) / others.size)


def percentiles(account_no: str, rows: Sequence[SurveyRow], day: date) -> Peers:
    """The percentiles of one account among the others of its band; withheld with the reason where they are
    too few.
    """
    own = next((row for row in rows if row.account_no == account_no), None)
    if own is None:
        return Peers("", 0, {}, "该账户不在同期的比较范围内，暂不比较")
    label = next((band.label for band in bands(day) if band.id == own.band), own.band)
    others = [row for row in rows if row.band == own.band and row.account_no != account_no]
    least = int(axis_rules().on("PEER-002", day))
    if len(others) < least:
        reason = f"同资产段（{label}）其他账户 {number(len(others), 0)} 个，不足 {least} 个，暂不比较"
        return Peers(label, len(others), {}, reason)
    found = {}
    for name, direction in directions(day).items():
        if name not in own.metrics:
            continue
        values = np.array([row.metrics[name] for row in others if name in row.metrics], np.float64)
        if values.size >= least:
            found[name] = percentile(own.metrics[name], values, direction)
    return Peers(label, len(others), found)


def book_percentiles(metrics: Mapping[str, FloatArray], band: IntArray, day: date) -> dict[str, FloatArray]:
    """The same percentiles for all A accounts at once; NaN where an account or its band has too few values.

    metrics: by id, (A,), NaN where withheld. band: (A,) from `bands_of`, -1 is left out.
    """
    least = int(axis_rules().on("PEER-002", day))
    return {
        name: _ranked(direction * np.asarray(metrics[name], np.float64), band, least)
        for name, direction in directions(day).items()
        if name in metrics
    }


def _ranked(score: FloatArray, band: IntArray, least: int) -> FloatArray:
    """Percentile (A,) of each score among the others of its band."""
    out = np.full(score.size, np.nan)
    rows = np.flatnonzero(np.isfinite(score) & (band >= 0))
    if rows.size == 0:
        return out
    rows = rows[np.lexsort((score[rows], band[rows]))]
    n = tally(band[rows], int(band.max()) + 1)
    place = np.arange(rows.size) - (np.cumsum(n) - n)[band[rows]]
    new = np.ones(rows.size, np.bool_)
    new[1:] = (np.diff(score[rows]) != 0) | (np.diff(band[rows]) != 0)
    group = np.cumsum(new) - 1
    ties = tally(group, int(group[-1]) + 1)[group]
    below = place[np.flatnonzero(new)][group]
    others = n[band[rows]] - 1
    enough = others >= least
    better = below + (ties - 1) / 2
    out[rows[enough]] = 100 * better[enough] / others[enough]
    return out
