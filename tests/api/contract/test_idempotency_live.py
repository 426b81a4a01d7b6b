"""Twins on a real server of two processes, and a server that dies between effect and commit."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlmodel import Session, select

from api.contract.tables import AnswerRow
from kit.db import engine
from tests.api.contract.servers import Server, notes, serving
from tests.databases import Databases

TWINS = 50


@pytest.fixture(scope="module")
def server(databases: Databases) -> Iterator[Server]:
    """Two processes on one database, for the tests of this file."""
    url = databases.migrated()
    with serving(url, workers=2) as running:
        yield running
    databases.drop(url)


def post(server: Server, key: str, path: str = "/api/notes", **note: object) -> httpx.Response:
    headers = {"Idempotency-Key": key}
    return httpx.post(f"{server.url}{path}", json={"text": key, **note}, headers=headers, timeout=60)


def all_at_once(count: int, *call: object, **note: object) -> list[httpx.Response]:
    """`count` twins, each on a connection of its own."""
    with ThreadPoolExecutor(count) as pool:
        return [one.result() for one in [pool.submit(post, *call, **note) for _ in range(count)]]  # type: ignore[arg-type]


def test_fifty_twins_on_two_processes_have_one_effect_and_one_answer(server):
    answers = all_at_once(TWINS, server, "twins", seconds=0.3)

    assert {one.status_code for one in answers} == {201}
    assert len({one.content for one in answers}) == 1
    assert notes(server.database_url, "twins") == 1
    assert sum("idempotency-replayed" not in one.headers for one in answers) == 1


def test_a_twin_that_would_wait_too_long_gets_409_and_the_effect_is_still_one(server):
    answers = all_at_once(4, server, "slow", "/api/hasty", seconds=3)
    later = post(server, "slow", "/api/hasty", seconds=3)

    assert sorted({one.status_code for one in answers}) == [201, 409]
    assert (later.status_code, notes(server.database_url, "slow")) == (201, 1)


def test_a_hundred_different_requests_at_once_all_get_through(server):
    with ThreadPoolExecutor(100) as pool:
        keys = [f"different-{number}" for number in range(100)]
        statuses = [one.status_code for one in pool.map(lambda key: post(server, key), keys)]

    assert set(statuses) == {201}
    assert sum(notes(server.database_url, key) for key in keys) == 100


def test_killed_between_effect_and_commit_nothing_is_left_and_the_retry_does_it_once(database_url):
    with serving(database_url, workers=1) as server, pytest.raises(httpx.TransportError):
        post(server, "dead", fate="killed")
    with Session(engine(database_url)) as session:
        kept = session.exec(select(AnswerRow)).all()
    assert (kept, notes(database_url)) == ([], 0)

    with serving(database_url, workers=1) as server:
        retried = [post(server, "dead").status_code for _ in range(2)]

    assert (retried, notes(database_url)) == ([201, 201], 1)
