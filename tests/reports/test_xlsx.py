"""The workbook, read back: real numbers, frozen heads, no formula, the same bytes."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import datetime

import pytest
from openpyxl import Workbook, load_workbook

from diagnosis.conventions import METRIC_IDS
from reports.build import build_report
from reports.xlsx import to_xlsx
from tests.reports import fixtures

DIAGNOSES = {"full": fixtures.full, "mark": fixtures.marked, "empty": fixtures.empty}


def a_book(name: str = "full") -> Workbook:
    return load_workbook(io.BytesIO(to_xlsx(build_report(DIAGNOSES[name](), firm="合适证券（演示）"))))


def test_one_sheet_for_each_important_table():
    assert a_book().sheetnames == [
        "摘要",
        "指标",
        "持仓",
        "成交回合",
        "交易费用",
        "归因",
        "证券盈亏",
        "月度",
        "回撤",
        "行为证据",
        "数据质量",
        "口径",
    ]


def test_an_empty_account_has_a_short_workbook():
    book = a_book("empty")

    assert book.sheetnames == ["摘要", "指标", "数据质量", "口径"]
    assert book["数据质量"]["A2"].value == "没有发现数据缺口或前后不一致。"


@pytest.mark.parametrize("name", DIAGNOSES)
def test_every_metric_stands_with_its_value_or_its_reason(name):
    sheet = a_book(name)["指标"]
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=2) if row[0].value}

    assert set(rows) == set(METRIC_IDS)
    for row in rows.values():
        assert isinstance(row[2].value, int | float) != bool(row[5].value)


def test_numbers_are_numbers_with_their_format():
    book = a_book()
    twr = next(row for row in book["指标"].iter_rows(min_row=2) if row[0].value == "twr")
    value = book["持仓"]["F2"]

    assert (twr[2].value, twr[2].number_format) == (0.0287, "0.00%")
    assert (value.value, value.number_format) == (79_800, "#,##0.00")
    assert book["持仓"]["F1"].value == "市值（元）"
    assert book["月度"]["B2"].number_format == "0.00%"


def test_gains_are_red_and_losses_green():
    sheet = a_book()["持仓"]

    assert sheet["I2"].font.color.rgb == "FFC0362C", "a gain"
    assert sheet["I3"].font.color.rgb == "FF1F7A55", "a loss"


def test_amounts_of_an_account_in_euros_say_so():
    assert a_book("mark")["持仓"]["F1"].value == "市值（欧元）"


@pytest.mark.parametrize("name", DIAGNOSES)
def test_heads_stay_in_view_and_pages_are_set_up(name):
    for sheet in a_book(name):
        assert sheet.freeze_panes == "A2", sheet.title
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.column_dimensions["A"].width >= 9


DANGEROUS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("name", DANGEROUS)
def test_a_name_that_looks_like_a_formula_stays_a_text(name):
    diagnosis = fixtures.full()
    holding = replace(diagnosis.holdings[0], name=name)
    content = to_xlsx(build_report(replace(diagnosis, holdings=(holding,), client_name=name)))
    cell = load_workbook(io.BytesIO(content))["持仓"]["A2"]

    assert cell.data_type == "s"
    assert cell.value == name
    assert cell.quotePrefix


def test_no_cell_of_any_sheet_is_a_formula():
    for sheet in a_book():
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_the_same_report_gives_the_same_bytes_whatever_the_clock(monkeypatch):
    first = to_xlsx(build_report(fixtures.full()))
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    second = to_xlsx(build_report(fixtures.full()))

    assert first == second
    assert {info.date_time[0] for info in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {1980}
    assert a_book().properties.created == datetime(2024, 12, 31)  # noqa: DTZ001


def test_the_notice_stands_on_the_first_sheet():
    told = " ".join(str(cell.value) for row in a_book()["摘要"].iter_rows() for cell in row if cell.value)

    assert "不构成收益承诺" in told
    assert "换手过快" in told
    assert "张三" not in told
