"""Events on file: refused by name, told once, derived once; scenario versions from draft to retirement; event files."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

import mot.imports  # noqa: F401  the kind becomes known
from clients.intake import import_file
from clients.repository import NoSuchClient
from clients.staff.problems import ChangedMeanwhile
from kit.access import Role, everything
from kit.clock import today
from kit.db import transaction
from mot.events.columns import events_of
from mot.events.desk import EventAsk, EventDesk, EventKnown, columns_of, file_derived
from mot.events.kinds import event_kind
from mot.events.problems import EventInFuture, EventTooOld, SourceNotAllowed, UnknownEventKind, WrongFamily
from mot.events.tables import EventRow
from mot.events.types import Family, Source
from mot.scenario.desk import SameDrafter, ScenarioDesk, ScenarioNotOpen
from mot.scenario.problems import ScenarioMalformed
from mot.scenario.status import ScenarioStatus
from mot.scenario.tables import ScenarioRow
from tests.mot.world import CLIENTS, DAY, stamp

TOLD = {"client_no": "C01", "kind": "BIRTH", "occurred_on": DAY, "source": Source.API}
REFUSED = [
    ({"client_no": "C99"}, NoSuchClient), ({"kind": "WEDDING"}, UnknownEventKind),
    ({"occurred_on": DAY + timedelta(days=1)}, EventInFuture),
    ({"occurred_on": DAY - timedelta(days=200)}, EventTooOld),
    ({"family": Family.MARKET}, WrongFamily), ({"source": Source.LEDGER}, SourceNotAllowed),
]  # fmt: skip


@pytest.mark.parametrize(("change", "problem"), REFUSED)
def test_an_event_that_can_not_be_believed_is_refused_by_name_and_not_kept(url, change, problem):
    with transaction(url) as session:
        with pytest.raises(problem):
            EventDesk(session, everything(DAY)).tell(EventAsk(**{**TOLD, **change}), stamp())
        assert list(session.scalars(select(EventRow))) == []


def test_the_same_event_twice_is_one_whoever_tells_it(url):
    with transaction(url) as session:
        desk = EventDesk(session, everything(DAY))
        desk.tell(EventAsk(**TOLD), stamp())
        with pytest.raises(EventKnown, match="已经登记"):
            desk.tell(EventAsk(**{**TOLD, "source": Source.CLIENT}), stamp())
        desk.tell(EventAsk(**{**TOLD, "ref": "twin"}), stamp())
        assert len(list(session.scalars(select(EventRow)))) == 2


def test_derived_events_are_filed_once_and_come_back_as_the_same_columns(url):
    kind, n = event_kind("LARGE_INFLOW", DAY), 3
    made = events_of(
        kind, np.arange(n), np.full(n, DAY.toordinal()), Source.LEDGER, amount=np.array([5e5, 6e5, 7e5]),
        ref=np.array([-1, -1, -1]),
    )  # fmt: skip
    with transaction(url) as session:
        filing = (session, everything(DAY), made, CLIENTS, lambda *_: "", {}, DAY, stamp())
        assert (file_derived(*filing), file_derived(*filing)) == (n, 0)
        rows = EventDesk(session, everything(DAY)).read.pending(DAY)
        back = columns_of(rows, {one: place for place, one in enumerate(CLIENTS)}, DAY).events

        assert back.client.tolist() == [0, 1, 2]
        assert back.amount.tolist() == [5e5, 6e5, 7e5]
        assert back.expires.tolist() == made.expires.tolist()
        assert rows[0].facts == {"amount_yuan": 500_000}


def test_an_event_on_file_refuses_every_change(url):
    with transaction(url) as session:
        row = EventDesk(session, everything(DAY)).tell(EventAsk(**TOLD), stamp())
        row.client_no = "C02"
        with pytest.raises(DBAPIError, match="append-only"):
            session.flush()
        session.rollback()


def test_an_event_file_names_each_bad_row_and_twice_changes_nothing(url, tmp_path):
    file = tmp_path / "events.csv"
    on = today() - timedelta(days=3)
    file.write_text(
        "客户号,事件,事件日期,要素,业务编号\n"
        f"C01,交易所警示,{on},measure=口头警示;security_name=样例,W-1\n"
        f"C02,BIRTH,{on},,\nC99,BIRTH,{on},,\nC03,WEDDING,{on},,\nC04,BIRTH,2199-01-01,,\n",
        encoding="utf-8",
    )
    first, second = import_file(url, file, kind="events"), import_file(url, file, kind="events")

    assert (first.rows_new, first.rows_refused) == (2, 3)
    assert [one.line for one in first.rejects] == [4, 5, 6]
    assert (second.rows_new, second.rows_known) == (0, 2)


def text_of(session):
    return ScenarioDesk(session).get("big-loss-company").scenario.text.replace("holdout: 0.1", "holdout: 0.3")


def test_a_version_is_drafted_previewed_approved_by_another_and_the_one_before_retired(url):
    author, officer = stamp(who="author", role=Role.COMPLIANCE), stamp(who="officer", role=Role.COMPLIANCE)
    with transaction(url) as session:
        desk = ScenarioDesk(session)
        old, new = desk.get("big-loss-company"), desk.draft(text_of(session), author)
        key = ("big-loss-company", new.scenario.version)
        assert desk.draft(text_of(session), author) == new, "the same text is the same version"
        with pytest.raises(ScenarioNotOpen, match="先预演"):
            desk.approve(*key, note="可以", expected_version=1, stamp=officer)
        seen = desk.previewed(*key, {"tasks": 3}, expected_version=1, stamp=author)
        with pytest.raises(SameDrafter):
            desk.approve(*key, note="可以", expected_version=2, stamp=author)
        with pytest.raises(ChangedMeanwhile):
            desk.approve(*key, note="可以", expected_version=1, stamp=officer)
        done = desk.approve(*key, note="可以", expected_version=seen.version, stamp=officer)

        assert (done.status, done.in_force_from, done.preview) == (ScenarioStatus.APPROVED, DAY, {"tasks": 3})
        before = desk.get("big-loss-company", old.scenario.version)
        assert (before.status, before.retired_on) == (ScenarioStatus.RETIRED, DAY)
        assert [one.version for one in desk.in_force(DAY) if one.id == "big-loss-company"] == [new.scenario.version]
        with pytest.raises(ScenarioNotOpen, match="不能恢复"):
            desk.previewed("big-loss-company", old.scenario.version, {}, expected_version=before.version, stamp=author)


def test_a_text_with_faults_is_refused_with_every_line(url):
    with transaction(url) as session, pytest.raises(ScenarioMalformed, match="没有事件种类"):
        ScenarioDesk(session).draft(text_of(session).replace("BIG_LOSS", "BIGGER_LOSS"), stamp())


@pytest.mark.parametrize(("field", "value"), [("text", "id: x"), ("digest", "sha256:0"), ("status", "APPROVED")])
def test_the_database_refuses_to_change_a_text_or_to_bring_back_what_is_retired(url, field, value):
    with transaction(url) as session:
        desk = ScenarioDesk(session)
        one = desk.get("big-loss-company")
        desk.retire(one.scenario.id, one.scenario.version, why="试", expected_version=one.version, stamp=stamp())
        row = session.scalars(select(ScenarioRow).where(ScenarioRow.digest == one.scenario.version)).one()
        setattr(row, field, value)
        with pytest.raises(DBAPIError, match="fixed"):
            session.flush()
        session.rollback()
