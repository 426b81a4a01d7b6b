"""`heshi demo` whole: what stands in its folder, what it says, that it is quick and harmless to run again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import unicodedata
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from sqlmodel import Session

from clients.staff.filing import Stamp
from demo.choice import SHOWN, exhibits
from demo.evaluate import HabitScore
from demo.exhibits import AGREED
from demo.stage import RECORD, Stage, apart
from kit.access import Actor, Role, everything
from kit.clock import SHANGHAI, today
from kit.db import engine, transaction
from kit.identity.demo import DEMO_PASSWORD
from kit.settings import settings
from mot.events.types import Family
from mot.house import read_day
from mot.rehearsal import rehearse
from mot.scenario.loading import shipped
from reports.agreements import Outcome
from suitability.changes.service import ChangeService
from suitability.desk import matching_desk
from suitability.held import HeldReader, Worth
from suitability.monitoring.causes import rules_in
from suitability.monitoring.positions import standing
from suitability.monitoring.reader import BookReader
from suitability.monitoring.repository import WatchRepository
from tests.cli.conftest import run
from tests.cli.test_serve import busy, fetched, started

FEW_CLIENTS = {"new-issue-match", "large-inflow-service", "maturity-arrange", "advice-after-inflow"}
"""What a book of two dozen accounts may have nobody for."""


def width(line: str) -> int:
    """Columns of a terminal that a line takes."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in line)


@pytest.fixture
def copy(demo, tmp_path):
    """The demo in a folder that a test may change."""
    _, stage = demo
    shutil.copytree(stage.folder, tmp_path / "demo")
    return Stage(tmp_path / "demo")


def test_it_ends_well_and_leaves_books_database_and_reports(demo):
    answer, stage = demo

    assert answer.code == 0
    assert stage.record() is not None
    assert {"books", RECORD, "heshi.db", "reports"} <= {path.name for path in stage.folder.iterdir()}
    assert not list(stage.folder.glob(".making-*"))


def test_every_exhibit_stands_in_every_form(demo):
    _, stage = demo
    shown = exhibits(stage.books)

    assert {exhibit.why for exhibit in shown} >= {habit.label for habit in SHOWN} | {"对照", "真实成交"}
    assert [exhibit.why for exhibit in shown].count("真实成交") == 5
    for form in ("html", "pdf", "json", "xlsx"):
        found = list(stage.reports.glob(f"*.{form}"))
        assert len(found) == len(shown)
        assert all(path.stat().st_size > 10_000 for path in found)


def test_the_first_reports_open_with_what_became_of_an_agreement(demo):
    _, stage = demo
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in stage.reports.glob("*.json")]
    told = [report["summary"]["follow_up"] for report in reports]

    assert sum(bool(callouts) for callouts in told) == AGREED
    assert all(one["aside"] in {str(outcome.label) for outcome in Outcome} for callouts in told for one in callouts)


def test_the_summary_fits_a_terminal_and_names_what_to_open(demo):
    answer, stage = demo
    lines = answer.out.splitlines()

    assert [line for line in lines if width(line.rstrip()) > 80 and str(stage.folder) not in line] == []
    assert "召回率" in answer.out
    assert "误报率" in answer.out
    first = re.search(r"先打开\s+(\S+)", answer.out)
    assert first is not None
    assert Path(first[1]).resolve().is_file()


def test_the_summary_tells_the_tasks_of_every_family_and_why_others_were_not_made(demo):
    answer, stage = demo
    told = stage.record().moments

    assert f"待办任务 {told['open']} 件" in answer.out
    assert all(family.label in answer.out for family in Family)
    assert sum(tasks for _, tasks, _, _ in told["families"].values()) == told["open"] > 0
    assert "没有生成任务的，各记了原因" in answer.out
    assert re.search(r"推送到站内信：已送达 \d+ 条|推送到站内信：暂缓 \d+ 条", answer.out)
    assert answer.out.index("合适 演示") < answer.out.index("待办任务") < answer.out.index("客户分级")


