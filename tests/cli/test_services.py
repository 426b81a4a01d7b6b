"""`heshi services` as an operator uses it: published from a file, priced, refused with the evidence."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from cli.main import application
from kit.clock import today
from kit.db import transaction
from kit.settings import settings
from market.products.tables import ProductRow

PASSWORD = "a long enough pass phrase 7"
FILE = """code: S1
card: {{summary: 股票池, contents: [股票池], delivery: APP, valid_from: {day}}}
plans:
  - {{code: TERM, name: 按期限, basis: TERM, valid_from: {day}, terms: [{{days: 30, price: 88}}]}}
"""
PROMO = """code: S1
plans:
  - {{code: PROMO, name: 首月, basis: TERM, valid_from: {day}, valid_to: {end}, terms: [{{days: 30, price: 58}}],
     signal: PROMOTION, signal_detail: 首月, reference: {{price: 88, plan: TERM, days: 30}}}}
"""


@pytest.fixture
def run(database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("HESHI_DATABASE_URL", database_url)
    monkeypatch.setenv("HESHI_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("HESHI_PASSWORD", PASSWORD)
    settings.cache_clear()
    with transaction(database_url) as session:
        session.add(ProductRow(code="S1", name="示例服务", kind="ADVICE", leads_to=""))

    def invoke(*words, code=0, typed=""):
        result = CliRunner().invoke(application(), [str(one) for one in words], input=typed)
        assert result.exit_code == code, result.output
        return result

    for place, (name, role) in enumerate((("chief", "ADMINISTRATOR"), ("comp", "COMPLIANCE"))):
        who = ("--as", "chief") if place else ()
        invoke("user", "add", name, "--role", role, "--password-stdin", "--final", *who, typed=f"{PASSWORD}\n")
    yield invoke
    settings.cache_clear()


def test_publish_price_and_refuse(run, tmp_path):
    file, promo, by = tmp_path / "s1.yaml", tmp_path / "promo.yaml", ("--as", "comp")
    file.write_text(FILE.format(day=today()), encoding="utf-8")
    promo.write_text(PROMO.format(day=today(), end=today() + timedelta(days=9)), encoding="utf-8")

    assert "可以发布（未写入）" in run("services", "publish", file, "--dry-run", *by).stdout
    assert "没有提供中的服务" in run("services", "list", *by).stdout
    assert "目录、方案 TERM 第 1 版" in run("services", "publish", file, *by).stdout
    assert "没有变化" in run("services", "publish", file, *by).stdout
    assert "S1  未评级  示例服务" in run("services", "list", *by).stdout
    assert "30 天  88 元" in run("services", "show", "S1", *by).stdout
    told = json.loads(run("services", "price", "S1", "TERM", "--days", 30, "--json", *by).stdout)
    assert told["amount"] == "88.00"

    refused = run("services", "publish", promo, *by, code=1).exception
    assert "没有人付过这个价；核对了 0 笔：没有成交" in refused.detail
    assert "角色" in run("services", "publish", file, "--as", "chief", code=1).exception.detail
