"""What breaks a client of the API and what does not: a table, one change a row, on a small document and on our own."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.contract import breaks
from cli.documents import CONTRACT, HERE, accept

SMALL: dict[str, Any] = {
    "paths": {
        "/things": {
            "get": {
                "operationId": "listThings", "security": [],
                "parameters": [
                    {"in": "query", "name": "kind", "schema": {"anyOf": [{"type": "string"}, {"type": "null"}]}},
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 200}},
                ],
                "responses": {
                    "200": {
                        "headers": {"Link": {}},
                        "content": {
                            "application/json": {
                                "schema": {"type": "array", "items": {"$ref": "#/components/schemas/ThingOut"}}
                            },
                            "text/csv": {"schema": {"type": "string"}},
                        },
                    },
                    "404": {"x-problem-codes": {"no-such-thing": ""}, "content": {}},
                },
            },
            "post": {
                "operationId": "addThing",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ThingIn"}}},
                },
                "responses": {"201": {"content": {}}},
            },
        },
    },
    "components": {
        "schemas": {
            "ThingOut": {
                "type": "object", "required": ["id", "name"],
                "properties": {
                    "id": {"type": "integer"}, "name": {"type": "string"}, "day": {"type": "string", "format": "date"},
                },
            },
            "ThingIn": {
                "type": "object", "required": ["name"], "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "maxLength": 64}, "kind": {"$ref": "#/components/schemas/Kind"},
                    "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}]},
                    "parts": {"type": "array", "items": {"type": "number"}},
                },
            },
            "Kind": {"type": "string", "enum": ["A", "B"]},
        },
    },
}  # fmt: skip
Change = Callable[[Any], Any]


def get(document: Any) -> Any:
    return document["paths"]["/things"]["get"]


def post(document: Any) -> Any:
    return document["paths"]["/things"]["post"]


def given(document: Any) -> Any:
    return document["components"]["schemas"]["ThingOut"]


def sent(document: Any) -> Any:
    return document["components"]["schemas"]["ThingIn"]


CHANGES: list[tuple[str, Change, str | None]] = [
    ("a path removed", lambda d: d["paths"].clear(), "GET /things: removed"),
    ("an operation removed", lambda d: d["paths"]["/things"].pop("get"), "GET /things: removed"),
    ("another name", lambda d: get(d).update(operationId="x"), "operationId listThings became x"),
    ("signing in", lambda d: get(d).update(security=[{"oauth2": []}]), "signing in is now required"),
    ("a status removed", lambda d: get(d)["responses"].pop("404"), "answer 404 removed"),
    ("a code removed", lambda d: get(d)["responses"]["404"]["x-problem-codes"].clear(), "no-such-thing of 404 removed"),
    ("a header removed", lambda d: get(d)["responses"]["200"]["headers"].clear(), "header Link of 200 removed"),
    ("a medium removed", lambda d: get(d)["responses"]["200"]["content"].pop("text/csv"), "as text/csv removed"),
    ("a parameter removed", lambda d: get(d)["parameters"].pop(0), "query parameter kind removed"),
    ("required now", lambda d: get(d)["parameters"][0].update(required=True), "kind became required"),
    ("a required one added", lambda d: get(d)["parameters"].append(
        {"in": "header", "name": "X", "required": True}), "header parameter X added and required"),
    ("a lower maximum", lambda d: get(d)["parameters"][1]["schema"].update(maximum=100), "maximum lowered to 100"),
    ("a maximum added", lambda d: sent(d)["properties"]["parts"].update(maxItems=3), "maxItems lowered to 3"),
    ("null no longer taken", lambda d: get(d)["parameters"][0].update(schema={"type": "string"}), "takes null"),
    ("a member required", lambda d: sent(d)["required"].append("kind"), "body/kind became required"),
    ("a member not taken", lambda d: sent(d)["properties"].pop("note"), "body/note no longer taken"),
    ("an enumeration narrowed", lambda d: d["components"]["schemas"]["Kind"].update(enum=["A"]), "no longer takes B"),
    ("an enumeration made", lambda d: sent(d)["properties"]["name"].update(enum=["x"]), "no longer takes any value"),
    ("a shorter text", lambda d: sent(d)["properties"]["note"]["anyOf"][0].update(maxLength=8), "lowered to 8"),
    ("a longer least", lambda d: sent(d)["properties"]["name"].update(minLength=1), "minLength raised to 1"),
    ("a pattern added", lambda d: sent(d)["properties"]["name"].update(pattern="^a"), "body/name pattern changed"),
    ("a narrower type", lambda d: sent(d)["properties"]["parts"]["items"].update(type="integer"), "takes number"),
    ("another body", lambda d: post(d)["requestBody"].update(
        content={"text/csv": {}}), "body as application/json no longer taken"),
    ("a member not given", lambda d: given(d)["properties"].pop("name"), "answer 200/*/name no longer given"),
    ("perhaps missing", lambda d: given(d)["required"].remove("name"), "200/*/name may now be missing"),
    ("another type given", lambda d: given(d)["properties"]["id"].update(type="string"), "may now be string"),
    ("null given", lambda d: given(d)["properties"].update(
        id={"anyOf": [{"type": "integer"}, {"type": "null"}]}), "may now be null"),
    ("another format", lambda d: given(d)["properties"]["day"].update(format="date-time"), "format date became"),
    ("a path added", lambda d: d["paths"].update({"/more": {"get": {}}}), None),
    ("an optional parameter", lambda d: get(d)["parameters"].append({"in": "query", "name": "q"}), None),
    ("an optional member", lambda d: sent(d)["properties"].update(more={"type": "string"}), None),
    ("a member of the answer", lambda d: given(d)["properties"].update(more={"type": "string"}), None),
    ("a member no longer required", lambda d: sent(d)["required"].clear(), None),
    ("a wider enumeration", lambda d: d["components"]["schemas"]["Kind"]["enum"].append("C"), None),
    ("a higher maximum", lambda d: get(d)["parameters"][1]["schema"].update(maximum=500), None),
    ("a code added", lambda d: get(d)["responses"]["404"]["x-problem-codes"].update(more=""), None),
    ("a status added", lambda d: get(d)["responses"].update({"409": {}}), None),
    ("a wider type", lambda d: sent(d)["properties"].update(name={"type": ["string", "integer"]}), None),
    ("words", lambda d: get(d).update(description="other"), None),
]


@pytest.mark.parametrize(("what", "change", "told"), CHANGES, ids=[what for what, *_ in CHANGES])
def test_a_change(what, change, told):
    new = copy.deepcopy(SMALL)
    change(new)

    found = breaks(SMALL, new)

    assert (told is None) is (not found), found
    assert told is None or any(told in one for one in found), found


def test_our_own_contract_breaks_nothing_of_itself_and_a_removed_route_is_found():
    ours = json.loads((HERE / CONTRACT).read_text(encoding="utf-8"))
    less = copy.deepcopy(ours)
    del less["paths"]["/api/v1/reports"]

    assert breaks(ours, ours) == []
    assert breaks(ours, less) == ["GET /api/v1/reports: removed"]


def test_a_break_is_accepted_with_a_reason_that_is_filed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cli.documents.HERE", tmp_path)
    (tmp_path / "docs").mkdir()

    assert not accept(["--accept-breaking"], ["GET /a: removed"])
    assert accept(["--accept-breaking", "told in June"], ["GET /a: removed"])
    assert "told in June\n\n- GET /a: removed" in (tmp_path / "docs/api-breaks.md").read_text(encoding="utf-8")