def test_what_was_planted_is_found_and_controls_stay_clear(demo):
    _, stage = demo
    scores = stage.record().scores

    assert len(scores) == 12
    assert all(isinstance(score, HabitScore) for score in scores)
    judged = sum(score.planted - score.withheld for score in scores)
    assert judged >= 12
    assert sum(score.found for score in scores) / judged >= 0.85
    assert sum(score.false_findings for score in scores) <= 1


def test_every_planted_mismatch_is_found_and_the_full_scan_finds_nothing_else(demo):
    answer, stage = demo
    told = stage.record().mismatches

    assert {"LEVEL", "BOUGHT", "SOLD", "RERATED"} <= set(told["planted"])
    assert [(name, pair) for name, pair in told["planted"].items() if pair[0] != pair[1]] == []
    assert (told["watch"]["missed"], told["watch"]["changed"]) == (0, 0)
    assert {"CREATED", "PRODUCT_RERATED"} <= set(told["causes"])
    assert "错配清单" in answer.out


def test_answers_are_on_file_and_a_change_of_a_rule_waits(demo):
    _, stage = demo
    with transaction(stage.url) as session:
        filed = matching_desk(session, everything(today())).page(limit=100)
        waiting = [change for change in ChangeService(session).list() if change.verdict is None]

    assert {row.outcome for row in filed} >= {"ALLOW", "REFUSE"}
    assert [change.title for change in waiting] == ["收紧单一产品集中度"]


def test_cases_and_the_watch_answer_on_the_demo(copy, monkeypatch):
    """A dry run of the next day sees what the demo's last run left, and the advisor a part of what compliance sees."""
    monkeypatch.setenv("HESHI_DATABASE_URL", copy.url)
    monkeypatch.setenv("HESHI_VAR_DIR", str(copy.folder))
    monkeypatch.setenv("HESHI_PASSWORD", DEMO_PASSWORD)
    settings.cache_clear()
    try:
        every = json.loads(run("suitability", "cases", "--as", "compliance", "--json", "--limit", 200).out)
        own = json.loads(run("suitability", "cases", "--as", "advisor", "--json", "--limit", 200).out)
        waiting = run("suitability", "cases", "--as", "compliance", "--status", "CLOSING").out
        dry = json.loads(run("suitability", "recheck", "--as", "service", "--dry-run", "--full", "--json").out)
        refused = run("suitability", "recheck", "--as", "advisor")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    numbers = {one["number"] for one in every["cases"]}
    assert every["counts"]["all"]["all"] == len(numbers) > 0
    assert {one["number"] for one in own["cases"]} < numbers
    assert len({one["owner_no"] for one in own["cases"]}) <= len({one["owner_no"] for one in every["cases"]})
    assert (dry["counts"]["missed"], dry["dry_run"], dry["filed"]) == (0, True, False)
    assert dry["counts"]["accounts_read"] == dry["counts"]["accounts"]
    assert "待复核" in waiting
    assert (refused.code, "没有“全账簿适当性核对”的权限" in refused.err) == (1, True)


def test_a_second_run_writes_nothing_anew(copy):
    before = {path: path.stat().st_mtime_ns for path in copy.reports.iterdir()}
    made = (copy.folder / "heshi.db").stat().st_ino

    answer = run("demo", "--no-serve", "--accounts", 24, "--out", copy.folder)

    assert answer.code == 0
    assert "沿用上次生成的数据" in answer.out
    assert {path: path.stat().st_mtime_ns for path in copy.reports.iterdir()} == before
    assert (copy.folder / "heshi.db").stat().st_ino == made


def test_a_report_that_is_gone_is_written_again_and_no_other(copy):
    gone = sorted(copy.reports.glob("*.pdf"))[0]
    gone.unlink()
    others = {path: path.stat().st_mtime_ns for path in copy.reports.glob("*.pdf")}

    assert run("demo", "--no-serve", "--accounts", 24, "--out", copy.folder).code == 0

    assert gone.is_file()
    assert {path: path.stat().st_mtime_ns for path in others} == others


