"""The same trades as CSV, Excel and Parquet make the same ledger; the command says what became of them."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from cli.commands.imports import import_files
from clients.intake import import_file

app = typer.Typer()
app.command("import")(import_files)
app.command("other")(lambda: None)  # with one command alone Typer would drop its name

HEAD = ["account_no", "traded_at", "security_code", "side", "quantity", "price", "commission"]
TYPED = [
    ["A1", datetime(2024, 1, 2), 600519, "BUY", 100, 1680.1, 5.0],  # noqa: DTZ001  (as a workbook holds it)
    ["A1", datetime(2024, 1, 3, 9, 31, 5), "000333.SZ", "SELL", 200.0, 55.55, None],  # noqa: DTZ001
]


def written(folder, form):
    path = folder / f"trades.{form}"
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in [HEAD, *TYPED]:
            book.active.append(row)
        book.save(path)
    elif form == "parquet":
        columns = list(zip(*TYPED, strict=True))
        columns[2] = [str(code) for code in columns[2]]
        pq.write_table(pa.table({name: list(cells) for name, cells in zip(HEAD, columns, strict=True)}), path)
    else:
        rows = [
            ["A1", "2024/1/2", "600519", "BUY", "100", "1680.1", "5"],
            ["A1", "20240103 09:31:05", "000333", "S", "200", "55.55", ""],
        ]
        path.write_text("\n".join(",".join(row) for row in [HEAD, *rows]) + "\n")
    return path


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_every_form_makes_the_same_trades(book, form):
    said = import_file(book.url, written(book.folder, form))
    codes = book.codes()

    assert said.rejects == []
    assert [(codes[row.instrument_id], row.quantity, row.price) for row in book.trades()] == [
        ("600519.SH", 100, Decimal("1680.1")),
        ("000333.SZ", 200, Decimal("55.55")),
    ]
    assert [row.at is None for row in book.trades()] == [True, False]


def test_all_forms_together_hold_each_trade_once(book):
    assert [
        import_file(book.url, written(book.folder, form)).rows_new for form in ("csv", "xlsx", "parquet")
    ] == [2, 0, 0]


def test_the_command_says_what_became_of_the_rows(book):
    text = ",".join(HEAD) + "\nA1,2024-01-02,600519,BUY,100,10,5\nA1,2024-01-02,600519,HOLD,100,10,5\n"
    path = book.file(text, "t.csv")
    run = CliRunner().invoke

    spoken = run(app, ["import", str(path), "--dry-run", "--database", book.url])
    machine = run(app, ["import", str(path), "--json", "--database", book.url])
    misuse = run(app, ["import", str(path), "--kind", "gossip", "--database", book.url])
    rubbish = run(app, ["import", str(book.file(bytes(range(256)), "x.csv")), "--database", book.url])

    assert (spoken.exit_code, machine.exit_code, misuse.exit_code, rubbish.exit_code) == (1, 1, 2, 1)
    assert "读取 2 行，可用 1，拒收 1，未写入" in spoken.stdout
    assert "第 3 行  side  “HOLD” 应为 BUY 或 SELL" in spoken.stdout
    assert json.loads(machine.stdout)["rows_new"] == 1
    assert "不是表格文件" in rubbish.output
    assert "Traceback" not in rubbish.output
