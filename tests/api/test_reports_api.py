"""Issuing, the register and the files of an issued report; agreements over the API."""

from __future__ import annotations

import json

import pytest

from tests.api.conftest import row_counts
from tests.api.tiny import BUSY, SINGLE, SPREAD

ENTRY = {"id", "account_no", "first", "last", "format", "digest", "issued_at", "issued_by"}


@pytest.fixture
def issued(visitor):
    return visitor.post(f"/accounts/{BUSY}/reports", {}).json()


def test_a_report_is_registered_once(visitor, book_url):
    before = row_counts(book_url)["report"]
    first = visitor.post(f"/accounts/{BUSY}/reports", {})
    again = visitor.post(f"/accounts/{BUSY}/reports", {})

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert set(first.json()) == ENTRY
    assert first.headers["Location"] == f"/api/v1/reports/{first.json()['id']}"
    assert row_counts(book_url)["report"] == before + 1


def test_another_period_is_another_report(visitor, issued):
    other = visitor.post(f"/accounts/{BUSY}/reports", {"from": "2024-03-01", "to": "2024-06-28"}).json()

    assert other["id"] != issued["id"]
    assert (other["first"], other["last"]) == ("2024-03-01", "2024-06-28")


def test_what_was_issued_is_what_the_diagnosis_said(visitor):
    seen = visitor.api(f"/accounts/{BUSY}/diagnosis").json()
    entry = visitor.post(f"/accounts/{BUSY}/reports", {}).json()
    filed = visitor.api(f"/reports/{entry['id']}").json()

    assert filed["digest"] == seen["digest"] == entry["digest"]
    assert filed["register"] == {
        "report_id": entry["id"], "issued_at": "2025-01-06T10:00:00+08:00", "issued_by": entry["issued_by"],
    }  # fmt: skip
    assert {**filed, "register": {}} == {**seen, "register": {}}


FORMS = [  # form, content type, first bytes
    ("json", "application/json", b"{"),
    ("html", "text/html; charset=utf-8", b"<!doctype html>"),
    ("pdf", "application/pdf", b"%PDF-"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
]


@pytest.mark.parametrize(("form", "kind", "begins"), FORMS)
@pytest.mark.parametrize("place", ["api", "page", "live"])
def test_every_file_has_its_type_and_name(visitor, issued, place, form, kind, begins):
    path = {
        "api": f"/api/v1/reports/{issued['id']}?format={form}",
        "page": f"/reports/{issued['id']}/report.{form}",
        "live": f"/accounts/{BUSY}/report.{form}",
    }[place]
    answer = visitor.client.get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="heshi-{BUSY}-2024-01-02-2024-12-31.{form}"'
    )
    assert answer.content.startswith(begins)


def test_the_register_is_walked_by_link_newest_first(visitor):
    wanted = [visitor.post(f"/accounts/{account}/reports", {}).json()["id"] for account in (BUSY, SINGLE, SPREAD)]
    seen, following = [], "/api/v1/reports?limit=2"
    while following:
        answer = visitor.client.get(following)
        seen += [one["id"] for one in answer.json()["items"]]
        following = answer.links["next"]["url"] if "next" in answer.links else None

    assert sorted(seen) == sorted(wanted)
    assert [one["account_no"] for one in visitor.api("/reports", account_no=SINGLE).json()["items"]] == [SINGLE]


BAD = [  # body, status, what the errors point to
    ({"from": "2024-13-01"}, 422, "from"),
    ({"from": "2024-06-01", "to": "2024-05-01"}, 422, None),
    ({"form": "2024-06-01"}, 422, "form"),
    ({"benchmark": "NOSUCH"}, 404, None),
    ([], 422, None),
    ("x", 422, None),
]


@pytest.mark.parametrize(("body", "status", "pointer"), BAD)
def test_a_bad_ask_files_nothing(visitor, book_url, body, status, pointer):
    before = row_counts(book_url)["report"]
    answer = visitor.post(f"/accounts/{BUSY}/reports", body)

    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    if pointer:
        assert [fault["pointer"].rpartition("/")[2] for fault in answer.json()["errors"]] == [pointer]
    assert row_counts(book_url)["report"] == before


def test_no_report_of_an_account_that_is_not_there(visitor):
    assert visitor.post("/accounts/nobody/reports", {}).status_code == 404


def test_an_agreement_opens_the_next_report(visitor, issued):
    made = visitor.post(
        f"/accounts/{BUSY}/agreements",
        {"finding": "OVERTRADING", "agreed_how": "面谈", "target_text": "月均不超过 8 笔", "target": "8"},
    )
    listed = visitor.api(f"/accounts/{BUSY}/agreements").json()

    assert made.status_code == 201, made.text
    assert made.json()["target"] == "8.000000"
    assert (made.json()["agreed_on"], made.json()["due_on"]) == ("2025-01-06", "2025-04-06")
    assert made.json()["report_id"] == issued["id"]
    assert listed == [made.json()]


REFUSED = [  # changes, status, what the errors point to
    ({"agreed_how": "短信"}, 422, ["agreed_how"]),
    ({"due_on": "2025-01-06"}, 422, ["due_on"]),
    ({"agreed_on": "2024-01-01", "due_on": "2023-01-01"}, 422, ["due_on", "agreed_on"]),
    ({"target": "很少"}, 422, ["target"]),
    ({"due_on": "31.03.2025"}, 422, ["due_on"]),
    ({"report": "x"}, 422, ["report"]),
    ({"finding": "NO_SUCH"}, 422, None),
    ({"report_id": "R1"}, 404, None),
]


@pytest.mark.parametrize(("changes", "status", "pointers"), REFUSED)
def test_a_refused_agreement_names_its_fields_and_writes_nothing(visitor, issued, book_url, changes, status, pointers):
    answer = visitor.post(f"/accounts/{BUSY}/agreements", {"finding": "OVERTRADING", "agreed_how": "面谈", **changes})

    assert answer.status_code == status, answer.text
    if pointers:
        assert [fault["pointer"].rpartition("/")[2] for fault in answer.json()["errors"]] == pointers
    assert row_counts(book_url)["agreement"] == 0


def test_a_second_agreement_on_a_running_finding_is_a_conflict(visitor, issued):
    ask = {"finding": "OVERTRADING", "agreed_how": "面谈"}
    visitor.post(f"/accounts/{BUSY}/agreements", ask)
    again = visitor.post(f"/accounts/{BUSY}/agreements", ask)

    assert again.status_code == 409
    assert "2025-04-06" in again.json()["detail"]


def test_before_a_report_there_is_no_ground_to_agree_on(visitor):
    answer = visitor.post(f"/accounts/{SINGLE}/agreements", {"finding": "CONCENTRATION", "agreed_how": "面谈"})

    assert answer.status_code == 422
    assert "请先出具报告" in json.loads(answer.text)["detail"]
