"""Several workers on PostgreSQL, killed at random. HESHI_SOAK=1: 120 kills, 20,000 occurrences; else a share of it.

First the sending alone, over a stand-in for the tasks, with every kind of channel and a cap of its own; then the whole
engine, from the event that is told to the push, over the product's own tables.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from kit.db import engine
from tests.mot.channels.receivers import HttpReceiver
from tests.mot.delivery import checker, faults, whole, whole_checker

ROOT = Path(__file__).parents[3]
SOAK = os.environ.get("HESHI_SOAK") == "1"
CLIENTS, WHOLE_KILLS, WHOLE_LONGEST = (3_000, 120, 2_400.0) if SOAK else (32, 6, 120.0)
OCCURRENCES, KILLS, LONGEST = (20_000, 120, 1_800.0) if SOAK else (1_000, 10, 100.0)


def played(program: str, plan: faults.Plan | whole.Plan) -> dict[str, Any]:
    """What a run says at its end; it forks, so it is a process of its own."""
    command = [sys.executable, "-m", f"tests.mot.delivery.{program}", json.dumps(asdict(plan))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=plan.longest + 60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.postgres
def test_kills_lose_nothing_and_double_nothing(postgres_url: str, receiver: HttpReceiver):
    plan = faults.Plan(postgres_url, receiver.address, seed=20260302, occurrences=OCCURRENCES, kills=KILLS,
                       longest=LONGEST)  # fmt: skip
    engine(postgres_url).dispose()
    said = played("faults", plan)
    print(said, len(receiver.seen), "pushes arrived")
    assert said["kills"] == KILLS
    assert said["done"], said
    assert list(checker.faults(plan, receiver.seen))[:10] == []


@pytest.mark.postgres
def test_the_checker_sees_what_is_wrong(postgres_url: str):
    """A loss, a double effect and an overrun that are put there on purpose."""
    plan = faults.Plan(postgres_url, "http://127.0.0.1:1", seed=1, occurrences=60, kills=0)
    with engine(postgres_url).begin() as connection:
        connection.execute(text(faults.TASKS))
    faults.produce(faults.Plan(**{**plan.__dict__, "producers": 1}), 0)
    with engine(postgres_url).begin() as connection:
        connection.execute(text("UPDATE delivery_standing SET state = 'SENT', ready_at = NULL"))
        connection.execute(text("DELETE FROM fault_task WHERE no = 4"))

    told = "\n".join(checker.faults(plan, []))

    assert "occurrence 4: 0 tasks, 1 deliveries" in told
    assert "message None in the inbox" in told
    assert "sent under a cap of 3" in told
    assert "its proof that it arrived is not its own" in told
    assert "says sent, and never arrived" in told


@pytest.fixture
def whole_plan(postgres_url: str, receiver: HttpReceiver) -> whole.Plan:
    plan = whole.Plan(postgres_url, receiver.address, seed=20260302, clients=CLIENTS, kills=WHOLE_KILLS,
                      started=time.time(), longest=WHOLE_LONGEST)  # fmt: skip
    whole.settle(plan)
    engine(postgres_url).dispose()
    return plan


@pytest.mark.postgres
def test_kills_of_the_whole_engine_lose_nothing_and_pass_no_gate(whole_plan: whole.Plan, receiver: HttpReceiver):
    said = played("whole", whole_plan)
    left = whole_checker.Left(whole_plan.url)
    print(said, whole_plan.occurrences, "events", len(left.tasks), "tasks", len(receiver.seen), "pushes arrived")

    assert (said["kills"], said["done"]) == (WHOLE_KILLS, True), said
    assert list(whole_checker.faults(whole_plan, receiver.seen))[:10] == []
    assert {"FIRED", "HELD_OUT", "CAPPED", "GATED"} <= {row["outcome"] for row in left.judgements}
    assert {"INBOX", "WECOM"} == {row["channel"] for row in left.deliveries if row["state"] == "SENT"}
    for what, (table, statement, word) in BREACHES.items():
        with engine(whole_plan.url).begin() as connection:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            connection.execute(text(statement))
        assert any(word in one for one in whole_checker.faults(whole_plan, receiver.seen)), what


BREACHES: dict[str, tuple[str, str, str]] = {
    "a lost event": (
        "mot_event", "DELETE FROM mot_event WHERE kind = 'BIRTH' AND client_no = 'K00000'", "told 0 times",
    ),
    "a lost delivery": (
        "delivery", "DELETE FROM delivery WHERE id = (SELECT min(id) FROM delivery)", "other deliveries",
    ),
    "a lost entry": (
        "mot_task_state", "DELETE FROM mot_task_state WHERE id = (SELECT min(id) FROM mot_task_state)", "0 entries",
    ),
    "a lost judgement": (
        "mot_judgement", "DELETE FROM mot_judgement WHERE key = (SELECT min(key) FROM mot_judgement)", "lost",
    ),
    "no decision": ("decision", "DELETE FROM decision", "names M1 on None"),
    "an overrun": (
        "mot_task", "UPDATE mot_task SET mandatory = false, owner_no = 'A0000'", "optional tasks on the day",
    ),
    "against a wish": (
        "delivery_standing",
        "UPDATE delivery_standing SET state = 'SENT', ended_at = '2026-03-03' WHERE state = 'HELD'",
        "went out against",
    ),
}  # fmt: skip
"""What the checker must see, put there on purpose: the table, the statement, and a word of what it says then."""
