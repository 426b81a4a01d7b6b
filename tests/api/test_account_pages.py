"""The list of accounts and the live diagnosis as pages."""

from __future__ import annotations

import gzip
import re
from html import unescape

import pytest

from api.headers import POLICY
from kit.db import engine
from tests.api.conftest import FormReader, counted, visiting
from tests.api.tiny import ACCOUNTS, BUSY, EMPTY

MOST_BYTES = 300_000
MOST_QUERIES = 15


def listed(page: str) -> list[str]:
    return re.findall(r'class="who-cell"><a href="/accounts/(A\d+)"', page)


def chips(page: str) -> dict[str, tuple[str, str]]:
    """Address and count by label."""
    found = re.findall(r'<a href="([^"]+)"(?: aria-current="true")?>([^<]+)<small>([\d,]+)</small></a>', page)
    return {label: (unescape(href), count) for href, label, count in found}


def test_the_list_begins_with_the_most_urgent_and_walks_to_the_end(reader):
    first = reader.page("/accounts").text
    following = unescape(re.search(r'<a href="([^"]+)" rel="next">', first).group(1))
    second = reader.page(following).text

    assert listed(first)[0] == BUSY
    assert sorted(listed(first) + listed(second)) == list(ACCOUNTS)
    assert len(listed(first)) == 50
    assert 'rel="next"' not in second
    assert 'href="/accounts" rel="first"' in second


def test_a_line_says_why_and_what_next(reader):
    page = reader.page("/accounts").text
    line = re.search(rf'<tr role="row">\s*<td[^>]*><a href="/accounts/{BUSY}">.*?</tr>', page, re.S).group(0)

    assert "<b>费用超过盈利</b>" in line
    assert 'class="tag warn"' in line
    assert f'href="/accounts/{BUSY}/agreements/new?finding=FEES_EXCEED_PROFIT"' in unescape(line)
    assert "50万元以下" in line
    assert re.search(r"\d\.\d\d 万元", line)
    assert "客户0001" not in page, "names are masked"


def test_each_chip_leads_to_as_many_accounts_as_it_says(reader):
    found = chips(reader.page("/accounts").text)

    assert {"换手过快", "行业过于集中", "50万元以下"} <= set(found)
    assert "不满仓" not in found, "strengths are no filter"
    for label, (href, count) in found.items():
        page = reader.page(href).text
        more = re.search(r"<p>(\d+) 个账户", page)
        assert more.group(1) == count, label


def test_filters_stand_together_in_the_address(reader):
    href, _ = chips(reader.page("/accounts?q=A00").text)["换手过快"]
    page = reader.page(href).text

    assert href == "/accounts?finding=OVERTRADING&q=A00"
    assert listed(page) == [BUSY]
    assert '<input type="hidden" name="finding" value="OVERTRADING">' in page
    assert 'value="A00"' in page


@pytest.mark.parametrize("query", ["q=%25", "q=nobody", "finding=NO_SUCH", "band=x&finding=OVERTRADING", "q=<b>"])
def test_a_filter_that_leaves_nothing_offers_the_way_out(reader, query):
    page = reader.page(f"/accounts?{query}").text

    assert listed(page) == []
    assert "没有符合这些条件的账户" in page
    assert "清除筛选" in page
    assert "<b>" not in re.sub(r"<b>\d", "", page)


def test_an_open_filter_is_no_filter(reader):
    assert len(listed(reader.page("/accounts?finding=&band=&q=&cursor=").text)) == 50


def test_an_empty_house_says_what_would_fill_the_list(empty_house):
    page = empty_house.page("/accounts").text

    assert "heshi import" in page
    assert "heshi diagnose --book" in page
    assert "还没有出具过报告" in empty_house.page("/reports").text


@pytest.mark.parametrize("place", ["/accounts", f"/accounts/{BUSY}", "/reports", f"/accounts/{BUSY}/reports"])
def test_a_page_is_light_strict_and_asks_little_of_the_database(reader, shelf_url, place):
    with counted(engine(shelf_url)) as asked:
        answer = reader.page(place)

    assert answer.status_code == 200
    assert len(gzip.compress(answer.content)) <= MOST_BYTES
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert not re.search(r'\sstyle="|\son\w+="|<style|javascript:', answer.text)
    assert not re.search(r"<script(?![^>]*(?: src=|application/json))", answer.text)
    if place in ("/accounts", "/reports"):
        assert len(asked) <= MOST_QUERIES


def test_the_queries_of_the_list_do_not_grow_with_it(reader, shelf_url):
    with counted(engine(shelf_url)) as few:
        reader.page(f"/accounts?q={BUSY}")
    with counted(engine(shelf_url)) as many:
        reader.page("/accounts")

    assert len(many) == len(few)


