"""`heshi rules`: values by day, unknown ids, machine output."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cli.commands.rules import NoSuchRule, app
from kit.settings import settings


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No database: what ships is what stands."""
    monkeypatch.setenv("HESHI_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    settings.cache_clear()
    yield tmp_path / "none.db"
    settings.cache_clear()


def run(*arguments):
    return CliRunner().invoke(app, list(arguments))


SHOWN = [  # day, what the first line says, source
    ("2023-08-27", '{"BUY": "0", "SELL": "0.001"}  自 2008-09-19', "the day before"),
    ("2023-08-28", '{"BUY": "0", "SELL": "0.0005"}  自 2023-08-28', "公告2023年第39号"),
    ("2004-12-31", "2005-01-24 起才有取值  自 —", "before the first value"),
]


@pytest.mark.parametrize(("day", "expected", "source"), SHOWN)
def test_a_rule_is_shown_as_of_a_day(day, expected, source):
    shown = run("show", "fee-stamp", "--on", day)

    assert shown.exit_code == 0
    assert f"FEE-STAMP  证券交易印花税（股票）  {expected}  财政部" in shown.output.splitlines()[0], source
    assert "待核" in shown.output


def test_a_rule_as_json_holds_its_values_and_its_source():
    record = json.loads(run("show", "FEE-COMMISSION-MINIMUM", "--on", "2024-01-02", "--json").output)

    assert (record["value"], record["since"], record["confirmed"]) == ("5", "2002-05-01", False)
    assert record["file"] == "market/rules/fees.yaml"
    assert record["version"].startswith("sha256:")


def test_an_unknown_rule_is_refused_with_the_nearest_ids():
    with pytest.raises(NoSuchRule, match="没有规则 FEE-STAMPS；相近的有：FEE-STAMP"):
        CliRunner().invoke(app, ["show", "FEE-STAMPS"], catch_exceptions=False)


def test_a_day_that_is_none_is_a_misuse():
    assert run("show", "FEE-STAMP", "--on", "2024-13-01").exit_code == 2


def test_the_list_names_every_rule_and_counts_the_unconfirmed():
    every = json.loads(run("list", "--json").output)
    open_ones = json.loads(run("list", "--unconfirmed", "--json").output)

    assert {"FEE-STAMP", "CAL-XSHG", "VENUE-XMIL", "TAX-DIVIDEND"} <= {one["id"] for one in every}
    assert open_ones == [one for one in every if not one["confirmed"]]
    assert f"共 {len(every)} 条，其中 {len(open_ones)} 条待核" in run("list").output


def test_without_a_database_it_says_so_and_makes_none(nowhere):
    listed, shown = run("list"), run("show", "SUIT-101")

    assert "还没有数据库，以下是随系统发布的内容" in listed.output
    assert "随系统发布\n" in shown.output
    assert not nowhere.exists()


def test_a_database_without_tables_and_a_server_that_is_away(nowhere, monkeypatch):
    nowhere.touch()
    assert "还没有建表" in run("show", "SUIT-101").output
    monkeypatch.setenv("HESHI_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    settings.cache_clear()
    shown = run("show", "SUIT-101")

    assert (shown.exit_code, "数据库连接不上" in shown.output) == (0, True)
