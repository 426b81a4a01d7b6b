"""Signing in by the API and by the pages: tokens that are not good, refusals that are recorded, forms that are ours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
import pytest
from httpx2 import Response
from sqlmodel import Session, select
from starlette.testclient import TestClient

from api.app import create_app
from kit.db import engine, transaction
from kit.identity.keys import parse_keys
from kit.identity.tables import SessionRow, UserRow
from kit.trail.tables import TrailRow
from tests.api.conftest import NOW
from tests.api.people import KEYS, PASSWORD, settle

HTML = {"Accept": "text/html"}


@dataclass
class House:
    """The application on an empty book, with a clock that can be turned."""

    client: TestClient
    url: str
    passed: timedelta = timedelta()

    def token(self, name: str = "advisor", password: str = PASSWORD) -> Response:
        return self.client.post("/api/v1/auth/token", data={"username": name, "password": password})

    def refresh(self, token: str) -> Response:
        return self.client.post("/api/v1/auth/refresh", json={"refresh_token": token})

    def asked(self, access_token: str) -> Response:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.client.get("/api/v1/auth/sessions", headers=headers)

    def actions(self) -> list[str]:
        with Session(engine(self.url)) as session:
            return list(session.exec(select(TrailRow.action).order_by(TrailRow.id)))  # type: ignore[arg-type]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with transaction(database_url) as session:
        settle(session, {}, NOW)
    app = create_app(database_url, keys=KEYS, clock=lambda: NOW + made.passed)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        made = House(client, database_url)
        yield made


def test_a_pair_of_tokens_and_what_they_open(house):
    pair = house.token().json()

    found = house.asked(pair["access_token"]).json()["items"]

    assert (pair["token_type"], pair["expires_in"] > 0) == ("bearer", True)
    assert [(one["door"], one["current"]) for one in found] == [("API", True)]


REFUSED = [("advisor", "wrong"), ("nobody", PASSWORD), ("x" * 256, "y" * 1024)]


@pytest.mark.parametrize(("name", "password"), REFUSED)
def test_a_refused_sign_in_answers_alike_and_is_recorded_all_the_same(name, password, house):
    answer = house.token(name, password)

    assert (answer.status_code, answer.json()["type"]) == (401, "urn:problem:sign-in-refused")
    assert "www-authenticate" in answer.headers
    assert house.actions() == ["user.sign_in_refused"]


def test_after_some_failures_the_right_password_is_refused_too_until_time_has_passed(house):
    for _ in range(5):
        house.token(password="wrong")
    locked = house.token()
    house.passed = timedelta(hours=25)

    assert (locked.status_code, house.token().status_code) == (401, 200)


def test_a_refresh_token_is_used_once_and_its_second_use_ends_the_session(house):
    first = house.token().json()
    second = house.refresh(first["refresh_token"])
    again = house.refresh(first["refresh_token"])
    third = house.refresh(second.json()["refresh_token"])

    assert [one.status_code for one in (second, again, third)] == [200, 401, 401]
    assert again.json()["type"] == "urn:problem:token-refused"
    assert house.asked(second.json()["access_token"]).status_code == 401
    assert house.actions() == ["user.signed_in", "session.token_reused"]


def forged(**changes: Any) -> str:
    """A token as ours, but for `changes`."""
    keys, algorithm = changes.pop("keys", KEYS), changes.pop("algorithm", "HS256")
    header = {"kid": "test", "typ": "at+jwt", **changes.pop("header", {})}
    payload = {
        "sub": "u-advisor", "role": "ADVISOR", "subject": "staff:S2", "sid": changes.pop("sid", ""), "iss": "heshi",
        "aud": "heshi-api", "iat": int(NOW.timestamp()), "exp": int((NOW + timedelta(minutes=5)).timestamp()),
        **changes,
    }  # fmt: skip
    secret = None if algorithm == "none" else keys.signing[1]
    return jwt.encode(payload, secret, algorithm=algorithm, headers=header)


OTHER_KEYS = parse_keys("test:" + "ABCDEF0123456789abcdef0123456789" * 2)
FORGED = [
    ("as it should be", {}, 200),
    ("signed by another key", {"keys": OTHER_KEYS}, 401),
    ("not signed at all", {"algorithm": "none"}, 401),
    ("another algorithm", {"algorithm": "HS512"}, 401),
    ("for another audience", {"aud": "other"}, 401),
    ("by another issuer", {"iss": "other"}, 401),
    ("of another kind", {"header": {"typ": "JWT"}}, 401),
    ("an unknown key", {"header": {"kid": "other"}}, 401),
    ("expired", {"exp": int(NOW.timestamp())}, 401),
    ("from tomorrow", {"iat": int((NOW + timedelta(days=1)).timestamp())}, 401),
    ("another role", {"role": "ADMINISTRATOR"}, 401),
    ("another user", {"sub": "u-administrator"}, 401),
    ("an unknown session", {"sid": "0" * 32}, 401),
]


@pytest.mark.parametrize(("what", "changes", "status"), FORGED, ids=[what for what, *_ in FORGED])
def test_a_token_that_is_not_ours(what, changes, status, house):
    house.token()
    with Session(engine(house.url)) as session:
        sid = session.exec(select(SessionRow.id)).one()

    assert house.asked(forged(**{"sid": sid, **changes})).status_code == status


@pytest.mark.parametrize("said", ["Basic YTpi", "Bearer", "Bearer a b", "bearer x.y.z", "nonsense"])
def test_an_authorization_that_is_no_token_of_ours(said, house):
    answer = house.client.get("/api/v1/auth/sessions", headers={"Authorization": said})

    assert (answer.status_code, answer.headers["www-authenticate"]) == (
        401, 'Bearer realm="heshi", error="invalid_token"',
    )  # fmt: skip


def test_signing_out_ends_the_access_token_at_once(house):
    pair = house.token().json()
    headers = {"Authorization": f"Bearer {pair['access_token']}"}

    assert house.client.post("/api/v1/auth/sign-out", headers=headers).status_code == 204
    assert house.asked(pair["access_token"]).status_code == 401
    assert house.refresh(pair["refresh_token"]).status_code == 401


# pages


def fields(page: Response) -> dict[str, str]:
    """The hidden fields of the first form."""
    found = {}
    for part in page.text.split('<input type="hidden" name="')[1:]:
        name, _, rest = part.partition('"')
        found.setdefault(name, rest.split('value="')[1].split('"')[0])
    return found


def sign_in(house: House, target: str = "/accounts", password: str = PASSWORD, name: str = "advisor") -> Response:
    page = house.client.get(f"/sign-in?next={target}", headers=HTML)
    data = {**fields(page), "name": name, "password": password}
    return house.client.post("/sign-in", data=data, headers=HTML, follow_redirects=False)


def test_a_page_without_a_session_leads_to_sign_in_and_back(house):
    refused = house.client.get("/reports?account=A1", headers=HTML, follow_redirects=False)
    there = refused.headers["location"]
    page = house.client.get(there, headers=HTML)
    data = {**fields(page), "name": "advisor", "password": PASSWORD}
    back = house.client.post("/sign-in", data=data, headers=HTML, follow_redirects=False)

    assert (refused.status_code, there) == (303, "/sign-in?next=%2Freports%3Faccount%3DA1")
    assert (back.status_code, back.headers["location"]) == (303, "/reports?account=A1")
    assert house.client.get("/reports", headers=HTML).status_code == 200


def test_the_cookie_is_for_us_alone(house):
    cookies = sign_in(house).headers.get_list("set-cookie")
    session = next(one for one in cookies if one.startswith("heshi_session="))

    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in session.split(";")}
    assert "Secure" not in session


def test_off_this_machine_the_cookie_travels_over_https_alone(house):
    with TestClient(house.client.app, base_url="https://heshi.example", raise_server_exceptions=False) as client:
        page = client.get("/sign-in", headers=HTML)
        data = {**fields(page), "name": "advisor", "password": PASSWORD}
        made = client.post("/sign-in", data=data, headers=HTML, follow_redirects=False)

    assert all("Secure" in one for one in made.headers.get_list("set-cookie") if "heshi_session=" in one)


TARGETS = [
    ("/accounts", "/accounts"), ("/reports?account=A1", "/reports?account=A1"), ("https://evil.example/", "/"),
    ("//evil.example", "/"), ("/\\evil.example", "/"), ("javascript:alert(1)", "/"), ("", "/"), ("/sign-in", "/"),
    ("/%0d%0aSet-Cookie:x", "/"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "target"), TARGETS)
def test_signing_in_leads_back_to_a_place_of_our_own_and_nowhere_else(said, target, house):
    assert sign_in(house, said).headers["location"] == target


def test_a_refused_sign_in_is_told_on_the_form_and_recorded(house):
    answer = sign_in(house, password="wrong")

    assert (answer.status_code, "用户名或口令不正确" in answer.text) == (401, True)
    assert (house.actions(), "heshi_session" in house.client.cookies) == (["user.sign_in_refused"], False)


def form(house: House) -> dict[str, str]:
    return fields(house.client.get("/me/sessions", headers=HTML))


FOREIGN = [
    ("without a token", {"csrf_token": ""}, {}),
    ("with another's token", {"csrf_token": "0" * 64}, {}),
    ("from another site", {}, {"Sec-Fetch-Site": "cross-site"}),
    ("from another origin", {}, {"Origin": "https://evil.example"}),
    ("from a page in a sandbox", {}, {"Origin": "null"}),
]


@pytest.mark.parametrize(("what", "changes", "headers"), FOREIGN, ids=[what for what, *_ in FOREIGN])
def test_a_form_that_is_not_ours_does_nothing(what, changes, headers, house):
    sign_in(house)
    data = {**form(house), **changes}

    answer = house.client.post("/sign-out", data=data, headers={**HTML, **headers}, follow_redirects=False)

    assert answer.status_code == 403
    assert house.client.get("/me/sessions", headers=HTML, follow_redirects=False).status_code == 200


def test_signing_out_ends_the_session(house):
    sign_in(house)
    cookie = house.client.cookies["heshi_session"]
    answer = house.client.post("/sign-out", data=form(house), headers=HTML, follow_redirects=False)
    house.client.cookies.set("heshi_session", cookie)
    after = house.client.get("/me/sessions", headers=HTML, follow_redirects=False)

    assert (answer.headers["location"], after.status_code) == ("/sign-in", 303)


def test_a_session_that_has_ended_is_no_obstacle_to_signing_in_again(house):
    sign_in(house)
    house.passed = timedelta(days=2)

    assert sign_in(house).headers["location"] == "/accounts"


def test_a_session_in_use_goes_on_and_an_idle_one_ends(house):
    sign_in(house)
    told = form(house)
    uses = [
        lambda: house.client.get("/accounts", headers=HTML),
        lambda: house.client.post("/me/password", data={**told, "old": "x", "new": "y"}, headers=HTML),
        lambda: house.client.delete("/api/v1/auth/sessions/none", headers={"X-CSRF-Token": told["csrf_token"]}),
        lambda: house.client.get("/me/sessions", headers=HTML),
    ]
    statuses = []
    for use in uses:
        house.passed += timedelta(minutes=50)
        statuses.append(use().status_code)
    house.passed += timedelta(minutes=60)

    assert statuses == [200, 422, 404, 200]
    assert house.client.get("/me/sessions", headers=HTML, follow_redirects=False).status_code == 303


def test_the_api_takes_the_cookie_but_a_change_needs_the_token_of_a_form(house):
    sign_in(house, name="administrator")
    token = form(house)["csrf_token"]
    body = {"branch_no": "B9", "name": "新营业部"}
    headers = {"Idempotency-Key": "k"}
    bare = house.client.post("/api/v1/branches", json=body, headers=headers)
    told = house.client.post("/api/v1/branches", json=body, headers={**headers, "X-CSRF-Token": token})

    assert (bare.status_code, bare.json()["type"], told.status_code) == (403, "urn:problem:foreign-form", 201)


def test_a_password_is_changed_and_the_other_sessions_end(house):
    other = house.token().json()["access_token"]
    sign_in(house)
    new = "a new sentence of words"
    wrong = house.client.post("/me/password", data={**form(house), "old": "x", "new": new}, headers=HTML)
    weak = house.client.post("/me/password", data={**form(house), "old": PASSWORD, "new": "x"}, headers=HTML)
    done = house.client.post("/me/password", data={**form(house), "old": PASSWORD, "new": new}, headers=HTML)

    assert [one.status_code for one in (wrong, weak, done)] == [422, 422, 200]
    assert ("原口令不正确" in wrong.text, "口令须有" in weak.text, "口令已修改" in done.text) == (True, True, True)
    assert (house.asked(other).status_code, house.token(password=new).status_code) == (401, 200)


@pytest.fixture
def newcomer(house):
    """The adviser after an administrator has reset the password."""
    with transaction(house.url) as session:
        session.get_one(UserRow, "u-advisor").must_change_password = True


def test_by_token_the_password_comes_first(house, newcomer):
    pair = house.token().json()
    client, headers = house.client, {"Authorization": f"Bearer {pair['access_token']}"}
    me, before = client.get("/api/v1/me", headers=headers), house.asked(pair["access_token"])
    body = {"old": PASSWORD, "new": "a new sentence of words"}
    done = client.put("/api/v1/auth/password", json=body, headers=headers)
    refreshed = house.refresh(pair["refresh_token"]).json()

    assert (pair["must_change_password"], me.json()["must_change_password"]) == (True, True)
    assert (before.status_code, before.json()["type"]) == (403, "urn:problem:password-must-change")
    assert (done.status_code, house.asked(pair["access_token"]).status_code) == (204, 200)
    assert (house.asked(refreshed["access_token"]).status_code, refreshed["must_change_password"]) == (200, False)


def test_in_a_browser_the_password_comes_first_and_leads_back(house, newcomer):
    first = sign_in(house, "/accounts").headers["location"]
    led = house.client.get("/reports?account=A1", headers=HTML, follow_redirects=False).headers["location"]
    page = house.client.get(led, headers=HTML)
    weak = house.client.post("/me/password", data={**fields(page), "old": PASSWORD, "new": "x"}, headers=HTML)
    data = {**fields(weak), "old": PASSWORD, "new": "a new sentence of words"}
    done = house.client.post("/me/password", data=data, headers=HTML, follow_redirects=False)

    assert (first, led) == ("/me/password?next=%2Faccounts", "/me/password?next=%2Freports%3Faccount%3DA1")
    assert ("先换一个自己的口令" in page.text, "/accounts" in page.text) == (True, False)
    assert (weak.status_code, "口令须有" in weak.text) == (422, True)
    assert (done.status_code, done.headers["location"]) == (303, "/reports?account=A1")
    assert house.client.get("/reports", headers=HTML, follow_redirects=False).status_code == 200


def test_one_of_my_sessions_elsewhere_is_ended_from_the_page(house):
    other = house.token().json()["access_token"]
    with Session(engine(house.url)) as session:
        sid = session.exec(select(SessionRow.id)).one()
    sign_in(house)

    answer = house.client.post(f"/me/sessions/{sid}/end", data=form(house), headers=HTML)

    assert (answer.status_code, house.asked(other).status_code) == (200, 401)
