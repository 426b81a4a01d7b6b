"""Coming in, staying in, leaving: lockout, rotation, reuse, page sessions, and what the trail keeps of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text

from kit.access import Actor, Role
from kit.db import engine, transaction
from kit.identity import passwords, policy, repository
from kit.identity.problems import NotSignedIn, SignInRefused, TokenRefused, UnknownSession, WeakPassword
from kit.identity.types import Door, Refusal, Refused, SignedIn
from kit.trail.service import page

from .conftest import ADMIN, NOW, PASSWORD

LOCK_TABLE = [  # refused in a row, minutes locked, why
    (4, 0, "just below"), (5, 1, "the fifth"), (6, 2, "doubled"), (7, 4, "doubled"), (10, 32, "doubled"),
    (11, 60, "64 cut to the longest"), (10_000, 60, "for ever the longest"),
]  # fmt: skip


@pytest.mark.parametrize(("failures", "minutes", "why"), LOCK_TABLE)
def test_the_lock_grows_and_stops_growing(failures, minutes, why):
    assert policy.policy_of(NOW).lock_after(failures) == timedelta(minutes=minutes), why


@given(failures=st.integers(0, 200))
def test_more_failures_never_lock_shorter(failures):
    rules = policy.policy_of(NOW)

    assert rules.lock_after(failures) <= rules.lock_after(failures + 1) <= rules.longest_lock


def refusals(place, *given):
    answers = [place.sign_in(password=password) for password in given]
    return [answer.refusal if isinstance(answer, Refused) else "IN" for answer in answers]


def test_five_wrong_passwords_lock_even_the_right_one_for_a_while(place):
    assert refusals(place, *["wrong"] * 5, PASSWORD) == [Refusal.WRONG_PASSWORD] * 5 + [Refusal.LOCKED]
    place.later(seconds=59)
    assert refusals(place, PASSWORD) == [Refusal.LOCKED]
    place.later(seconds=1)
    assert refusals(place, "wrong") == [Refusal.WRONG_PASSWORD]
    place.later(seconds=119)
    assert refusals(place, PASSWORD) == [Refusal.LOCKED]
    place.later(seconds=1)
    assert refusals(place, PASSWORD, "wrong", PASSWORD) == ["IN", Refusal.WRONG_PASSWORD, "IN"]


def test_an_administrator_lifts_a_lock(place):
    refusals(place, *["wrong"] * 5)
    with place.identity() as identity:
        identity.enable(ADMIN, "zhang.san")

    assert refusals(place, PASSWORD) == ["IN"]


def test_guesses_made_at_once_are_counted_one_by_one(place):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: place.sign_in(password=f"wrong {n}").refusal, range(16)))

    assert answers.count(Refusal.WRONG_PASSWORD) == 5
    assert answers.count(Refusal.LOCKED) == 11


def test_every_refusal_at_the_door_reads_alike_and_compares_a_hash(place, monkeypatch):
    compared = []
    usual = passwords.compare
    monkeypatch.setattr(passwords, "compare", lambda given, stored: compared.append(stored) or usual(given, stored))
    with place.identity() as identity:
        identity.add_user(ADMIN, "gone", Role.AUDITOR, PASSWORD)
        identity.disable(ADMIN, "gone")
    answers = [place.sign_in(name) for name in ("nobody", "gone")] + [place.sign_in(password="wrong") for _ in range(6)]

    assert {answer.refusal for answer in answers} == {
        Refusal.UNKNOWN_USER, Refusal.DISABLED, Refusal.WRONG_PASSWORD, Refusal.LOCKED
    }  # fmt: skip
    assert len({answer.problem().detail for answer in answers}) == 1
    assert {type(answer.problem()) for answer in answers} == {SignInRefused}
    assert len(compared) == len(answers)


def test_the_hash_of_nobody_costs_what_a_real_one_costs():
    cost = passwords._nobody().split("$")[1:4]

    assert cost == passwords.hashed("x").split("$")[1:4]
    assert cost[0] == "argon2id"


def test_nobody_is_let_in_by_the_hash_of_nobody(monkeypatch):
    monkeypatch.setattr(passwords, "_nobody", lambda: passwords.hashed("x"))

    assert not passwords.compare("x", None).right


def test_a_hash_under_older_parameters_is_renewed_at_sign_in(place, monkeypatch):
    monkeypatch.setattr(passwords, "hash_cost", lambda: policy.HashCost(2, 64, 1))
    passwords._hasher.cache_clear()
    assert isinstance(place.sign_in(), SignedIn)
    with transaction(place.url) as session:
        stored = session.execute(text("SELECT password_hash FROM user_account")).scalar_one()
    passwords._hasher.cache_clear()

    assert "t=2" in stored


def test_a_failed_sign_in_is_kept_although_it_is_refused_and_names_no_password_or_unknown_name(place):
    place.sign_in("13812345678", "hunter2hunter2")
    place.sign_in(password="hunter2hunter2")
    with transaction(place.url) as session:
        wrong, unknown, _ = page(session)

    assert (unknown["action"], unknown["user_id"], unknown["record_id"]) == ("user.sign_in_refused", "", "")
    assert (wrong["user_name"], wrong["ip"]) == ("zhang.san", "10.1.2.3")
    assert '"reason":"WRONG_PASSWORD"' in wrong["detail"]
    for row in (wrong, unknown):
        assert not any("hunter2" in str(value) or "13812345678" in str(value) for value in row.values())


def test_a_refresh_token_is_used_once_and_only_its_hash_is_kept(place):
    first = place.sign_in()
    with place.identity() as identity:
        second = identity.refresh(first.refresh_token)
    with transaction(place.url) as session:
        kept = session.execute(text("SELECT * FROM refresh_token")).all()

    assert isinstance(second, SignedIn)
    assert first.refresh_token != second.refresh_token
    assert first.who.session_id == second.who.session_id
    assert len(kept) == 2
    assert not any(secret in str(kept) for secret in (first.refresh_token, second.refresh_token))


def test_a_reused_token_ends_the_session_and_is_recorded_once(place):
    first, other = place.sign_in(), place.sign_in()
    with place.identity() as identity:
        second = identity.refresh(first.refresh_token)
    answers = []
    for token in (first.refresh_token, first.refresh_token, second.refresh_token):
        with place.identity() as identity:
            answers.append(identity.refresh(token))

    assert [answer.refusal for answer in answers] == [Refusal.REUSED, Refusal.REUSED, Refusal.EXPIRED]
    assert isinstance(answers[0].problem(), TokenRefused)
    assert place.acts().count("session.token_reused") == 1
    with place.identity() as identity:
        with pytest.raises(NotSignedIn):
            identity.actor_of(second.access_token)
        assert identity.actor_of(other.access_token).actor.name == "zhang.san"


def test_of_many_who_use_a_token_at_once_one_wins(place):
    first = place.sign_in()
    together = Barrier(4)

    def use(_):
        together.wait()
        with place.identity() as identity:
            return identity.refresh(first.refresh_token)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(use, range(4)))

    won = [answer for answer in answers if isinstance(answer, SignedIn)]
    lost = {answer.refusal for answer in answers if isinstance(answer, Refused)}
    assert len(won) == 1
    assert lost <= {Refusal.IN_USE, Refusal.REUSED, Refusal.EXPIRED}
    with transaction(place.url) as session:
        assert session.execute(text("SELECT count(*) FROM refresh_token")).scalar_one() == 2


def test_one_who_comes_a_moment_too_late_is_refused_without_harm(place, monkeypatch):
    """The token was unused when the loser looked, and used when it came to use it: no theft, a race."""
    first = place.sign_in()
    won = []
    usual = repository.use_session

    def after_the_other(*arguments):
        monkeypatch.setattr(repository, "use_session", usual)
        with place.identity() as quick:
            won.append(quick.refresh(first.refresh_token))
        return usual(*arguments)

    monkeypatch.setattr(repository, "use_session", after_the_other)
    with place.identity() as slow:
        lost = slow.refresh(first.refresh_token)

    assert lost == Refused(Refusal.IN_USE)
    with place.identity() as identity:
        assert identity.actor_of(won[0].access_token).actor.name == "zhang.san"


TIMES = [  # seconds after sign-in, whether the refresh token works, why
    (24 * 3600 - 1, True, "just before its end"), (24 * 3600, False, "at its end"),
]  # fmt: skip


@pytest.mark.parametrize(("seconds", "works", "why"), TIMES)
def test_a_refresh_token_ends(place, seconds, works, why):
    first = place.sign_in()
    place.later(seconds=seconds)
    with place.identity() as identity:
        answer = identity.refresh(first.refresh_token)

    assert isinstance(answer, SignedIn) is works, why


def test_a_session_ends_however_often_it_is_refreshed(place):
    answer = place.sign_in()
    for _ in range(27):
        place.later(hours=12)
        with place.identity() as identity:
            answer = identity.refresh(answer.refresh_token)
    place.later(hours=11, minutes=55)
    with place.identity() as identity:
        last = identity.refresh(answer.refresh_token)
    assert last.access_expires_at == last.refresh_expires_at == NOW + timedelta(days=14)

    place.later(minutes=5)
    with place.identity() as identity:
        assert identity.refresh(last.refresh_token) == Refused(Refusal.EXPIRED)


def test_an_unknown_token_is_refused(place):
    with place.identity() as identity:
        assert identity.refresh("no such token") == Refused(Refusal.UNKNOWN_TOKEN)
        assert identity.refresh("\ud800") == Refused(Refusal.UNKNOWN_TOKEN)


def test_who_asks_costs_one_query_and_writes_nothing(place):
    program, browser = place.sign_in(), place.sign_in(door=Door.PAGE)
    statements = []
    listener = lambda *arguments: statements.append(arguments[2])  # noqa: E731
    event.listen(engine(place.url), "before_cursor_execute", listener)
    with place.identity() as identity:
        identity.actor_of(program.access_token)
        identity.actor_of_session(browser.cookie)
    event.remove(engine(place.url), "before_cursor_execute", listener)

    assert len(statements) == 2
    assert all(statement.startswith("SELECT") for statement in statements)


IDLE = [  # minutes between uses, whether it lives, whether a touch is due
    (4, True, False), (5, True, True), (59, True, True), (60, False, False),
]  # fmt: skip


@pytest.mark.parametrize(("minutes", "lives", "due"), IDLE)
def test_a_page_session_ends_when_it_is_not_used(place, minutes, lives, due):
    browser = place.sign_in(door=Door.PAGE)
    place.later(minutes=minutes)
    with place.identity() as identity:
        if lives:
            assert identity.actor_of_session(browser.cookie).touch_due is due
        else:
            with pytest.raises(NotSignedIn):
                identity.actor_of_session(browser.cookie)


def test_a_page_session_that_is_used_lives_for_its_day(place):
    browser = place.sign_in(door=Door.PAGE)
    for _ in range(14):
        place.later(minutes=50)
        with place.identity() as identity:
            identity.touch(identity.actor_of_session(browser.cookie).session_id)
    place.later(minutes=20)
    with pytest.raises(NotSignedIn), place.identity() as identity:
        identity.actor_of_session(browser.cookie)


def test_one_door_does_not_open_with_the_other_ones_key(place):
    program, browser = place.sign_in(), place.sign_in(door=Door.PAGE)
    with place.identity() as identity:
        for cookie in (program.refresh_token, program.access_token, "", "x"):
            with pytest.raises(NotSignedIn):
                identity.actor_of_session(cookie)
        assert identity.refresh(browser.cookie) == Refused(Refusal.UNKNOWN_TOKEN)


def test_sign_out_ends_one_session(place):
    one, other = place.sign_in(), place.sign_in(door=Door.PAGE)
    with place.identity() as identity:
        identity.sign_out(one.who)
        identity.sign_out(one.who)
        assert [found.id for found in identity.sessions_of(one.who.actor)] == [other.who.session_id]
    assert place.acts().count("session.signed_out") == 1


def test_sessions_are_seen_and_ended_by_their_owner_or_an_administrator(place):
    mine = place.sign_in()
    someone = Actor("x", "x", Role.COMPLIANCE)
    with place.identity() as identity:
        with pytest.raises(UnknownSession):
            identity.revoke(someone, mine.who.session_id)
        with pytest.raises(UnknownSession):
            identity.revoke(ADMIN, "no such session")
        seen = identity.sessions_of(ADMIN, "zhang.san")[0]
        assert (seen.ip, seen.user_agent, seen.door) == ("10.1.2.3", "Mozilla/5.0", Door.API)
        identity.revoke(mine.who.actor, mine.who.session_id)
    again = place.sign_in()
    with place.identity() as identity:
        identity.revoke(ADMIN, again.who.session_id)
        assert identity.sessions_of(again.who.actor) == []
    assert place.acts().count("session.revoked") == 2


def test_another_password_of_ones_own_ends_all_other_sessions(place):
    here, there = place.sign_in(door=Door.PAGE), place.sign_in()
    with place.identity() as identity:
        with pytest.raises(SignInRefused):
            identity.change_own_password(here.who, "wrong", "another good one")
        with pytest.raises(WeakPassword):
            identity.change_own_password(here.who, PASSWORD, "short")
        identity.change_own_password(here.who, PASSWORD, "another good one")

    with place.identity() as identity:
        identity.actor_of_session(here.cookie)
        with pytest.raises(NotSignedIn):
            identity.actor_of(there.access_token)
    assert isinstance(place.sign_in(), Refused)
    assert isinstance(place.sign_in(password="another good one"), SignedIn)


def test_a_password_that_an_administrator_chose_is_marked_until_it_is_changed(place):
    assert place.sign_in().who.must_change_password
    here = place.sign_in(door=Door.PAGE)
    with place.identity() as identity:
        identity.change_own_password(here.who, PASSWORD, "another good one")
        assert not identity.actor_of_session(here.cookie).must_change_password


def test_the_command_line_leaves_no_session(place):
    answer = place.sign_in(door=Door.CLI)

    assert (answer.who.session_id, answer.access_token, answer.cookie) == ("", "", "")
    with place.identity() as identity:
        assert identity.sessions_of(answer.who.actor) == []
