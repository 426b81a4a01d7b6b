"""What every route has in common: documents with examples, problems, versions, paging, request ids, logs, secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from pydantic import SecretStr
from sqlmodel import Session, select
from starlette.testclient import TestClient

from api.app import PAGES, ROUTES, create_app
from api.contract.background import refuse_unsafe
from api.contract.door import Door
from api.contract.examples import examples
from api.contract.requests import request_id_of
from api.problems import pointer
from kit import logs
from kit.db import engine, transaction
from kit.identity.problems import UnsafeSecrets
from kit.identity.types import Door as Way
from kit.marks import mark_demo
from kit.settings import settings
from kit.trail.tables import TrailRow
from tests.api.conftest import NOW, an_app
from tests.api.people import PASSWORD, settle, sign_in

DOCUMENT = create_app("sqlite://").openapi()
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
JSON = "application/json"


@pytest.fixture
def house(database_url: str) -> Iterator[TestClient]:
    """The application, asked as an administrator."""
    with transaction(database_url) as session:
        settle(session, {}, NOW)
    token = sign_in(database_url, "administrator", NOW, Way.API).access_token
    with TestClient(an_app(database_url), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


# the document


def valid(schema: Any, value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema_rs.validator_for(whole).validate(value)


def test_it_is_openapi_3_1_and_every_operation_is_named_tagged_and_described():
    assert DOCUMENT["openapi"].startswith("3.1")
    for name, (_, _, operation) in OPERATIONS.items():
        assert operation["tags"], name
        assert operation["description"], name
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", name)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_and_every_answer_has_an_example_that_fits(name):
    _, _, operation = OPERATIONS[name]
    body = operation.get("requestBody", {}).get("content", {}).get(JSON)
    if body:
        valid(body["schema"], body["example"])
    for status, answer in operation["responses"].items():
        if status.startswith("2") and JSON in answer.get("content", {}):
            valid(answer["content"][JSON]["schema"], answer["content"][JSON]["example"])


def test_no_example_is_left_over():
    assert set(examples()) <= set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_an_operation_says_of_its_refusals_follows_from_what_it_is(name):
    method, path, operation = OPERATIONS[name]
    answers, headers = operation["responses"], {one["name"] for one in operation.get("parameters", ())}
    public = operation["security"] == []

    assert public is (name in ("signIn", "refreshToken"))
    assert public or {"401", "403"} <= set(answers)
    keyless = public or name in ("signOut", "previewHandover", "replayDecision")
    assert ("Idempotency-Key" in headers) is (method == "post" and not keyless)
    assert ("If-Match" in headers) is ({"412", "428"} <= set(answers))
    edits = method in ("put", "delete") and name not in ("changePassword", "endSession")
    assert "If-Match" in headers or not edits
    assert "cursor" not in headers or "Link" in answers["200"]["headers"]
    assert all("X-Request-Id" in answer["headers"] for answer in answers.values())
    for status, answer in answers.items():
        if not status.startswith("2"):
            assert list(answer["content"]) == ["application/problem+json"], (path, status)
            assert answer["x-problem-codes"], (path, status)


def test_money_is_text_everywhere():
    money = re.compile(r"(value|amount|price|fee|baseline|target)$")
    for name, schema in DOCUMENT["components"]["schemas"].items():
        for member, said in schema.get("properties", {}).items():
            if money.search(member):
                options = [said, *said.get("anyOf", ())]
                assert not {"number", "integer"} & {one.get("type") for one in options}, (name, member)


def test_every_route_of_the_application_passes_the_door():
    for router in (*ROUTES, *PAGES):
        for route in router.routes:
            assert isinstance(route, Door), getattr(route, "path", route)


def test_a_route_that_names_no_verb_cannot_be_made():
    with pytest.raises(TypeError, match="name one verb"):
        Door("/somewhere", lambda: None)


# problems


def test_field_faults_carry_json_pointers(house):
    body = {"from_staff": "", "to_staff": "S2", "day": "2025-13-01", "client_nos": ["C1", ""], "a/b~c": 1}
    answer = house.post("/api/v1/handovers/preview", json=body)
    faults = {(one["in"], one["pointer"]) for one in answer.json()["errors"]}

    assert answer.headers["content-type"] == "application/problem+json"
    assert faults == {
        ("body", "#/from_staff"), ("body", "#/day"), ("body", "#/client_nos/1"), ("body", "#/a~1b~0c"),
    }  # fmt: skip


def test_a_fault_of_the_query_says_so(house):
    fault = house.get("/api/v1/users?limit=0").json()["errors"][0]

    assert (fault["in"], fault["pointer"]) == ("query", "#/limit")


@pytest.mark.parametrize(
    ("members", "told"), [((), "#"), (("a", 0, "b"), "#/a/0/b"), (("a/b",), "#/a~1b"), (("~",), "#/~0")]
)
def test_pointers(members, told):
    assert pointer(members) == told


ADDRESSES = [
    ("GET", "/api/v1/nothing", 404, "no-such-address"), ("PATCH", "/api/v1/staff", 405, "method-not-allowed"),
    ("GET", "/api/v1/staff/S9", 404, "no-such-staff"), ("POST", "/api/v1/staff", 400, "idempotency-key-missing"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status", "code"), ADDRESSES)
def test_codes(method, path, status, code, house):
    answer = house.request(method, path, json={})

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:problem:{code}")


# versions


def put(house: TestClient, version: str | None, name: str = "新名") -> Any:
    headers = {} if version is None else {"If-Match": version}
    return house.put("/api/v1/branches/B1", json={"name": name}, headers=headers)


VERSIONS = [
    (None, 428, "precondition-required"), ("*", 428, "precondition-required"), ('"2"', 412, "changed-meanwhile"),
    ('W/"1"', 412, "changed-meanwhile"), ("1", 412, "changed-meanwhile"), ('"1", "2"', 412, "changed-meanwhile"),
    ('"99999999999999999999"', 412, "changed-meanwhile"),
]  # fmt: skip


@pytest.mark.parametrize(("version", "status", "code"), VERSIONS)
def test_a_change_needs_the_version_that_stands(version, status, code, house):
    answer = put(house, version)

    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:problem:{code}")
    assert house.get("/api/v1/branches/B1").json()["name"] == "营业部B1"


def test_a_change_under_the_version_that_stands_gives_the_next(house):
    seen = house.get("/api/v1/branches/B1").headers["etag"]
    changed = put(house, seen)

    assert (changed.status_code, seen, changed.headers["etag"]) == (200, '"1"', '"2"')
    assert put(house, seen).status_code == 412


# paging


def test_a_list_is_paged_by_link_and_every_one_is_seen_once(house):
    seen, address = [], "/api/v1/users?limit=3"
    while address:
        answer = house.get(address)
        seen += [one["name"] for one in answer.json()["items"]]
        link = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
        address = link.group(1) if link else ""

    assert (len(seen), seen) == (10, sorted(seen))


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhIl0", "", "é", "WyIxIiwgIjIiXQ"])
@pytest.mark.parametrize("path", ["trail", "relations", "reports", "accounts"])
def test_a_cursor_that_is_not_ours_is_refused(path, cursor, house):
    role = "administrator" if path == "relations" else "auditor"
    house.headers["Authorization"] = f"Bearer {sign_in(house.app.state.database_url, role, NOW, Way.API).access_token}"

    answer = house.get(f"/api/v1/{path}", params={"cursor": cursor})

    assert answer.status_code == 422


# request ids, logs and the trail


@pytest.mark.parametrize(
    ("said", "kept"),
    [("abcdefgh", True), ("A.b-c_9" * 9, True), ("x" * 64, True), ("x" * 65, False), ("short", False),
     ("with space", False), ("", False), ("13800138000\n", False)],
)  # fmt: skip
def test_a_request_id_is_taken_where_it_is_well_formed(said, kept):
    found = request_id_of(said)

    assert (found == said) is kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{8,64}", found)


def test_the_request_id_is_echoed_and_stands_in_the_trail(house):
    headers = {"X-Request-Id": "my-request-1", "Idempotency-Key": "k", "User-Agent": "HeshiMobile/1.0"}
    made = house.post("/api/v1/branches", json={"branch_no": "B9", "name": "新营业部"}, headers=headers)
    with Session(engine(house.app.state.database_url)) as session:
        entry = session.exec(select(TrailRow).where(TrailRow.action == "branch.add")).one()

    assert (made.status_code, made.headers["x-request-id"]) == (201, "my-request-1")
    assert (entry.request_id, entry.user_name, entry.user_agent) == ("my-request-1", "administrator", "HeshiMobile/1.0")


def test_the_log_has_the_request_and_no_personal_data(house, capsys):
    logs.configure("INFO")
    house.get("/api/v1/clients/110101199001011234/serving?q=13800138000", headers={"X-Request-Id": "my-request-2"})
    house.post("/api/v1/auth/token", data={"username": "13800138000", "password": PASSWORD})
    told = capsys.readouterr().err
    logs.configure("WARNING")
    lines = [json.loads(line) for line in told.splitlines()]

    assert [(one["route"], one["status"]) for one in lines] == [("getServing", 404), ("signIn", 401)]
    assert lines[0]["request_id"] == "my-request-2"
    assert not any(secret in told for secret in ("110101199001011234", "13800138000", PASSWORD))


def test_data_is_kept_by_nobody(house):
    assert house.get("/api/v1/staff").headers["cache-control"] == "private, no-store"


# secrets


GIVEN = [
    ("", False, False, "没有签名密钥"), ("k:short", False, False, "不足"),
    ("", True, False, "演示密钥只能用于演示数据库"),
    ("k:change-me-change-me-change-me-change-me", False, False, "示例值"), ("", False, True, None),
    ("k:0123456789abcdef0123456789ABCDEF", False, False, None),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "demo_mode", "demo_book", "told"), GIVEN)
def test_a_server_without_a_secret_of_its_own_runs_on_the_demo_alone(
    keys, demo_mode, demo_book, told, database_url, monkeypatch
):
    monkeypatch.setattr(settings(), "token_keys", SecretStr(keys))
    monkeypatch.setattr(settings(), "demo", demo_mode)
    if demo_book:
        with transaction(database_url) as session:
            mark_demo(session)
    app = create_app(database_url)

    if told is None:
        refuse_unsafe(app)
        assert app.state.keys.signing
        return
    with pytest.raises(UnsafeSecrets, match=told):
        refuse_unsafe(app)
