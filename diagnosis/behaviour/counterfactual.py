"""What a habit cost against a stated alternative: a sum in yuan with an interval by a cluster bootstrap.

Deals of the same weeks share one market, so whole groups of `cluster_days` trading days are drawn, not
single deals. The seed is rule data: the same book gives the same interval everywhere.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from diagnosis.behaviour.habit import rule
from diagnosis.sums import totals
from diagnosis.types import Counterfactual
from diagnosis.wording import count, currency_word, percent, yuan
from market.types import FloatArray, IntArray


def cluster_sums(values: FloatArray, clusters: IntArray) -> FloatArray:
    """Sum of `values` by cluster, in ascending order of the cluster."""
    groups, place = np.unique(clusters, return_inverse=True)
    return totals(place, values, groups.size)


def interval(sums: FloatArray, *, resamples: int, seed: int, level: float) -> tuple[float, float]:
    """Percentile bootstrap interval of the total of independent group sums (Efron & Tibshirani 1993)."""
    generator = np.random.Generator(np.random.PCG64(seed))
    draws = generator.integers(0, sums.size, size=(resamples, sums.size))
    totals = sums[draws].sum(axis=1)
    low, high = np.quantile(totals, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def cost_of(values: FloatArray, points: IntArray, text: str, day: date) -> Counterfactual | None:
    """Total of `values` (yuan lost, one per deal, made at `points`); None with too few groups for an
    interval.
    """
    terms = rule("BEH-000", day)
    kept = np.isfinite(values)
    values, points = values[kept], points[kept]
    if values.size == 0:
        return None
    sums = cluster_sums(values, points // int(terms["cluster_days"]))
    if sums.size < int(terms["min_clusters"]):
        return None
    level = float(terms["level"])
    low, high = interval(sums, resamples=int(terms["resamples"]), seed=int(terms["seed"]), level=level)
    return Counterfactual(
        yuan=float(values.sum()), low=low, high=high, level=level, text=text, n=int(values.size)
    )


def clustered_mean(
    account: IntArray, cluster: IntArray, value: FloatArray, weight: FloatArray, n_accounts: int
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Weighted mean by account, its cluster-robust standard error, and the number of clusters; each (A,).

    se = sqrt(C / (C - 1) * sum over clusters of (sum of w (x - mean))^2) / sum of w; NaN with fewer than
    two clusters. Source: Liang & Zeger (1986) for a mean.
    """
    total = totals(account, weight, n_accounts)
    top = totals(account, weight * value, n_accounts)
    mean = np.divide(top, total, out=np.full(n_accounts, np.nan), where=total > 0)
    width = int(cluster.max()) + 1 if cluster.size else 1
    keys, place = np.unique(account * width + cluster, return_inverse=True)
    score = totals(place, weight * (value - mean[account]), keys.size)
    clusters = np.bincount(keys // width, minlength=n_accounts).astype(np.int64)
    squares = totals(keys // width, score**2, n_accounts)
    enough = clusters > 1
    factor = np.divide(clusters, clusters - 1, out=np.full(n_accounts, np.nan), where=enough)
    se = np.divide(np.sqrt(factor * squares), total, out=np.full(n_accounts, np.nan), where=total > 0)
    return mean, se, clusters


def sentence(cost: Counterfactual, currency: str = "CNY") -> str:
    """The cost in words: named a cost only where the whole interval is above zero."""
    word = currency_word(currency)
    low, high = yuan(cost.low, unit=word, signed=True), yuan(cost.high, unit=word, signed=True)
    span = f"{percent(cost.level, 0)} 区间 {low} 至 {high}，{count(cost.n)}"
    if cost.low > 0:
        return f"代价约 {yuan(cost.yuan, unit=word)}（{span}）。{cost.text}"
    if cost.high < 0:
        return f"这一期间没有造成损失，反而多得约 {yuan(-cost.yuan, unit=word)}（{span}）。{cost.text}"
    return (
        f"估计 {yuan(cost.yuan, unit=word, signed=True)}（{span}），区间包含零，看不出明确的代价。{cost.text}"
    )
