"""GET /accounts and /accounts/{no}/diagnosis: contract, filters, paging by Link, and that looking files nothing."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest

from tests.api.conftest import row_counts
from tests.api.tiny import ACCOUNTS, BUSY, EMPTY, ONE_TRADE, SINGLE, SPREAD

LISTED = {
    "account_no", "client_no", "currency", "first", "last", "band", "value", "twr", "max_drawdown",
    "turnover_annual", "shortcoming", "shortcoming_title", "shortcoming_tag", "urgency", "findings",
}  # fmt: skip


def walk(reader, path):
    """Every item, page by page as the Link header leads."""
    items, sizes, following = [], [], f"/api/v1{path}"
    while following:
        answer = reader.client.get(following)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        sizes.append(len(answer.json()["items"]))
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        assert (link is None) == (answer.json()["next"] is None)
        following = link.group(1) if link else None
    return items, sizes


def test_the_list_has_every_account_once_with_its_top_shortcoming(reader):
    items, sizes = walk(reader, "/accounts?limit=25")

    assert sorted(one["account_no"] for one in items) == list(ACCOUNTS)
    assert sizes == [25, 25, 7]
    assert all(set(one) == LISTED for one in items)
    assert all(isinstance(one["value"], str) for one in items)


def test_the_most_urgent_is_on_top(reader):
    items, _ = walk(reader, "/accounts?limit=200")
    marks = [(-one["urgency"], -float(one["value"]), one["account_no"]) for one in items]

    assert items[0]["account_no"] == BUSY
    assert items[0]["shortcoming_title"] == "费用超过盈利"
    assert marks == sorted(marks)


@pytest.mark.parametrize("size", [1, 7, 56, 57, 58])
def test_a_page_size_loses_nothing_and_link_keeps_the_filter(reader, size):
    items, _ = walk(reader, f"/accounts?limit={size}&finding=INDUSTRY_CONCENTRATION")

    assert [one["account_no"] for one in items] == [
        one["account_no"] for one in walk(reader, "/accounts")[0] if "INDUSTRY_CONCENTRATION" in one["findings"]
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [({"q": BUSY}, [BUSY]), ({"q": "C0006"}, ["A0006", "A0007"]), ({"q": "%"}, []), ({"finding": "NO_SUCH"}, []),
     ({"band": "1000万元以上"}, []), ({"q": BUSY, "finding": "OVERTRADING"}, [BUSY]),
     ({"finding": "OVERTRADING"}, [BUSY])],
)  # fmt: skip
def test_filters(reader, query, found):
    assert sorted(one["account_no"] for one in reader.api("/accounts", **query).json()["items"]) == found


def test_the_diagnosis_is_the_contract(reader):
    told = reader.api(f"/accounts/{BUSY}/diagnosis").json()

    assert list(told)[:8] == [
        "format", "digest", "account_no", "client_no", "first", "last", "metrics", "findings",
    ]  # fmt: skip
    assert (told["account_no"], told["first"], told["last"]) == (BUSY, "2024-01-02", "2024-12-31")
    assert told["digest"].startswith("sha256:")
    for metric in told["metrics"].values():
        assert set(metric) in ({"value", "unit", "convention"}, {"withheld"})
    assert [one["id"] for one in told["findings"]][:2] == ["FEES_EXCEED_PROFIT", "OVERTRADING"]
    assert len(told["sections"]) == 12


def test_the_same_question_has_the_same_answer(reader):
    first, again = (reader.api(f"/accounts/{SPREAD}/diagnosis") for _ in range(2))

    assert first.content == again.content


def test_a_period_narrows_the_diagnosis(reader):
    told = reader.api(f"/accounts/{BUSY}/diagnosis", **{"from": "2024-03-01", "to": "2024-06-28"}).json()

    assert (told["first"], told["last"]) == ("2024-03-01", "2024-06-28")


@pytest.mark.parametrize("account", [EMPTY, ONE_TRADE, SINGLE])
def test_little_data_is_told_and_never_a_failure(reader, account):
    answer = reader.api(f"/accounts/{account}/diagnosis")

    assert answer.status_code in (200, 422), answer.text
    assert "NaN" not in answer.text
    if answer.status_code == 422:
        assert account in answer.json()["detail"]


def test_looking_files_nothing(visitor, book_url):
    before = row_counts(book_url)
    places = [
        "/api/v1/accounts", f"/api/v1/accounts/{BUSY}/diagnosis", "/api/v1/reports",
        f"/api/v1/accounts/{BUSY}/agreements",
        "/accounts", f"/accounts/{BUSY}", f"/accounts/{BUSY}/reports", f"/accounts/{BUSY}/agreements/new", "/reports",
        f"/accounts/{BUSY}/report.pdf", f"/accounts/{BUSY}/report.xlsx", f"/accounts/{BUSY}/report.html",
    ]  # fmt: skip
    for place in places:
        assert visitor.client.get(place).status_code == 200, place

    assert row_counts(book_url) == before


BAD = [  # path, query, status, what the errors point to
    ("/accounts/nobody/diagnosis", {}, 404, None),
    (f"/accounts/{BUSY}/diagnosis", {"from": "2024-13-01"}, 422, ["from"]),
    (f"/accounts/{BUSY}/diagnosis", {"from": "x", "to": "20240"}, 422, ["from", "to"]),
    (f"/accounts/{BUSY}/diagnosis", {"from": "2024-06-01", "to": "2024-05-01"}, 422, None),
    (f"/accounts/{BUSY}/diagnosis", {"from": "1990-01-01", "to": "1990-12-31"}, 422, None),
    (f"/accounts/{BUSY}/diagnosis", {"benchmark": "NOSUCH"}, 404, None),
    ("/accounts", {"limit": 0}, 422, ["limit"]),
    ("/accounts", {"limit": 201}, 422, ["limit"]),
    ("/accounts", {"cursor": "x"}, 422, None),
    ("/accounts", {"cursor": "WyJhIiwgImIiXQ"}, 422, None),
    ("/reports", {"cursor": "%%%"}, 422, None),
    ("/reports/R2024nothing", {}, 404, None),
    ("/reports/R2024nothing", {"format": "docx"}, 422, ["format"]),
    ("/accounts/nobody/agreements", {}, 404, None),
    ("/no/such/place", {}, 404, None),
]


@pytest.mark.parametrize(("path", "query", "status", "pointers"), BAD)
def test_a_bad_request_is_a_problem_document(reader, path, query, status, pointers):
    answer = reader.api(path, **query)
    told = answer.json()

    assert (answer.status_code, told["status"]) == (status, status), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status", "detail"} <= set(told)
    assert told["type"].startswith("urn:problem:")
    assert re.search("[\u4e00-\u9fff]", told["detail"]), "the detail is for a Chinese reader"
    if pointers is not None:
        assert [re.split("[/#]", fault["pointer"])[-1] for fault in told["errors"]] == pointers


def test_the_openapi_document_names_every_json_route(reader):
    told = reader.api("/openapi.json").json()

    assert told["openapi"].startswith("3.1")
    assert {
        "/api/v1/accounts", "/api/v1/accounts/{account_no}/diagnosis", "/api/v1/accounts/{account_no}/reports",
        "/api/v1/accounts/{account_no}/agreements", "/api/v1/reports", "/api/v1/reports/{report_id}",
    } <= set(told["paths"])  # fmt: skip
    assert not [path for path in told["paths"] if not urlsplit(path).path.startswith("/api/v1/")]
    assert json.dumps(told)
