"""Book 1: the real trades of five retail investors on Borsa Italiana, as import files. Nothing is smoothed.

The source states trades and the price of everything held at each trade, no more: no cash, no fees, no names,
no opening positions. Splits are the issuers' own notices, where we could read one. Rows of quantity 0, sales of
more than was bought, prices of fifteen decimals stay.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from demo.files import Book, BookFile
from demo.market_files import write_csv
from demo.tape import read_rows

FOLDER: Final = "eu-retail-trades"
SUFFIX: Final = "MI"
VENUE: Final = "XMIL"
CURRENCY: Final = "EUR"
SIDES: Final = {"B": "BUY", "S": "SELL"}


def write_real(folder: Path) -> Book:
    """Write the book into `folder`: instruments, quotes, actions, clients, accounts, trades."""
    folder.mkdir(parents=True, exist_ok=True)
    trades = read_rows(FOLDER, "transactions.csv")
    files = (
        BookFile(_instruments(folder), "instruments"),
        BookFile(_quotes(folder), "prices"),
        BookFile(_actions(folder), "actions"),
        BookFile(_clients(folder, trades), "clients"),
        BookFile(_accounts(folder, trades), "accounts"),
        BookFile(_trades(folder, trades), "trades"),
    )
    return Book("real", files)


def account_no(investor: str) -> str:
    """The account number that this book gives to an investor of the source."""
    return f"EU-{investor}"


def _instruments(folder: Path) -> Path:
    """The name of an instrument is its ticker: the source gives none, and none is invented."""
    return write_csv(
        folder / "instruments.csv", ("security_code", "name", "kind", "venue", "board", "currency"),
        [
            (f"{row['ticker']}.{SUFFIX}", row["ticker"], row["kind"], VENUE, "FOREIGN", CURRENCY)
            for row in read_rows("", "eu-instruments.csv")
        ],
    )


def _quotes(folder: Path) -> Path:
    """One price at one moment (UTC) in each row; there is no high, low or volume."""
    return write_csv(
        folder / "prices.csv", ("security_code", "date", "close"),
        (
            (f"{row['asset']}.{SUFFIX}", row["datetime"], row["price"])
            for row in read_rows(FOLDER, "marketprices.csv.gz")
        ),
    )


def _actions(folder: Path) -> Path:
    """The consolidations and splits that the issuers announced (`data/eu-actions.csv` names the notices).

    Others stand in the prices without a notice that we could read; they are left for the diagnosis to name.
    """
    return write_csv(
        folder / "actions.csv", ("security_code", "ex_date", "kind", "value"),
        [
            (f"{row['ticker']}.{SUFFIX}", row["ex_date"], row["kind"], row["value"])
            for row in read_rows("", "eu-actions.csv")
        ],
    )


def _clients(folder: Path, trades: Sequence[dict[str, str]]) -> Path:
    return write_csv(
        folder / "clients.csv", ("client_no", "name", "kind"),
        [(investor, f"真实账户 {investor}", "NATURAL") for investor in _investors(trades)],
    )


def _accounts(folder: Path, trades: Sequence[dict[str, str]]) -> Path:
    """No opening day: the accounts are older than the sample."""
    return write_csv(
        folder / "accounts.csv", ("account_no", "client_no", "kind", "currency"),
        [(account_no(investor), investor, "CASH", CURRENCY) for investor in _investors(trades)],
    )


def _trades(folder: Path, trades: Iterable[dict[str, str]]) -> Path:
    """Every row of the source, in its order; several rows of one minute keep theirs."""
    return write_csv(
        folder / "trades.csv", ("account_no", "traded_at", "security_code", "side", "quantity", "price"),
        (
            (
                account_no(row["investor"]), row["datetime"], f"{row['asset']}.{SUFFIX}", SIDES[row["type"]],
                row["quantity"], row["price"],
            )
            for row in trades
        ),
    )


def _investors(trades: Iterable[dict[str, str]]) -> list[str]:
    return sorted({row["investor"] for row in trades})
