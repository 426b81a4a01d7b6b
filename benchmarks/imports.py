"""`heshi import` of trades into PostgreSQL, beside a bare COPY into the same table with its keys and indexes.

The bare COPY gets what the import ended with: the finished rows, nothing left to read, check, look up or hash.
Both begin with an empty table in the same database, and take turns.
"""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from benchmarks import synthetic
from benchmarks.result import AT_LEAST, Line, Scale, median, seconds
from clients.intake import import_file
from clients.postings import TRADE_COLUMNS
from kit.db import engine
from kit.migrate import upgrade

SERVER = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
SHANGHAI = timezone(timedelta(hours=8))
TRADES_EACH, SLOTS_EACH, SECURITIES, POINTS = 100, 10, 500, 250
CHUNK = 1 << 20
RUNS = 3


def server() -> str:
    """The PostgreSQL server: the one named for the tests, else the usual one on this machine."""
    return os.environ.get("HESHI_TEST_POSTGRES_URL", SERVER)


@contextmanager
def database(server_url: str) -> Iterator[str]:
    """The URL of a database of our own with the newest schema, dropped at the end."""
    name = f"heshi_bench_{os.getpid()}"
    administer(server_url, f'CREATE DATABASE "{name}"')
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    try:
        upgrade(url)
        yield url
    finally:
        engine(url).dispose()
        administer(server_url, f'DROP DATABASE "{name}" WITH (FORCE)')


def administer(url: str, *statements: str) -> Any:
    """Run statements outside any transaction; the last one's first value, where it has one."""
    made = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with made.connect() as connection:
            for statement in statements:
                done = connection.execute(text(statement))
            return done.scalar() if done.returns_rows else None
    finally:
        made.dispose()


def write_files(folder: Path, accounts: int, seed: int) -> tuple[Path, Path, Path]:
    """Clients, accounts and trades as a broker would hand them over, trades in the order of the clock."""
    grid = synthetic.market(POINTS, SECURITIES, seed).grid
    book = synthetic.ledger(grid, accounts, TRADES_EACH, SLOTS_EACH, seed)
    clients, opened, trades = (folder / f"{name}.csv" for name in ("clients", "accounts", "trades"))
    _write(clients, ("client_no", "name"), ((a.client_no, a.client_name) for a in book.accounts))
    _write(opened, ("account_no", "client_no"), ((a.account_no, a.client_no) for a in book.accounts))
    rows = book.trades
    order = rows.at.argsort(kind="stable")
    who = [a.account_no for a in book.accounts]
    codes = [security.code for security in grid.securities]
    columns = [
        column[order].tolist()
        for column in (rows.at, rows.security, rows.kind, rows.quantity, rows.price, rows.commission,
                       rows.stamp_duty, rows.transfer_fee)
    ]  # fmt: skip
    owners = (order // TRADES_EACH).tolist()
    _write(
        trades,
        ("account_no", "traded_at", "security_code", "side", "quantity", "price", "commission", "stamp_duty",
         "transfer_fee", "trade_no"),
        (
            (who[owner], datetime.fromtimestamp(at, UTC).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S"),
             codes[security], "SELL" if kind == synthetic.SELL else "BUY", quantity // 1_000_000,
             *(f"{amount / 1e6:.2f}" for amount in (price, commission, duty, transfer)), f"T{number:010d}")
            for number, (owner, at, security, kind, quantity, price, commission, duty, transfer)
            in enumerate(zip(owners, *columns, strict=True))
        ),
    )  # fmt: skip
    return clients, opened, trades


def _write(path: Path, headings: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(headings)
        writer.writerows(rows)


def empty(url: str) -> None:
    """An empty table of trades, and a server with nothing left to write."""
    administer(url, "TRUNCATE trade RESTART IDENTITY CASCADE", "CHECKPOINT")


def load(url: str, path: Path) -> int:
    """The product's way. Returns the number of new rows."""
    return import_file(url, path, kind="trades").rows_new


def copied(url: str) -> bytes:
    """The table of trades as CSV, without its generated ids."""
    held = io.BytesIO()
    asked = f"COPY trade ({', '.join(TRADE_COLUMNS)}) TO STDOUT (FORMAT csv)"
    with _connect(url) as connection, connection.cursor().copy(asked) as rows:
        for part in rows:
            held.write(part)
    return held.getvalue()


def copy_in(url: str, body: bytes) -> int:
    """The peer: one COPY, one commit. Returns the number of rows."""
    with _connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(f"COPY trade ({', '.join(TRADE_COLUMNS)}) FROM STDIN (FORMAT csv)") as rows:
            for start in range(0, len(body), CHUNK):
                rows.write(body[start : start + CHUNK])
        return cursor.rowcount


def _connect(url: str) -> psycopg.Connection[Any]:
    return psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))


def run(scale: Scale) -> list[Line]:
    accounts = scale.of(10_000, 100)
    rows = accounts * TRADES_EACH
    where = server()
    with database(where) as url, tempfile.TemporaryDirectory() as folder:
        clients, opened, trades = write_files(Path(folder), accounts, seed=7)
        import_file(url, clients)
        import_file(url, opened)
        imported, bare = [], []
        for _ in range(RUNS):
            empty(url)
            imported.append(seconds(partial(load, url, trades)))
            body = copied(url)
            empty(url)
            bare.append(seconds(partial(copy_in, url, body)))
        version = administer(url, "SHOW server_version")
    ours, theirs = rows / median(imported), rows / median(bare)
    return [
        Line(
            f"成交导入 PostgreSQL（{rows:,} 行 CSV），为裸 COPY 速度的", ours / theirs, "倍", 0.5, AT_LEAST,
            peer=f"裸 COPY 每秒 {theirs:,.0f} 行", ratio=ours / theirs,
            note=f"每秒 {ours:,.0f} 行；PostgreSQL {version}",
        )
    ]  # fmt: skip
