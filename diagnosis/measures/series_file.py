"""The measures of one series of returns from a file, without trades or money behind it."""

from __future__ import annotations

import numpy as np

from diagnosis.conventions import conventions, withheld
from diagnosis.measures.columns import Book, return_columns
from diagnosis.parameters import parameters
from diagnosis.reasons import Reason, sentence
from diagnosis.types import Metric
from market.types import FloatArray


def metrics_of_series(
    returns: FloatArray,
    benchmark: FloatArray | None,
    *,
    periods_per_year: float,
    acceptable: float = 0.0,
    risk_free: float = 0.0,
) -> dict[str, Metric]:
    """Every id of docs/metrics.md for returns of shape (n,); what a series cannot tell is withheld.

    benchmark: (n,) on the same days, NaN where it has none. acceptable: per period. risk_free: per year.
    """
    chosen = parameters(periods_per_year, acceptable)
    columns = return_columns(
        Book(
            returns=returns[None, :],
            benchmark=benchmark,
            risk_free=np.array([risk_free]),
            years=np.array([returns.size / chosen.periods_per_year]),
            marks=False,
        ),
        chosen,
    )
    given = columns.cells(0)
    reason = sentence(Reason.NOT_FROM_SERIES)
    return {name: given.get(name) or withheld(name, reason) for name in conventions()}
