"""指标: measures of returns, risk and skill, array-first. `metrics_of` is the door; see docs/metrics.md."""

from diagnosis.measures.accounts import account_columns, flows_of, metrics_of, position_means, profits
from diagnosis.measures.columns import Book, Columns, return_columns

__all__ = [
    "Book",
    "Columns",
    "account_columns",
    "flows_of",
    "metrics_of",
    "position_means",
    "profits",
    "return_columns",
]
