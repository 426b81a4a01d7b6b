"""Checks and decisions by the API: filed once, told to each reader in own words, made again, what follows done."""

from __future__ import annotations

import json
import re

import pytest

from tests.api.conftest import row_counts
from tests.api.suitability.conftest import DOCUMENT, UNRATED

CHECKS = "/suitability/checks"
DECISIONS = "/suitability/decisions"
ASK = {"client_no": "C0001", "product_code": "P4", "asked_by": "CLIENT"}
RECORD = {
    "id", "client_no", "product_code", "account_no", "day", "made_at", "made_by", "asked_by", "side", "outcome",
    "origin", "digest", "replaces", "format", "retain_until", "facts", "verdicts", "versions", "changes", "duties",
}  # fmt: skip


def hits(record):
    return {one["rule"] for one in record["verdicts"] if one["hit"]}


def test_a_missing_assessment_is_an_answer_that_is_filed_once(house):
    advisor = house.as_("advisor")
    made, again = (advisor.post(CHECKS, {**ASK, "asked_by": "FIRM"}, key="one") for _ in range(2))
    record = made.json()
    read = advisor.get(f"{DECISIONS}/{record['id']}")

    assert (made.status_code, record["outcome"], set(record)) == (201, "REFUSE", RECORD)
    assert "SUIT-010" in hits(record)
    assert again.content == made.content
    assert read.json() == record
    assert made.headers["location"] == f"/api/v1{DECISIONS}/{record['id']}"
    assert house.actions("decision") == ["suitability.decide"]
    assert [one["id"] for one in advisor.get(DECISIONS).json()["items"]] == [record["id"]]
    assert record["retain_until"] == "2045-01-06"
    level = next(one for one in record["verdicts"] if one["rule"] == "SUIT-010")["facts"]
    assert {one["field"]: one["value"] for one in level} == {"client.category": "ORDINARY", "client.level": None}


def test_each_reader_has_own_words_and_nobody_is_coached(house):
    decision = house.as_("client").post(CHECKS, {**ASK, "asked_by": "FIRM"}).json()["id"]
    place = f"{DECISIONS}/{decision}"
    told = {name: house.as_(name).get(place).json() for name in ("client", "advisor", "compliance")}
    words = {name: {key for one in record["verdicts"] for key in one["says"]} for name, record in told.items()}
    sides = {name: {one["side"] for one in record["changes"]} for name, record in told.items()}
    explained = {name: house.as_(name).get(f"{place}/explanation").json() for name in told}

    assert words == {
        "client": {"client"}, "advisor": {"advisor", "client"}, "compliance": {"regulator", "advisor", "client"},
    }  # fmt: skip
    assert sides == {"client": set(), "advisor": set(), "compliance": {"client"}}
    assert {name: one["audience"] for name, one in explained.items()} == {
        "client": "client", "advisor": "advisor", "compliance": "regulator",
    }  # fmt: skip
    assert explained["client"]["sentences"][0]["sentence"] == "您还没有完成风险承受能力评估，暂不能购买。"
    assert explained["client"]["changes"] == []
    heard = {name: {line["rule"] for line in one["sentences"] if line["hit"]} for name, one in explained.items()}
    assert {name: "SUIT-190" in rules for name, rules in heard.items()} == {  # what is told before buying
        "client": False, "advisor": False, "compliance": True,
    }  # fmt: skip
    assert house.as_("client").get(f"{place}/explanation", **{"for": "regulator"}).status_code == 403
    assert house.as_("advisor").get(f"{place}/explanation", **{"for": "client"}).json()["audience"] == "client"


def test_a_warning_is_worked_off_step_by_step_and_the_client_confirms(house):
    house.assess("C2")
    client, advisor = house.as_("client"), house.as_("advisor")
    record = client.post(CHECKS, ASK).json()
    place = f"{DECISIONS}/{record['id']}"
    proven = {"channel": "APP", "evidence": DOCUMENT}

    assert record["outcome"] == "WARN"
    assert "SUIT-103" in hits(record)
    assert client.post(f"{place}/confirmation", proven).json()["type"] == "urn:problem:duty-not-open"
    assert advisor.post(f"{place}/duties/WRITTEN_WARNING", {"channel": "APP"}).status_code == 422
    assert client.post(f"{place}/duties/TELL_SIX", proven).status_code == 403
    owed = {one["id"] for one in advisor.get(f"{place}/duties").json()["items"]}
    for duty in sorted(owed - {"CLIENT_CONFIRM", "COOLING"}):
        done = advisor.post(f"{place}/duties/{duty}", proven)
        assert done.status_code == 200, done.text
    assert advisor.post(f"{place}/duties/CLIENT_CONFIRM", proven).json()["type"] == "urn:problem:only-the-client"
    assert client.post(f"{place}/confirmation", proven).status_code == 200
    assert advisor.post(f"{place}/duties/TELL_SIX", proven).status_code == 409
    assert advisor.post(f"{place}/duties/COOLING", {"channel": "APP"}).json()["type"] == "urn:problem:still-cooling"
    house.later(hours=24)
    ended = house.as_("advisor").post(f"{place}/duties/COOLING", {"channel": "APP"}).json()
    assert ended["may_proceed"] is True
    assert {one["id"]: one["done_at"] is not None for one in ended["items"]} == dict.fromkeys(owed, True)
    replayed = house.as_("auditor").post(f"{place}/replay").json()
    assert (replayed["same"], replayed["computed"]) == (True, record["digest"])


