"""Changes of rules, ratings and forms by the API: drafted, previewed, approved by another as shown, rolled back."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from kit.rulebook import load_rulebook, shipped_rulebook
from suitability.changes.types import RULE_FILES
from suitability.questionnaire.loading import shipped
from tests.api.conftest import row_counts
from tests.api.suitability.conftest import UNRATED
from tests.suitability.assessment.desk import NATURAL

CHANGES = "/suitability/rule-changes"
FILES = "/suitability/rule-files"
SINCE = "2025-02-03"


def kind(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


def edited(name, edit):
    """The text of a rule file, changed as parsed data."""
    raw = yaml.safe_load(load_rulebook("suitability", name).text)
    edit({rule["id"]: rule for rule in raw}, raw)
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def repealed(rules, raw):
    rules["SUIT-115"]["values"].append({"from": date.fromisoformat(SINCE), "value": None})


def draft_of(text, **more):
    return {
        "kind": "RULES", "file": "matching", "title": "目标不匹配不再警示", "text": text, "reason": "年度检视",
        "effective_from": SINCE, **more,
    }  # fmt: skip


def test_from_the_text_in_force_to_the_approval_and_back(house):
    officer, second = house.as_("compliance"), house.as_("officer")
    shown = officer.get(f"{FILES}/matching").json()
    assert (shown["approved"], shown["since"], shown["version"]) == (False, None, shown["shipped_version"])
    assert shown["text"] == shipped_rulebook("suitability", "matching").text

    made = officer.post(CHANGES, draft_of(edited("matching", repealed)))
    change = made.json()
    place = f"{CHANGES}/{change['id']}"
    assert (made.status_code, made.headers["location"], change["state"]) == (201, f"/api/v1{place}", "DRAFT")
    assert [(one["rule"], one["after"]) for one in change["differences"]] == [("SUIT-115", None)]
    assert change["differences"][0]["before"]["outcome"]
    unseen = {"shown": "sha256:0", "reason": "同意"}
    assert kind(second.post(f"{place}/approval", unseen)) == (409, "preview-missing")
    preview = officer.post(f"{place}/preview").json()
    assert preview["day"] == SINCE
    assert preview["result"]["levels"]["changed"] == 0
    assert kind(second.post(f"{place}/approval", unseen)) == (409, "preview-moved")
    exactly = {"shown": preview["digest"], "reason": "同意"}
    assert kind(officer.post(f"{place}/approval", exactly)) == (409, "second-person-needed")
    approved = second.post(f"{place}/approval", exactly).json()
    assert (approved["state"], approved["verdict"]["decided_by"]) == ("APPROVED", "officer")
    assert kind(second.post(f"{place}/refusal", {"reason": "迟了"})) == (409, "change-decided")

    before, after = (officer.get(f"{FILES}/matching", on=day).json() for day in ("2025-02-02", SINCE))
    assert before == {**shown, "day": "2025-02-02"}
    assert (after["approved"], after["since"], after["change_id"]) == (True, SINCE, change["id"])
    assert after["version"] == change["version"] != shown["version"]
    listed = {one["name"]: one["approved"] for one in officer.get(FILES, on=SINCE).json()["items"]}
    assert listed == {name: name == "matching" for name in RULE_FILES}

    back = second.post(f"{place}/rollback", {"reason": "误改", "effective_from": SINCE})
    assert (back.status_code, back.json()["rollback_of"], back.json()["state"]) == (201, change["id"], "APPROVED")
    assert officer.get(f"{FILES}/matching", on=SINCE).json()["version"] == shown["version"]
    page = officer.get(CHANGES, limit=1)
    rest = officer.get(page.headers["link"].partition(">")[0].removeprefix("</api/v1")).json()
    assert [one["id"] for one in page.json()["items"] + rest["items"]] == [back.json()["id"], change["id"]]
    assert officer.get(CHANGES, kind="RATING").json()["items"] == []
    assert [one["id"] for one in officer.get(CHANGES, state="APPROVED").json()["items"]] == [
        back.json()["id"], change["id"],
    ]  # fmt: skip
    assert house.actions("rule_change") == ["rule.draft", "rule.preview", "rule.approve", "rule.rollback"]


def test_a_rating_is_changed_by_two_and_a_refused_one_stays_on_file(house):
    officer, second = house.as_("compliance"), house.as_("officer")
    body = {"kind": "RATING", "product_code": "P2", "level": "R5", "reason": "净值波动加大", "effective_from": SINCE}
    made = officer.post(CHANGES, body).json()
    place = f"{CHANGES}/{made['id']}"
    preview = officer.post(f"{place}/preview").json()
    moved = [(one["product"], one["from"], one["to"]) for one in preview["result"]["products"]["list"]]
    assert moved == [("P2", "R3", "R5")]
    assert officer.get("/products/P2").json()["level"] == "R3"
    second.post(f"{place}/approval", {"shown": preview["digest"], "reason": "同意"})
    assert officer.get("/products/P2/ratings").json()["items"][0]["level"] == "R5"

    other = second.post(CHANGES, {**body, "level": "R4", "effective_from": "2025-03-03"}).json()
    refused = officer.post(f"{CHANGES}/{other['id']}/refusal", {"reason": "依据不足"}).json()
    assert (refused["state"], refused["verdict"]["reason"]) == ("REFUSED", "依据不足")
    low = {**body, "product_code": "600519.SH", "level": "R1"}
    assert kind(officer.post(CHANGES, low)) == (409, "override-too-low")
    assert kind(officer.post(CHANGES, {**body, "product_code": "NOBODY"})) == (404, "no-such-product")


def form_text(version, edit=dict):
    raw = yaml.safe_load(next(text for form, text in shipped() if form.version == NATURAL))
    raw["version"] = version
    edit(raw)
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def chosen_bands(rules, raw):
    """The score bands of the form, chosen for one more version of it."""
    own = {**rules["BAND-CHOICE-NATURAL-20.1"], "id": "BAND-CHOICE-NATURAL-20.9", "confirmed": False}
    values = [{"from": date(2025, 1, 6), "value": "BANDS-CITIC"}]
    raw.append({**own, "applies_to": {"questionnaire": "natural-20.9"}, "values": values})


def in_force(house, body):
    """The change through both officers; what the second one's approval says."""
    made = house.as_("compliance").post(CHANGES, body)
    assert made.status_code == 201, made.text
    place = f"{CHANGES}/{made.json()['id']}"
    shown = house.as_("compliance").post(f"{place}/preview").json()
    approved = house.as_("officer").post(f"{place}/approval", {"shown": shown["digest"], "reason": "同意"})
    return shown["result"], approved


