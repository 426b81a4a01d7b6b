"""`heshi changes`, `heshi approve`, `heshi callbacks`: two officers, what was previewed is what is approved."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import yaml
from typer.testing import CliRunner

from cli.main import application
from clients.intake import import_file
from kit.clock import today
from kit.rulebook import load_rulebook
from kit.settings import settings

PASSWORD = "a long enough pass phrase 7"
TOMORROW = today() + timedelta(days=1)
"""A change may begin today or later; midnight may come while the test runs."""


@pytest.fixture
def run(database_url, tmp_path, monkeypatch):
    """The command line on a database with two officers and one client who holds nothing."""
    monkeypatch.setenv("HESHI_DATABASE_URL", database_url)
    monkeypatch.setenv("HESHI_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("HESHI_PASSWORD", PASSWORD)
    settings.cache_clear()
    (tmp_path / "clients.csv").write_text("client_no,name,kind,birth_date\nC1,测试甲,NATURAL,1980-01-01\n")
    import_file(database_url, tmp_path / "clients.csv")

    def invoke(*words, code=0, typed=""):
        result = CliRunner().invoke(application(), list(words), input=typed)
        assert result.exit_code == code, result.output
        return result

    for place, (name, role) in enumerate((("chief", "ADMINISTRATOR"), ("zhao", "COMPLIANCE"), ("qian", "COMPLIANCE"))):
        who = ("--as", "chief") if place else ()
        invoke("user", "add", name, "--role", role, "--password-stdin", "--final", *who, typed=f"{PASSWORD}\n")
    yield invoke
    settings.cache_clear()


def test_from_the_draft_to_the_approval_and_back(run, tmp_path):
    raw = yaml.safe_load(load_rulebook("suitability", "matching").text)
    next(rule for rule in raw if rule["id"] == "SUIT-115")["values"].append({"from": TOMORROW, "value": None})
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(raw, allow_unicode=True))
    said = ("changes", "draft", "matching", str(tmp_path / "new.yaml"), "--from", str(TOMORROW), "--reason", "口径调整")
    run(*said, "--as", "zhao", "--dry-run")
    made = json.loads(run(*said, "--as", "zhao", "--json").stdout)
    number = str(made["id"])  # PostgreSQL does not give a number twice, the dry run took one
    shown = json.loads(run("changes", "preview", number, "--as", "zhao", "--json").stdout)
    assert shown["levels"]["changed"] == 0
    alone = run("approve", number, "--digest", shown["digest"], "--reason", "同意", "--as", "zhao", code=1)
    assert "须由另一人批准" in str(alone.exception)
    run("approve", number, "--digest", shown["digest"], "--reason", "同意", "--as", "qian")
    assert "SUIT-115" in run("changes", "show", number, "--as", "qian").stdout
    standing = run("rules", "show", "SUIT-115", "--on", str(TOMORROW)).stdout
    assert f"第 {number} 号变更，自 {TOMORROW}" in standing
    assert "已由经批准的变更取代" in standing
    told = json.loads(run("rules", "show", "SUIT-115", "--on", str(TOMORROW), "--json").stdout)
    assert (told["value"], told["approved"], told["change"]) == (None, True, int(number))
    listed = run("rules", "list", "--on", str(TOMORROW)).stdout
    assert f"经批准的变更在用：匹配规则（第 {number} 号变更，自 {TOMORROW}）" in listed
    assert "没有经批准的变更在用" in run("rules", "list").stdout
    run("changes", "rollback", number, "--from", str(TOMORROW), "--reason", "误改", "--as", "qian")
    states = [one["state"] for one in json.loads(run("changes", "list", "--as", "zhao", "--json").stdout)]
    assert states == ["APPROVED", "APPROVED"]
    refused = run("changes", "preview", number, "--as", "chief", code=1)
    assert "没有“起草规则变更" in str(refused.exception)


def test_callbacks_say_how_far_the_year_is(run):
    assert "抽样范围 0 人" in run("callbacks", "draw", str(today().year), "--dry-run", "--as", "zhao").stdout
    assert "没有符合回访条件" in str(run("callbacks", "draw", str(today().year), "--as", "zhao", code=1).exception)
    assert "已回访 0" in run("callbacks", "quota", str(today().year), "--as", "zhao", code=1).stdout


def test_a_half_year_is_inspected_filed_and_written(run, tmp_path):
    told = run("suitability", "inspect", "2026H1", "--out", str(tmp_path / "out"), "--as", "zhao").stdout
    assert "已登记" in told
    assert sorted(one.name for one in (tmp_path / "out").iterdir()) == [
        "suitability-2026H1.json", "suitability-2026H1.pdf", "suitability-2026H1.xlsx",
    ]  # fmt: skip
    again = run("suitability", "inspect", "2026H1", "--as", "qian", "--json").stdout
    assert json.loads(again)["digest"] in told
    assert "不是 2026" in str(run("suitability", "inspect", "2026", "--as", "qian", code=1).exception)
