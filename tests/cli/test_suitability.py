"""`heshi suitability` end to end: signed in, answered, filed, explained, replayed; what a change is called."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cli.main import application
from clients.intake import import_file
from kit.settings import settings
from suitability.matching.changes import CLIENT_STEPS, PRODUCT_STEPS
from suitability.matching.hearing import FIELDS

PASSWORD = "a long enough pass phrase 7"
USERS = (("chief", "ADMINISTRATOR"), ("comp", "COMPLIANCE"), ("svc", "SERVICE"))


@pytest.fixture
def run(database_url, tmp_path, monkeypatch):
    """The command line on a database with three users, one client, one main-board and one STAR stock."""
    monkeypatch.setenv("HESHI_DATABASE_URL", database_url)
    monkeypatch.setenv("HESHI_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("HESHI_PASSWORD", PASSWORD)
    settings.cache_clear()
    for name, text in (
        ("clients.csv", "client_no,name,kind,birth_date\nC1,测试甲,NATURAL,1980-01-01\n"),
        ("instruments.csv", "security_code,name,kind\n600519,贵州茅台,STOCK\n688001,华兴源创,STOCK\n"),
    ):
        (tmp_path / name).write_text(text)
        import_file(database_url, tmp_path / name)

    def invoke(*words, code=None, typed=""):
        result = CliRunner().invoke(application(), list(words), input=typed)
        assert code is None or result.exit_code == code, result.output
        return result

    for place, (name, role) in enumerate(USERS):
        who = ("--as", "chief") if place else ()
        invoke("user", "add", name, "--role", role, "--password-stdin", "--final", *who, code=0, typed=f"{PASSWORD}\n")
    yield invoke
    settings.cache_clear()


def test_a_check_is_answered_filed_explained_and_replayed(run):
    answered = json.loads(run("suitability", "check", "C1", "600519.SH", "--as", "comp", "--json", code=1).stdout)
    explained = json.loads(run("suitability", "explain", answered["decision"], "--as", "comp", "--json", code=0).stdout)
    replayed = json.loads(run("suitability", "replay", answered["decision"], "--as", "comp", "--json", code=0).stdout)

    assert answered["outcome"] == "REFUSE"
    assert {verdict["rule"] for verdict in answered["verdicts"] if verdict["hit"]} == {"SUIT-010", "SUIT-190"}
    assert explained["digest"] == replayed["computed"] == answered["digest"]
    assert replayed["same"]


def test_a_closed_gate_is_named_with_its_article(run):
    told = run("suitability", "check", "C1", "688001", "--as", "comp", "--asked-by", "CLIENT", code=1).stdout

    assert "《办法》第二十二条第（一）项：产品需科创板权限" in told
    assert "客户等级 → C4" in told


def test_only_compliance_hears_what_the_client_would_have_to_change(run):
    told = run("suitability", "check", "C1", "600519.SH", "--as", "svc", code=1).stdout

    assert "产品一侧没有可行的改变" in told


def test_a_dry_run_files_nothing(run):
    told = run("suitability", "check", "C1", "600519.SH", "--as", "comp", "--dry-run", "--json", code=1).stdout

    assert json.loads(told)["decision"] is None


REFUSED = [  # words, part of the message
    (("check", "C9", "600519.SH", "--as", "comp"), "C9"),
    (("check", "C1", "999999.SH", "--as", "comp"), "999999"),
    (("check", "C1", "600519.SH", "--as", "comp", "--amount", "many"), "--amount"),
    (("check", "C1", "600519.SH", "--as", "comp", "--amount", "-5"), "不能为负"),
    (("check", "C1", "600519.SH", "--as", "chief"), "没有“适当性检查”的权限"),
    (("replay", "D0", "--as", "comp"), "D0"),
]


@pytest.mark.parametrize(("words", "part"), REFUSED)
def test_what_cannot_be_answered_is_said(run, words, part):
    result = run("suitability", *words)

    assert result.exit_code != 0
    assert part in f"{result.output}{result.exception}"


def test_every_change_has_a_name_for_the_reader():
    assert len(FIELDS) == len(set(FIELDS.values()))
    assert set(PRODUCT_STEPS) <= set(CLIENT_STEPS)