def test_a_new_version_of_a_form_shows_its_classes_and_takes_the_place_of_the_old(house):
    today = {"reason": "年度修订", "effective_from": "2025-01-06"}
    asked = {"kind": "QUESTIONNAIRE", "text": form_text("natural-20.9"), **today}
    lacking = house.as_("compliance").post(CHANGES, asked)
    assert kind(lacking) == (422, "draft-refused")
    assert "还没有为问卷 natural-20.9 选定分数段" in lacking.json()["detail"]

    bands = draft_of(edited("bands", chosen_bands), file="bands", title="为新版问卷选定分数段", **today)
    assert in_force(house, bands)[1].status_code == 200
    shown, approved = in_force(house, asked)
    assert shown["questionnaire"]["faults"] == []
    assert "C3 稳健型" in shown["questionnaire"]["distribution"]
    assert approved.json()["state"] == "APPROVED"
    forms = {one["version"]: one for one in house.as_("client").get("/questionnaires").json()["items"]}
    assert "natural-20.9" in forms
    assert NATURAL not in forms
    old = house.as_("client").get(f"/questionnaires/{NATURAL}").json()
    assert (old["status"], old["replaced_by"]) == ("RETIRED", "natural-20.9")


def unreachable(form):
    """No answer scores anything: everybody is of the lowest class."""
    for question in form["questions"]:
        for option in question["options"].values():
            option["score"] = 0


def test_a_form_with_a_class_that_nobody_reaches_is_not_published(house):
    today = {"reason": "试", "effective_from": "2025-01-06"}
    in_force(house, draft_of(edited("bands", chosen_bands), file="bands", title="分数段", **today))
    asked = {"kind": "QUESTIONNAIRE", "text": form_text("natural-20.9", unreachable), **today}
    shown, approved = in_force(house, asked)

    assert any("没有一种答法能得到 C5" in one for one in shown["questionnaire"]["faults"])
    assert kind(approved) == (422, "questionnaire-not-publishable")
    assert "没有一种答法能得到 C5" in approved.json()["detail"]


