"""Several workers on PostgreSQL, killed at random. HESHI_SOAK=1: 120 kills, 20,000 occurrences; else a share of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from kit.db import engine
from tests.conftest import SERVER
from tests.databases import Postgres
from tests.mot.channels.receivers import HttpReceiver
from tests.mot.delivery import checker, faults

ROOT = Path(__file__).parents[3]
SOAK = os.environ.get("HESHI_SOAK") == "1"
OCCURRENCES, KILLS, LONGEST = (20_000, 120, 1_800.0) if SOAK else (1_000, 10, 100.0)


@pytest.fixture
def postgres_url(tmp_path):
    if not SERVER:
        pytest.skip("needs HESHI_TEST_POSTGRES_URL")
    databases = Postgres(SERVER)
    url = databases.migrated()
    yield url
    databases.drop(url)
    databases.close()


@pytest.mark.postgres
def test_kills_lose_nothing_and_double_nothing(postgres_url: str, receiver: HttpReceiver):
    plan = faults.Plan(postgres_url, receiver.address, seed=20260302, occurrences=OCCURRENCES, kills=KILLS,
                       longest=LONGEST)  # fmt: skip
    engine(postgres_url).dispose()
    command = [sys.executable, "-m", "tests.mot.delivery.faults", faults.told(plan)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LONGEST + 60, check=False)

    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
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
        connection.execute(text("UPDATE delivery SET state = 'SENT', ready_at = NULL"))
        connection.execute(text("DELETE FROM fault_task WHERE no = 4"))

    told = "\n".join(checker.faults(plan, []))

    assert "occurrence 4: 0 tasks, 1 deliveries" in told
    assert "0 messages in the inbox" in told
    assert "sent under a cap of 3" in told
    assert "says sent, and never arrived" in told
