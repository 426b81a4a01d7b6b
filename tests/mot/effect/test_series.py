"""AUM and MAU: sums by unit, growth net of market and flows, and rows of a real ledger that repeat to the cent."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlmodel import select

from clients.intake import import_file
from clients.logins.tables import LoginRow
from clients.repository import ClientRepository
from clients.staff.tables import BranchRow, PostRow, RelationRow, StaffRow
from jobs.totals import file_totals
from kit.access import Reach, Scope, everything
from kit.db import transaction
from mot.effect.filing import SeriesFiler
from mot.effect.money import StoredMoney, money_of
from mot.effect.repository import SeriesRepository
from mot.effect.series import NOBODY, ClientDay, Unit, active, growth, placed, totals
from mot.effect.tables import SeriesRow
from mot.effect.types import Level
from tests.cli.world import files
from tests.mot.world import at, client_id, stamp

FIRST, LAST = date(2024, 6, 3), date(2024, 6, 14)
SINCE = date(2024, 1, 2)
LAST_DAYS = np.array([LAST.toordinal()])
YUAN = some.decimals(-(10**9), 10**9, places=2)


def test_a_client_whose_assets_are_not_known_is_counted_and_stands_in_no_sum():
    clients = ClientDay(
        assets=np.array([100.0, 50, np.nan, 7]), before=np.array([90.0, np.nan, np.nan, 7]),
        flow=np.array([4.0, 50, np.nan, 0]), open=np.array([True, True, True, False]),
        active=np.array([True, False, True, True]),
    )  # fmt: skip
    (row,) = totals(clients, [Unit(Level.FIRM, "", "全公司")], np.zeros(4, dtype=np.int64))

    assert (row.clients, row.known, row.mau) == (3, 2, 2)
    assert (row.aum, row.flow, row.market) == (Decimal("150.00"), Decimal("54.00"), Decimal("6.00"))


def test_units_stand_by_code_and_nobodys_clients_last():
    units, place = placed(
        ["B", NOBODY, "A", "B"], {"A": ("甲", ""), "B": ("乙", "X"), NOBODY: ("无", "")}, Level.BRANCH
    )

    assert [one.code for one in units] == ["A", "B", NOBODY]
    assert place.tolist() == [1, 2, 0, 1]


def test_active_is_within_the_last_thirty_days_the_day_included():
    rows, on = np.array([0, 1, 2, 3]), np.array([71, 70, 100, 101])

    assert active(rows, on, 5, 100, 30).tolist() == [True, False, True, False, False]


@given(some.lists(some.tuples(YUAN, YUAN, YUAN), min_size=1, max_size=8))
def test_growth_adds_up_to_the_cent(days):
    found = growth(days)

    assert found.first + found.flow + found.market + found.rest == found.last
    assert growth(days[:1]).flow == 0
    assert growth([]) is None


@given(some.integers(1, 10**9), some.integers(-(10**6), 10**6))
def test_a_rise_of_the_market_alone_is_no_growth_of_ours(start, gain):
    first, last = Decimal(start), Decimal(start + gain)

    assert growth([(first, Decimal(0), Decimal(0)), (last, Decimal(0), Decimal(gain))]).net == 0


@pytest.fixture(scope="module")
def ledger_url(databases, tmp_path_factory):
    """The market of 2024 with five accounts; C1 is served by A1 of branch B1, C2 to C4 by nobody; C2 logged in."""
    url = databases.migrated()
    for path in files(tmp_path_factory.mktemp("series")):
        import_file(url, path)
    with transaction(url) as session:
        branch = BranchRow(branch_no="B1", name="一部")
        person = StaffRow(staff_no="A1", name="甲")
        session.add_all([branch, person])
        session.flush()
        session.add(PostRow(staff_id=person.id, branch_id=branch.id, post="ADVISOR", valid_from=SINCE))
        client = client_id(session, "C1")
        session.add(RelationRow(client_id=client, staff_id=person.id, role="MAIN", valid_from=SINCE))
        session.add(LoginRow(client_id=client_id(session, "C2"), at=at(FIRST), day=FIRST, channel="APP"))
    yield url
    databases.drop(url)


def rows(url, scope=None):
    with transaction(url) as session:
        found = SeriesRepository(session, scope or Scope(Reach.ALL, "", LAST)).rows(FIRST, LAST)
        return [(row.id, row.day, row.level, row.unit, row.known, row.aum, row.flow, row.market, row.mau)
                for row in found]  # fmt: skip


def test_the_series_repeats_to_the_same_rows(ledger_url):
    with transaction(ledger_url) as session:
        first = SeriesFiler(session).fill(FIRST, LAST, stamp(LAST))
    before = rows(ledger_url)
    with transaction(ledger_url) as session:
        again = SeriesFiler(session).fill(FIRST, LAST, stamp(LAST))
        alone = SeriesFiler(session).fill(LAST, LAST, stamp(LAST))

    assert (first.days, first.changed, again.changed, alone.changed) == (9, 9, 0, 0), "10 June 2024 is a holiday"
    assert rows(ledger_url) == before
    assert any(row[5] > 0 for row in before)


def test_the_daily_totals_on_file_give_the_same_rows_as_a_replay(ledger_url, databases):
    url = databases.copy(ledger_url)
    with transaction(url) as session:
        SeriesFiler(session).fill(FIRST, LAST, stamp(LAST))
        assert file_totals(session, LAST, stamp(LAST)).clients
        everybody = ClientRepository(session, everything(LAST))
        read = money_of(session, everybody.clients(), (), LAST_DAYS, everybody.import_version())
        again = [SeriesFiler(session).fill(first, LAST, stamp(LAST), dry=True).changed for first in (FIRST, LAST)]
    databases.drop(url)

    assert isinstance(read, StoredMoney)
    assert again == [0, 0]


def test_the_parts_of_every_level_add_up_to_the_firm(ledger_url):
    with transaction(ledger_url) as session:
        SeriesFiler(session).fill(FIRST, LAST, stamp(LAST))
        found = session.scalars(select(SeriesRow)).all()
    for day in {row.day for row in found}:
        (firm,) = [row for row in found if row.day == day and row.level == "FIRM"]
        for level in ("BRANCH", "ADVISOR", "GRADE"):
            parts = [row for row in found if row.day == day and row.level == level]
            for name in ("clients", "known", "mau"):
                assert sum(getattr(row, name) for row in parts) == getattr(firm, name)
            for name in ("aum", "flow", "market"):
                assert abs(sum(getattr(row, name) for row in parts) - getattr(firm, name)) <= Decimal("0.05")


def test_a_day_of_the_series_is_flow_and_market(ledger_url):
    with transaction(ledger_url) as session:
        SeriesFiler(session).fill(FIRST, LAST, stamp(LAST))
        found = SeriesRepository(session, Scope(Reach.ALL, "", LAST)).rows(FIRST, LAST, Level.ADVISOR, "A1")
    told = growth([(row.aum, row.flow, row.market) for row in found])

    assert [row.known for row in found] == [1] * 9
    assert abs(told.rest) <= Decimal("0.10"), "nobody came or went"


def test_a_changed_ledger_changes_its_day_alone(ledger_url, databases):
    url = databases.copy(ledger_url)
    with transaction(url) as session:
        SeriesFiler(session).fill(FIRST, LAST, stamp(LAST))
        session.add(LoginRow(client_id=client_id(session, "C3"), at=at(LAST), day=LAST, channel="APP"))
        session.flush()
        changed = SeriesFiler(session).fill(FIRST, LAST, stamp(LAST), dry=True)
    databases.drop(url)

    assert changed.changed == 1


@pytest.mark.parametrize(
    ("reach", "subject", "levels"),
    [(Reach.BOOK, "staff:A1", {"ADVISOR"}), (Reach.BRANCH, "staff:A1", {"ADVISOR", "BRANCH"}),
     (Reach.BOOK, "staff:A9", set()), (Reach.OWN, "client:C1", set()), (Reach.NONE, "", set())],
)  # fmt: skip
def test_a_scope_shows_its_own_rows(ledger_url, reach, subject, levels):
    with transaction(ledger_url) as session:
        SeriesFiler(session).fill(LAST, LAST, stamp(LAST))
    found = rows(ledger_url, Scope(reach, subject, LAST))

    assert {row[2] for row in found} == levels
    assert {row[3] for row in found} <= {"A1", "B1"}
