"""The whole document, asked at random as three roles: no 5xx, no undocumented status, header, type or shape.

A few examples of each operation, and a few walks from answer to question (stateful); HESHI_SOAK=1 asks for hundreds.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from hypothesis.stateful import run_state_machine_as_test
from schemathesis import GenerationMode, Response
from schemathesis.checks import not_a_server_error
from schemathesis.generation.stateful.state_machine import StepOutput
from schemathesis.specs.openapi import checks as openapi_checks

from api.app import create_app
from kit.db import transaction
from kit.identity.passwords import hashed
from kit.identity.tables import UserRow
from kit.identity.types import Door
from tests.api.conftest import NOW, an_app
from tests.api.contract.servers import free_port
from tests.api.people import PASSWORD, USERS, sign_in
from tests.databases import Databases

SOAK = os.environ.get("HESHI_SOAK") == "1"
EXAMPLES = 150 if SOAK else 2
STARTS, WALKS_EACH, STEPS_EACH = (60, 8, 40) if SOAK else (2, 3, 14)
ROLES = ("administrator", "supervisor", "compliance")
CHECKS = (
    not_a_server_error, openapi_checks.status_code_conformance, openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance, openapi_checks.response_schema_conformance,
)  # fmt: skip
KNOWN = {
    "account_no": "A0001", "client_no": "C0001", "staff_no": "S2", "branch_no": "B1", "user_id": "u-advisor",
    "relation_id": 1, "kind": "user",
}  # fmt: skip
HOW = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=not SOAK, database=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
STEPS = count()
KEYS = ["", "0", "1", "2", "3"]
DOCUMENT = create_app("sqlite://").openapi()
STREAMS = ("streamInbox",)  # lasts as long as it is asked for; tests/api/test_inbox.py reads it
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT).exclude(operation_id=list(STREAMS))
OPERATIONS = {
    operation["operationId"]: (path, method)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
    if operation["operationId"] not in STREAMS
}


@dataclass
class Served:
    """A server on a book of its own, and a way in for each role that lasts until it ends."""

    address: str
    database_url: str
    tokens: dict[str, str] = field(default_factory=dict)
    http: requests.Session = field(default_factory=requests.Session)

    def ask(self, case: schemathesis.Case, role: str, key: str) -> Response:
        """Send the case as this role, and hold the answer against the document."""
        if role not in self.tokens:
            self.tokens[role] = self.way_in(role)
        headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        if any(one.name == "Idempotency-Key" for one in case.operation.headers) and key:
            headers["Idempotency-Key"] = key
        answer = case.call(base_url=self.address, session=self.http, headers=headers)
        case.validate_response(answer, checks=list(CHECKS))
        if answer.status_code == 401 or case.operation.path.endswith("/sign-out"):
            del self.tokens[role]
        return answer

    def way_in(self, role: str) -> str:
        """An access token, whatever an administrator has done to this user in the meantime."""
        with transaction(self.database_url) as session:
            row = session.get_one(UserRow, f"u-{role}")
            row.role, row.subject = USERS[role]
            row.password_hash, row.must_change_password = hashed(PASSWORD), False
            row.disabled_at = row.locked_until = None
        return sign_in(self.database_url, role, NOW, Door.API).access_token


def name_known(case: schemathesis.Case) -> None:
    """Put things that are there in place of what was drawn for the path."""
    names = set(case.path_parameters or {}) & set(KNOWN)
    case.path_parameters = {**(case.path_parameters or {}), **{one: KNOWN[one] for one in names}}


@pytest.fixture(scope="module")
def served(databases: Databases, tiny_book: str) -> Iterator[Served]:
    url, port = databases.copy(tiny_book), free_port()
    server = uvicorn.Server(uvicorn.Config(an_app(url), port=port, log_level="critical"))
    running = threading.Thread(target=server.run)
    running.start()
    while not server.started:
        assert running.is_alive(), "the server ended"
        time.sleep(0.05)
    made = Served(f"http://127.0.0.1:{port}", url)
    yield made
    made.http.close()
    server.should_exit = True
    running.join()
    databases.drop(url)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation(name, served):
    """Right and wrong values, asked by one role or another."""
    path, method = OPERATIONS[name]
    operation = SCHEMA[path][method]

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)

        @HOW
        @given(case=strategy, role=st.sampled_from(ROLES), known=st.booleans(), key=st.sampled_from(KEYS))
        def run(case: Any, role: str, known: bool, key: str) -> None:
            if known:
                name_known(case)
            served.ask(case, role, key)

        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            run()  # where every value is allowed there is no wrong one to send


@pytest.mark.parametrize("role", ROLES)
def test_from_answer_to_question(role, served):
    """Stateful: what an answer names is asked about next, as its members and the paths tell."""
    found: list[Exception] = []

    class Walk(SCHEMA.as_state_machine()):  # type: ignore[misc]
        def step(self, step: Any) -> StepOutput:
            case, seen = step.case, next(STEPS)
            if step.transition is None or "" in (case.path_parameters or {}).values():
                name_known(case)  # nobody's id names nothing: a path needs one
            if seen % 4:  # every fourth time as it was drawn: mostly wrong
                case.headers = {**(case.headers or {}), "If-Match": f'"{1 + seen % 2}"'}
            try:
                return StepOutput(served.ask(case, role, f"walk-{seen}"), case)
            except Exception as fault:
                found.append(fault)
                raise

    how = settings(HOW, derandomize=False, max_examples=WALKS_EACH, stateful_step_count=STEPS_EACH)
    began = next(STEPS)
    for start in range(STARTS):
        Walk._hypothesis_internal_use_seed = start
        with suppress(Exception):  # the book remembers, so no walk is the same twice; what was found is kept above
            run_state_machine_as_test(Walk, settings=how)
        for fault in found:
            raise fault
    assert next(STEPS) > began + STARTS * WALKS_EACH, "no walk was taken"