def test_a_text_that_is_no_form_is_refused_and_named(shelf):
    officer, before = shelf.as_("compliance"), row_counts(shelf.url)
    body = {"kind": "QUESTIONNAIRE", "reason": "试", "effective_from": "2025-01-06"}
    answers = {
        "no form": officer.post(CHANGES, {**body, "text": "[]"}),
        "changed under its version": officer.post(
            CHANGES, {**body, "text": form_text(NATURAL, lambda form: form.update(title="另一份"))}
        ),
    }

    assert {name: kind(one) for name, one in answers.items()} == {
        "no form": (422, "questionnaire-malformed"), "changed under its version": (409, "questionnaire-fixed"),
    }  # fmt: skip
    assert NATURAL in answers["changed under its version"].json()["detail"]
    assert row_counts(shelf.url) == before


def gap(rules, raw):
    rules["SUIT-115"]["values"][-1]["value"] = {"outcome": {"FIRM": "REFUSE"}, "duties": []}


def without_source(rules, raw):
    del rules["SUIT-115"]["source"]


def unknown(rules, raw):
    raw.append({**rules["SUIT-115"], "id": "SUIT-999"})


def twice(rules, raw):
    raw.append(rules["SUIT-115"])


def past(rules, raw):
    rules["SUIT-115"]["values"][0]["value"] = None


def gone(rules, raw):
    raw.remove(rules["SUIT-115"])


FAULTS = [gap, without_source, unknown, twice, past, gone]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.__name__)
def test_a_rule_file_with_a_fault_names_the_rule_and_files_nothing(fault, shelf):
    officer, before = shelf.as_("compliance"), row_counts(shelf.url)
    answer = officer.post(CHANGES, draft_of(edited("matching", fault)))

    assert kind(answer) == (422, "draft-refused")
    assert "SUIT-999" in answer.json()["detail"] or "SUIT-115" in answer.json()["detail"], answer.text
    assert row_counts(shelf.url) == before


TEXTS = [
    "", "- id: X", "[]", "{", "- 1", "null", "- id: A\n  values: [{from: 2025-13-45, value: 1}]", "&a [*a]",
    "- {id: [1], title: x, source: x, read_on: 2025-01-01, values: [{from: 2025-01-01, value: 1}]}",
    "- !!python/object/apply:os.system [ls]", "[" * 3000, "a: " * 200, "\x07", "- id: [1]\n  values: 3",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("what", ["RULES", "QUESTIONNAIRE"])
def test_no_text_makes_more_than_a_refusal(text, what, shelf):
    body = draft_of(text) if what == "RULES" else {
        "kind": what, "text": text, "reason": "试", "effective_from": "2025-01-06",
    }  # fmt: skip
    answer = shelf.as_("compliance").post(CHANGES, body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] in {
        f"urn:problem:{code}" for code in ("malformed", "draft-refused", "questionnaire-malformed")
    }


REFUSED = [
    (draft_of("x", file="nothing"), 422, "draft-refused"),
    (draft_of("x", kind="LAW"), 422, "malformed"),
    (
        {"kind": "RATING", "product_code": UNRATED, "level": "R9", "reason": "x", "effective_from": SINCE}, 422,
        "malformed",
    ),
]


@pytest.mark.parametrize(("body", "status", "code"), REFUSED)
def test_what_is_no_draft(body, status, code, shelf):
    assert kind(shelf.as_("compliance").post(CHANGES, body)) == (status, code)


def test_the_same_text_is_no_change_and_who_may_do_what(shelf):
    whole = shipped_rulebook("suitability", "matching").text

    assert "没有变更" in shelf.as_("compliance").post(CHANGES, draft_of(whole)).json()["detail"]
    assert shelf.as_("auditor").post(CHANGES, draft_of(whole)).status_code == 403
    assert shelf.as_("auditor").get(CHANGES).status_code == 200
    assert shelf.as_("advisor").get(CHANGES).status_code == 403
    assert shelf.as_("advisor").get(FILES).status_code == 200
    assert kind(shelf.as_("advisor").get(f"{FILES}/nothing")) == (404, "no-such-rule-file")
    assert kind(shelf.as_("auditor").get(f"{CHANGES}/999")) == (404, "no-such-change")
