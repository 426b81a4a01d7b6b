"""The whole book: replayed, matched, measured, attributed, judged, in blocks of accounts over two processes.

The blocks stand in files before the clock starts, as columns read from a database would. The clock takes in
starting the processes, reading the blocks, and bringing home every measure and every finding's weight.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks import synthetic
from benchmarks.machine import peak_rss
from benchmarks.result import Line, Scale
from clients.types import Ledger
from diagnosis.behaviour.flags import Universe, universe_of
from diagnosis.book import numbers_of, weights_of
from market.types import FloatArray

SECURITIES, POINTS, TRADES_EACH, SLOTS_EACH = 500, 250, 100, 10
BLOCK = 500
WORKERS = 2
MARKET_SEED = 21


@dataclass(frozen=True)
class Answer:
    """What one block says, and how much memory its process has needed so far."""

    measures: dict[str, FloatArray]
    findings: dict[str, FloatArray]
    process: int
    peak: int

    @property
    def accounts(self) -> int:
        return len(self.measures["twr"])


@lru_cache(maxsize=1)
def setting() -> tuple[synthetic.Market, Universe]:
    """The market, and its sort into lottery stocks: once a process, for they serve every account."""
    market = synthetic.market(POINTS, SECURITIES, MARKET_SEED)
    return market, universe_of(market.grid, market.day)


def diagnose(ledger: Ledger) -> Answer:
    """Everything that the lists, the peers and the findings of a block of accounts are made from."""
    market, universe = setting()
    numbers = numbers_of(ledger, market.grid, market.actions, market.benchmark, universe)
    return Answer(numbers.measures(), weights_of(numbers, market.day), os.getpid(), peak_rss())


def diagnose_file(path: Path) -> Answer:
    with path.open("rb") as stream:
        ledger: Ledger = pickle.load(stream)
    return diagnose(ledger)


def write_blocks(folder: Path, accounts: int, block: int = BLOCK) -> list[Path]:
    """The book's ledgers, a file for each block."""
    market, _ = setting()
    paths = []
    for number, start in enumerate(range(0, accounts, block)):
        size = min(block, accounts - start)
        path = folder / f"{number:05d}.ledger"
        ledger = synthetic.ledger(market.grid, size, TRADES_EACH, SLOTS_EACH, seed=1_000 + number)
        path.write_bytes(pickle.dumps(ledger, protocol=5))
        paths.append(path)
    return paths


def diagnose_all(paths: list[Path], workers: int = WORKERS) -> Iterator[Answer]:
    """Every block over a pool of spawned processes."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(diagnose_file, paths)


def run(scale: Scale) -> list[Line]:
    accounts = scale.of(100_000, 1_000)
    with tempfile.TemporaryDirectory() as folder:
        paths = write_blocks(Path(folder), accounts)
        diagnose_file(paths[0])  # compiled loops are on disk from here on
        start = time.perf_counter()
        answers = list(diagnose_all(paths))
        taken = time.perf_counter() - start
    peaks: dict[int, int] = {}
    for answer in answers:
        peaks[answer.process] = max(peaks.get(answer.process, 0), answer.peak)
    memory = (sum(peaks.values()) + peak_rss()) / 2**30
    found = sum(int(np.count_nonzero(weight > 0)) for answer in answers for weight in answer.findings.values())
    what = f"全账户体检，{accounts:,} 户 × {POINTS} 日，{accounts * TRADES_EACH:,} 笔成交"
    return [
        Line(
            f"{what}：重演、配对、指标、归因、行为、发现", taken, "秒", 60.0,
            note=f"{WORKERS} 个进程，每户 {taken / accounts * 1e3:.2f} 毫秒，{found:,} 个发现",
        ),
        Line(f"{what}：内存峰值，各进程之和", memory, "GiB", 4.0),
    ]  # fmt: skip
