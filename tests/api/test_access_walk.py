"""谁能做什么, walked: every route of the application × every role × every ownership, held against the matrix.

403 where the role has no such verb, 404 where the thing lies outside the reach, as if it were not there; otherwise what
the entry calls good. A list shows exactly what lies within the reach. Without signing in: 401, or the sign-in page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import col, select
from starlette.testclient import TestClient

from api.app import PAGES, ROUTES
from api.contract.door import Door
from clients.staff.tables import AbsenceRow, QualificationRow, RelationRow, StaffRow
from clients.tables import ClientRow
from kit.access import MATRIX, Reach, Role, reach_of
from kit.db import transaction
from kit.identity.tables import UserRow
from kit.identity.tokens import csrf_token
from kit.identity.types import Door as Way
from kit.identity.types import SignedIn
from tests.api.conftest import NOW, an_app
from tests.api.people import KEYS, POSTS, SINCE, USERS, sign_in
from tests.api.steps import Entry
from tests.api.things import lay_out
from tests.api.tiny import ACCOUNTS, client_of
from tests.api.walk import ENTRIES
from tests.databases import Databases

SERVERS = {"C0002": "S3", "C0008": "S5", "C0009": None}  # everybody else is served by S2
OWNERS = {"own book": "C0001", "same branch": "C0002", "other branch": "C0008", "nobody's": "C0009"}
PEOPLE = {"oneself": "S2", "same branch": "S3", "other branch": "S5"}
NEWCOMER = "second-administrator"  # whose password somebody else chose
FIRST = {"getMe", "changePassword", "signOut", "password_page", "change_password", "sign_out"}
WALKERS = ("client", "advisor", "supervisor", "compliance", "administrator", "auditor", "service")
DOORS = {
    (route.operation_id or route.name): route
    for router in (*ROUTES, *PAGES)
    for route in router.routes
    if isinstance(route, Door)
}
BEHIND = {name: door for name, door in DOORS.items() if door.verb is not None}


def server_of(client_no: str) -> str | None:
    return SERVERS.get(client_no, "S2")


def shows_client(name: str, reach: Reach, client_no: str) -> bool:
    """What the matrix means, said anew: whether this user's reach shows this client."""
    _, _, own = USERS[name][1].partition(":")
    server = server_of(client_no)
    return {
        Reach.ALL: True,
        Reach.BRANCH: server is not None and own in POSTS and POSTS[server][1] == POSTS[own][1],
        Reach.BOOK: server is not None and server == own,
        Reach.OWN: client_no == own,
        Reach.NONE: False,
    }[reach]


def shows_staff(name: str, reach: Reach, staff_no: str) -> bool:
    _, _, own = USERS[name][1].partition(":")
    return {
        Reach.ALL: True,
        Reach.BRANCH: own in POSTS and POSTS[staff_no][1] == POSTS[own][1],
        Reach.BOOK: staff_no == own,
        Reach.OWN: staff_no == own,
        Reach.NONE: False,
    }[reach]


@dataclass
class Walk:
    """The application on one book, a way in for everybody, and the things of every owner."""

    client: TestClient
    url: str
    things: dict[str, dict[str, str]]
    ways: dict[tuple[str, Way], SignedIn] = field(default_factory=dict)

    def ask(self, name: str, entry: Entry, owner: dict[str, str]) -> Response:
        headers = {"Idempotency-Key": f"walk-{id(owner)}-{name}-{entry.path}", "Accept": "text/html"}
        if entry.path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self.way(name, Way.API, entry).access_token}"
            headers["Accept"] = "application/json"
        else:
            cookie = self.way(name, Way.PAGE, entry).cookie
            headers |= {"Cookie": f"heshi_session={cookie}", "X-CSRF-Token": csrf_token(KEYS, cookie)}
        return self.send(entry, owner, headers)

    def way(self, name: str, way: Way, entry: Entry) -> SignedIn:
        """A session of this user, the same one again but where it is about to end."""
        if entry.path.endswith("/sign-out"):
            return sign_in(self.url, name, NOW, way)
        if (name, way) not in self.ways:
            self.ways[name, way] = sign_in(self.url, name, NOW, way)
        return self.ways[name, way]

    def send(self, entry: Entry, owner: dict[str, str], headers: dict[str, str]) -> Response:
        if entry.version:
            headers["If-Match"] = '"999"'
        files = {"file": ("clients.csv", b"client_no,name\nC0001,name\n")} if entry.upload else None
        return self.client.request(
            entry.method, filled(entry.path, owner), json=filled(entry.body, owner), data=filled(entry.form, owner),
            files=files,
            params=entry.query, headers=headers, follow_redirects=False,
        )


def filled(value: Any, owner: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: filled(item, owner) for name, item in value.items()}
    if isinstance(value, list):
        return [filled(item, owner) for item in value]
    if isinstance(value, str):
        for name, thing in owner.items():
            value = value.replace("{" + name + "}", thing)
    return value


