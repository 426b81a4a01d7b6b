"""Category, information, ratings, permissions, household, profile and statement by the API, each to its end."""

from __future__ import annotations

from decimal import Decimal

from tests.api.suitability.conftest import DOCUMENT
from tests.suitability.assessment.desk import NATURAL, sheet_of

CLIENT = "/clients/C0001"
STRANGERS = "/clients/C0002"


def codes(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


def test_a_client_becomes_professional_by_another_persons_word_and_goes_back(house):
    client, officer = house.as_("client"), house.as_("compliance")
    papers = [
        {"kind": "FINANCIAL_ASSETS", "as_of": "2025-01-03", "amount": "5000000.00"},
        {"kind": "INVESTING", "as_of": "2025-01-03", "since": "2020-01-03"},
    ]
    filed = [client.post(f"{CLIENT}/category/evidence", {**one, "document": DOCUMENT}).json() for one in papers]
    asked = {"test": "PRO_III_NATURAL", "evidence": [one["id"] for one in filed], "document": DOCUMENT}
    assert codes(client.post(f"{CLIENT}/category/applications", asked)) == (422, "application-incomplete")
    made = client.post(f"{CLIENT}/category/applications", {**asked, "risk_acknowledged": True})
    place = f"/category-applications/{made.json()['id']}"
    grant = {"granted": True, "reason": "材料齐备"}

    assert made.headers["location"] == f"/api/v1{place}"
    assert filed[0]["amount"] == "5000000.00"
    assert client.post(f"{place}/decision", grant).status_code == 403
    assert codes(officer.post(f"{place}/decision", grant)) == (409, "conditions-not-met")
    trial = {"kind": "KNOWLEDGE_TEST", "score": 95, "taken_on": "2025-01-03", "document": DOCUMENT}
    assert client.post(f"{place}/trials", trial).status_code == 403
    assert officer.post(f"{place}/trials", trial).json()["trials"][0]["score"] == 95
    decided = officer.post(f"{place}/decision", grant)
    assert decided.json()["decision"]["category"] == "PRO_III"
    assert codes(house.as_("officer").post(f"{place}/decision", grant)) == (409, "already-decided")
    standing = house.as_("advisor").get(f"{CLIENT}/category").json()
    assert (standing["category"], standing["since"]) == ("PRO_III", "2025-01-06")
    assert codes(client.post(f"{CLIENT}/category/return", {"document": DOCUMENT})) == (409, "not-convertible")
    ended = officer.post(f"{CLIENT}/category/revocation", {"reason": "材料失实"}).json()
    assert (ended["category"], "材料失实" in ended["lapsed"]) == ("ORDINARY", True)
    assert client.get(f"{CLIENT}/category/applications").json()["items"][0]["id"] == made.json()["id"]
    assert client.get(f"{STRANGERS}/category").status_code == 404


def test_an_advisor_who_applied_does_not_decide_and_the_nine_items_grow_old(house):
    supervisor = house.as_("supervisor")
    paper = {"kind": "LICENCE", "as_of": "2025-01-03", "document": DOCUMENT}
    filed = supervisor.post(f"{CLIENT}/category/evidence", paper).json()
    asked = {"test": "PRO_III_NATURAL", "evidence": [filed["id"]], "document": DOCUMENT, "risk_acknowledged": True}
    made = supervisor.post(f"{CLIENT}/category/applications", asked).json()
    refusal = {"granted": False, "reason": "条件不足"}
    assert codes(supervisor.post(f"/category-applications/{made['id']}/decision", refusal)) == (
        409, "second-person-needed",
    )  # fmt: skip

    item = {"item": "financial_status", "as_of": "2023-01-06", "source": "DOCUMENT", "document": DOCUMENT}
    told = house.as_("client").post(f"{CLIENT}/information", item).json()["items"]
    state = {one["item"]: one for one in told}
    assert len(told) == 9
    assert (state["financial_status"]["age_days"], state["financial_status"]["stale"]) == (731, True)
    assert state["risk_preference"]["missing"]
    house.assess("C3")
    again = house.as_("client").get(f"{CLIENT}/information").json()["items"]
    assert {one["item"]: one["source"] for one in again}["risk_preference"] == "ASSESSMENT"


def test_a_rating_is_overridden_by_two_persons_and_read_with_its_history(house):
    officer, second, client = house.as_("compliance"), house.as_("officer"), house.as_("client")
    pages = [client.get("/products", limit=2)]
    pages.append(client.get(pages[0].headers["link"].partition(">")[0].removeprefix("</api/v1")))
    assert {one["code"]: one["level"] for page in pages for one in page.json()["items"]} == {
        "P0": None, "P2": "R3", "P4": "R5",
    }  # fmt: skip
    assert client.get("/products/600519.SH").json()["level"] is not None
    assert client.get("/products/P0").json()["missing"] == "产品尚未评级"
    change = {"level": "R5", "reason": "净值波动明显加大", "effective_from": "2025-01-07"}
    assert client.post("/products/P2/rating-proposals", change).status_code == 403
    made = officer.post("/products/P2/rating-proposals", change).json()
    place, verdict = f"/rating-proposals/{made['id']}/decision", {"approve": True, "reason": "同意"}
    assert codes(officer.post(place, {**verdict, "digest": made["digest"]})) == (403, "second-person-needed")
    assert codes(second.post(place, {**verdict, "digest": "sha256:" + "0" * 64})) == (409, "already-decided")
    done = second.post(place, {**verdict, "digest": made["digest"]}).json()
    assert (done["approved"], done["decided_by"]) == (True, "officer")
    assert officer.get("/rating-proposals", open=True).json()["items"] == []
    assert officer.get(f"/rating-proposals/{made['id']}").json() == done
    assert client.get("/products/P2").json()["level"] == "R3"
    house.later(days=1)
    now = house.as_("client").get("/products/P2").json()
    assert (now["level"], now["factors"]["leverage"]) == ("R5", 2)
    history = house.as_("client").get("/products/P2/ratings").json()["items"]
    assert [(one["level"], one["derived"], one["proposal_id"]) for one in history] == [
        ("R5", "R3", made["id"]), ("R3", "R3", None),
    ]  # fmt: skip
    floor = {"level": "R1", "reason": "试", "effective_from": "2025-02-01"}
    assert codes(house.as_("officer").post("/products/600519.SH/rating-proposals", floor)) == (409, "override-too-low")


def test_what_a_client_may_trade_and_what_is_missing(house):
    advisor, client = house.as_("advisor"), house.as_("client")
    listed = {one["gate"]: one for one in client.get(f"{CLIENT}/permissions").json()["items"]}
    assert (listed["STAR"]["open_since"], listed["STAR"]["state"]) == (None, "NOT_MET")
    assert any("风险揭示书" in one for one in listed["ST_STOCK"]["missing"])
    signed = {"disclosed_on": "2025-01-03"}
    assert client.post(f"{CLIENT}/permissions/ST_STOCK/applications", signed).status_code == 403
    opened = advisor.post(f"{CLIENT}/permissions/ST_STOCK/applications", signed).json()
    waits = advisor.post(f"{CLIENT}/permissions/STAR/applications", {**signed, "first_trade_on": "2020-01-06"}).json()
    assert (opened["kind"], opened["effective_from"]) == ("OPENED", "2025-01-06")
    assert (waits["kind"], waits["reasons"] != []) == ("PENDING", True)
    assert any(one["decides"] for one in advisor.get(f"{CLIENT}/permissions/STAR").json()["conditions"])
    assert codes(advisor.post(f"{CLIENT}/permissions/ST_STOCK/applications", signed)) == (409, "gate-already-open")
    assert client.get(f"{CLIENT}/permissions/ST_STOCK").json()["open_since"] == "2025-01-06"
    closing = {"reason": "客户申请", "effective_from": "2025-01-06"}
    assert advisor.post(f"{CLIENT}/permissions/ST_STOCK/closing", closing).json()["kind"] == "REVOKED"
    assert codes(advisor.post(f"{CLIENT}/permissions/ST_STOCK/closing", closing)) == (409, "gate-not-open")
    kinds = [one["kind"] for one in client.get(f"{CLIENT}/permission-records").json()["items"]]
    assert kinds == ["OPENED", "PENDING", "REVOKED"]


ITEMS = {
    "I1": {"kind": "ASSET", "category": "CASH", "amount": "4000.00"},
    "I2": {"kind": "SPENDING", "category": "LIVING", "amount": "5000.00", "per": "MONTH", "member_no": "M1"},
    "I3": {"kind": "GOAL", "category": "EDUCATION", "amount": "300000.00", "first_on": "2035-09-01", "note": "大学"},
}


def test_a_household_is_said_item_by_item_and_lowers_the_level_that_is_used(house):
    client, advisor = house.as_("client"), house.as_("advisor")
    me = {"member_no": "M1", "role": "SELF", "client_no": "C0001", "birth_date": "1979-05-06"}
    assert codes(client.get(f"{CLIENT}/household")) == (404, "no-such-household")
    made = client.post("/households", {"household_no": "H1", "members": [me], "valid_from": "2025-01-06"})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    joined = advisor.post(
        "/households/H1/members", {"member": {"member_no": "M2", "role": "CHILD"}, "valid_from": "2025-01-06"},
        version='"1"',
    )  # fmt: skip
    assert (joined.status_code, joined.headers["etag"]) == (201, '"2"')
    for number, said in ITEMS.items():
        put = client.put(f"/households/H1/items/{number}", {**said, "as_of": "2025-01-06"}, '"0"')
        assert (put.status_code, put.headers["etag"]) == (200, '"1"'), put.text
    cash = {**ITEMS["I1"], "as_of": "2025-01-06", "amount": "4200.00"}
    assert codes(advisor.put("/households/H1/items/I1", cash, '"0"')) == (412, "changed-meanwhile")
    assert advisor.put("/households/H1/items/I1", cash, '"1"').headers["etag"] == '"2"'
    words = client.get("/households/H1/items/I1")
    assert [(one["amount"], one["version"]) for one in words.json()["items"]] == [("4200.00", 2), ("4000.00", 1)]
    wrong = client.put("/households/H1/items/I4", {**cash, "category": "SALARY"}, '"0"').json()
    assert wrong["errors"][0]["pointer"] == "#/category"
    assert house.as_("stranger").put("/households/H1/items/I1", cash, '"2"').status_code == 404

    told = client.get(f"{CLIENT}/household").json()
    sheet = told["sheet"]
    assert (told["version"], len(told["items"]), [one["label"] for one in told["goals"]]) == (2, 3, ["教育（大学）"])
    sums = dict.fromkeys(sheet["totals"], Decimal(0))
    for line in sheet["lines"]:
        sums[line["part"]] += Decimal(line["amount"])
    assert sums == {part: Decimal(total) for part, total in sheet["totals"].items()}
    cases = client.get(f"{CLIENT}/household/sensitivity").json()["items"]
    assert (cases[0]["id"], cases[0]["net_economic_worth"]) == ("BASE", sheet["net_economic_worth"])
    assert len(cases) == 7
    left = client.post("/households/H1/members/M2/end", {"last_day": "2025-01-06"}, version='"2"')
    assert left.headers["etag"] == '"3"'


def test_a_profile_is_filed_and_the_statement_holds_once_the_client_confirms(house):
    house.assess("C4")
    client, advisor = house.as_("client"), house.as_("advisor")
    me = {"member_no": "M1", "role": "SELF", "client_no": "C0001", "birth_date": "1979-05-06"}
    client.post("/households", {"household_no": "H1", "members": [me], "valid_from": "2025-01-06"})
    spending = {"kind": "SPENDING", "category": "LIVING", "amount": "5000000.00", "per": "MONTH", "as_of": "2025-01-06"}
    client.put("/households/H1/items/I1", spending, '"0"')
    policy = {"objective": "GROWTH", "expected_return": 0.05, "max_lock_days": 90, "ethical": ["不投资烟草行业"]}
    drafted = advisor.post(f"{CLIENT}/policy-statements", policy).json()
    place = f"/policy-statements/{drafted['id']}/confirmation"
    shown = {"shown_digest": drafted["digest"]}
    assert "伦理限制：不投资烟草行业" in drafted["sentences"]
    assert advisor.post(place, shown).status_code == 403
    assert codes(client.post(place, {"shown_digest": DOCUMENT})) == (412, "shown-another")
    assert client.post(place, shown).json()["confirmed_on"] == "2025-01-06"
    assert client.get(f"{CLIENT}/policy-statements").json()["items"][0]["confirmed_on"] == "2025-01-06"

    seen = client.get(f"{CLIENT}/profile").json()
    filed = [advisor.post(f"{CLIENT}/profile").json() for _ in range(2)]
    assert [one["id"] for one in seen["dimensions"]] == ["RISK_TOLERANCE", "EXPECTED_RETURN", "LIQUIDITY", "BEHAVIOUR"]
    assert (seen["confirmed_level"], seen["level_used"], seen["lock_limit_days"]) == ("C4", "C2", 0)
    assert [one["filed"] for one in filed] == [True, False]
    assert {**filed[0], "filed": False} == seen
    record = advisor.post(
        "/suitability/checks", {"client_no": "C0001", "product_code": "P2", "asked_by": "FIRM"}
    ).json()
    assert (record["facts"]["client"]["level"], record["facts"]["client"]["confirmed_level"]) == ("C2", "C4")
    assert record["facts"]["client"]["expected_return"] == 0.05
    assert record["outcome"] == "REFUSE"


def test_an_answer_file_goes_through_the_door_and_a_sheet_by_staff_is_refused(house):
    answers = sheet_of(NATURAL, "C3")
    rows = [",".join(("client_no", "questionnaire", "answered_at", "entered_by", *answers))]
    for client_no, by in (("C0001", "CLIENT"), ("C0002", "STAFF")):
        said = ["/".join(codes) for codes in answers.values()]
        rows.append(",".join((client_no, NATURAL, "2025-01-03 10:00:00", by, *said)))
    file = {"file": ("answers.csv", "\n".join(rows).encode())}
    headers = house.as_("administrator").headers() | {"Idempotency-Key": "one"}
    made = house.client.post("/api/v1/imports", files=file, headers=headers).json()

    assert (made["kind"], made["rows_new"], [one["line"] for one in made["rejects"]]) == ("answers", 1, [3])
    waiting = house.as_("client").get(f"{CLIENT}/assessment").json()["waiting"]
    assert (waiting["level"], waiting["assessed_on"]) == ("C3", "2025-01-03")
