"""Doors for operators: alive, ready or why not, counted; every setting is explained; the log names nobody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.app import create_app
from kit import logs
from kit.db import engine
from kit.identity.keys import require_safe_secrets
from kit.settings import Settings

HERE = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def app(database_url, tmp_path):
    return create_app(database_url, keys=require_safe_secrets(Settings(var_dir=tmp_path), demo=True))


def test_a_server_says_that_it_lives_and_is_ready(app):
    with TestClient(app) as asker:
        assert asker.get("/healthz").json() == {"status": "alive"}
        assert (asker.get("/readyz").status_code, asker.get("/readyz").json()) == (200, {"status": "ready"})


def test_a_database_of_another_schema_is_not_ready(app, database_url):
    with engine(database_url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with TestClient(app) as asker:
        answer = asker.get("/readyz")

    assert answer.status_code == 503
    assert "heshi db upgrade" in answer.json()["reason"]


def test_a_database_that_is_away_is_not_ready(app):
    app.state.database_url = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    asker = TestClient(app, raise_server_exceptions=False)
    answer, asked = asker.get("/readyz"), asker.get("/api/v1/me", headers={"Cookie": "heshi_session=x"})

    assert answer.status_code == 503
    assert answer.json()["reason"].startswith("database")
    assert (asked.status_code, asked.json()["type"], "retry-after" in asked.headers) == (503, "urn:problem:busy", True)


def test_answers_are_counted_by_route_and_never_by_whom(app):
    with TestClient(app) as asker:
        asker.get("/accounts/SECRET-ACCOUNT-7")
        told = asker.get("/metrics").text

    assert 'heshi_http_answers_total{method="GET",route="account_page",status="' in told
    assert "heshi_calendar_horizon_days" in told
    assert "SECRET-ACCOUNT-7" not in told


def test_every_setting_is_explained():
    lines = (HERE / ".env.example").read_text().splitlines()
    named = {line.lstrip("# ").partition("=")[0] for line in lines if "=" in line}

    assert {f"HESHI_{name.upper()}" for name in Settings.model_fields} <= named


def test_an_empty_setting_is_the_default(monkeypatch):
    monkeypatch.setenv("HESHI_TRAIL_ANCHOR", "")

    assert Settings().trail_anchor is None


def test_the_log_masks_what_looks_like_a_person(capfd):
    import structlog

    logs.configure("INFO")
    structlog.get_logger("t").info("asked", phone="13812345678", note="id 110101199001011234 of 13812345678")
    structlog.reset_defaults()
    line = capfd.readouterr().err.strip().splitlines()[-1]

    assert json.loads(line)["event"] == "asked"
    assert "13812345678" not in line
    assert "110101199001011234" not in line