@pytest.fixture(scope="module")
def walk(databases: Databases, tiny_book: str) -> Iterator[Walk]:
    url = databases.copy(tiny_book)
    things = {place: {"client": one, "account": "A" + one[1:]} for place, one in OWNERS.items()}
    things |= {f"staff {place}": {"staff": one} for place, one in PEOPLE.items()}
    with transaction(url) as session:
        session.get_one(UserRow, f"u-{NEWCOMER}").must_change_password = True
        staff = {row.staff_no: row.id for row in session.exec(select(StaffRow))}
        clients = {row.client_no: row.id for row in session.exec(select(ClientRow))}
        for client_no, server in SERVERS.items():
            relation = session.exec(select(RelationRow).where(col(RelationRow.client_id) == clients[client_no])).one()
            relation.staff_id = staff[server or "S2"]
            relation.valid_to = relation.valid_to if server else SINCE
        for place, one in OWNERS.items():
            found = session.exec(select(RelationRow).where(col(RelationRow.client_id) == clients[one])).one()
            things[place] |= {"relation": str(found.id), "server": server_of(one) or "S2"}
        laid = lay_out(session, list(OWNERS.values()), NOW)
        for place, one in OWNERS.items():
            things[place] |= laid[one]
        for place, one in PEOPLE.items():
            licence = QualificationRow(staff_id=staff[one], licence="GENERAL", valid_from=SINCE)
            absence = AbsenceRow(staff_id=staff[one], kind="LEAVE", valid_from=SINCE, valid_to=SINCE)
            session.add_all([licence, absence])
            session.flush()
            things[f"staff {place}"] |= {"qualification": str(licence.id), "absence": str(absence.id)}
    with TestClient(an_app(url), raise_server_exceptions=False) as client:
        made = Walk(client, url, things)
        for place in OWNERS:
            things[place]["report"] = made.ask("service", ENTRIES["issueReport"], things[place]).json()["id"]
        yield made
    databases.drop(url)


def test_every_route_of_the_application_has_an_entry():
    assert set(ENTRIES) == set(BEHIND), "a route without an entry in tests/api/walk.py, or an entry without its route"
    assert {name for name in DOORS if name not in BEHIND} == {"signIn", "refreshToken", "sign_in_page", "sign_in"}


def owners(entry: Entry) -> list[str]:
    if entry.about == "client":
        return list(OWNERS)
    return [f"staff {place}" for place in PEOPLE] if entry.about == "staff" else [""]


STEPS = [(route, name) for route in BEHIND for name in WALKERS]


@pytest.mark.parametrize(("route", "name"), STEPS, ids=[f"{route}-{name}" for route, name in STEPS])
def test_every_route_for_every_role_and_ownership(route, name, walk):
    entry, verb = ENTRIES[route], BEHIND[route].verb
    assert verb is not None
    reach = reach_of(USERS[name][0], verb)
    for place in owners(entry):
        owner = walk.things.get(place, {})
        if reach is Reach.NONE:
            expected = frozenset({403})
        elif entry.about == "client":
            expected = entry.good if shows_client(name, reach, owner["client"]) else frozenset({404})
        elif entry.about == "staff":
            expected = entry.good if shows_staff(name, reach, owner["staff"]) else frozenset({404})
        else:
            expected = entry.good

        answer = walk.ask(name, entry, owner)

        assert answer.status_code in expected, (route, name, place, answer.text[:300])


LISTS = [(route, name) for route, entry in ENTRIES.items() if entry.lists for name in WALKERS]


@pytest.mark.parametrize(("route", "name"), LISTS, ids=[f"{route}-{name}" for route, name in LISTS])
def test_a_list_shows_exactly_what_lies_within_the_reach(route, name, walk):
    entry, verb = ENTRIES[route], BEHIND[route].verb
    assert verb is not None
    reach = reach_of(USERS[name][0], verb)
    answer = walk.ask(name, entry, {})
    if reach is Reach.NONE:
        assert answer.status_code == 403
        return
    shown = {item[entry.lists] for item in answer.json()["items"]}

    assert shown == expected_in_list(route, name, reach)


def expected_in_list(route: str, name: str, reach: Reach) -> set[str]:
    if route == "listStaff":
        return {one for one in POSTS if shows_staff(name, reach, one)}
    if route in ("listDecisions", "listCases", "listComplaints"):
        return {one for one in OWNERS.values() if shows_client(name, reach, one)}
    if route == "listReports":
        return {"A" + one[1:] for one in OWNERS.values() if shows_client(name, reach, one)}
    return {client_of(one) for one in ACCOUNTS if shows_client(name, reach, client_of(one))}


@pytest.mark.parametrize("route", BEHIND)
def test_without_signing_in(route, walk):
    entry = ENTRIES[route]
    page = not entry.path.startswith("/api/")
    accept = "text/html" if page else "application/json"

    answer = walk.send(entry, walk.things["own book"] | walk.things["staff oneself"], {"Accept": accept})

    assert answer.status_code == (303 if page else 401)
    if page:
        assert answer.headers["location"].startswith("/sign-in?next=%2F")
    else:
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.json()["type"] == "urn:problem:not-signed-in"


@pytest.mark.parametrize("route", BEHIND)
def test_with_a_password_that_somebody_else_chose(route, walk):
    entry = ENTRIES[route]
    answer = walk.ask(NEWCOMER, entry, walk.things["own book"] | walk.things["staff oneself"])

    if route in FIRST:
        assert answer.status_code in entry.good
    elif entry.path.startswith("/api/"):
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:problem:password-must-change")
    else:
        assert (answer.status_code, answer.headers["location"][:20]) == (303, "/me/password?next=%2F"[:20])


def test_the_matrix_knows_every_role():
    assert set(MATRIX) == set(Role) == {USERS[name][0] for name in WALKERS}