def test_the_diagnosis_offers_its_files_its_period_and_the_next_steps(reader):
    page = unescape(reader.page(f"/accounts/{BUSY}?from=2024-03-01&to=2024-06-28").text)

    for form in ("html", "pdf", "xlsx", "json"):
        assert f'href="/accounts/{BUSY}/report.{form}?from=2024-03-01&to=2024-06-28" download' in page
    assert f'href="/accounts/{BUSY}/agreements/new?finding=OVERTRADING"' in page
    assert FormReader.of(page)[f"/accounts/{BUSY}"] == {"from": "2024-03-01", "to": "2024-06-28"}
    issue = FormReader.of(page)[f"/accounts/{BUSY}/reports"]
    assert (issue["from"], issue["to"]) == ("2024-03-01", "2024-06-28")
    assert "尚未登记" in page


def test_an_open_end_of_the_period_is_taken_as_left_open(reader):
    assert reader.page(f"/accounts/{BUSY}?from=&to=&benchmark=").status_code == 200


BAD = [  # place, status, what the page says
    ("/accounts/nobody", 404, "没有账户 nobody"),
    ("/accounts/nobody/reports", 404, "没有账户 nobody"),
    ("/accounts/nobody/agreements/new", 404, "没有账户 nobody"),
    ("/accounts/%3Cscript%3E", 404, "没有账户 &lt;script&gt;"),
    ("/nowhere", 404, "没有这个地址"),
    ("/reports/R1", 404, "登记簿里没有报告 R1"),
    (f"/accounts/{BUSY}?from=2024-02-30", 422, "须为日期，如 2024-12-31"),
    (f"/accounts/{BUSY}?from=2024-06-01&to=2024-05-01", 422, "晚于截止日"),
    (f"/accounts/{BUSY}?benchmark=NOSUCH", 404, "NOSUCH"),
    (f"/accounts/{BUSY}/report.docx", 422, "须为 html、pdf、xlsx、json 之一"),
    ("/accounts?cursor=x", 422, "翻页标记无法识别"),
    ("/reports?cursor=x", 422, "翻页标记无法识别"),
    (f"/accounts/{BUSY}/agreements/new?report=R1", 404, "登记簿里没有报告 R1"),
]


@pytest.mark.parametrize(("place", "status", "said"), BAD)
def test_a_browser_reads_a_page_with_the_way_out(reader, place, status, said):
    answer = reader.page(place)

    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert said in answer.text
    assert 'href="/accounts"' in answer.text
    assert "Traceback" not in answer.text


def test_a_wrong_address_leads_back_to_where_one_came_from(reader):
    page = reader.page("/accounts/nobody", Referer="http://testserver/accounts?q=A1").text
    foreign = reader.page("/accounts/nobody", Referer="http://elsewhere/accounts?q=A1").text

    assert 'href="/accounts?q=A1">返回上一页' in page
    assert "返回上一页" not in foreign


def test_a_failure_that_nobody_expected_is_told_without_its_inside(visitor, monkeypatch):
    monkeypatch.setattr(visitor.client.app.state, "database_url", "sqlite:////proc/none/heshi.db")
    page, told = visitor.page("/accounts"), visitor.api("/accounts")

    assert (page.status_code, told.status_code) == (500, 500)
    assert "这里出了错" in page.text
    assert told.headers["Content-Type"] == "application/problem+json"
    assert page.headers["Content-Security-Policy"] == POLICY
    for answer in (page, told):
        assert not re.search(r"Traceback|sqlite|proc/none", answer.text)


def test_an_account_without_any_record_has_a_page(reader):
    answer = reader.page(f"/accounts/{EMPTY}")

    assert answer.status_code in (200, 422)
    assert "nan" not in answer.text.lower().replace("finance", "")


MAY = [  # who, whether they may issue, whether they may agree
    ("advisor", True, True), ("supervisor", True, True), ("compliance", True, False), ("auditor", False, False),
    ("client", False, False),
]  # fmt: skip


@pytest.mark.parametrize(("name", "issue", "agree"), MAY)
def test_a_page_offers_what_its_reader_may_do(book_url, name, issue, agree):
    with visiting(book_url, name) as made:
        pages = [made.page(place) for place in ("/accounts", f"/accounts/{BUSY}", f"/accounts/{BUSY}/reports")]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert [f"/accounts/{BUSY}/agreements/new" in page.text for page in pages[:2]] == [agree, agree]
    assert [f"/accounts/{BUSY}/reports" in FormReader.of(page.text) for page in pages[1:]] == [issue, issue]
