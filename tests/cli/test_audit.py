"""`heshi audit`: exit 0 when whole, 1 with the place when not, the history of a record for those who may read it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from cli.commands.audit import app
from kit.access import Actor, NotAllowed, Role
from kit.db import engine, transaction
from kit.identity.service import Identity
from kit.problems import BadInput
from kit.settings import settings
from kit.trail.entry import Entry, Origin
from kit.trail.service import record

from .operators import NOW, PASSWORD, operators  # noqa: F401

ADMIN = Actor("admin-id", "admin", Role.ADMINISTRATOR)


@pytest.fixture
def run(operators):  # noqa: F811
    """Commands on a trail of six entries: two users, four agreements."""
    with transaction(operators) as session:
        identity = Identity(session, now=NOW, origin=Origin())
        identity.add_user(ADMIN, "auditor", Role.AUDITOR, PASSWORD, must_change=False)
        identity.add_user(ADMIN, "boss", Role.ADMINISTRATOR, PASSWORD, must_change=False)
        for number in range(4):
            record(
                session,
                Entry(
                    actor=ADMIN, at=NOW + timedelta(seconds=number), origin=Origin(), action="agreement.recorded",
                    record_kind="client", record_id=f"C{number % 2}", purpose="回访", detail={"次数": number},
                ),
            )  # fmt: skip
    return lambda *arguments: CliRunner().invoke(app, list(arguments), env={"HESHI_PASSWORD": PASSWORD})


def tamper(statement):
    with engine(settings().database_url).begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER trail_no_{name}"))
        else:
            connection.execute(text("ALTER TABLE trail DISABLE TRIGGER USER"))
        connection.execute(text(statement))


def test_a_whole_trail_is_said_to_be_whole(run):
    assert "待封 6 条" in run("verify").output
    sealed = run("seal")
    assert "已封存 6 条" in sealed.output

    verified = run("verify")
    assert verified.exit_code == 0
    assert "留痕完整：已封 6 条，待封 0 条" in verified.output
    assert "锚定 1 次，至第 6 个封印" in verified.output


def test_a_verdict_as_json(run):
    run("seal")
    verdict = json.loads(run("verify", "--json").output)

    assert (verdict["whole"], verdict["sealed"], verdict["head"]["position"]) == (True, 6, 6)
    assert len(verdict["head"]["seal"]) == 64
    assert verdict["damages"] == []


FOUND = [  # what was done, what is said of it, and where
    ("UPDATE trail SET purpose = '改过' WHERE id = 4", "条目被修改", 4),
    ("DELETE FROM trail WHERE id = 3", "条目被删除", 3),
    ("DELETE FROM trail WHERE id = 6", "条目被删除", 6),
]


@pytest.mark.parametrize(("statement", "words", "trail_id"), FOUND)
def test_damage_is_named_with_its_place_and_exit_code(run, statement, words, trail_id):
    run("seal")
    tamper(statement)
    said, told = run("verify"), run("verify", "--json")

    assert (said.exit_code, told.exit_code) == (1, 1)
    assert words in said.output
    assert f"留痕 {trail_id}" in said.output
    assert json.loads(told.output)["damages"][0]["trail_id"] == trail_id


def test_sealing_nothing_says_so(operators):  # noqa: F811
    sealed = CliRunner().invoke(app, ["seal"])

    assert (sealed.exit_code, "还没有留痕" in sealed.output) == (0, True)


def test_the_history_of_a_record_for_those_who_may_read_it(run):
    entries = json.loads(run("list", "--record", "client:C1", "--as", "auditor", "--json").output)
    shown = run("list", "--as", "auditor", "--most", "1").output

    assert [json.loads(entry["detail"]) for entry in entries] == [{"次数": 3}, {"次数": 1}]
    assert "auditor" in shown
    assert isinstance(run("list", "--as", "boss").exception, NotAllowed)
    assert isinstance(run("list", "--record", "C1", "--as", "auditor").exception, BadInput)
