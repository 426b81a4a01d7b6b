"""`heshi advisors` end to end on the small world: run, explain, four eyes, publish, appeal, registers, refusals."""

from __future__ import annotations

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from cli.main import application
from clients.staff.tables import BranchRow, PostRow, StaffRow
from kit.db import transaction
from kit.settings import settings
from tests.advisors.periods.house import card
from tests.cli.conftest import run

PASSWORD = "a long enough pass phrase 9"
USERS = (
    ("chief", "ADMINISTRATOR", ""), ("comp", "COMPLIANCE", ""), ("second", "COMPLIANCE", ""),
    ("third", "COMPLIANCE", ""), ("own", "ADVISOR", "staff:S2"),
)  # fmt: skip
PERIOD = "2026Q1"


@pytest.fixture(scope="module")
def graded(databases, tmp_path_factory):
    """Two people of a branch and five users; grading gives cards made by hand."""
    url = databases.migrated()
    made = [card("S2", 58.5), card("S3", 31.0)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HESHI_DATABASE_URL", url)
        patch.setenv("HESHI_VAR_DIR", str(tmp_path_factory.mktemp("var")))
        patch.setenv("HESHI_PASSWORD", PASSWORD)
        patch.setattr("advisors.periods.service.grade", lambda *_: tuple(made))
        settings.cache_clear()
        with transaction(url) as session:
            branch = BranchRow(branch_no="B1", name="营业部 B1")
            session.add(branch)
            session.flush()
            for number in ("S2", "S3"):
                person = StaffRow(staff_no=number, name=f"人员{number}")
                session.add(person)
                session.flush()
                session.add(
                    PostRow(staff_id=person.id, branch_id=branch.id, post="ADVISOR", valid_from=date(2020, 1, 2))
                )
        for place, (name, role, subject) in enumerate(USERS):
            who = ("--as", "chief") if place else ()
            about = ("--subject", subject) if subject else ()
            told = ("user", "add", name, "--role", role, *about, "--password-stdin", "--final", *who)
            done = CliRunner().invoke(application(), list(told), input=f"{PASSWORD}\n")
            assert done.exit_code == 0, done.output
        yield url
    settings.cache_clear()
    databases.drop(url)


def advisors(*words, user="comp", code=0):
    answer = run("advisors", *words, "--as", user)
    assert answer.code == code, answer.out + answer.err
    return answer


def told(*words, user="comp"):
    return json.loads(advisors(*words, "--json", user=user).out)


def test_a_period_from_preview_to_appeal(graded, tmp_path):
    assert "还没有结束" in advisors("grade", "2026Q4", code=1).err
    dry = told("grade", PERIOD, "--dry-run")
    assert (dry["run"], [one["staff_no"] for one in dry["cards"]]) == (None, ["S2", "S3"])
    assert told("list") == []
    explained = told("grade", PERIOD, "--explain", "S2")
    assert (explained["run"], explained["card"]["score"]) == (None, 58.5)  # nothing is on file yet
    filed = told("grade", PERIOD)["run"]
    assert (filed["number"], filed["state"], filed["digest"]) == (f"{PERIOD}-1", "PREVIEWED", dry["digest"])
    assert "没有已发布的考评" in advisors("card", PERIOD, "S2", user="own", code=1).err
    advisors("submit", PERIOD)
    assert "须由另一人批准" in advisors("approve", PERIOD, "--digest", filed["digest"], code=1).err
    assert "重新查看" in advisors("approve", PERIOD, "--digest", "sha256:0000", user="second", code=1).err
    advisors("approve", PERIOD, "--digest", filed["digest"], user="second")
    assert told("publish", PERIOD)["state"] == "PUBLISHED"
    words = advisors("grade", PERIOD, "--explain", "S2", user="own").out
    for said in ("L3 高级投资顾问", "58.50", "本期没有答卷", "一般投诉", "到 L4 特级 还差", "任务管理"):
        assert said in words, said
    assert advisors("card", PERIOD, "S3", user="own", code=1).err
    assert [one["staff_no"] for one in told("show", PERIOD, user="own")["people"]] == ["S2"]
    advisors("report", PERIOD, "--staff", "S2", "--out", tmp_path, user="own")
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".json", ".pdf", ".xlsx"]

    asked = ("appeal", "file", f"{PERIOD}-1", "S2", "L4", "--point", "task_timely", "--reason", "算错")
    assert "须附证据" in advisors(*asked, user="own", code=1).err
    appeal = told(*asked, "--evidence", "RECORD:T-1:按期办结", user="own")[0]
    assert appeal["evidence"] == [{"kind": "RECORD", "reference": "T-1", "text": "按期办结"}]
    decision = ("appeal", "decide", appeal["id"], "--uphold", "--reason", "属实")
    assert "以外的人裁定" in advisors(*decision, user="second", code=1).err
    assert told(*decision, user="third")[0]["given"] == "L4"
    assert told("show", PERIOD)["people"][0]["level"] == "L4"


def test_the_registers(graded, tmp_path):
    paper = tmp_path / "paper.txt"
    paper.write_text("录音整理稿", encoding="utf-8")
    breach = ("conduct", "add", "S3", "MISLEADS", "2026-02-03", "--note", "录音查实", "--evidence", str(paper))
    (made,) = told(*breach)
    assert (made["number"], made["evidence"][:7], made["severe"]) == ("XW0000001", "sha256:", False)
    assert "没有行为代码" in advisors("conduct", "add", "S3", "NOTHING", "2026-02-03", "--note", "x", code=1).err
    assert "录音不是本人" in advisors("conduct", "withdraw", "XW0000001", "--note", "录音不是本人").out
    assert "已经撤回" in advisors("conduct", "withdraw", "XW0000001", "--note", "再撤", code=1).err
    assert "登记里没有" in advisors("conduct", "withdraw", "XW0000009", "--note", "再撤", code=1).err
    assert "6 学时" in advisors("training", "add", "S3", "资产配置", "2026-02-03", "--hours", "6").out
    assert "没有证书" in advisors("training", "add", "S3", "某证", "2026-02-03", "--certificate", "XYZ", code=1).err
    assert told("training", "withdraw", "PX0000001", "--note", "没有到课")[0]["withdrawn"]["why"] == "没有到课"
    assert [one["withdrawn"] is None for one in told("training", "list")] == [False]
    assert "没有“试算" in advisors("conduct", "add", "S3", "MISLEADS", "2026-02-03", user="own", code=1).err
    assert told("conduct", "list", user="own") == []  # another person's


def test_what_no_period_is(graded):
    assert "没有考核期" in advisors("grade", "2026Q9", code=1).err
    assert "没有" in advisors("show", "2019Q1", code=1).err
