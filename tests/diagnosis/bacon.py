"""Bacon (2008), 24 months 2000-01 to 2001-12: as published with PerformanceAnalytics."""

from __future__ import annotations

import numpy as np

PORTFOLIO = np.array([
    0.3, 2.6, 1.1, -1.0, 1.5, 2.5, 1.6, 6.7, -1.4, 4.0, -0.5, 8.1,
    4.0, -3.7, -6.1, 1.7, -4.9, -2.2, 7.0, 5.8, -6.5, 2.4, -0.5, -0.9,
]) / 100  # fmt: skip
BENCHMARK = np.array([
    0.2, 2.5, 1.8, -1.1, 1.4, 1.8, 1.4, 6.5, -1.5, 4.2, -0.6, 8.3,
    3.9, -3.8, -6.2, 1.5, -4.8, 2.1, 6.0, 5.6, -6.7, 1.9, -0.3, 0.0,
]) / 100  # fmt: skip

ORACLES = [  # id, value, row of the published or re-computed table (r_f = 0, MAR = 0.5 % a month)
    ("twr", 0.2181058, "cumulative p"),
    ("annualised_return", 0.1036783, "annualised p"),
    ("excess_return", 0.2181058 - 0.2498869, "cumulative p less b"),
    ("volatility", 0.1370002, "sd annual, sample"),
    ("downside_deviation", 0.0255367, "downside deviation, n = all 24; published 0.0255"),
    ("max_drawdown", -0.144673, "max drawdown with start value"),
    ("sharpe", 0.756775, "Sharpe: geometric annual / sample annual sd"),
    ("sortino", 0.156637, "Sortino, monthly, not annualised; published 0.157"),
    ("calmar", 0.716639, "Calmar"),
    ("omega", 1.291793, "Omega"),
    ("beta", 0.998850, "beta"),
    ("correlation", 0.969386, "correlation"),
    ("alpha", -0.0141694, "Jensen alpha of annualised returns; published -0.014"),
    ("tracking_error", 0.0336397, "tracking error annual, sample"),
    ("information_ratio", -0.425244, "difference of annual returns / tracking error"),
    ("treynor", 0.1037976, "Treynor"),
    ("tm_gamma", 0.8921824, "TM gamma"),
    ("hm_gamma", 0.1403657, "HM gamma with max(0, -r_m)"),
    ("up_capture", 0.945619, "up capture, compounded"),
    ("down_capture", 0.985544, "down capture, compounded"),
]
"""Every measure of a series that the table knows, in the convention that docs/metrics.md names."""
