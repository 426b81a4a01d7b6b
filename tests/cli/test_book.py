"""`heshi db upgrade` and `heshi diagnose --book`: a database from nothing, then the survey of all accounts."""

from __future__ import annotations

import json

import pytest
from sqlmodel import Session, select

from kit.db import engine
from kit.migrate import current_revision, newest_revision
from kit.trail.service import history
from reports.tables import SurveyRow
from tests.cli.conftest import _on
from tests.cli.world import TRADED, files


@pytest.fixture
def bare(bare_database_url, tmp_path, monkeypatch):
    yield from _on(bare_database_url, tmp_path, monkeypatch)


def test_an_empty_database_becomes_current_and_stays_so(bare, bare_database_url):
    first, again = bare("db", "upgrade"), bare("db", "upgrade")

    assert (first.code, again.code) == (0, 0)
    assert "数据库已是最新" in first.text
    assert current_revision(bare_database_url) == newest_revision()


def test_a_password_in_the_address_is_not_shown(bare, bare_database_url):
    assert "***" in bare("db", "upgrade").text or ":postgres@" not in bare_database_url


def test_the_survey_of_a_book_without_accounts_says_so(heshi):
    answer = heshi("diagnose", "--book")

    assert (answer.code, "0个账户已更新" in answer.text) == (0, True)


def test_the_survey_fills_the_list_and_puts_the_account_among_its_peers(heshi, tmp_path, database_url):
    assert heshi("import", *files(tmp_path)).code == 0
    before = json.loads(heshi("diagnose", TRADED, "--format", "json").out)

    first, again = heshi("diagnose", "--book"), heshi("diagnose", "--book")

    assert (first.code, again.code) == (0, 0)
    assert "5个账户已更新" in again.text
    with Session(engine(database_url)) as session:
        rows = {row.account_no: row for row in session.exec(select(SurveyRow))}
        passes = history(session, "survey", "book")
    assert [json.loads(one["detail"]) for one in passes] == [{"accounts": 5}] * 2
    assert set(rows) == {"A1", "A2", "A3", "A4", "A5"}
    after = json.loads(heshi("diagnose", TRADED, "--format", "json").out)
    assert after["metrics"] == before["metrics"]
    assert rows[TRADED].metrics["twr"] == after["metrics"]["twr"]["value"]
