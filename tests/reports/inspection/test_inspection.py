"""The self-inspection: what the numbers say, what rule data calls a problem; the same report gives the same bytes."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from kit.problems import BadInput
from reports.inspection.content import inspection, period_of
from reports.inspection.pdf import render_inspection
from reports.inspection.xlsx import inspection_workbook
from suitability.tally import Period
from tests.reports.inspection.numbers import VERSIONS, busy, quiet

PERIOD, _ = period_of("2026H1")
TITLES = {"SUIT-101": "不得主动推介高于承受能力的产品"}


def report(tally):
    return inspection("2026H1", tally, "示例证券", TITLES, VERSIONS)


@pytest.mark.parametrize(
    ("half", "first", "last", "name"),
    [
        ("2026H1", date(2026, 1, 1), date(2026, 6, 30), "2026 年上半年"),
        ("2025h2", date(2025, 7, 1), date(2025, 12, 31), "2025 年下半年"),
    ],
)
def test_a_half_year(half, first, last, name):
    period, told = period_of(half)

    assert (period.first, period.last, told) == (first, last, name)


@pytest.mark.parametrize("half", ["2026", "2026H3", "H1", "26H1", "2026-1", "１２３４H1"])
def test_what_is_no_half_year_is_refused(half):
    with pytest.raises(BadInput, match="2026H1"):
        period_of(half)


def test_problems_follow_the_limits_of_the_rule_data():
    found = report(busy(PERIOD))
    assert [item.title[:8] for item in found.problems][:2] == ["5 件错配案件已", "期末仍有 2 件"]
    assert "本年回访距离应回访人数还差 485 人" in [item.title for item in found.problems]
    cured = replace(busy(PERIOD), cases=replace(busy(PERIOD).cases, overdue=0))
    assert len(report(cured).problems) == len(found.problems) - 1
    assert [item.title for item in report(quiet(PERIOD)).problems] == ["本年尚未抽取回访样本"]


@pytest.mark.parametrize(
    ("last", "name"),
    [(date(2026, 6, 30), "2026 年上半年"), (date(2026, 6, 29), "2026 年上半年（截至 6 月 29 日）")],
    ids=["over", "one day to go"],
)
def test_a_half_year_that_still_runs_says_so(last, name):
    found = report(busy(Period(PERIOD.first, last)))

    assert (found.period, found.last) == (name, last)
    assert found.conclusion.startswith(f"{name}自查：")


def test_every_figure_of_the_workbook_is_a_number():
    sheet = load_workbook(io.BytesIO(inspection_workbook(report(busy(PERIOD)))))["自查结论"]
    told = {row[0].value: row[1].value for row in sheet.iter_rows(min_row=6, max_row=13)}

    assert told["客户"] == 12_840
    assert all(isinstance(value, int) for value in told.values())


def test_every_number_of_a_table_is_in_the_data_and_the_digest_binds_it():
    found = report(busy(PERIOD))
    content = found.content()
    assert content["numbers"]["deciding"]["by_rule"]["SUIT-101"] == 812
    assert found.digest == report(busy(PERIOD)).digest
    assert found.digest != report(replace(busy(PERIOD), permissions={"OPENED": 403})).digest
    rows = {row[0].text: row[-1].text for section in found.sections for table in section.tables for row in table.rows}
    assert (rows["公司主动推介"], rows["C3 稳健型"], rows["SUIT-101"]) == ("7,522", "32.1%", "812")


@pytest.mark.parametrize("tally", [busy(PERIOD), quiet(PERIOD)], ids=["busy", "quiet"])
def test_pdf_and_workbook_say_the_same_each_time(tally):
    found = report(tally)
    pdf, book = render_inspection(found), inspection_workbook(found)
    assert pdf == render_inspection(found)
    assert book == inspection_workbook(found)
    pages = PdfReader(io.BytesIO(pdf)).pages
    text = "".join(page.extract_text() for page in pages).replace("\n", "")
    assert found.conclusion[:8] in text
    assert found.digest[:20] in text
    sheets = load_workbook(io.BytesIO(book))
    assert sheets.sheetnames == ["自查结论", *(section.title for section in found.sections)]
    values = [cell.value for row in sheets["适当性匹配"].iter_rows() for cell in row]
    assert (7_522 in values) == (tally.deciding.duties_due > 0)
