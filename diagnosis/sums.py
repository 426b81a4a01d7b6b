"""Sums by group over columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from market.types import FloatArray, IntArray


def totals(group: IntArray, values: ArrayLike, n: int) -> FloatArray:
    """Sum of `values` (D,) in each of n groups; `group` (D,) holds places 0 to n - 1."""
    return np.bincount(group, weights=np.asarray(values, np.float64), minlength=n).astype(
        np.float64, copy=False
    )


def tally(group: IntArray, n: int) -> IntArray:
    """Rows in each of n groups."""
    return np.bincount(group, minlength=n).astype(np.int64, copy=False)
