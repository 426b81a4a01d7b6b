# ruff: noqa: E501  (rows of files stand on one line each)
"""Every form of file gives the same rows; what is no table is refused with a reason."""

from __future__ import annotations

import gzip
import subprocess
import sys
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.imports import cells
from kit.imports.result import Refused, Remarks
from kit.sheets import SheetProblem, as_text, open_sheet

ROWS = [["证券代码", "名称", "价格"], ["000001", "平安银行", "10.5"], ["600519", "贵州茅台", "1680"]]


def written(path, form):
    text = "\n".join(",".join(row) for row in ROWS) + "\n"
    if form == "xlsx":
        book = openpyxl.Workbook()
        for row in ROWS:
            book.active.append(row)
        book.save(path)
    elif form == "parquet":
        pq.write_table(pa.table({name: [row[i] for row in ROWS[1:]] for i, name in enumerate(ROWS[0])}), path)
    elif form == "tab":
        path.write_text(text.replace(",", "\t"), "gb18030")
    elif form == "gzip":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_bytes(text.encode(form))
    return path


@pytest.mark.parametrize(
    "form", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "tab", "gzip", "xlsx", "parquet"]
)
def test_every_form_gives_the_same_rows(tmp_path, form):
    sheet = open_sheet(written(tmp_path / "file", form))

    assert sheet.headings == ROWS[0]
    assert [row for batch in sheet.batches() for row in batch.rows] == ROWS[1:]
    assert [line for batch in sheet.batches() for line in batch.lines] == [2, 3]


BAD = [  # content, what the message must say
    (b"", "空文件"),
    (bytes(range(256)) * 40, "二进制"),
    (b"PK\x03\x04" + b"x" * 200, "不是可读的 Excel 文件"),
    (b"PAR1" + b"x" * 200, "不是可读的 Parquet 文件"),
    (b"\xd0\xcf\x11\xe0" + b"x" * 600, "不是可读的 Excel 文件"),
    (b"\x1f\x8b\x08rubbish", "损坏的压缩文件"),
    ("代码,名称,备注\n1,平安银行股份,".encode() + b"\xff\xff\n2,b,c\n", "第 2 行含有损坏的字节"),
    (b"only\none\ncolumn\n", "没有表头"),
]


@pytest.mark.parametrize(("content", "said"), BAD)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path, content, said):
    path = tmp_path / "bad.csv"
    path.write_bytes(content)

    with pytest.raises(SheetProblem, match=said):
        open_sheet(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SheetProblem, match=r"nowhere\.csv"):
        open_sheet(tmp_path / "nowhere.csv")


def test_lines_are_those_of_an_editor_even_behind_a_cell_with_line_breaks(tmp_path):
    path = tmp_path / "file.csv"
    path.write_text('a,b\n"one\ntwo",2\n\n3,4\n')

    assert [line for batch in open_sheet(path).batches() for line in batch.lines] == [2, 5]


PEAKS = """
import sys, tracemalloc
from pathlib import Path
from kit.sheets import open_sheet
for name in sys.argv[1:]:
    tracemalloc.start()
    total = sum(len(batch.rows) for batch in open_sheet(Path(name)).batches(2_000))
    print(total, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
"""


def write_many(path, count):
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(["account_no", "n", "x"])
        for n in range(count):
            sheet.append(["A", n, 1.5])
        book.save(path)
    elif path.suffix == ".csv":
        path.write_text("account_no,n,x\n" + "".join(f"A,{n},1.5\n" for n in range(count)))
    else:
        columns = {"account_no": ["A"] * count, "n": range(count), "x": [1.5] * count}
        pq.write_table(pa.table({name: pa.array(column) for name, column in columns.items()}), path)


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_memory_does_not_grow_with_the_file(tmp_path, form):
    counts = (3_000, 20_000) if form == "xlsx" else (20_000, 100_000)
    paths = [tmp_path / f"{count}.{form}" for count in (counts[0], *counts)]  # the first read loads what reading needs
    for path, count in zip(paths, (counts[0], *counts), strict=True):
        write_many(path, count)

    # in a process of its own: what other threads of this one take is no part of it
    done = subprocess.run([sys.executable, "-c", PEAKS, *paths], capture_output=True, text=True, check=True)
    (_, _), (few, small), (many, large) = [map(int, line.split()) for line in done.stdout.splitlines()]

    assert (few, many) == counts
    # five to seven times the rows; what grew with them would be far above
    assert large < small * 3 + 500_000


TEXTS = [
    (600519.0, "600519"), (0.1, "0.1"), (1e-7, "0.0000001"), (12.339999999999998, "12.34"), (None, ""), (True, "TRUE"),
    (datetime(2024, 1, 2), "2024-01-02"), (datetime(2024, 1, 2, 9, 30), "2024-01-02T09:30:00"),  # noqa: DTZ001
    (Decimal("1E+2"), "100"), (float("nan"), ""),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "text"), TEXTS)
def test_typed_cells_read_as_an_operator_would_type_them(cell, text):
    assert as_text(cell) == text


NUMBERS = [
    ("1,234,567.89", "1234567.89"), ("-5", "-5"), ("−5", "-5"), ("(1,000.00)", "-1000.00"), ("+3.20", "3.20"), (".5", "0.5"),
    ("１２３．４５", "123.45"), ("1.2E+05", "120000"), ("¥12.00", "12.00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_numbers_are_exact(text, value):
    assert cells.number(cells.clean(text), "x") == Decimal(value)


@pytest.mark.parametrize(
    "text", ["1,23", "1.2.3", "abc", "--5", "1 2 3x", "NaN", "Infinity", "0x10", "1e9999999", "=1+1"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(Refused):
        cells.number(cells.clean(text), "x")


DAYS = [
    "2024-01-02",
    "20240102",
    "2024/1/2",
    "2024/01/02",
    "2024.1.2",
    "2024年1月2日",
    "45293",
    "2024-01-02 00:00:00",
    "２０２４-01-02",
]


@pytest.mark.parametrize("text", DAYS)
def test_a_day_in_all_its_forms(text):
    assert cells.day(cells.clean(text), "x") == date(2024, 1, 2)


@pytest.mark.parametrize(
    "text", ["2024-13-01", "2023-02-29", "20240230", "0001-01-01", "yesterday", "12", "2024-01-02 09:30"]
)
def test_what_is_no_day_is_refused(text):
    with pytest.raises(Refused):
        cells.day(text, "x")


def test_more_than_six_decimals_are_rounded_and_named():
    remarks = Remarks()

    assert cells.scaled("0.12345650", "price", remarks, 7) == 123457
    assert remarks.sentences() == ["price：小数超过六位，已四舍五入到六位（1 行：第 7 行）"]