def test_the_list_is_filtered_and_paged(house):
    officer = house.as_("compliance")
    asked = [("C0001", "P2", "CLIENT"), ("C0001", "P4", "FIRM"), ("C0002", "P4", "CLIENT")]
    made = []
    for client_no, code, asked_by in asked:
        house.later(seconds=1)
        made.append(
            officer.post(CHECKS, {"client_no": client_no, "product_code": code, "asked_by": asked_by}).json()["id"]
        )
    seen, address = [], f"{DECISIONS}?limit=1"
    while address:
        page = officer.get(address)
        seen += [one["id"] for one in page.json()["items"]]
        address = page.headers.get("link", "").partition(">")[0].removeprefix("</api/v1")

    def listed(**query):
        return [one["id"] for one in officer.get(DECISIONS, **query).json()["items"]]

    assert seen == made[::-1] == listed()
    assert listed(client_no="C0001") == [made[1], made[0]]
    assert listed(product_code="P4", outcome="REFUSE") == [made[2], made[1]]
    assert listed(**{"from": "2025-01-07"}) == listed(outcome="ALLOW") == []
    assert listed(to="2025-01-06") == made[::-1]
    assert [one["client_no"] for one in house.as_("client").get(DECISIONS).json()["items"]] == ["C0001", "C0001"]


