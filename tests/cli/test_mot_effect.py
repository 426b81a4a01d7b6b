"""`heshi mot effect …` on the small house: plans, what is missing, the series filed and shown, a verb refused."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cli.main import application
from kit.access import Role
from kit.db import transaction
from kit.identity.passwords import hashed
from kit.identity.tables import UserRow
from kit.problems import Problem
from kit.settings import settings
from mot.scenario.loading import shipped
from tests.api.people import PASSWORD
from tests.cli.operators import NOW, operators
from tests.mot.world import DAY, happened, make, settle

__all__ = ["operators"]

SPAN = ("--from", "2026-03-02", "--to", "2026-03-03")


@pytest.fixture
def heshi(operators, monkeypatch):
    """The command on the small house, in which one event was judged."""
    monkeypatch.setenv("HESHI_PASSWORD", PASSWORD)
    settings.cache_clear()
    with transaction(operators) as session:
        settle(session)
        happened(session, "C01", "BIG_LOSS")
        make(session)
        for name, role, subject in (("officer", Role.COMPLIANCE, ""), ("adviser", Role.ADVISOR, "staff:S2")):
            session.add(UserRow(
                id=f"u-{name}", name=name, role=role, subject=subject, password_hash=hashed(PASSWORD), created_at=NOW
            ))  # fmt: skip

    def run(*words, who="officer", refused=False):
        result = CliRunner().invoke(application(), ["mot", "effect", *words, "--as", who])
        if refused:
            assert isinstance(result.exception, Problem)
            return result.exception.detail
        assert result.exit_code == 0, result.output
        return result.output

    return run


def test_plans_looks_and_the_series(heshi):
    plans = {one["plan"]["scenario_id"]: one for one in json.loads(heshi("list", "--on", str(DAY), "--json"))}
    assert plans["big-loss-company"]["finding"]["sample"]["enrolled"] == {"TREATED": 1, "HELD_OUT": 0, "GLOBAL": 0}
    assert "样本不足，还差59人" in "".join(heshi("list", "--on", str(DAY)).split())
    shown = heshi("show", "big-loss-company", "--on", str(DAY))
    assert "处理组已有 1 人，还差 29 人" in shown
    assert "建议" not in shown, "before the review day nothing is advised"
    assert "最近的复核日是 2027-05-31" in heshi("review", "--on", str(DAY))
    assert f"可登记 {len(shipped(DAY))} 个结论" in heshi("look", "--on", "2027-05-31", "--dry-run")
    reviewed = {one["plan"]["scenario_id"]: one for one in json.loads(heshi("review", "--on", "2027-05-31", "--json"))}
    assert "SILENT" in [one["id"] for one in reviewed["churn-retain"]["advice"]]

    assert "2 个交易日，其中 2 天会登记" in heshi("fill", *SPAN, "--dry-run")
    assert "2 个交易日，其中 2 天已登记" in heshi("fill", *SPAN)
    assert "其中 0 天已登记 0 行" in heshi("fill", *SPAN)
    (firm,) = json.loads(heshi("series", *SPAN, "--json"))
    assert [(one["clients"], one["known"]) for one in firm["days"]] == [(60, 0), (60, 0)]
    assert firm["growth"] is None, "no money is known"
    (own,) = json.loads(heshi("series", *SPAN, "--level", "ADVISOR", "--json", who="adviser"))
    assert own["unit"] == "S2"


def test_who_may_not_is_told_so(heshi):
    assert "查看场景的效果与复核" in heshi("list", who="adviser", refused=True)
    assert "推算事件" in heshi("fill", *SPAN, who="adviser", refused=True)
    assert "起日不晚于止日" in heshi("fill", "--from", "2026-03-03", "--to", "2026-03-02", refused=True)
