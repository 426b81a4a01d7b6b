"""Sealing: in the order of ids, none skipped, none twice, by as many sealers as there are."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import Session

from kit.db import engine, transaction
from kit.trail import sealer as sealer_module
from kit.trail.anchor import AnchorFile
from kit.trail.sealer import Sealer, seal_all, seal_and_anchor, waiting
from kit.trail.service import record, seal_pending
from kit.trail.verify import verify

from .conftest import NOW, an_entry, fill

WRITERS, EACH = 6, 25


def sealed_ids(url):
    with engine(url).connect() as connection:
        return list(connection.execute(text("SELECT trail_id FROM trail_seal ORDER BY position")).scalars())


def test_sealing_takes_blocks_until_nothing_waits(database_url):
    fill(database_url, 7)
    with transaction(database_url) as session:
        assert seal_pending(session, NOW, most=5) == 5

    assert waiting(database_url)
    assert seal_all(database_url, NOW) == 2
    assert not waiting(database_url)
    assert seal_all(database_url, NOW) == 0
    assert list(range(1, 8)) == sealed_ids(database_url)


def test_an_entry_that_commits_late_is_sealed_late_and_not_skipped(database_url):
    if engine(database_url).dialect.name == "sqlite":
        return  # one writer at a time: ids commit in order
    with Session(engine(database_url)) as slow:
        record(slow, an_entry(1))
        fill(database_url, 2, 2)
        assert seal_all(database_url, NOW) == 2
        slow.commit()

    assert seal_all(database_url, NOW) == 1
    assert sealed_ids(database_url) == [2, 3, 1]
    assert verify(database_url, NOW).whole


def write(url, writer):
    for number in range(EACH):
        with transaction(url) as session:
            record(session, an_entry(number, record_id=f"W{writer}"))
            if number % 5 == 4:
                record(session, an_entry(number, record_id=f"W{writer}"))


def test_many_writers_and_two_sealers_lose_nothing(database_url, tmp_path):
    anchors = AnchorFile(tmp_path / "anchors.jsonl", "key")
    sealers = [
        Sealer(database_url, anchors, every=timedelta(milliseconds=5), anchor_every=timedelta(), clock=lambda: NOW)
        for _ in range(2)
    ]
    for sealer in sealers:
        sealer.start()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda writer: write(database_url, writer), range(WRITERS)))
    for sealer in sealers:
        sealer.stop()

    verdict = verify(database_url, NOW, anchors)
    written = WRITERS * (EACH + EACH // 5)
    assert (True, written, 0) == (verdict.whole, verdict.sealed, verdict.waiting)
    assert written == verdict.anchored_to == len(set(sealed_ids(database_url)))


def test_a_writer_does_not_wait_for_a_sealer(database_url):
    """On PostgreSQL a sealer in the middle of its work holds nothing that a writer needs."""
    if engine(database_url).dialect.name == "sqlite":
        return
    fill(database_url, 2)
    with Session(engine(database_url)) as sealing:
        seal_pending(sealing, NOW)
        with Session(engine(database_url)) as writing:
            writing.execute(text("SET LOCAL statement_timeout = '5s'"))
            record(writing, an_entry(3))
            writing.commit()
        sealing.commit()

    assert (verify(database_url, NOW).whole, *counts(database_url)) == (True, 2, 1)


def counts(url):
    verdict = verify(url, NOW)
    return verdict.sealed, verdict.waiting


def test_a_verifier_beside_writers_sees_one_state(database_url):
    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(write, database_url, 1)
        verdicts = []
        while not writing.done():
            seal_all(database_url, NOW)
            verdicts.append(verify(database_url, NOW))
        writing.result()

    assert all(verdict.whole for verdict in verdicts)


def test_the_thread_seals_and_goes_on_after_a_failure(database_url, monkeypatch):
    failing = iter([True, True])
    usual = sealer_module.seal_all

    def sometimes(url, now):
        if next(failing, False):
            raise OSError("database away")
        return usual(url, now)

    monkeypatch.setattr(sealer_module, "seal_all", sometimes)
    sealer = Sealer(database_url, every=timedelta(milliseconds=5), clock=lambda: NOW)
    fill(database_url, 1)
    sealer.start()
    sealer.start()  # once is enough
    for _ in range(2_000):
        if not waiting(database_url):
            break
        time.sleep(0.005)
    sealer.stop()
    sealer.stop()

    assert sealed_ids(database_url) == [1]


def test_a_command_seals_and_anchors_its_own_work(database_url, tmp_path):
    anchors = AnchorFile(tmp_path / "new folder" / "anchors.jsonl")
    fill(database_url, 3)

    assert seal_and_anchor(database_url, NOW, anchors) == 3
    assert seal_and_anchor(database_url, NOW, anchors) == 0
    assert [anchor.position for anchor in anchors.read().lines] == [3]
    assert anchors.path.stat().st_mode & 0o777 == 0o600