CLIENT = "/clients/C0001"
BAD = [  # as whom, path, body, status, code, pointer, why
    ("advisor", CHECKS, {**ASK, "client_no": "C9"}, 404, "no-such-client", None, "an unknown client"),
    ("client", CHECKS, {**ASK, "client_no": "C0002"}, 404, "no-such-client", None, "somebody else's client"),
    ("advisor", CHECKS, {**ASK, "product_code": "NONE"}, 404, "no-such-product", None, "an unknown product"),
    ("advisor", CHECKS, {**ASK, "product_code": "P" * 65}, 422, "malformed", "#/product_code", "too long"),
    ("advisor", CHECKS, {**ASK, "security_code": "600519"}, 422, "not-askable", "#/product_code", "two things"),
    ("advisor", CHECKS, {"client_no": "C0001", "asked_by": "FIRM"}, 422, "not-askable", "#/product_code", "no thing"),
    ("advisor", CHECKS, {**ASK, "asked_by": "BANK"}, 422, "malformed", "#/asked_by", "nobody asks so"),
    ("advisor", CHECKS, {**ASK, "amount": "-5"}, 422, "malformed", "#/amount", "less than nothing"),
    ("advisor", CHECKS, {**ASK, "amount": 5}, 422, "malformed", "#/amount", "money is text"),
    ("advisor", CHECKS, {**ASK, "amount": "1e9"}, 422, "malformed", "#/amount", "plain digits"),
    ("advisor", CHECKS, {**ASK, "amount": "1" * 13}, 422, "malformed", "#/amount", "more than a table holds"),
    ("advisor", CHECKS, {**ASK, "amount": "5", "quantity": "1"}, 422, "not-askable", "#/quantity", "one of the two"),
    ("advisor", CHECKS, {**ASK, "day": "2025-01-07"}, 422, "not-askable", "#/day", "tomorrow is not known"),
    ("advisor", CHECKS, {**ASK, "day": "2017-06-30"}, 422, "malformed", "#/day", "before the first rules"),
    ("advisor", CHECKS, {**ASK, "account_no": "A0002"}, 404, "no-such-account", None, "an account of another client"),
    ("advisor", CHECKS, {**ASK, "replaces": "D0"}, 404, "unknown-decision", None, "an unknown decision replaced"),
    ("advisor", f"{DECISIONS}/D0/replay", None, 404, "unknown-decision", None, "an unknown decision"),
    ("advisor", f"{DECISIONS}/D0/duties/TELL_SIX", {"channel": "APP"}, 404, "unknown-decision", None, "the same"),
    ("advisor", f"{DECISIONS}/D0/duties/TELL_SIX", {"channel": "APP", "evidence": "x"}, 422, "malformed",
     "#/evidence", "no digest"),
    ("client", f"{CLIENT}/assessment-sessions", {"questionnaire": "natural-0"}, 404, "no-such-questionnaire", None,
     "an unknown questionnaire"),
    ("client", f"{CLIENT}/assessment-sessions", {"questionnaire": "institution-19.1"}, 422, "wrong-audience", None,
     "a form for others"),
    ("client", "/assessment-sessions/99/answers", {"question": "Q1", "options": ["A"]}, 404, "no-such-session", None,
     "an unknown sheet"),
    ("compliance", f"/products/{UNRATED}/ratings", {}, 409, "not-rateable", None, "a rating without factors"),
    ("compliance", "/products/P4/ratings", {"day": "2024-11-30"}, 422, "evidence-from-later", None, "later evidence"),
    ("compliance", "/products/NONE/ratings", {}, 404, "no-such-product", None, "an unknown product"),
    ("compliance", "/products/P4/rating-proposals",
     {"level": "R5", "reason": "试", "effective_from": "2025-01-05"}, 409, "rating-out-of-order", None, "the past"),
    ("client", f"{CLIENT}/category/evidence",
     {"kind": "FINANCIAL_ASSETS", "as_of": "2025-01-03", "document": DOCUMENT}, 422, "evidence-refused", None,
     "no amount"),
    ("client", f"{CLIENT}/category/evidence",
     {"kind": "INVESTING", "as_of": "2024-12-31", "since": "2025-01-02", "document": DOCUMENT}, 422,
     "evidence-conflict", None, "experience that begins after it was shown"),
    ("client", f"{CLIENT}/category/applications",
     {"test": "PRO_IX", "evidence": [1], "document": DOCUMENT, "risk_acknowledged": True}, 404,
     "no-such-category-test", None, "an unknown row of the rules"),
    ("client", f"{CLIENT}/category/applications",
     {"test": "PRO_III_NATURAL", "evidence": [7], "document": DOCUMENT, "risk_acknowledged": True}, 404,
     "no-such-evidence", None, "unknown evidence"),
    ("client", f"{CLIENT}/information",
     {"item": "integrity_record", "as_of": "2025-01-03", "source": "EXTERNAL", "document": DOCUMENT}, 422,
     "application-incomplete", None, "what only the firm can have asked"),
    ("advisor", f"{CLIENT}/permissions/STAR/applications", {"first_trade_on": "1970-01-01"}, 422, "malformed",
     "#/first_trade_on", "before there was a market"),
    ("advisor", f"{CLIENT}/permissions/STAR/applications", {"first_trade_on": "2024-12-02"}, 422,
     "evidence-conflict", None, "a first trade later than one on file"),
    ("advisor", f"{CLIENT}/permissions/MOON/applications", {}, 422, "malformed", "#/gate", "an unknown gate"),
    ("advisor", f"{CLIENT}/permissions/ETF_OPTION/applications", {}, 422, "unknown-variant", None, "no grade"),
    ("client", f"{CLIENT}/policy-statements", {"objective": "PRESERVE", "expected_return": 0.2}, 422,
     "statement-refused", "#/expected_return", "safety with a high return"),
    ("client", "/households", {"household_no": "H1", "members": [{"member_no": "M1", "role": "SELF"}],
                               "valid_from": "2025-01-06"}, 422, "household-refused", None, "nobody is a client"),
]  # fmt: skip


NAMES = "name, path, body, status, code, pointer, why"


@pytest.mark.parametrize(NAMES, BAD, ids=[one[-1] for one in BAD])
def test_bad_input_names_the_thing_and_the_way_out(name, path, body, status, code, pointer, why, shelf):
    answer = shelf.as_(name).post(path, body)
    told = answer.json()

    assert (answer.status_code, told["type"]) == (status, f"urn:problem:{code}"), (why, told)
    assert pointer is None or pointer in {one["pointer"] for one in told["errors"]}
    assert re.search("[一-鿿]", told["detail"]), told
    assert not re.search(r"should|Input", json.dumps(told.get("errors", []))), told


def test_of_bad_input_nothing_is_half_stored(shelf):
    before = row_counts(shelf.url)
    for name, path, body, *_ in BAD:
        shelf.as_(name).post(path, body)

    assert row_counts(shelf.url) == before
