"""Names of schemas: by subject, each its own, and every reference leads to one."""

from __future__ import annotations

import re

import orjson
import pytest

from api.app import create_app
from api.contract.names import by_subject, subject_name


@pytest.mark.parametrize(
    ("module_name", "name"),
    [
        ("Problem", "Problem"),
        ("api__routes__tasks_shapes__MoveIn", "TaskMoveIn"),
        ("api__routes__rule_change_shapes__DifferenceOut", "RuleChangeDifferenceOut"),
        ("api__routes__sessions__SessionOut", "SessionOut"),
        ("clients__complaints__types__Severity", "ComplaintSeverity"),
        ("mot__channels__types__Channel", "Channel"),
    ],
)
def test_a_name_tells_its_subject(module_name, name):
    assert subject_name(module_name) == name


def test_the_document_names_no_module_and_every_reference_is_there():
    made = create_app("sqlite://").openapi()
    schemas = made["components"]["schemas"]
    said = set(re.findall(r'"#/components/schemas/([^"]+)"', orjson.dumps(made).decode()))

    assert not [name for name in schemas if "__" in name]
    assert said <= set(schemas)


def test_the_package_tells_apart_what_the_subject_does_not():
    schemas = {"ContactChannel": {}, "clients__contacts__types__Channel": {"title": "Channel"}}
    made = {"paths": {"/x": {"$ref": "#/components/schemas/clients__contacts__types__Channel"}},
            "components": {"schemas": schemas}}  # fmt: skip

    by_subject(made)

    assert made["components"]["schemas"] == {"ClientContactChannel": {"title": "Channel"}, "ContactChannel": {}}
    assert made["paths"]["/x"]["$ref"] == "#/components/schemas/ClientContactChannel"


def test_two_of_one_name_are_refused():
    schemas = {"api__routes__task__MoveIn": {}, "api__routes__tasks_shapes__MoveIn": {}}

    with pytest.raises(ValueError, match="two schemas would be named TaskMoveIn"):
        by_subject({"components": {"schemas": schemas}})