def test_the_operators_database_is_left_alone(demo, tmp_path):
    assert "demo" not in settings().database_url
    _, stage = demo
    assert str(stage.folder) in stage.url


BROKEN = [  # what became of the record
    lambda path: path.write_text("{"),
    lambda path: path.write_text("[]"),
    lambda path: path.write_text(json.dumps({"fingerprint": "of another program"})),
    lambda path: path.unlink(),
]


@pytest.mark.parametrize("damage", BROKEN)
def test_a_record_that_cannot_be_read_is_none(copy, damage):
    damage(copy.folder / RECORD)

    assert copy.record() is None


def test_what_a_killed_run_left_is_cleared_after_an_hour(tmp_path):
    stage = Stage(tmp_path)
    old, young = tmp_path / ".making-old", tmp_path / ".making-young"
    for folder in (old, young):
        (folder / "books").mkdir(parents=True)
    os.utime(old, (0, 0))

    with apart(stage) as fresh:
        assert fresh.folder.parent == tmp_path
        assert (old.exists(), young.exists()) == (False, True)
    assert not fresh.folder.exists()


def test_a_book_too_small_is_a_misuse(tmp_path):
    answer = run("demo", "--no-serve", "--accounts", 23, "--out", tmp_path / "demo")

    assert answer.code == 2
    assert not (tmp_path / "demo").exists()


def test_scenarios_fire_and_are_held_back_on_the_book_itself(demo):
    """On the last day of the market data, and for clients who were new then in the first year. The whole demo's book
    has someone for each."""
    _, stage = demo
    found = {}
    with Session(engine(stage.url)) as session:
        for day in (date(2020, 6, 30), date(2024, 12, 31)):
            by = Stamp(Actor("test", "test", Role.COMPLIANCE), datetime.combine(day, time(10), SHANGHAI))
            found |= {
                one.scenario.id: one
                for one in rehearse(session, read_day(session, day), by, shipped(today()))
                if one.fired and one.held
            }
            session.rollback()

    assert {one.id for one in shipped(today())} - set(found) <= FEW_CLIENTS


def test_the_demo_takes_the_next_port_and_says_so(demo, tmp_path):
    _, stage = demo
    asked = ("demo", "--accounts", 24, "--out", stage.folder, "--port")
    with busy() as port, started(*asked, port, cwd=tmp_path) as (process, address, said):
        assert f"端口 {port} 已被占用，改用" in said
        assert address != f"http://127.0.0.1:{port}/"
        assert fetched(f"{address}static/tokens.css") == 200
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)

    assert "Traceback" not in errors


def test_client_by_client_the_demo_is_judged_as_the_whole_book_was(demo):
    _, stage = demo
    with transaction(stage.url) as session:
        day, kept = today(), WatchRepository(session)
        reader, state = BookReader(session, day), kept.state()
        held = reader.held(standing(reader, kept.accounts(), kept.holdings()).positions)
        names = reader.instruments(held.instrument_id)
        codes = [names[int(held.instrument_id[place])].code for place in held.product]
        found = {
            (reader.clients[int(held.client_id[client])].client_no, code): rules_in(int(hits))
            for client, code, hits in zip(held.client, codes, state.hits, strict=True)
        }
        told, desk = {}, HeldReader(session, everything(day))
        for client in np.unique(held.client).tolist():
            own = np.flatnonzero(held.client == client).tolist()
            number = reader.clients[int(held.client_id[client])].client_no
            worth = [Worth(codes[place], "", money(held.value[place])) for place in own]
            fit = desk.of_client(number, day, worth, money(held.total[client]))
            told |= {(number, line.code): tuple(hit.rule for hit in line.hits) for line in fit.lines}

    assert told == found
    assert sum(map(bool, told.values())) > 10


def money(value):
    return None if np.isnan(value) else Decimal(repr(float(value)))
