"""A small book through the whole path on another core, so that its numeric kernels are compiled before the large one.

Compiling takes most of a minute on a new machine and nothing afterwards: the machine code is kept beside the sources.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from clients.intake import import_file
from demo.behaviour import RESERVED, Investor, World
from demo.cast import Persona, Role, cast
from demo.market_files import write_actions, write_benchmark, write_instruments, write_prices
from demo.statements import write_statement_csv
from demo.tape import Signals, Tape, load_signals, load_tape
from kit.clock import today
from kit.db import engine, transaction
from kit.migrate import upgrade
from reports.survey import survey_book

DAYS: Final = 300
ACCOUNTS: Final = 24
SEED: Final = 1
PATIENCE_SECONDS: Final = 300


@contextmanager
def rehearsed() -> Iterator[Callable[[], None]]:
    """Rehearse beside what is done inside. Gives what waits for the end of it; no rehearsal outlives the block."""
    beside = subprocess.Popen(
        [sys.executable, "-m", "demo.rehearsal"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl+C is answered here alone
    )  # fmt: skip

    def wait() -> None:
        with suppress(subprocess.TimeoutExpired):  # what is not compiled yet is compiled when it is needed
            beside.wait(PATIENCE_SECONDS)

    try:
        yield wait
    finally:
        beside.kill()
        beside.wait()


def rehearse(folder: Path) -> int:
    """A book of a few accounts over the first days, written, imported, surveyed. Returns its number of accounts."""
    tape = first_days(load_tape(), DAYS)
    signals = load_signals()
    url = f"sqlite:///{folder / 'rehearsal.db'}"
    upgrade(url)
    for path, kind in _files(folder, tape, signals):
        import_file(url, path, kind=kind, client="C1")
    with transaction(url) as session:
        count = survey_book(session, now=datetime.now(UTC), day=today())
    engine(url).dispose()
    return count


def first_days(tape: Tape, days: int) -> Tape:
    """The beginning of the tape."""
    grids = {name: getattr(tape, name)[:days] for name in ("open", "high", "low", "close", "volume")}
    payments = tuple(paid for paid in tape.payments if max(paid.record, paid.ex, paid.pay) < days)
    return replace(tape, days=tape.days[:days], payments=payments, **grids)


def _files(folder: Path, tape: Tape, signals: Signals) -> Iterator[tuple[Path, str]]:
    yield write_instruments(folder, tape), "instruments"
    yield write_prices(folder, tape, RESERVED), "prices"
    yield write_actions(folder, tape), "actions"
    yield write_benchmark(folder, tape), "benchmarks"
    world = World.of(tape, signals)
    rows = [(who.account_no, Investor(world, who, SEED).live().rows) for who in _early(cast(SEED, ACCOUNTS))]
    yield write_statement_csv(folder / "statement.csv", tape, rows, "utf-8"), "statement"


def _early(people: tuple[Persona, ...]) -> list[Persona]:
    """A few who begin soon and trade in their own ways."""
    return [who for who in people if who.start < DAYS // 3 and who.role is Role.PLANTED][:6]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        rehearse(Path(place))
