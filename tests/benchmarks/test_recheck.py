"""The book of the recheck is one that was looked at the day before: only what the change touches is judged again."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from benchmarks import recheck
from kit.db import engine
from suitability.monitoring.repository import WatchRepository

CLIENTS, SECURITIES, LOWERED = 30, 20, 10


def test_the_difference_alone_is_judged_and_written(database_url):
    if database_url.startswith("sqlite"):
        pytest.skip("the book is made by PostgreSQL itself")
    recheck.fill(database_url, CLIENTS, SECURITIES)
    with Session(engine(database_url)) as session:
        before = WatchRepository(session).state()
        recheck.assess(session, LOWERED, CLIENTS, recheck.DAY, spread=0)
        session.commit()

    run = recheck.recheck(database_url)

    fell = [one for one in range(1, LOWERED + 1) if one % 5]  # every fifth was of the lowest level before
    assert run.counts["accounts_read"] == 0
    assert run.counts["judged"] == run.counts["changed"] == len(fell) * recheck.HELD_EACH
    with Session(engine(database_url)) as session:
        after = WatchRepository(session).state()
    assert len(after) == len(before) == CLIENTS * recheck.HELD_EACH
    assert (after.client_rank != before.client_rank).sum() == run.counts["changed"]
    assert len(recheck.every_pair(database_url)) == CLIENTS
