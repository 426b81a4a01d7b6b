"""Users: what may be added, who may change whom, and that rights taken away are gone at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from kit.access import Actor, NotAllowed, Role
from kit.db import transaction
from kit.identity.demo import DEMO_PASSWORD, DemoUser, seed_demo_users
from kit.identity.problems import (
    BadUser,
    LastAdministrator,
    NotSignedIn,
    OwnRights,
    UnknownUser,
    UserChanged,
    UsersExist,
    UserTaken,
    WeakPassword,
)
from kit.identity.types import Door, SignedIn
from kit.marks import NotADemoDatabase, mark_demo
from kit.trail.service import history

from .conftest import ADMIN, NOW, PASSWORD, Place

REFUSED = [  # name, role, subject, password, problem, why
    ("li", Role.AUDITOR, "", "short", WeakPassword, "11 characters are too few"),
    ("li", Role.AUDITOR, "", "a" * 12, WeakPassword, "one character only"),
    ("li.si", Role.AUDITOR, "", "12345-LI.SI-67890", WeakPassword, "holds the name"),
    ("li", Role.AUDITOR, "", "ab" * 65, WeakPassword, "longer than 128"),
    ("13812345678", Role.AUDITOR, "", PASSWORD, BadUser, "a phone number is no name"),
    ("x", Role.AUDITOR, "", PASSWORD, BadUser, "one letter"),
    ("li si", Role.AUDITOR, "", PASSWORD, BadUser, "a blank"),
    ("li", Role.ADVISOR, "", PASSWORD, BadUser, "an advisor is someone of the staff"),
    ("li", Role.ADVISOR, "client:C1", PASSWORD, BadUser, "and no client"),
    ("li", Role.CLIENT, "staff:S9", PASSWORD, BadUser, "a client is no staff"),
    ("li", Role.AUDITOR, "client:C1", PASSWORD, BadUser, "an auditor is no client"),
    ("li", Role.AUDITOR, "S001", PASSWORD, BadUser, "a subject says its kind"),
    ("ZHANG.SAN", Role.AUDITOR, "", PASSWORD, UserTaken, "names differ by more than case"),
    ("li", Role.ADVISOR, "staff:S001", PASSWORD, UserTaken, "one person, one user: four eyes are two people"),
]


@pytest.mark.parametrize(("name", "role", "subject", "password", "problem", "why"), REFUSED)
def test_a_bad_user_is_refused(place, name, role, subject, password, problem, why):
    with pytest.raises(problem), place.identity() as identity:
        identity.add_user(ADMIN, name, role, password, subject)

    assert place.acts() == ["user.added"], why


@pytest.mark.parametrize("password", ["twelve chars", "x" * 123 + "abcde", "口令也可以用中文来写的哦"])
def test_a_password_at_the_limits_is_good(place, password):
    with place.identity() as identity:
        identity.add_user(ADMIN, "li", Role.AUDITOR, password)

    assert isinstance(place.sign_in("li", password), SignedIn)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_only_an_administrator_manages_users(place, role):
    someone = Actor("x", "x", role, "")
    with place.identity() as identity:
        for act in (
            lambda: identity.add_user(someone, "li", Role.AUDITOR, PASSWORD),
            lambda: identity.change_role(someone, "zhang.san", Role.AUDITOR),
            lambda: identity.disable(someone, "zhang.san"),
            lambda: identity.enable(someone, "zhang.san"),
            lambda: identity.reset_password(someone, "zhang.san", PASSWORD),
            lambda: identity.users(someone),
            lambda: identity.user(someone, "zhang.san"),
            lambda: identity.sessions_of(someone, "zhang.san"),
        ):
            with pytest.raises(NotAllowed):
                act()

    assert place.acts() == ["user.added"]


ENDS = [  # what an administrator does, whether sessions end, the act
    (lambda identity: identity.disable(ADMIN, "zhang.san"), True, "user.disabled"),
    (lambda identity: identity.change_role(ADMIN, "zhang.san", Role.AUDITOR), True, "user.role_changed"),
    (lambda identity: identity.reset_password(ADMIN, "zhang.san", "another good one"), True, "user.password_reset"),
    (lambda identity: identity.enable(ADMIN, "zhang.san"), False, "user.enabled"),
]


@pytest.mark.parametrize(("act", "ends", "name"), ENDS, ids=[case[2] for case in ENDS])
def test_rights_taken_away_are_gone_at_once(place, act, ends, name):
    program, browser = place.sign_in(), place.sign_in(door=Door.PAGE)
    with place.identity() as identity:
        changed = act(identity)

    with place.identity() as identity:
        for look in (
            lambda: identity.actor_of(program.access_token),
            lambda: identity.actor_of_session(browser.cookie),
        ):
            if ends:
                with pytest.raises(NotSignedIn):
                    look()
            else:
                look()
        assert isinstance(identity.refresh(program.refresh_token), SignedIn) is not ends
    assert changed.version == 2
    assert place.acts()[-1] == name


def test_a_change_is_recorded_with_its_version_and_what_was_before(place):
    with place.identity() as identity:
        changed = identity.change_role(ADMIN, "zhang.san", Role.SUPERVISOR, "staff:S001")
    with transaction(place.url) as session:
        entry = history(session, "user", changed.id)[0]

    assert (entry["user_name"], entry["record_version"], entry["ip"]) == ("admin", "2", "10.1.2.3")
    assert '"from":{"role":"ADVISOR","subject":"staff:S001"}' in entry["detail"]


def test_a_stale_version_changes_nothing(place):
    with place.identity() as identity:
        identity.enable(ADMIN, "zhang.san", version=1)
    with pytest.raises(UserChanged), place.identity() as identity:
        identity.disable(ADMIN, "zhang.san", version=1)

    with place.identity() as identity:
        assert identity.user(ADMIN, "zhang.san").disabled_at is None


def test_disabling_twice_is_one_change(place):
    for _ in range(2):
        with place.identity() as identity:
            identity.disable(ADMIN, "zhang.san")

    assert place.acts() == ["user.added", "user.disabled"]


def test_nobody_changes_the_own_rights(place):
    with place.identity() as identity:
        boss = identity.add_user(ADMIN, "boss", Role.ADMINISTRATOR, PASSWORD).actor()
        for act in (
            lambda: identity.disable(boss, "boss"),
            lambda: identity.change_role(boss, "boss", Role.AUDITOR),
        ):
            with pytest.raises(OwnRights):
                act()


def test_two_administrators_who_disable_each_other_leave_one(place):
    with place.identity() as identity:
        bosses = [identity.add_user(ADMIN, name, Role.ADMINISTRATOR, PASSWORD).actor() for name in ("b1", "b2")]

    def disable(one, other):
        try:
            with place.identity() as identity:
                identity.disable(one, other.name)
        except LastAdministrator:
            return "refused"
        return "done"

    with ThreadPoolExecutor(2) as pool:
        done = sorted(pool.map(disable, bosses, reversed(bosses)))
    assert done == ["done", "refused"]


def test_the_first_administrator_needs_no_sign_in_and_only_the_first(database_url, place, keys):
    with pytest.raises(UsersExist), place.identity() as identity:
        identity.found_administrator("boss", PASSWORD)


def test_two_who_found_at_once_make_one(database_url, keys):
    empty = Place(database_url, keys)

    def found(name):
        try:
            with empty.identity() as identity:
                return identity.found_administrator(name, PASSWORD).role
        except UsersExist:
            return None

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(found, ["boss1", "boss2"]))
    assert sorted(made, key=str) == [Role.ADMINISTRATOR, None]
    assert empty.acts() == ["user.added"]


def test_users_are_listed_by_name_in_pages(place):
    with place.identity() as identity:
        for name in ("wang", "li"):
            identity.add_user(ADMIN, name, Role.AUDITOR, PASSWORD)
        assert [user.name for user in identity.users(ADMIN, most=2)] == ["li", "wang"]
        assert [user.name for user in identity.users(ADMIN, "wang")] == ["zhang.san"]
        with pytest.raises(UnknownUser):
            identity.user(ADMIN, "nobody")


def test_demo_users_exist_in_the_demo_alone(place):
    cast = [DemoUser("advisor", Role.ADVISOR, "staff:S009"), DemoUser("boss", Role.ADMINISTRATOR)]
    with pytest.raises(NotADemoDatabase), transaction(place.url) as session:
        seed_demo_users(session, now=NOW, people=cast)

    with transaction(place.url) as session:
        mark_demo(session)
        mark_demo(session)
        first = seed_demo_users(session, now=NOW, people=cast)
        again = seed_demo_users(session, now=NOW, people=cast)

    assert [replace(user, signed_in_at=None) for user in again] == first
    assert isinstance(place.sign_in("advisor", DEMO_PASSWORD), SignedIn)
