"""Callbacks by the API: who may be drawn, a sample that anyone can draw again, every call, how far the year is."""

from __future__ import annotations

import math

import pytest

from tests.api.conftest import row_counts
from tests.api.suitability.conftest import DOCUMENT
from tests.api.tiny import ACCOUNTS, EMPTY, client_of

YEARS = "/suitability/callback-years"
SAMPLES = "/suitability/callback-samples"
FRAME = len({client_of(one) for one in ACCOUNTS if one != EMPTY})
"""Everybody who traded in 2024; the book of the tests has no professional investors and no closed accounts."""


def kind(answer):
    return answer.status_code, answer.json()["type"].removeprefix("urn:problem:")


def test_a_year_from_the_frame_to_the_last_call(house):
    officer, auditor = house.as_("compliance"), house.as_("auditor")
    before = officer.get(f"{YEARS}/2025").json()
    frame = auditor.get(f"{YEARS}/2025/frame").json()
    made = officer.post(SAMPLES, {"year": 2025, "seed": "七"}, key="one")
    again = officer.post(SAMPLES, {"year": 2025, "seed": "七"}, key="one")
    sample = made.json()
    place = f"{SAMPLES}/{sample['id']}"

    assert (before["frame_size"], before["met"]) == (0, False)
    assert (frame["basis_day"], frame["size"], frame["excluded"]["NEW"]) == ("2024-12-31", FRAME, 1)
    assert (made.status_code, made.headers["location"], again.content) == (201, f"/api/v1{place}", made.content)
    assert (sample["seed"], sample["frame_digest"], sample["size"]) == ("七", frame["digest"], math.ceil(FRAME / 10))
    assert auditor.get(place).json() == sample
    assert auditor.get(f"{place}/redraw").json() == {"sample_id": 1, "same": True, "missing": [], "added": []}

    drawn = [one["client_no"] for one in officer.get(f"{place}/clients").json()["items"]]
    page = officer.get(f"{place}/clients", limit=2)
    following = officer.get(page.headers["link"].partition(">")[0].removeprefix("</api/v1"))
    assert [one["client_no"] for one in page.json()["items"] + following.json()["items"]] == drawn[:4]

    call = {"client_no": drawn[0], "outcome": "NO_ANSWER", "note": "关机"}
    missed = officer.post(f"{place}/calls", call)
    for client in drawn:
        done = officer.post(f"{place}/calls", {"client_no": client, "outcome": "REACHED", "evidence": DOCUMENT})
        assert done.status_code == 201
    told = officer.get(f"{YEARS}/2025").json()
    assert (missed.json()["outcome"], missed.json()["called_on"], missed.json()["channel"]) == (
        "NO_ANSWER", "2025-01-06", "PHONE",
    )  # fmt: skip
    assert (told["done"], told["tried"], told["needed"], told["met"]) == (len(drawn), 0, len(drawn), True)
    assert officer.get(f"{place}/clients", waiting=True).json()["items"] == []
    first = officer.get(f"{place}/clients").json()["items"][0]
    assert (first["reached"], [one["outcome"] for one in first["calls"]]) == (True, ["NO_ANSWER", "REACHED"])
    assert house.actions("callback_sample").count("callback.record") == len(drawn) + 1


def test_a_second_sample_draws_from_the_rest_and_the_list_has_both(house):
    officer = house.as_("compliance")
    first, second = (officer.post(SAMPLES, {"year": 2025}).json() for _ in range(2))
    listed = officer.get(SAMPLES, year=2025, limit=1)
    earlier = officer.get(listed.headers["link"].partition(">")[0].removeprefix("</api/v1")).json()
    members = [
        {one["client_no"] for one in officer.get(f"{SAMPLES}/{made['id']}/clients").json()["items"]}
        for made in (first, second)
    ]

    assert (listed.json()["items"], earlier["items"], earlier["next"]) == ([second], [first], None)
    assert officer.get(SAMPLES, year=2024).json()["items"] == []
    assert not members[0] & members[1]
    assert len(first["seed"]) == 32


REFUSED = [  # place, body, status, code
    ("", {"year": 2026}, 409, "year-not-begun"),
    ("", {"year": 2019}, 409, "nothing-to-draw"),
    ("", {"year": 1989}, 422, "malformed"),
    ("/1/calls", {"client_no": "C9999", "outcome": "REACHED"}, 422, "not-in-sample"),
    ("/1/calls", {"client_no": "{drawn}", "outcome": "REACHED", "called_on": "2025-01-07"}, 422, "callback-incomplete"),
    ("/1/calls", {"client_no": "{drawn}", "outcome": "DECLINED", "problem": "投诉"}, 422, "callback-incomplete"),
    ("/1/calls", {"client_no": "{drawn}", "outcome": "REACHED", "channel": "PIGEON"}, 422, "malformed"),
    ("/9/calls", {"client_no": "{drawn}", "outcome": "REACHED"}, 404, "no-such-sample"),
]


@pytest.fixture(scope="module")
def drawn(shelf):
    sample = shelf.as_("compliance").post(SAMPLES, {"year": 2025}, key="drawn").json()
    return shelf.as_("compliance").get(f"{SAMPLES}/{sample['id']}/clients").json()["items"][0]["client_no"]


@pytest.mark.parametrize(("place", "body", "status", "code"), REFUSED)
def test_what_is_refused_leaves_nothing(place, body, status, code, shelf, drawn):
    body = {name: drawn if value == "{drawn}" else value for name, value in body.items()}
    officer, before = shelf.as_("compliance"), row_counts(shelf.url)
    answer = officer.post(f"{SAMPLES}{place}", body)

    assert kind(answer) == (status, code)
    assert row_counts(shelf.url) == before


def test_an_adviser_draws_nobody_and_an_auditor_only_looks(shelf, drawn):
    call = {"client_no": drawn, "outcome": "REACHED"}

    assert shelf.as_("advisor").get(SAMPLES).status_code == 403
    assert shelf.as_("auditor").get(SAMPLES).status_code == 200
    assert shelf.as_("auditor").post(f"{SAMPLES}/1/calls", call).status_code == 403
