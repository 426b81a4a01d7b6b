"""Totals on file are those of a replay: whatever was filed when, and for one client as for the book."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlmodel import Session

from advisors.book_days import Yardstick
from advisors.facts import Stints
from advisors.reading_book import Money, fill
from advisors.types import period_of
from clients.intake import import_file
from clients.repository import ClientRepository
from clients.staff.filing import Stamp
from clients.totals.tables import DailyTotalRow
from diagnosis.totals import stored_totals
from jobs.grading import FeatureReader
from jobs.totals import file_totals
from kit.access import Actor, Role, everything
from kit.db import engine, transaction
from market.grids import session_points
from tests.api.tiny import ACCOUNTS, write_tiny

DAY = date(2024, 12, 31)
STAMP = Stamp(Actor("svc", "svc", Role.SERVICE), datetime(2024, 12, 31, 9, tzinfo=UTC))


@pytest.fixture(scope="module")
def book(databases, tmp_path_factory):
    url = databases.migrated()
    for path, kind in write_tiny(tmp_path_factory.mktemp("tiny")):
        import_file(url, path, kind=kind)
    yield url
    databases.drop(url)


@pytest.fixture
def url(databases, book):
    made = databases.copy(book)
    yield made
    databases.drop(made)


def filed(url, day=DAY):
    with transaction(url) as session:
        return file_totals(session, day, STAMP)


def on_file(url):
    with Session(engine(url)) as session:
        rows = session.execute(
            select(DailyTotalRow.name, DailyTotalRow.day, DailyTotalRow.block, DailyTotalRow.numbers)
        )
        return {(name, day, block): bytes(numbers).rstrip(b"\0") for name, day, block, numbers in rows}


def read(url, day=DAY):
    with Session(engine(url)) as session:
        return FeatureReader(session, everything(day), day).book()


def same(one, other):
    (values, ids), (others, other_ids) = one, other
    assert (values.client_no, ids.tolist()) == (others.client_no, other_ids.tolist())
    assert set(values.columns) == set(others.columns)
    for name, column in values.columns.items():
        np.testing.assert_array_equal(column, others.columns[name], err_msg=name)


@pytest.mark.parametrize("day", [DAY, DAY - timedelta(days=2), DAY + timedelta(days=5)])
def test_what_is_read_from_file_is_what_a_replay_says_of_the_book_and_of_one(url, day):
    replayed = read(url, day)
    with Session(engine(url)) as session:
        alone = [FeatureReader(session, everything(day), day).client(one)[0] for one in replayed[0].client_no]
    filed(url, day)
    with Session(engine(url)) as session:
        version = ClientRepository(session, everything(day)).import_version()
        assert stored_totals(session, day, version) is not None  # so the next reading is not another replay

    same(read(url, day), replayed)
    assert any(np.isfinite(replayed[0].columns["return_year"]))
    for at, values in enumerate(alone):
        for name, column in values.columns.items():
            np.testing.assert_array_equal(column, replayed[0].columns[name][at : at + 1], err_msg=name)


def test_days_one_after_another_leave_what_the_last_alone_leaves(databases, book, url):
    other = databases.copy(book)
    for back in (40, 3, 0):
        first = filed(url, DAY - timedelta(days=back))
        assert (first.rows > 0, first.anew) == (True, 0)
    filed(other)

    ours, theirs = on_file(url), on_file(other)
    databases.drop(other)
    assert ours == {key: value for key, value in theirs.items() if key in ours}
    assert {day for _, day, _ in theirs} >= {day for _, day, _ in ours}
    assert (filed(url).rows, filed(url, DAY - timedelta(days=1)).rows) == (0, 0)  # again, and a day before: nothing


def test_a_late_file_changes_the_past_and_the_block_is_written_anew(url, tmp_path: Path):
    filed(url, DAY - timedelta(days=1))
    before = on_file(url)
    late = tmp_path / "late.csv"
    late.write_text(
        "account_no,date,kind,amount,ref_no\n" + ACCOUNTS[0] + ",2024-11-05,DEPOSIT,5000,late-1\n", encoding="utf-8"
    )
    import_file(url, late, kind="cashflows")
    with Session(engine(url)) as session:
        version = ClientRepository(session, everything(DAY)).import_version()
        assert stored_totals(session, DAY - timedelta(days=1), version) is None  # older than the data

    assert filed(url).anew == 1
    after = on_file(url)
    assert after["net_in", date(2024, 11, 1), 0] == before["net_in", date(2024, 11, 1), 0]
    assert after["net_in", date(2024, 12, 2), 0] != before["net_in", date(2024, 12, 2), 0]


def test_a_quarter_without_some_of_its_prices_is_withheld_and_says_which(url):
    day = DAY - timedelta(days=30)  # the third quarter is the last whole one
    with transaction(url) as session:
        session.execute(text("DELETE FROM daily_price WHERE day IN ('2024-08-05', '2024-08-06')"))
    values, _ = read(url, day)

    assert "assets_quarter" not in values.columns
    assert values.reason("assets_quarter") == (
        "2024-07-01 至 2024-09-30 缺 2 个交易日的行情（自 2024-08-05 起），季日均不计算；请补导行情"
    )
    assert np.isfinite(values.columns["assets"]).any()


def test_the_money_of_a_quarter_is_the_same_from_file_and_by_replay(url):
    """What advisers are graded by, from the totals of a later night as from the ledgers themselves."""
    quarter = period_of("2024Q3")
    days = session_points((), date(2023, 9, 30), quarter.last)
    yardstick = Yardstick(days, np.sin(np.arange(len(days))) / 100)

    def money():
        with Session(engine(url)) as session:
            clients = ClientRepository(session, everything(DAY)).clients()
            found = Money(len(clients), stints_of(len(clients), quarter))
            known = {one.client_no: (one.id, at) for at, one in enumerate(clients)}
            told = []
            fill(session, found, quarter, yardstick, known, lambda done, of: told.append((done, of)))
            assert told[-1] == (len(clients), len(clients))
            return found, told

    replayed, _ = money()
    filed(url)
    stored, told = money()
    assert len(told) == 1, "one reading, no replay"
    for one, other in (
        (replayed.assets, stored.assets), (replayed.exposure, stored.exposure), (replayed.outcome, stored.outcome),
        (replayed.closing, stored.closing), (replayed.stints.opening, stored.stints.opening),
        (replayed.stints.inflow, stored.stints.inflow),
    ):  # fmt: skip
        np.testing.assert_array_equal(one, other)
    assert np.isfinite(stored.assets).any()
    assert np.isfinite(stored.outcome).any()


def stints_of(n, quarter):
    """Everybody with one person, handed over on 1 August."""
    turn = date(2024, 8, 1).toordinal()
    client = np.repeat(np.arange(n), 2)
    days = np.tile([quarter.first.toordinal(), turn, turn - 1, quarter.last.toordinal()], (n, 1))
    nothing = np.full(2 * n, np.nan)
    return Stints(
        np.zeros(2 * n, dtype=np.int64), client, days[:, :2].reshape(-1), days[:, 2:].reshape(-1), np.ones(2 * n),
        np.zeros(2 * n), nothing, nothing.copy(), np.zeros(2 * n), np.zeros(2 * n),
    )  # fmt: skip
