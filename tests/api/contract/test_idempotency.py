"""`Idempotency-Key`: the table of what a second request gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, select

from api.contract.idempotency import KEPT_FOR, json_digest, sweep
from api.contract.tables import AnswerRow
from kit.db import engine
from tests.api.contract.servers import notes

URL = "/api/notes"
KEY = {"Idempotency-Key": "one"}
NOTE = {"text": "a"}

SECOND = [  # first body, second body and key, expected status of the second, effects, why
    (NOTE, NOTE, "one", 201, 1, "the same again: the same answer"),
    (NOTE, {"fate": "done", "text": "a"}, "one", 422, 1, "another body: even where a default makes it mean the same"),
    ({"text": "a", "seconds": 0}, {"seconds": 0, "text": "a"}, "one", 201, 1, "the order of members is no difference"),
    (NOTE, {"text": "b"}, "one", 422, 1, "another body"),
    (NOTE, NOTE, "two", 201, 2, "another key: another operation"),
    ({"text": "a", "fate": "refused"}, {"text": "a", "fate": "refused"}, "one", 409, 0, "a refusal is judged anew"),
    ({"text": "a", "fate": "refused"}, NOTE, "one", 201, 1, "a refusal did nothing: the key is still free"),
    ({"text": "a", "fate": "failed"}, NOTE, "one", 201, 1, "a failure of ours is not kept"),
    ({"text": "a", "fate": "gone"}, NOTE, "one", 201, 1, "an HTTP refusal is not kept"),
    ({"wrong": 1}, NOTE, "one", 201, 1, "a malformed request did nothing"),
]


@pytest.mark.parametrize(("first", "second", "key", "status", "effects", "why"), SECOND)
def test_the_second_request(first, second, key, status, effects, why, small, database_url):
    small.post(URL, json=first, headers=KEY)

    again = small.post(URL, json=second, headers={"Idempotency-Key": key})

    assert (again.status_code, notes(database_url)) == (status, effects), why


def test_the_same_answer_to_the_byte_with_its_headers_and_marked_as_given_before(small):
    first = small.post(URL, json=NOTE, headers=KEY)
    again = small.post(URL, json=NOTE, headers=KEY)

    assert again.content == first.content
    assert [again.headers[name] for name in ("location", "etag", "content-type")] == [
        first.headers[name] for name in ("location", "etag", "content-type")
    ]
    assert (first.headers.get("idempotency-replayed"), again.headers.get("idempotency-replayed")) == (None, "true")


REFUSED = [  # headers, status, code
    ({}, 400, "idempotency-key-missing"),
    ({"Idempotency-Key": ""}, 400, "idempotency-key-missing"),
    ({"Idempotency-Key": "x" * 129}, 400, "idempotency-key-malformed"),
    ({"Idempotency-Key": "with space"}, 400, "idempotency-key-malformed"),
    ({"Idempotency-Key": "x" * 128}, 201, None),
    ({"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}, 201, None),
]


@pytest.mark.parametrize(("headers", "status", "code"), REFUSED)
def test_the_key_itself(headers, status, code, small):
    answer = small.post(URL, json=NOTE, headers=headers)

    assert (status, f"urn:problem:{code}" if code else None) == (answer.status_code, answer.json().get("type"))


def test_a_route_that_only_looks_needs_no_key(small):
    assert small.post("/api/looks").status_code == 200


def test_the_key_of_another_query_is_another_request(small):
    small.post(URL, json=NOTE, headers=KEY)

    assert small.post(f"{URL}?dry=1", json=NOTE, headers=KEY).status_code == 422


def test_after_a_day_the_key_is_free_again(small, database_url):
    small.post(URL, json=NOTE, headers=KEY)
    age(database_url, KEPT_FOR + timedelta(seconds=1))

    again = small.post(URL, json={"text": "b"}, headers=KEY)

    assert (again.status_code, notes(database_url)) == (201, 2)


def test_just_within_the_day_it_is_not(small, database_url):
    small.post(URL, json=NOTE, headers=KEY)
    age(database_url, KEPT_FOR - timedelta(minutes=1))

    assert small.post(URL, json={"text": "b"}, headers=KEY).status_code == 422


def test_the_sweep_takes_the_oldest_and_no_more_than_it_was_told(small, database_url):
    for number in range(3):
        small.post(URL, json=NOTE, headers={"Idempotency-Key": f"old-{number}"})
    age(database_url, KEPT_FOR + timedelta(hours=1))
    small.post(URL, json=NOTE, headers={"Idempotency-Key": "new"})

    with Session(engine(database_url)) as session:
        swept = [sweep(session, datetime.now(UTC), most=2) for _ in range(3)]
        session.commit()
        left = session.exec(select(AnswerRow.key)).all()

    assert (swept, left) == ([2, 1, 0], ["new"])


def age(url: str, by: timedelta) -> None:
    with Session(engine(url)) as session:
        for row in session.exec(select(AnswerRow)):
            row.kept_at -= by
            session.add(row)
        session.commit()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b'{"a": 1, "b": 2}', b'{"b":2,"a":1}', True),
        (b'{"a": 1}', b'{"a": 1.0}', False),
        (b'{"a": 1}', b'{"a": "1"}', False),
        (b"", b"", True),
        (b"[[", b"[ [", False),
        (b"[" * 100_000, b"[" * 100_000, True),
    ],
)
def test_what_counts_as_the_same_body(one, other, same):
    assert same is (json_digest(one) == json_digest(other))
