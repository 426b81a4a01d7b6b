"""The real book: every row of the source is in the files, in its order, and nothing is invented or mended."""

from __future__ import annotations

import csv
import gzip
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest

import demo
from demo.real import write_real
from market.types import InstrumentKind

DATA = Path(demo.__file__).parent / "data"


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    return write_real(tmp_path_factory.mktemp("real"))


def rows_of(path: Path) -> list[dict]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def files(real):
    return {file.kind: rows_of(file.path) for file in real.files}


@pytest.fixture(scope="module")
def source():
    return rows_of(DATA / "eu-retail-trades" / "transactions.csv")


def test_every_trade_stands_in_its_order(files, source):
    side = {"B": "BUY", "S": "SELL"}
    expected = [
        (f"EU-{row['investor']}", row["datetime"], f"{row['asset']}.MI",
         side[row["type"]], row["quantity"], row["price"])
        for row in source
    ]
    assert expected == [tuple(row.values()) for row in files["trades"]]
    assert len(expected) == 2_467


def test_what_is_odd_in_the_source_is_odd_in_the_file(files):
    trades = files["trades"]
    assert sum(Decimal(row["quantity"]) == 0 for row in trades) == 3
    assert sum(-Decimal(row["price"]).as_tuple().exponent > 6 for row in trades) == 14
    held: dict[str, Counter[str]] = defaultdict(Counter)
    short = 0
    for row in trades:
        sign = 1 if row["side"] == "BUY" else -1
        held[row["account_no"]][row["security_code"]] += sign * int(float(row["quantity"]))
        short += held[row["account_no"]][row["security_code"]] < 0
    assert short > 0


def test_every_quote_of_the_source_is_in_the_file(files):
    with gzip.open(DATA / "eu-retail-trades" / "marketprices.csv.gz", "rt", encoding="utf-8") as stream:
        expected = [(f"{row['asset']}.MI", row["datetime"], row["price"]) for row in csv.DictReader(stream)]
    assert expected == [tuple(row.values()) for row in files["prices"]]
    assert len(expected) == 92_996


def test_every_open_position_has_a_price_at_every_trade(files):
    quotes = {(row["security_code"], row["date"]) for row in files["prices"]}
    held: dict[str, Counter[str]] = defaultdict(Counter)
    marks = 0
    for row in files["trades"]:
        own = held[row["account_no"]]
        sign = 1 if row["side"] == "BUY" else -1
        left = own[row["security_code"]] + sign * int(float(row["quantity"]))
        own[row["security_code"]] = max(left, 0)  # below 0: shares older than the sample
        for code in [code for code, shares in own.items() if shares > 0]:
            assert (code, row["traded_at"]) in quotes
            marks += 1
    assert marks > 10_000


def test_every_instrument_is_classified_once_with_a_reason(files):
    table = rows_of(DATA / "eu-instruments.csv")
    traded = {row["security_code"].removesuffix(".MI") for row in files["trades"]}
    assert traded <= {row["ticker"] for row in table}
    assert len({row["ticker"] for row in table}) == len(table)
    assert {row["kind"] for row in table} <= {kind.value for kind in InstrumentKind}
    assert all(row["basis"] for row in table)


KINDS = [  # ticker, kind, why it is evident
    ("3NGL", "LEVERAGED", "3 and L: three times long"),
    ("3NGS", "LEVERAGED", "3 and S: three times short"),
    ("LEVMIB", "LEVERAGED", "LEV and MIB"),
    ("MINI2C", "LEVERAGED", "index level, quarterly month"),
    ("N60687", "CERTIFICATE", "letter and five digits"),
    ("ETFMIB", "ETF", "ETF and MIB"),
    ("ENI", "STOCK", "a company"),
    ("BIO2", "OTHER", "the code does not tell"),
]


@pytest.mark.parametrize(("ticker", "kind", "why"), KINDS)
def test_kinds(files, ticker, kind, why):
    (row,) = [row for row in files["instruments"] if row["security_code"] == f"{ticker}.MI"]
    assert (row["kind"], row["name"], row["venue"], row["currency"]) == (kind, ticker, "XMIL", "EUR"), why
    assert "industry" not in row


def test_five_anonymous_investors(files):
    investors = ["44382", "4Q17Z", "743Q1", "8ZQ32", "QZ621"]
    assert [row["client_no"] for row in files["clients"]] == investors
    assert [row["name"] for row in files["clients"]] == [f"真实账户 {investor}" for investor in investors]
    assert [row["account_no"] for row in files["accounts"]] == [f"EU-{investor}" for investor in investors]
    assert {row["currency"] for row in files["accounts"]} == {"EUR"}
