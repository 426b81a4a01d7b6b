"""One account of ten years and a thousand trades as numbers, HTML and PDF, beside QuantStats' HTML report.

Prices, trades and flows are others each time, so that nothing can be kept from one report to the next but what
a server keeps too: compiled loops, fonts, templates, the sort of all stocks. Everything runs on one core.
"""

from __future__ import annotations

import gzip
import logging
import os
import tempfile
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import synthetic
from benchmarks.result import AT_LEAST, Line, Scale, median, p95, seconds
from clients.types import Ledger
from diagnosis.assembly import diagnoses_of, with_peers
from diagnosis.behaviour.flags import Universe, universe_of
from diagnosis.book import BookNumbers, numbers_of
from diagnosis.peers import directions
from diagnosis.types import Diagnosis, Peers
from kit.memory import keep_what_is_loaded
from reports.build import build_report
from reports.html import export_html
from reports.model import Report
from reports.pdf import render_pdf
from reports.svg import render_charts

POINTS, TRADES, STOCKS, POOL = 2_430, 1_000, 25, 300
WARM, RUNS, PEER_RUNS = 3, 60, 5
KB = 1_000


@dataclass(frozen=True)
class Case:
    """One account and its market."""

    market: synthetic.Market
    ledger: Ledger


@dataclass
class Made:
    """One report, and how long each step of it took."""

    report: Report
    html: str
    pdf: bytes
    numbers: BookNumbers
    steps: dict[str, float] = field(default_factory=dict)

    @property
    def taken(self) -> float:
        return sum(self.steps.values())


def case(seed: int, points: int = POINTS, trades: int = TRADES, stocks: int = STOCKS) -> Case:
    market = synthetic.market(points, stocks, seed)
    return Case(market, synthetic.ledger(market.grid, 1, trades, stocks, seed))


def pool(points: int = POINTS, stocks: int = POOL) -> Universe:
    """All stocks sorted: what a server keeps between two imports."""
    market = synthetic.market(points, stocks, 0)
    return universe_of(market.grid, market.day)


def diagnosis_of(numbers: BookNumbers) -> Diagnosis:
    """The account in words, beside peers that leave no axis of the radar empty."""
    found = diagnoses_of(numbers)[0]
    ranks = dict.fromkeys(directions(found.last), 50.0)
    return with_peers(found, Peers("50–100 万元", 500, ranks))


def make(one: Case, universe: Universe) -> Made:
    """All twelve sections from the ledger on: as an exported page and on paper."""
    clock = _Clock()
    market = one.market
    numbers = numbers_of(one.ledger, market.grid, market.actions, market.benchmark, universe)
    clock.step("数字")
    report = build_report(diagnosis_of(numbers))
    clock.step("成文")
    drawn, narrow = render_charts(report), render_charts(report, narrow=True)
    clock.step("图")
    html = export_html(report, drawn, narrow)
    clock.step("HTML")
    pdf = render_pdf(report, drawn)
    clock.step("PDF")
    return Made(report, html, pdf, numbers, clock.steps)


class _Clock:
    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self._last = time.perf_counter()

    def step(self, name: str) -> None:
        now = time.perf_counter()
        self.steps[name], self._last = now - self._last, now


def returns_of(made: Made, one: Case) -> tuple[pd.Series, pd.Series]:
    """The account's daily returns and its benchmark's, as QuantStats takes them."""
    days = pd.DatetimeIndex([pd.Timestamp.fromordinal(day) for day in one.market.grid.points.tolist()])
    own = pd.Series(np.nan_to_num(made.numbers.history.returns[0]), days, name="account")
    return own, pd.Series(one.market.benchmark.returns, days, name="benchmark")


def quantstats_html(returns: pd.Series, benchmark: pd.Series, folder: Path) -> str:
    """The peer: QuantStats' HTML report of the same returns against the same benchmark."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import quantstats

        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

        target = folder / "quantstats.html"
        quantstats.reports.html(returns, benchmark=benchmark, output=str(target), title="account")
    return target.read_text(encoding="utf-8")


def packed(html: str) -> int:
    """Bytes as a web server sends them."""
    return len(gzip.compress(html.encode(), 6))


def run(scale: Scale) -> list[Line]:
    runs, peer_runs = scale.of(RUNS, 5), scale.of(PEER_RUNS, 1)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    universe = pool()
    for seed in range(WARM):
        make(case(seed), universe)
    keep_what_is_loaded()  # as a server does
    made = []
    for seed in range(WARM, WARM + runs):
        given = case(seed)
        made.append(make(given, universe))
    theirs = _peer(made[-1], given, peer_runs)
    taken = [one.taken for one in made]
    steps = "，".join(
        f"{name} {median([one.steps[name] for one in made]) * 1e3:.0f}" for name in made[0].steps
    )
    peer = f"QuantStats HTML 报告，中位 {theirs:.2f} 秒"
    what = f"一个账户，{POINTS:,} 个交易日，{TRADES:,} 笔成交"
    size = max(packed(one.html) for one in made) / KB
    whole, pdf = max(len(one.html.encode()) for one in made), max(len(one.pdf) for one in made)
    return [
        Line(
            f"{what}：数字、HTML、PDF，p95（{runs} 次，单核）", p95(taken), "秒", 0.4, peer=peer,
            ratio=theirs / p95(taken), note=f"中位 {median(taken):.3f} 秒；中位毫秒：{steps}",
        ),
        Line(
            f"{what}：比 QuantStats HTML 报告快（中位对中位）", theirs / median(taken), "倍", 10.0, AT_LEAST,
            peer=peer,
        ),
        Line(
            "导出的 HTML 压缩后，最大", size, "kB", 300.0,
            note=f"未压缩 {whole / KB:,.0f} kB；PDF {pdf / KB:,.0f} kB",
        ),
    ]  # fmt: skip


def _peer(made: Made, one: Case, runs: int) -> float:
    """Median seconds of the peer, the first run left out: it imports and warms up."""
    returns, benchmark = returns_of(made, one)
    with tempfile.TemporaryDirectory() as folder:
        quantstats_html(returns, benchmark, Path(folder))
        return median([seconds(lambda: quantstats_html(returns, benchmark, Path(folder))) for _ in range(runs)])
