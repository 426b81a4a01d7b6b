"""How unevenly assets are spread over clients: Lorenz curve, Gini coefficient, share of the largest. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

import numpy as np

from market.types import FloatArray

TOPS: Final = (0.01, 0.05, 0.1, 0.2, 0.5)


@dataclass(frozen=True)
class Concentration:
    """Of clients whose assets are known and not negative. gini: 0 all alike, near 1 one has all; None without assets.

    tops: (share of clients, how many, share of assets). Source: Gini coefficient by the mean difference, Lorenz (1905).
    """

    clients: int
    total: float
    gini: float | None
    tops: tuple[tuple[float, int, float], ...]
    curve: tuple[tuple[float, float], ...]  # share of clients, the poorest first; share of assets
    unknown: int
    negative: int


def concentration(assets: FloatArray, points: int = 20) -> Concentration:
    """assets: yuan, (n,), NaN where unknown. Raises nothing: without assets there is no coefficient."""
    known = assets[~np.isnan(assets)]
    usable = np.sort(known[known >= 0])
    n, total = len(usable), float(usable.sum())
    unknown, negative = len(assets) - len(known), len(known) - len(usable)
    if not n or total <= 0:
        return Concentration(n, total, None, (), (), unknown, negative)
    rank = np.arange(1, n + 1)
    gini = float(((2 * rank - n - 1) * usable).sum() / (n * total))
    running = np.concatenate([[0.0], np.cumsum(usable)])
    tops = tuple((part, ceil(part * n), float(1 - running[n - ceil(part * n)] / total)) for part in TOPS)
    curve = tuple(
        (at / points, float(np.interp(at / points * n, np.arange(n + 1), running) / total)) for at in range(points + 1)
    )
    return Concentration(n, total, gini, tops, curve, unknown, negative)
