"""The list of mismatches: filters in the address, counts, saved views, files that run nothing."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import openpyxl
import pytest

from api.pages.suitability_export import HEADINGS, written
from api.pages.suitability_list import Asked, asked_of
from kit.db import engine
from suitability.cases.filters import CaseFilter, CaseSort
from suitability.cases.types import CaseStatus, Severity
from tests.api.conftest import FormReader, counted, visiting
from tests.api.mismatches import EXPIRED, GRAVE, HELD, MILD, numbers

LIST = "/suitability/cases"
MOST_QUERIES, MOST_BYTES = 15, 300_000


def chips(page: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r'<a href="([^"]+)"(?: aria-current="true")?>([^<]+)<small>([\d,]+)</small></a>', page)
    return {label: (unescape(href), count) for href, label, count in found}


# the address


ADDRESSES = [  # query, what the desk is asked for, order
    ("", CaseFilter(unsettled=True), CaseSort.DUE),
    ("status=ALL", CaseFilter(), CaseSort.DUE),
    ("status=CLOSING&sort=VALUE", CaseFilter(status=CaseStatus.CLOSING), CaseSort.VALUE),
    ("severity=SEVERE&overdue=1&q=+600519+", CaseFilter(
        unsettled=True, severity=Severity.SEVERE, overdue=True, text="600519"), CaseSort.DUE),
    ("owner=S2&branch=B1&level=R4&client_class=C2&escalated=1", CaseFilter(
        unsettled=True, owner_no="S2", branch_no="B1", product_level="R4", client_class="C2", escalated=True),
        CaseSort.DUE),
    ("severity=WORST&sort=up&cursor=x&colour=red", CaseFilter(unsettled=True), CaseSort.DUE),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted", "order"), ADDRESSES)
def test_an_address_is_a_filter_and_an_order(query, wanted, order):
    asked = asked_of(query)

    assert (asked.filter(), asked.order()) == (wanted, order)
    assert asked_of(asked.query()) == asked


def test_a_toggle_goes_off_where_it_is_on():
    assert Asked(overdue="1", q="茅台").toggled("overdue", "1") == f"{LIST}?q=%E8%8C%85%E5%8F%B0"


# the list


def test_the_head_counts_and_the_nearest_deadline_is_first(officer):
    page = officer.page(LIST).text
    figures = dict(re.findall(r'kpi-label">([^<]+)</span>\s*<a [^>]*><b[^>]*>([\d,]+) 件', page))

    assert figures == {"未了结": "4", "其中严重": "1", "其中逾期": "1", "待复核了结": "0"}
    assert numbers(page)[0] == GRAVE
    assert set(numbers(page)) == {GRAVE, MILD, EXPIRED, HELD}
    assert "逾期" in page
    assert "甲C0001" not in page, "names are masked"


def test_each_chip_leads_to_as_many_cases_as_it_says(officer):
    found = chips(officer.page(LIST).text)

    assert {"未了结", "严重", "买入造成", "逾期"} <= set(found)
    for label, (href, count) in found.items():
        assert len(numbers(officer.page(href).text)) == int(count), label


SEARCHES = [("600519", {GRAVE, HELD}), ("C0002", {MILD}), (EXPIRED, {EXPIRED}), ("100%", set())]


@pytest.mark.parametrize(("text", "found"), SEARCHES)
def test_a_case_is_found_by_client_product_or_number(officer, text, found):
    page = officer.page(f"{LIST}?q={text.replace('%', '%25')}").text

    assert set(numbers(page)) == found
    assert found or "没有符合这些条件的案件" in page


def test_the_list_keeps_to_its_budget(officer, watched):
    with counted(engine(watched.url)) as seen:
        answer = officer.page(f"{LIST}?severity=SEVERE")

    assert len(seen) <= MOST_QUERIES, "\n".join(seen)
    assert len(answer.content) < MOST_BYTES
    assert answer.headers["HX-Push-Url"] == f"{LIST}?severity=SEVERE"


def test_each_reader_sees_the_own_clients_only(watched):
    shown = {}
    for name in ("advisor", "colleague", "stranger"):
        with visiting(watched.url, name) as reader:
            shown[name] = set(numbers(reader.page(LIST).text))

    assert shown == {"advisor": {GRAVE, MILD, EXPIRED, HELD}, "colleague": set(), "stranger": set()}


# saved views


def test_a_view_is_saved_named_anew_and_removed_by_its_owner_alone(desk):
    with desk("compliance") as officer, desk("supervisor") as other:
        narrowed = f"{LIST}?severity=SEVERE&overdue=1"
        answer = officer.submit(narrowed, f"{LIST}/views", name="  要紧的 ")
        officer.submit(f"{LIST}?overdue=1", f"{LIST}/views", name="要紧的")
        page = officer.page(LIST).text
        remove = next(action for action in FormReader.of(page) if action.endswith("/remove"))
        foreign = other.send(remove, query="")

        assert answer.headers["Location"] == f"{narrowed}&note=saved"
        assert page.count(">要紧的</a>") == 2, "a chip, and a line to remove it"
        assert f'href="{LIST}?overdue=1">要紧的' in page
        assert "要紧的" not in other.page(LIST).text
        assert foreign.status_code == 404
        assert officer.submit(LIST, remove).status_code == 303
        assert "要紧的" not in officer.page(LIST).text


@pytest.mark.parametrize(("name", "said"), [(" ", "请给视图起一个"), ("名" * 21, "不超过 20 个字")])
def test_a_view_without_a_fit_name_is_refused(desk, name, said):
    with desk("compliance") as officer:
        answer = officer.send(f"{LIST}/views", name=name, query="overdue=1")

        assert answer.status_code == 422
        assert said in answer.text


# the file


def test_the_files_hold_what_the_list_shows_and_no_formula(officer):
    text = officer.page(f"{LIST}/export.csv?sort=CLIENT").content.decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text))
    book = openpyxl.load_workbook(io.BytesIO(officer.page(f"{LIST}/export.xlsx?sort=CLIENT").content))
    lines = list(book.active.values)

    assert tuple(heading) == HEADINGS == lines[0]
    assert [row[0] for row in rows] == [line[0] for line in lines[1:]] == [GRAVE, MILD, EXPIRED, HELD]
    assert rows[0][HEADINGS.index("产品")] == lines[1][HEADINGS.index("产品")] == "'=贵州茅台"
    assert lines[1][HEADINGS.index("市值（元）")] == 86250
    assert rows[0][HEADINGS.index("期限")] == lines[1][HEADINGS.index("期限")].date().isoformat()


@pytest.mark.parametrize("cell", ["=1+1", "+1+cmd", "-2+3", "@SUM(A1)", "\t=1"])
def test_no_cell_of_a_file_runs(cell):
    row = (cell,) * len(HEADINGS)
    (told,) = list(csv.reader(io.StringIO(written("csv", iter([row])).decode("utf-8-sig"))))[1:]

    assert set(told) == {f"'{cell}"}
