"""择时: Treynor-Mazuy and Henriksson-Merton by ordinary least squares, for every account at once.

r_p − r_f = a + b (r_m − r_f) + γ z with z = (r_m − r_f)² for TM and z = max(0, −(r_m − r_f)) for HM; γ
above 0 is timing in both. No ability is claimed on a t value below the house's limit: who reads `gamma_t`
sees to that. Sources: Treynor & Mazuy (1966); Henriksson & Merton (1981).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from diagnosis.parameters import latest, parameters_for, risk_free_of
from diagnosis.reasons import Reason, sentence
from diagnosis.types import History, TimingFit
from market.types import BenchmarkSeries, FloatArray

MODELS = ("TM", "HM")
N, ALPHA, BETA, GAMMA, GAMMA_T = range(5)
"""Columns of `fits`."""

COLLINEAR = 1e-10
"""Share of its own spread that z must have beside the market, or the parameters cannot be told apart."""


def _fits(returns: FloatArray, benchmark: FloatArray, risk_free: FloatArray) -> FloatArray:
    accounts, points = returns.shape
    out = np.full((accounts, 2, 5), np.nan)
    x, y, z = np.empty(points), np.empty(points), np.empty(points)
    for a in range(accounts):
        n = 0
        for t in range(points):
            if not np.isnan(returns[a, t]) and not np.isnan(benchmark[t]):
                y[n] = returns[a, t] - risk_free[a]
                x[n] = benchmark[t] - risk_free[a]
                n += 1
        out[a, :, N] = n
        if n < 4:
            continue
        dx, dy = x[:n] - x[:n].mean(), y[:n] - y[:n].mean()
        sxx, sxy = (dx * dx).sum(), (dx * dy).sum()
        for model in range(2):
            for i in range(n):
                z[i] = x[i] * x[i] if model == 0 else max(0.0, -x[i])
            dz = z[:n] - z[:n].mean()
            szz, sxz, szy = (dz * dz).sum(), (dx * dz).sum(), (dz * dy).sum()
            determinant = sxx * szz - sxz * sxz
            if determinant <= COLLINEAR * sxx * szz:
                continue
            gamma = (sxx * szy - sxz * sxy) / determinant
            slope = (szz * sxy - sxz * szy) / determinant
            rest = dy - slope * dx - gamma * dz
            left = (rest * rest).sum()
            out[a, model, ALPHA] = y[:n].mean() - slope * x[:n].mean() - gamma * z[:n].mean()
            out[a, model, BETA], out[a, model, GAMMA] = slope, gamma
            if left > 1e-24:
                out[a, model, GAMMA_T] = gamma / np.sqrt(left / (n - 3) * sxx / determinant)
    return out


_fits_compiled: Callable[[FloatArray, FloatArray, FloatArray], FloatArray] = njit(cache=True)(_fits)


def fits(returns: FloatArray, benchmark: FloatArray, risk_free: FloatArray) -> FloatArray:
    """Both regressions of every account, shape (A, 2, 5): TM and HM by n, a, b, γ and the t value of γ.

    returns: (A, T), NaN where unknown. benchmark: (T,). risk_free: (A,) per period, not per year.
    NaN where fewer than four periods, or where z cannot be told from the market (a market that never fell has
    no HM); the t value alone is NaN where the fit leaves nothing over.
    """
    plain = [np.ascontiguousarray(part, dtype=np.float64) for part in (returns, benchmark, risk_free)]
    return _fits_compiled(plain[0], plain[1], plain[2])


def timing_of(history: History, benchmark: BenchmarkSeries | None) -> list[tuple[TimingFit, TimingFit]]:
    """TM and HM of each account as they are shown, withheld with the reason where they cannot be."""
    accounts = len(history.accounts)
    if history.grid.granularity != "DAY":
        return [_both_withheld(sentence(Reason.MARKS))] * accounts
    if benchmark is None:
        return [_both_withheld(sentence(Reason.NO_BENCHMARK))] * accounts
    risk_free = parameters_for(history).per_period(risk_free_of(history))
    table = fits(history.returns, benchmark.returns, risk_free)
    return [(timing_fit("TM", rows[0]), timing_fit("HM", rows[1])) for rows in table]


def timing_fit(model: str, row: FloatArray, minimum: int | None = None) -> TimingFit:
    """One row of `fits` as it is shown; `minimum` periods default to the house's rule."""
    needed = int(latest("MIN-POINTS-TIMING")) if minimum is None else minimum
    n = int(row[N])
    if n < needed:
        return TimingFit(model, None, None, None, None, n, sentence(Reason.SHORT_JOINT, n=n, needed=needed))
    if np.isnan(row[GAMMA]):
        return TimingFit(model, None, None, None, None, n, sentence(Reason.NOT_SEPARABLE))
    t_value = None if np.isnan(row[GAMMA_T]) else float(row[GAMMA_T])
    return TimingFit(model, float(row[ALPHA]), float(row[BETA]), float(row[GAMMA]), t_value, n)


def _both_withheld(reason: str) -> tuple[TimingFit, TimingFit]:
    tm, hm = (TimingFit(model, None, None, None, None, 0, reason) for model in MODELS)
    return tm, hm
