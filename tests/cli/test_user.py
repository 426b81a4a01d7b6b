"""`heshi user`: the first administrator, who may do what, passwords never as arguments, everything recorded."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cli import signin
from cli.commands.user import app
from kit.access import NotAllowed
from kit.db import engine
from kit.identity.problems import (
    BadUser,
    NotSignedIn,
    PasswordMustChange,
    SignInRefused,
    UsersExist,
    WeakPassword,
)
from kit.settings import settings
from kit.trail.verify import verify

from .operators import NOW, PASSWORD, operators  # noqa: F401


@pytest.fixture
def run(operators):  # noqa: F811
    def invoke(*arguments, password=PASSWORD, stdin=""):
        return CliRunner().invoke(app, list(arguments), input=stdin, env={signin.PASSWORD_VARIABLE: password})

    return invoke


def add(run, name, role, *more, **other):
    return run("add", name, "--role", role, "--password-stdin", "--final", *more, stdin=PASSWORD + "\n", **other)


@pytest.fixture
def boss(run):
    assert add(run, "boss", "ADMINISTRATOR").exit_code == 0
    return "--as", "boss"


def test_the_first_administrator_is_made_without_sign_in_and_that_is_recorded(run, boss):
    with engine(settings().database_url).connect() as connection:
        entry = connection.execute(text("SELECT * FROM trail")).mappings().one()

    assert (entry["user_id"], entry["action"]) == ("", "user.added")
    assert "未经登录" in entry["purpose"]
    assert entry["user_agent"].startswith("cli")


def test_the_first_user_is_an_administrator(run):
    assert isinstance(add(run, "first", "AUDITOR").exception, BadUser)


def test_whoever_comes_later_signs_in(run, boss):
    assert isinstance(add(run, "second", "ADMINISTRATOR").exception, UsersExist)
    assert isinstance(add(run, "second", "AUDITOR").exception, UsersExist)
    assert isinstance(add(run, "second", "AUDITOR", *boss, password="wrong").exception, SignInRefused)
    assert add(run, "second", "AUDITOR", *boss).exit_code == 0
    assert isinstance(add(run, "third", "AUDITOR", "--as", "second").exception, NotAllowed)
    assert isinstance(run("list").exception, NotSignedIn)


def test_a_password_is_asked_for_twice_at_the_terminal(run, boss):
    typed = f"{PASSWORD}\n{PASSWORD}\n"

    assert run("add", "wang", "--role", "AUDITOR", "--final", *boss, stdin=typed).exit_code == 0
    assert isinstance(run("list", "--as", "wang", stdin="").exception, NotAllowed)


def test_a_password_that_an_administrator_chose_is_changed_before_anything_else(run, boss):
    new = "a new sentence of words"
    run("add", "wang", "--role", "ADMINISTRATOR", "--password-stdin", *boss, stdin=PASSWORD + "\n")

    assert isinstance(run("list", "--as", "wang").exception, PasswordMustChange)
    assert run("password", "--password-stdin", "--as", "wang", stdin=new + "\n").exit_code == 0
    assert run("list", "--as", "wang", password=new).exit_code == 0


def test_an_operator_is_asked_for_the_password(operators, boss):  # noqa: F811
    listed = CliRunner().invoke(app, ["list", *boss], input=PASSWORD + "\n")

    assert listed.exit_code == 0
    assert PASSWORD not in listed.output


def test_a_user_from_beginning_to_end(run, boss):
    steps = [
        add(run, "zhang", "ADVISOR", "--subject", "staff:S001", *boss),
        run("role", "zhang", "SUPERVISOR", "--subject", "staff:S001", *boss),
        run("disable", "zhang", *boss),
        run("enable", "zhang", *boss),
        run("reset", "zhang", "--password-stdin", "--final", *boss, stdin="another good one\n"),
        run("password", "--password-stdin", "--as", "zhang", stdin=PASSWORD + "\n", password="another good one"),
    ]
    listed = json.loads(run("list", "--json", *boss).output)

    assert [step.exit_code for step in steps] == [0] * 6, [step.exception for step in steps]
    assert [(user["name"], user["role"], user["subject"], user["version"]) for user in listed] == [
        ("boss", "ADMINISTRATOR", "", 1), ("zhang", "SUPERVISOR", "staff:S001", 6)
    ]  # fmt: skip
    assert "password_hash" not in listed[0]
    assert "营业部主管" in run("list", *boss).output


def test_a_weak_password_is_refused_with_what_is_missing(run, boss):
    refused = run("reset", "boss", "--password-stdin", *boss, stdin="short\n")

    assert isinstance(refused.exception, WeakPassword)
    assert "12 至 128" in refused.exception.detail
    assert "short" not in refused.exception.detail


def test_what_a_command_did_is_sealed_and_a_refused_sign_in_too(run, boss):
    run("list", *boss, password="wrong")
    verdict = verify(settings().database_url, NOW)

    assert (verdict.whole, verdict.sealed, verdict.waiting) == (True, 2, 0)
    assert (settings().var_dir / "trail-anchor.jsonl").read_text().count("\n") == 2
