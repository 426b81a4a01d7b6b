"""The market side of the synthetic book as import files: instruments, prices, actions, benchmark."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from demo.tape import Tape
from kit.money import SCALE

BENCHMARK_CODE: Final = "CN-DEMO-100"
BENCHMARK_NAME: Final = "示范组合指数"
BENCHMARK_COMPOSITION: Final = "所附 100 只A股等权，每季首个交易日再平衡，含股息与送转；不是任何交易所指数"
PRICES_LEFT_OUT: Final = (date(2022, 4, 11), date(2022, 6, 17))
"""No price of the reserved stock stands in the file for these days (first and last), inside one quarter."""


def write_csv(
    path: Path, headings: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8"
) -> Path:
    """One CSV file with line ends of one form, so that its bytes depend on the rows alone."""
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(headings)
        writer.writerows(rows)
    return path


def yuan(amount: int) -> str:
    """Fen as yuan with two decimals."""
    sign, rest = ("-" if amount < 0 else ""), abs(amount)
    return f"{sign}{rest // 100}.{rest % 100:02d}"


def decimal6(scaled: int) -> str:
    """Millionths with six decimals."""
    return f"{scaled // SCALE}.{scaled % SCALE:06d}"


def write_instruments(folder: Path, tape: Tape) -> Path:
    """Every shipped stock with venue, board and the vendor's industry."""
    return write_csv(
        folder / "instruments.csv",
        ("security_code", "name", "kind", "venue", "board", "industry", "currency"),
        [
            (one.canonical, one.name, "STOCK", one.venue.value, one.board, one.industry, "CNY")
            for one in tape.securities
        ],
    )


def write_prices(folder: Path, tape: Tape, left_out: str) -> Path:
    """Daily prices; volume in shares (the source has lots). `left_out`: the stock with a gap."""
    gap = next(s for s, one in enumerate(tape.securities) if one.code == left_out)
    first, last = PRICES_LEFT_OUT
    days = [day.isoformat() for day in tape.days]
    hidden = [first <= day <= last for day in tape.days]
    columns = [grid.tolist() for grid in (tape.close, tape.open, tape.high, tape.low, tape.volume)]

    def rows() -> Iterable[Sequence[object]]:
        for s, security in enumerate(tape.securities):
            for t, day in enumerate(days):
                close, opened, high, low, lots = (grid[t][s] for grid in columns)
                if close and not (s == gap and hidden[t]):
                    yield security.canonical, day, *map(yuan, (close, opened, high, low)), lots * 100

    headings = ("security_code", "date", "close", "open", "high", "low", "volume")
    return write_csv(folder / "prices.csv", headings, rows())


def write_actions(folder: Path, tape: Tape) -> Path:
    """Cash dividends and bonus shares that reached the holders, one row each."""
    rows: list[tuple[str, str, str, str]] = []
    for paid in tape.payments:
        code, ex = tape.securities[paid.security].canonical, tape.days[paid.ex].isoformat()
        if paid.cash:
            rows.append((code, ex, "CASH_DIVIDEND", decimal6(paid.cash)))
        if paid.bonus:
            rows.append((code, ex, "BONUS", decimal6(paid.bonus)))
    return write_csv(folder / "actions.csv", ("security_code", "ex_date", "kind", "value"), rows)


def equal_weights(members: Sequence[int]) -> list[int]:
    """Millionths for each member, as equal as whole numbers allow, exactly one million in all."""
    share, left = divmod(SCALE, len(members))
    return [share + (place < left) for place in range(len(members))]


def rebalance_days(tape: Tape) -> list[int]:
    """The first trading day of each quarter."""
    quarters = [(day.year, (day.month - 1) // 3) for day in tape.days]
    return [t for t, quarter in enumerate(quarters) if t == 0 or quarter != quarters[t - 1]]


def write_benchmark(folder: Path, tape: Tape) -> Path:
    """Weights in force from each rebalancing day over the stocks that traded that day."""
    rows: list[tuple[str, str, str, str, str, str]] = []
    for t in rebalance_days(tape):
        members = [s for s in range(len(tape.securities)) if tape.close[t, s] > 0]
        for s, weight in zip(members, equal_weights(members), strict=True):
            rows.append((
                BENCHMARK_CODE, tape.days[t].isoformat(), tape.securities[s].canonical, decimal6(weight),
                BENCHMARK_NAME, BENCHMARK_COMPOSITION,
            ))
    headings = ("benchmark_code", "date", "security_code", "weight", "name", "composition")
    return write_csv(folder / "benchmark.csv", headings, rows)
