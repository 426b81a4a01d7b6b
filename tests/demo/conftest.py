"""One small synthetic book for all tests of the demo, read back by a reader of its own."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from demo.synthetic import write_synthetic

SEED, ACCOUNTS = 5, 60


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    return write_synthetic(tmp_path_factory.mktemp("book"), SEED, ACCOUNTS)


@pytest.fixture(scope="session")
def folder(book) -> Path:
    return book.files[0].path.parent


@pytest.fixture(scope="session")
def planted_rows(book):
    with book.planted.open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="session")
def trapped(planted_rows):
    """Trap by account number."""
    return {row["account_no"]: row["trap"] for row in planted_rows if row["role"] == "TRAP"}


def fen(text) -> int:
    whole, _, rest = str(text).partition(".")
    cents = int(f"{whole.lstrip('-')}{(rest + '00')[:2]}")
    assert set(rest[2:]) <= {"0"}, text
    return -cents if whole.startswith("-") else cents


def _statement(cells: dict) -> dict:
    return {
        "account": cells["资金账号"], "day": cells["成交日期"], "time": cells["成交时间"],
        "code": cells["证券代码"], "business": cells["操作"], "shares": int(float(cells["成交数量"])),
        "price": fen(cells["成交均价"]), "commission": fen(cells["手续费"]), "stamp": fen(cells["印花税"]),
        "transfer": fen(cells["过户费"]), "net": fen(cells["发生金额"]), "balance": fen(cells["资金余额"]),
        "number": cells["合同编号"], "turnover": fen(cells["成交金额"]),
    }


def _of_csv(path: Path, encoding: str) -> list[dict]:
    with path.open(encoding=encoding, newline="") as stream:
        return list(csv.DictReader(stream))


def _of_excel(path: Path) -> list[dict]:
    workbook = openpyxl.load_workbook(path)
    heading, *rows = workbook.active.iter_rows(values_only=True)
    workbook.close()
    return [dict(zip(heading, ["" if cell is None else cell for cell in row], strict=True)) for row in rows]


@pytest.fixture(scope="session")
def ledgers(folder) -> dict[str, list[dict]]:
    """Rows by account from the three statement files, in file order, by this reader alone."""
    cells = _of_csv(folder / "statement.csv", "gb18030") + _of_excel(folder / "statement.xlsx")
    cells += pq.read_table(folder / "statement.parquet").to_pylist()
    found: dict[str, list[dict]] = defaultdict(list)
    for row in cells:
        found[row["资金账号"]].append(_statement(row))
    return found


@pytest.fixture(scope="session")
def sound(ledgers, trapped) -> dict[str, list[dict]]:
    """The ledgers of accounts without a trap."""
    return {account: rows for account, rows in ledgers.items() if account not in trapped}
