"""Mismatch cases by the API: listed and paged, worked under the version that was read, ended by two."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from kit.db import transaction
from kit.rulebook import load_rulebook
from tests.api.mismatches import EXPIRED, GRAVE, HELD, MILD, observe
from tests.api.suitability.conftest import DOCUMENT, House, opened
from tests.databases import Databases

CASES = "/suitability/cases"
PLACE = f"{CASES}/{GRAVE}"


@pytest.fixture(scope="session")
def watched_url(databases: Databases, suitable_url: str) -> Iterator[str]:
    url = databases.copy(suitable_url)
    with transaction(url) as session:
        observe(session)
    yield url
    databases.drop(url)


@pytest.fixture
def desk(databases: Databases, watched_url: str) -> Iterator[House]:
    url = databases.copy(watched_url)
    yield from opened(url)
    databases.drop(url)


@pytest.fixture(scope="module")
def looked_at(databases: Databases, watched_url: str) -> Iterator[House]:
    url = databases.copy(watched_url)
    yield from opened(url)
    databases.drop(url)


def kind(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


def numbers(answer):
    return [one["number"] for one in answer.json()["items"]]


FILTERS = [  # what is asked, what is found (nearest deadline first)
    ({}, {GRAVE, MILD, EXPIRED, HELD}),
    ({"severity": "SEVERE"}, {GRAVE}),
    ({"origin": "ASSESSMENT_EXPIRED"}, {EXPIRED}),
    ({"dimension": "TYPE"}, {MILD}),
    ({"client_no": "C0001"}, {GRAVE}),
    ({"client_class": "C2", "product_level": "R4"}, {GRAVE, MILD, HELD}),
    ({"product_level": "R5"}, set()),
    ({"owner_no": "S2", "branch_no": "B1"}, {GRAVE, MILD, EXPIRED, HELD}),
    ({"overdue": True}, {GRAVE}),
    ({"unsettled": False}, set()),
    ({"status": "ASSIGNED", "escalated": False}, {GRAVE, MILD, EXPIRED, HELD}),
    ({"q": "000001"}, {MILD}),
    ({"q": GRAVE}, {GRAVE}),
    ({"q": "100%"}, set()),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS)
def test_the_list_by_filter(asked, found, looked_at):
    assert set(numbers(looked_at.as_("compliance").get(CASES, **asked))) == found


@pytest.mark.parametrize("sort", ["DUE", "SEVERITY", "OPENED", "VALUE", "CLIENT"])
def test_pages_follow_each_other_in_every_order(sort, looked_at):
    officer = looked_at.as_("compliance")
    whole = numbers(officer.get(CASES, sort=sort))
    told, cursor = [], None
    while True:
        page = officer.get(CASES, sort=sort, limit=1, **({"cursor": cursor} if cursor else {}))
        told += numbers(page)
        cursor = page.json()["next"]
        assert ("link" in page.headers) == (cursor is not None)
        if cursor is None:
            break

    assert told == whole
    assert len(told) == 4


def cursor_of(*parts: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


CURSORS = [
    "x", "W10", cursor_of("1"), cursor_of("NaN", "1"), cursor_of("1e99", "1"), cursor_of("0.1234567", "1"),
    cursor_of("2025-01-06", "1", "9999999999999"), cursor_of("2025-02-30", "1", "1"),
]  # fmt: skip


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("sort", ["DUE", "VALUE"])
def test_a_cursor_that_is_not_ours_is_refused(cursor, sort, looked_at):
    assert kind(looked_at.as_("compliance").get(CASES, sort=sort, cursor=cursor)) == (422, "bad-cursor")


def test_each_reader_sees_the_own_clients_only(looked_at):
    shown = {name: numbers(looked_at.as_(name).get(CASES)) for name in ("advisor", "stranger", "auditor")}

    assert {name: len(found) for name, found in shown.items()} == {"advisor": 4, "stranger": 0, "auditor": 4}
    assert kind(looked_at.as_("stranger").get(PLACE)) == (404, "no-such-case")
    assert looked_at.as_("client").get(CASES).status_code == 403


def test_one_case_says_what_does_not_fit_on_which_facts(looked_at):
    answer = looked_at.as_("compliance").get(PLACE)
    case = answer.json()

    assert answer.headers["etag"] == '"1"'
    assert (case["number"], case["severity"], case["gap"], case["value"]) == (GRAVE, "SEVERE", 2, "86250.00")
    assert (case["overdue"], case["second_needed"], case["present"]) == (True, True, True)
    (rule,) = case["rules"]
    assert (rule["id"], "第十九条" in rule["source"]) == ("SUIT-103", True)
    assert rule["confirmed"] is load_rulebook("suitability", "matching")["SUIT-103"].confirmed
    assert case["actions"] == ["ASSIGN", "ESCALATE", "CONTACT", "NOTE", "RESOLVE"]
    assert [(one["version"], one["kind"]) for one in case["events"]] == [(1, "OPENED")]
    assert "*" in case["client_name"]


def test_a_severe_case_is_worked_ended_by_two_and_reopened(desk):
    advisor, second, officer = (desk.as_(name) for name in ("advisor", "supervisor", "compliance"))
    call = {"channel": "PHONE", "note": "已说明产品等级高于承受能力", "evidence": DOCUMENT}
    called = advisor.post(f"{PLACE}/contacts", call, version='"1"', key="once")
    again = advisor.post(f"{PLACE}/contacts", call, version='"1"', key="once")
    filed = advisor.post(f"{PLACE}/evidence", {"note": "录音", "evidence": DOCUMENT, "name": "2.mp3"}, version='"2"')
    given = second.put(f"{PLACE}/owner", {"staff_no": "S3"}, '"3"')
    ending = {"resolution": "ACCEPTED", "note": "客户书面确认", "evidence": DOCUMENT}
    proposed = advisor.post(f"{PLACE}/resolution", ending, version='"4"')

    assert (called.status_code, called.headers["etag"], again.content) == (201, '"2"', called.content)
    assert (called.json()["status"], called.json()["contacts"]) == ("CONTACTED", 1)
    assert filed.json()["events"][-1]["detail"]["name"] == "2.mp3"
    assert (given.json()["owner_no"], given.headers["etag"]) == ("S3", '"4"')
    assert (proposed.json()["status"], proposed.json()["proposed_by"]) == ("CLOSING", "advisor")

    agreed = {"note": "材料齐全"}
    assert advisor.post(f"{PLACE}/resolution/approval", agreed, version='"5"').status_code == 403
    returned = second.post(f"{PLACE}/resolution/return", {"note": "缺签字页"}, version='"5"')
    assert (returned.json()["status"], returned.json()["resolution"]) == ("ASSIGNED", None)
    officer.post(f"{PLACE}/resolution", ending, version='"6"')
    assert kind(officer.post(f"{PLACE}/resolution/approval", agreed, version='"7"')) == (403, "same-person")
    closed = second.post(f"{PLACE}/resolution/approval", agreed, version='"7"').json()
    assert (closed["status"], closed["resolution"], closed["resolved_on"]) == ("RESOLVED", "ACCEPTED", "2025-01-06")
    assert GRAVE not in numbers(officer.get(CASES, unsettled=True))
    reopened = advisor.post(f"{PLACE}/reopening", {"note": "客户反悔"}, version='"8"').json()
    assert (reopened["status"], reopened["resolution"], reopened["overdue"]) == ("REOPENED", None, False)
    reported = advisor.post(f"{PLACE}/escalation", {"note": "客户拒绝签字"}, version='"9"').json()
    assert reported["escalated"]
    assert advisor.post(f"{PLACE}/resolution", ending, version='"10"').status_code == 403
    kinds = [one["kind"] for one in officer.get(PLACE).json()["events"]]
    assert kinds == [
        "OPENED", "CONTACTED", "NOTED", "ASSIGNED", "PROPOSED", "REJECTED", "PROPOSED", "RESOLVED", "REOPENED",
        "ESCALATED",
    ]  # fmt: skip
    assert desk.actions("mismatch_case")[-9:] == [f"case.{one.lower()}" for one in kinds[1:]]


def test_two_officers_on_one_case_the_second_is_told_what_the_first_did(desk):
    first, second = desk.as_("compliance"), desk.as_("officer")
    seen = second.get(PLACE).headers["etag"]
    first.post(f"{PLACE}/contacts", {"channel": "COUNTER", "note": "客户到柜台来过"}, version=seen)
    first.post(f"{PLACE}/evidence", {"note": "补充签字页"}, version='"2"')
    late = second.post(f"{PLACE}/resolution", {"resolution": "FALSE_ALARM", "note": "误报"}, version=seen)
    told = late.json()

    assert kind(late) == (412, "changed-meanwhile")
    assert told["version"] == 3
    assert [(one["version"], one["kind"], one["by"], one["note"]) for one in told["changes"]] == [
        (2, "CONTACTED", "compliance", "客户到柜台来过"), (3, "NOTED", "compliance", "补充签字页"),
    ]  # fmt: skip
    assert "compliance 联系客户（2025-01-06）；compliance 说明与证据（2025-01-06）" in told["detail"]
    assert second.get(PLACE).json()["status"] == "CONTACTED", "nothing of the late one was written"
    assert kind(second.post(f"{PLACE}/reopening", {"note": "试"})) == (428, "precondition-required")


REFUSED = [  # place, body, status, code, what is said
    ("contacts", {"channel": "PHONE", "note": "x", "happened_on": "2025-01-07"}, 422, "reason-missing", "晚于今天"),
    ("contacts", {"channel": "PIGEON", "note": "x"}, 422, "malformed", "channel"),
    ("contacts", {"channel": "PHONE", "note": ""}, 422, "malformed", "note"),
    ("contacts", {"channel": "PHONE", "note": "  "}, 422, "reason-missing", "请写明与客户沟通的内容"),
    ("evidence", {"note": "x", "evidence": "录音.mp3"}, 422, "malformed", "evidence"),
    ("resolution", {"resolution": "CURED", "note": "已卖出"}, 409, "still-mismatched", "仍不匹配"),
    ("resolution", {"resolution": "ACCEPTED", "note": "同意"}, 422, "reason-missing", "须附证据摘要"),
    ("resolution/approval", {"note": "同意"}, 409, "action-not-open", "可以分派"),
    ("reopening", {"note": "再看"}, 409, "action-not-open", "不能重开"),
]


@pytest.mark.parametrize(("place", "body", "status", "code", "said"), REFUSED)
def test_what_is_refused_names_the_thing_and_the_way_out(place, body, status, code, said, looked_at):
    answer = looked_at.as_("compliance").post(f"{PLACE}/{place}", body, version='"1"')

    assert kind(answer) == (status, code)
    assert said in answer.json()["detail"] or said in str(answer.json().get("errors"))
    assert looked_at.as_("compliance").get(PLACE).json()["version"] == 1


def test_a_person_who_left_takes_no_case(looked_at):
    officer = looked_at.as_("compliance")

    assert kind(officer.put(f"{PLACE}/owner", {"staff_no": "S99"}, '"1"')) == (404, "no-such-staff")
    assert looked_at.as_("advisor").put(f"{PLACE}/owner", {"staff_no": "S3"}, '"1"').status_code == 403
