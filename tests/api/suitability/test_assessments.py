"""An assessment on the client's own phone: question by question, resumed, handed in, confirmed; nobody else answers."""

from __future__ import annotations

import pytest

from kit.db import transaction
from suitability.questionnaire.service import QuestionnaireService
from tests.api.suitability.conftest import DOCUMENT
from tests.api.things import house_stamp
from tests.suitability.assessment.desk import ALL, MINI, NATURAL, sheet_of

SHEETS = "/clients/C0001/assessment-sessions"


def started(house, name="client"):
    return house.as_(name).post(SHEETS, {"questionnaire": NATURAL})


def test_the_server_asks_and_the_client_answers_until_the_level_is_confirmed(house):
    client = house.as_("client")
    assert NATURAL in {one["version"] for one in client.get("/questionnaires").json()["items"]}
    form = client.get(f"/questionnaires/{NATURAL}").json()
    assert "score" not in str(form)
    answers, sheet, asked = sheet_of(NATURAL, "C3"), started(house).json(), []
    while sheet["next_question"] is not None:
        house.later(seconds=6)
        asked.append(sheet["next_question"]["id"])
        body = {"question": asked[-1], "options": answers[asked[-1]]}
        given = client.post(f"/assessment-sessions/{sheet['id']}/answers", body, key=asked[-1])
        again = client.post(f"/assessment-sessions/{sheet['id']}/answers", body, key=asked[-1])
        assert (given.status_code, again.content) == (200, given.content)
        sheet = given.json()
        assert client.get(f"/assessment-sessions/{sheet['id']}").json() == started(house).json() == sheet
    done = client.post(f"/assessment-sessions/{sheet['id']}/submission", {"confirmed": ALL}).json()
    result = done["assessment"]
    assert (done["outcome"], result["level"], result["points"]) == ("ASSESSED", "C3", None)
    before = client.get("/clients/C0001/assessment").json()
    assert (before["level"], before["waiting"]["id"]) == (None, result["id"])
    confirmed = client.post(f"/assessments/{result['id']}/confirmation", {"evidence": DOCUMENT})
    assert confirmed.json()["confirmed_on"] == "2025-01-06"
    current = house.as_("advisor").get("/clients/C0001/assessment").json()
    assert (current["level"], current["expired"], current["waiting"]) == ("C3", False, None)
    assert current["in_force"] == house.as_("advisor").get("/clients/C0001/assessments").json()["items"][0]
    assert sum(house.as_("compliance").get(f"/assessments/{result['id']}").json()["points"].values()) == result["total"]
    answered = house.actions("assessment_session").count("assessment.answer")
    assert (len(asked), house.actions("assessment")) == (answered, ["assessment.confirm"])


def test_nobody_answers_for_the_client_and_the_attempt_is_kept(house):
    advisor, client = house.as_("advisor"), house.as_("client")
    refused = started(house, "advisor")
    kept = advisor.get(f"/assessment-sessions/{refused.json()['session']}").json()
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:problem:not-the-client")
    assert (kept["state"], kept["entered_by"], kept["refusal"]) == ("REFUSED", "STAFF", "ASSESS-003")

    sheet = started(house).json()
    place = f"/assessment-sessions/{sheet['id']}"
    body = {"question": sheet["next_question"]["id"], "options": ["A"]}
    assert house.as_("stranger").post(f"{place}/answers", body).status_code == 404
    assert house.as_("compliance").post(f"{place}/answers", body).status_code == 403
    assert client.get(place).json()["state"] == "OPEN"
    assert advisor.post(f"{place}/answers", body).json()["type"] == "urn:problem:not-the-client"
    assert client.get(place).json()["entered_by"] == "STAFF"
    assert client.post(f"{place}/answers", body).json()["type"] == "urn:problem:session-closed"
    assert house.actions("assessment_session").count("assessment.refuse") == 2
    assert house.as_("advisor").post(f"/assessments/{1}/confirmation", {}).status_code == 403


ANSWERS = [  # what is said of the question that is asked, status, code, pointers
    ({"options": ["Z"]}, 422, "option-refused", ["#/options/0"]),
    ({"options": ["A", "B"]}, 422, "option-refused", ["#/options"]),
    ({"options": ["A", "A"]}, 422, "option-refused", ["#/options"]),
    ({"options": []}, 422, "malformed", ["#/options"]),
    ({"question": "Q99", "options": ["A"]}, 422, "not-asked", []),
    ({"options": ["A"], "score": 5}, 422, "malformed", ["#/score"]),
]


@pytest.mark.parametrize(("said", "status", "code", "pointers"), ANSWERS)
def test_an_answer_outside_the_question_is_refused(said, status, code, pointers, shelf):
    sheet = started(shelf).json()
    body = {"question": sheet["next_question"]["id"]} | said
    answer = shelf.as_("client").post(f"/assessment-sessions/{sheet['id']}/answers", body)

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:problem:{code}")
    assert [one["pointer"] for one in answer.json().get("errors", ())] == pointers
    assert shelf.as_("client").get(f"/assessment-sessions/{sheet['id']}").json() == sheet


def test_a_sheet_with_gaps_names_the_next_question(shelf):
    sheet = started(shelf).json()
    answer = shelf.as_("client").post(f"/assessment-sessions/{sheet['id']}/submission", {})

    assert (answer.status_code, answer.json()["next_question"]) == (409, sheet["next_question"]["id"])


def test_a_retired_version_says_what_replaced_it_and_what_changed(house):
    sheet = started(house).json()
    with transaction(house.url) as session:
        QuestionnaireService(session).retire(NATURAL, house_stamp(house.at), replaced_by=MINI)
    body = {"question": sheet["next_question"]["id"], "options": ["A"]}

    for answer in (started(house), house.as_("client").post(f"/assessment-sessions/{sheet['id']}/answers", body)):
        told = answer.json()
        assert (answer.status_code, told["type"]) == (409, "urn:problem:questionnaire-retired")
        assert (told["replaced_by"], told["retired_on"]) == (MINI, "2025-01-06")
        assert set(told["changed"]) == {"added", "reworded", "removed"}
        assert told["changed"]["removed"]
    assert house.as_("client").get(f"/questionnaires/{NATURAL}").json()["status"] == "RETIRED"


def test_a_result_that_climbs_two_levels_waits_for_a_second_person(house):
    house.assess("C2")
    house.later(hours=24)
    high = house.assess("C4", confirm=False)
    place = f"/assessments/{high['id']}"
    officer, client = house.as_("compliance"), house.as_("client")

    assert high["needs_review"]
    assert client.post(f"{place}/confirmation", {}).json()["type"] == "urn:problem:not-yet-in-force"
    assert [one["id"] for one in officer.get("/assessments/waiting").json()["items"]] == [high["id"]]
    assert officer.post(f"{place}/review", {"accepted": True, "reason": "已电话核实"}).json()["accepted"]
    assert officer.post(f"{place}/review", {"accepted": True, "reason": "再核"}).status_code == 409
    assert client.post(f"{place}/confirmation", {}).status_code == 200
    assert client.get("/clients/C0001/assessment").json()["level"] == "C4"
