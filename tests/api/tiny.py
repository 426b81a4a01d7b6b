"""A tiny book with known habits, as import files: five stocks over one year and 57 accounts.

A0001 trades every other day (换手过快); A0002 holds one stock, A0003 five; A0004 has no record at all, A0005 one trade;
A0006 and A0007 belong to one client; the rest hold two stocks each.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from kit.days import calendar

STOCKS = ("600519", "000001", "600036", "000651", "600276")
INDUSTRIES = ("食品饮料", "银行", "银行", "家电", "医药")
ACCOUNTS = tuple(f"A{number:04d}" for number in range(1, 58))
BUSY, SINGLE, SPREAD, EMPTY, ONE_TRADE = ACCOUNTS[:5]
Row = Sequence[object]


def trading_days() -> list[date]:
    sessions = calendar("XSHG").sessions(date(2024, 1, 2), date(2024, 12, 31))
    return [date.fromordinal(int(day)) for day in sessions]


def close(stock: int, place: int) -> float:
    """A price that swings and drifts, of its own for each stock."""
    return round((20 + 7 * stock) * (1 + 0.0004 * (stock - 1) * place + 0.12 * math.sin(place / (9 + 2 * stock))), 2)


def prices(days: list[date]) -> Iterator[Row]:
    for stock, code in enumerate(STOCKS):
        for place, day in enumerate(days):
            price = close(stock, place)
            high, low = round(price * 1.01, 2), round(price * 0.99, 2)
            yield code, day, price, price, high, low, 8_000_000, round(price * 8e6, 2)


def benchmark(days: list[date]) -> Iterator[Row]:
    for place, day in enumerate(days):
        yield "TINY", day, round(sum(close(stock, place) / close(stock, 0) for stock in range(5)) / 5, 6)


def trades(days: list[date]) -> Iterator[Row]:
    for place in range(1, len(days) - 2, 2):
        stock = place // 20 % 5
        for side, at in (("BUY", place), ("SELL", place + 1)):
            yield BUSY, f"{days[at]} 10:00:00", STOCKS[stock], side, 1000, close(stock, at)
    for number, account in enumerate(ACCOUNTS[1:], start=1):
        for stock in stocks_of(number, account):
            yield account, f"{days[number % 30 + 1]} 14:30:00", STOCKS[stock], "BUY", 500, close(stock, number % 30 + 1)


def stocks_of(number: int, account: str) -> list[int]:
    known = {SINGLE: [0], SPREAD: [0, 1, 2, 3, 4], EMPTY: [], ONE_TRADE: [1]}
    return known.get(account, [number % 5, (number + 2) % 5])


def client_of(account: str) -> str:
    return "C0006" if account == "A0007" else "C" + account[1:]


def write_tiny(folder: Path) -> list[tuple[Path, str]]:
    """Write every file in import order; returns paths with their kinds."""
    days = trading_days()
    clients = sorted({client_of(account) for account in ACCOUNTS})
    rows: dict[str, tuple[str, list[Row]]] = {
        "instruments": (
            "security_code,name,kind,industry",
            [(code, f"样例{code}", "STOCK", field) for code, field in zip(STOCKS, INDUSTRIES, strict=True)],
        ),
        "prices": ("security_code,date,close,open,high,low,volume,amount", list(prices(days))),
        "benchmarks": ("benchmark_code,date,close", list(benchmark(days))),
        "clients": ("client_no,name,kind", [(one, f"客户{one[1:]}", "NATURAL") for one in clients]),
        "accounts": ("account_no,client_no,opened_on", [(one, client_of(one), "2024-01-02") for one in ACCOUNTS]),
        "cashflows": (
            "account_no,date,kind,amount",
            [(one, days[0], "DEPOSIT", 200_000 + 1_000 * place) for place, one in enumerate(ACCOUNTS) if one != EMPTY],
        ),
        "trades": ("account_no,traded_at,security_code,side,quantity,price", list(trades(days))),
    }
    return [(_write(folder / f"{kind}.csv", *content), kind) for kind, content in rows.items()]


def _write(path: Path, heading: str, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(heading.split(","))
        writer.writerows(rows)
    return path
