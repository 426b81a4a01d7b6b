"""同组标尺: a person's figure beside those of the colleagues, adjusted for case mix and shrunk. Pure, on arrays.

The yardstick of each person is made from the colleagues alone (leave-one-out): rates of the strata, mean and spread. So
nothing that a person does moves the own yardstick, and a figure that falls can only lower the points. Formulas and
sources stand in docs/advisors.md. Names: p people, S strata.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from advisors.witness import Witness
from market.types import BoolArray, FloatArray, IntArray

_TINY: Final = 1e-12


@dataclass(frozen=True, eq=False)
class Sums:
    """What the rows of a figure come to. Shape (p, S) each: Σ num, Σ den, Σ num², Σ num·den, Σ den², clients; and rows
    of each person, (p,). Sums of squares are over clients, for the rows of a client are one witness.
    """

    num: FloatArray
    den: FloatArray
    nn: FloatArray
    nd: FloatArray
    dd: FloatArray
    clients: FloatArray
    rows: IntArray

    @property
    def people(self) -> int:
        return len(self.rows)


def sums_of(witness: Witness, stratum: IntArray, strata: int, people: int, clients: int) -> Sums:
    """Sums by person and stratum. stratum: (clients,) of each client. The order of the rows changes no bit."""
    pair = witness.staff * clients + witness.client
    order = np.argsort(pair, kind="stable")
    starts = _starts(pair[order])
    if len(starts) < len(pair):  # of a pair with several rows their order is that of the numbers
        order = np.lexsort((witness.den, witness.num, pair))
    pair = pair[order]
    num = np.add.reduceat(witness.num[order], starts) if len(pair) else np.empty(0)
    den = np.add.reduceat(witness.den[order], starts) if len(pair) else np.empty(0)
    pair = pair[starts]
    cell = (pair // max(clients, 1)) * strata + stratum[pair % max(clients, 1)] if len(pair) else pair
    shape = (people, strata)

    def over(weights: FloatArray | None = None) -> FloatArray:
        found = np.bincount(cell, weights=weights, minlength=people * strata)
        return found.reshape(shape).astype(np.float64)

    return Sums(
        over(num), over(den), over(num * num), over(num * den), over(den * den), over(),
        np.bincount(witness.staff, minlength=people).astype(np.int64),
    )  # fmt: skip


def _starts(pair: IntArray) -> IntArray:
    """Where each run of equal values begins."""
    if not len(pair):
        return np.empty(0, dtype=np.int64)
    return np.flatnonzero(np.r_[True, pair[1:] != pair[:-1]])


@dataclass(frozen=True, eq=False)
class Placed:
    """Where each person of a scale stands in one figure, (p,) each, NaN where there is none.

    value, adjusted: in the figure's unit. peers, spread: mean and true spread of the colleagues' adjusted figures.
    error: standard error of the own adjusted figure. credibility: 0 to 1. z_raw, z_adjusted, z: distances in spreads,
    up is good, within ±widest; z is the shrunk one. colleagues: how many stand beside it.
    """

    value: FloatArray
    adjusted: FloatArray
    peers: FloatArray
    spread: FloatArray
    error: FloatArray
    credibility: FloatArray
    z_raw: FloatArray
    z_adjusted: FloatArray
    z: FloatArray
    clients: FloatArray
    colleagues: IntArray


@dataclass(frozen=True, slots=True)
class Method:
    """Numbers of ADV-CASE-MIX, ADV-SHRINK and ADV-PEERS."""

    prior: float
    least_clients: float
    widest: float
    least_peers: int


def groups_of(bands: Sequence[int], has: BoolArray, least: int) -> list[tuple[IntArray, IntArray]]:
    """Who stands beside whom: (members, colleagues) of each band, with the whole scale where a band has too few.

    bands: (p,) of each person. has: (p,) who has the figure. A band with fewer than `least` colleagues is widened.
    """
    band, everybody = np.asarray(bands, dtype=np.int64), np.flatnonzero(has)
    found = []
    for one in np.unique(band).tolist():
        members = np.flatnonzero(has & (band == one))
        if len(members):
            found.append((members, members if len(members) > least else everybody))
    return found


def place(sums: Sums, design: FloatArray, bands: Sequence[int], method: Method, *, higher: bool) -> Placed:
    """Every person of a scale in one figure that is a quotient. design: of the strata. higher: more is better."""
    p = sums.people
    den = sums.den.sum(axis=1)
    has = den > _TINY
    found = {name: np.full(p, np.nan) for name in _FIELDS}
    found["clients"] = sums.clients.sum(axis=1)
    colleagues = np.zeros(p, dtype=np.int64)
    if not has.any():
        return Placed(**found, colleagues=colleagues)
    value = np.divide(sums.num.sum(axis=1), den, out=np.full(p, np.nan), where=has)
    found["value"] = value
    effective = np.divide(den**2, sums.dd.sum(axis=1), out=np.zeros(p), where=has)
    rates, level = rates_without(sums, design, method.prior)  # (p, S), (p,)
    for members, beside in groups_of(bands, has, method.least_peers):
        _one_group(found, colleagues, sums, rates, level, members, beside, effective, method, higher)
    return Placed(**found, colleagues=colleagues)


_FIELDS: Final = (
    "value", "adjusted", "peers", "spread", "error", "credibility", "z_raw", "z_adjusted", "z", "clients",
)  # fmt: skip


def rates_without(sums: Sums, design: FloatArray, prior: float) -> tuple[FloatArray, FloatArray]:
    """Rate of each stratum, (p, S), and of all, (p,), among everybody on the scale but each person.

    Main effects first, by ridge regression with one client as its prior; then the stratum's own rate, drawn to them by
    `prior` clients of average denominator. design: (S, K).
    """
    num, den = sums.num.sum(axis=0) - sums.num, sums.den.sum(axis=0) - sums.den
    clients = sums.clients.sum(axis=0) - sums.clients
    all_den = den.sum(axis=1)
    level = _share(num.sum(axis=1), all_den)
    one = _share(all_den, clients.sum(axis=1))  # denominator of an average client
    normal = ((den @ products(design)).reshape(len(den), *(2 * [design.shape[1]]))) + (
        np.maximum(one, _TINY)[:, None, None] * np.eye(design.shape[1])
    )
    effects = np.linalg.solve(normal, ((num - level[:, None] * den) @ design)[:, :, None])[:, :, 0]
    expected = level[:, None] + effects @ design.T
    weight = (prior * one)[:, None]
    below = den + weight
    return np.where(below > _TINY, _share(num + weight * expected, below), expected), level


def products(design: FloatArray) -> FloatArray:
    """(S, K·K): of each stratum the products of its columns."""
    return (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)


def _one_group(
    found: dict[str, FloatArray], colleagues: IntArray, sums: Sums, rates: FloatArray, level: FloatArray,
    members: IntArray, beside: IntArray, effective: FloatArray, method: Method, higher: bool,
) -> None:  # fmt: skip
    """Fills in the members. Matrices are (beside, members): a colleague under the yardstick without the member."""
    rate = rates[members].T  # (S, m)
    den, num = sums.den[beside].sum(axis=1), sums.num[beside].sum(axis=1)
    over = (num[:, None] - sums.den[beside] @ rate) / den[:, None]  # above what is expected, an observed unit
    squares = (
        sums.nn[beside].sum(axis=1)[:, None] - 2 * (sums.nd[beside] @ rate) + sums.dd[beside] @ (rate * rate)
    )  # of the clients' residuals
    cross = sums.nd[beside].sum(axis=1)[:, None] - sums.dd[beside] @ rate
    total = sums.dd[beside].sum(axis=1)
    within = np.maximum(squares - 2 * over * cross + over * over * total[:, None], 0.0)
    other = (beside[:, None] != members[None, :]).astype(np.float64)
    freedom = total * np.maximum(1 - 1 / np.maximum(effective[beside], 1.0), 0.0)
    pooled = _share((within * other).sum(axis=0), (freedom[:, None] * other).sum(axis=0))  # (m,) a squared unit
    error2 = pooled[None, :] / np.maximum(effective[beside], _TINY)[:, None]
    mean, tau2 = _spread(over, error2, other, effective[beside], method.least_clients)
    own = {int(one): at for at, one in enumerate(beside.tolist())}
    at = np.array([own[one] for one in members.tolist()])
    above = over[at, np.arange(len(members))]
    own_error2 = error2[at, np.arange(len(members))]
    colleagues[members] = other.sum(axis=0).astype(np.int64)
    found["adjusted"][members] = level[members] + above
    found["peers"][members] = level[members] + mean
    raw = num / den
    raw_mean = _share((raw[:, None] * other).sum(axis=0), other.sum(axis=0))
    file_points(
        found, members, above - mean, raw[at] - raw_mean, tau2, own_error2, effective[members], method,
        1.0 if higher else -1.0,
    )  # fmt: skip


def file_points(
    found: dict[str, FloatArray], members: IntArray, distance: FloatArray, raw: FloatArray, tau2: FloatArray,
    error2: FloatArray, effective: FloatArray, method: Method, sign: float,
) -> None:  # fmt: skip
    """Distances in true spreads, as they stand, adjusted and shrunk. Where the colleagues do not differ, all are 0."""
    spread = np.sqrt(tau2)
    differs = spread > _TINY
    kept = credibility(tau2, error2, effective, method.least_clients)

    def distances(of: FloatArray) -> FloatArray:
        z = np.divide(of, spread, out=np.zeros(len(of)), where=differs)
        return np.clip(sign * z, -method.widest, method.widest)

    found["spread"][members], found["error"][members] = spread, np.sqrt(error2)
    found["credibility"][members] = kept
    found["z_raw"][members], found["z_adjusted"][members] = distances(raw), distances(distance)
    found["z"][members] = kept * found["z_adjusted"][members]


def credibility(tau2: FloatArray, error2: FloatArray, effective: FloatArray, least_clients: float) -> FloatArray:
    """How much of a distance is kept: τ² ÷ (τ² + error²), and never more than n ÷ (n + least_clients)."""
    bayes = np.divide(tau2, tau2 + error2, out=np.zeros(len(tau2)), where=tau2 + error2 > _TINY**2)
    return np.minimum(bayes, effective / (effective + least_clients))


def _spread(
    over: FloatArray, error2: FloatArray, other: FloatArray, effective: FloatArray, least: float
) -> tuple[FloatArray, FloatArray]:
    """Mean and true variance of the colleagues for each member: weighted moments, less what chance alone gives."""
    weight = (effective / (effective + least))[:, None] * other
    weight = _share(weight, weight.sum(axis=0)[None, :])
    mean = (weight * over).sum(axis=0)
    chance = weight * (1 - weight)
    seen = (weight * (over - mean[None, :]) ** 2).sum(axis=0)
    return mean, np.maximum(_share(seen - (chance * error2).sum(axis=0), chance.sum(axis=0)), 0.0)


def place_told(
    value: FloatArray, error: FloatArray, clients: FloatArray, bands: Sequence[int], method: Method
) -> Placed:
    """Every person of a scale in a figure that comes with its own error (an effect). NaN: the person has none."""
    p = len(value)
    has = ~np.isnan(value)
    found = {name: np.full(p, np.nan) for name in _FIELDS}
    found["value"] = found["adjusted"] = value.copy()
    found["clients"] = clients
    colleagues = np.zeros(p, dtype=np.int64)
    for members, beside in groups_of(bands, has, method.least_peers):
        other = (beside[:, None] != members[None, :]).astype(np.float64)
        over = np.repeat(value[beside][:, None], len(members), axis=1)
        error2 = np.repeat(error[beside][:, None] ** 2, len(members), axis=1)
        mean, tau2 = _spread(over, error2, other, clients[beside], method.least_clients)
        colleagues[members] = other.sum(axis=0).astype(np.int64)
        found["peers"][members] = mean
        distance = value[members] - mean
        file_points(found, members, distance, distance, tau2, error[members] ** 2, clients[members], method, 1.0)
    return Placed(**found, colleagues=colleagues)


def points_of(z: FloatArray) -> FloatArray:
    """0 to 100 of a distance: the share of a normal group that lies below it."""
    return 100.0 * np.asarray(ndtr(z))


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    shape = np.broadcast_shapes(part.shape, whole.shape)
    return np.divide(part, whole, out=np.zeros(shape), where=np.broadcast_to(whole > _TINY, shape))
