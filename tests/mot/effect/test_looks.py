"""Registration, groups and looks on the databases: filed before the first fire, fixed for good, one look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from clients.logins.tables import LoginRow
from kit.db import transaction
from mot.contact.tables import PreferenceRow
from mot.effect.registration import register
from mot.effect.repository import EffectRepository
from mot.effect.service import EffectDesk, NotRegistered
from mot.effect.statistics import newcombe
from mot.effect.tables import FindingRow, MeasureRow
from mot.effect.types import Arm, Lack
from mot.matching.holdout import GLOBAL, Holdout
from mot.scenario.desk import ScenarioDesk
from mot.tasks.tables import JudgementRow, TaskRow
from tests.mot.world import CLIENTS, DAY, SINCE, at, client_id, happened, make, stamp

SOME_HELD = Holdout(b"a key of the test, no secret", 0.1)
WINDOW = 30
SPLIT = 30


def measure(session, scenario="holding-news-tip"):
    return EffectRepository(session).measures(scenario)[0]


def news(session, clients, day=DAY):
    for client in clients:
        happened(session, client, "HOLDING_NEWS", day, "N1", security_name="样例", headline="公告")


def rewritten(session, scenario_id, *changes):
    """A version of a shipped scenario with other words, in force."""
    desk, by = ScenarioDesk(session), stamp(who="officer")
    text = desk.get(scenario_id).scenario.text
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    new = desk.draft(text, stamp(who="author"))
    seen = desk.previewed(scenario_id, new.scenario.version, {}, expected_version=1, stamp=by)
    desk.approve(scenario_id, new.scenario.version, note="可以", expected_version=seen.version, stamp=by)
    return new.scenario


def test_what_will_be_measured_is_on_file_when_the_first_task_is(url):
    with transaction(url) as session:
        news(session, ["C01"])
        make(session, dry=True)
        assert EffectRepository(session).measures() == []
        make(session)
        found = {one.plan.scenario_id: one for one in EffectRepository(session).measures()}

        assert len(found) == len(ScenarioDesk(session).in_force(DAY))
        assert not any(one.late for one in found.values())
        assert (found["holding-news-tip"].plan.window_days, found["holding-news-tip"].plan.share_held) == (30, 0.1)
        assert register(session, ScenarioDesk(session).in_force(DAY), DAY, stamp()) == 0


CHANGES = [
    "UPDATE mot_measure SET metric = 'AUM'", "UPDATE mot_measure SET late = NOT late", "DELETE FROM mot_measure",
    "UPDATE mot_finding SET concluded = NOT concluded", "DELETE FROM mot_finding",
]  # fmt: skip


@pytest.fixture(scope="module")
def registered_url(databases, house_url):
    """One event judged, one finding filed."""
    made = databases.copy(house_url)
    with transaction(made) as session:
        news(session, ["C01"])
        make(session)
        session.add(FindingRow(
            measure_id=measure(session).id, day=DAY, concluded=False, content={}, filed_at=at(DAY), digest="x"
        ))  # fmt: skip
    yield made
    databases.drop(made)


@pytest.mark.parametrize("change", CHANGES)
def test_the_database_refuses_to_change_what_is_registered_or_found(registered_url, change):
    with pytest.raises(DBAPIError, match="append-only"), transaction(registered_url) as session:
        session.execute(text(change))


def test_a_second_registration_of_a_version_is_refused(registered_url):
    with transaction(registered_url) as session:
        row = session.scalars(select(MeasureRow)).first()
        kept = {name: getattr(row, name) for name in MeasureRow.model_fields if name != "id"}
        session.add(MeasureRow(**kept))
        with pytest.raises(DBAPIError):
            session.flush()
        session.rollback()


def test_the_database_refuses_a_task_of_a_version_that_is_not_registered(registered_url):
    with transaction(registered_url) as session:
        row = session.scalars(select(TaskRow)).first()
        new = rewritten(session, row.scenario_id, ("holdout: 0.1", "holdout: 0.2"))
        kept = {name: getattr(row, name) for name in TaskRow.model_fields if name not in ("id", "key")}
        session.add(TaskRow(key="another", **{**kept, "scenario_digest": new.version}))
        with pytest.raises(DBAPIError, match="not registered"):
            session.flush()
        session.rollback()


def test_groups_are_those_of_the_hash_whatever_the_gate_does(url):
    with transaction(url) as session:
        for client in CLIENTS[:10]:
            session.add(PreferenceRow(
                client_id=client_id(session, client), valid_from=DAY, consent_service=False, told_by="x",
                told_at=at(SINCE),
            ))  # fmt: skip
        news(session, CLIENTS)
        make(session, holdout=SOME_HELD)
        scenario = ScenarioDesk(session).get("holding-news-tip").scenario
        everywhere = {one for one, held in zip(CLIENTS, SOME_HELD.held_globally(CLIENTS), strict=True) if held}
        own = {one for one, held in zip(CLIENTS, SOME_HELD.held(scenario, CLIENTS), strict=True) if held} - everywhere
        people, mixed = EffectRepository(session).enrolled(measure(session), DAY)
        found = {arm: {one.client_no for one in people if one.arm is arm} for arm in Arm}

        assert (found[Arm.GLOBAL], found[Arm.HELD_OUT], mixed) == (everywhere, own, 0)
        assert found[Arm.TREATED] == set(CLIENTS) - everywhere - own
        assert found[Arm.TREATED] & set(CLIENTS[:10]), "who was held back by the gate still belongs to the treated"
        for one in EffectRepository(session).measures(GLOBAL):
            people, mixed = EffectRepository(session).enrolled(one, DAY)
            left = {it.client_no for it in people if it.arm is Arm.HELD_OUT}
            assert (left, len(people), mixed) == (everywhere, len(CLIENTS), 0), "one scenario's holdout is no other's"
            assert EffectRepository(session).enrolled(replace(one, registered_on=DAY + timedelta(days=1)), DAY)[0] == ()
        whole = {view.registered.plan.metric: view.finding for view in EffectDesk(session).programme(DAY)}
        assert {name: one.sample.enrolled[Arm.HELD_OUT] for name, one in whole.items()} == {
            "AUM": len(everywhere), "MAU": len(everywhere)
        }
        views = {one.registered.plan.scenario_id: one.finding.sample for one in EffectDesk(session).list(DAY)}
        assert views["holding-news-tip"].enrolled == {arm: len(found[arm]) for arm in Arm}


def test_a_client_counts_once_by_the_first_day(url):
    with transaction(url) as session:
        news(session, ["C01"])
        make(session)
        later = DAY + timedelta(days=14)
        news(session, ["C01"], later)
        make(session, later)
        people, _ = EffectRepository(session).enrolled(measure(session), later)

        assert [(one.client_no, one.day) for one in people] == [("C01", DAY)]


def test_what_was_decided_before_registrations_were_kept_is_not_concluded_upon(url):
    with transaction(url) as session:
        scenario = ScenarioDesk(session).get("holding-news-tip").scenario
        session.add(judged(scenario, "C01", "FIRED"))
        session.flush()
        register(session, [scenario], DAY, stamp())
        (view,) = EffectDesk(session).list(DAY)

        assert view.registered.late
        assert Lack.REGISTERED_LATE in [one.lack for one in view.finding.missing]


def judged(scenario, client, outcome, why="", day=DAY):
    return JudgementRow(
        key=f"{client}:{day}", client_no=client, scenario_id=scenario.id, scenario_digest=scenario.version,
        event=f"e:{client}", outcome=outcome, why=why or outcome, first_on=day, day=day,
    )  # fmt: skip


@pytest.fixture
def ended_url(url):
    """Half the clients treated, half held out, a month over: 24 of the treated logged in, 12 of the others."""
    with transaction(url) as session:
        scenario = rewritten(
            session, "holding-news-tip", ("holdout: 0.1", "holdout: 0.5"), ("2027-05-31", "2026-06-30")
        )
        register(session, [scenario], DAY, stamp())
        for place, client in enumerate(CLIENTS):
            session.add(judged(scenario, client, "FIRED" if place < SPLIT else "HELD_OUT"))
            if place < 24 or SPLIT <= place < 42:
                on = DAY + timedelta(days=WINDOW)
                session.add(LoginRow(client_id=client_id(session, client), at=at(on), day=on, channel="APP"))
            too_late = DAY + timedelta(days=WINDOW + 1)
            session.add(LoginRow(client_id=client_id(session, client), at=at(too_late), day=too_late, channel="APP"))
    return url


REVIEW = date(2026, 6, 30)


def test_one_look_on_the_review_day(ended_url):
    with transaction(ended_url) as session:
        desk = EffectDesk(session)
        assert desk.look_due(REVIEW - timedelta(days=1), stamp(REVIEW)) == 0
        assert desk.look_due(REVIEW, stamp(REVIEW), dry=True) == 1
        assert desk.look_due(REVIEW, stamp(REVIEW)) == 1
        (view,) = desk.list(REVIEW)
        gap = newcombe(24, 30, 12, 30, 0.95)

        assert view.filed
        assert view.finding.missing == ()
        assert view.finding.difference.value == pytest.approx(0.4)
        assert view.finding.difference.low == pytest.approx(float(gap.low))
        assert view.finding.sample.known == {Arm.TREATED: 30, Arm.HELD_OUT: 30}
        assert desk.look_due(REVIEW + timedelta(days=400), stamp(REVIEW)) == 0, "a conclusion is not looked for again"


def test_before_the_review_day_nothing_is_shown_of_the_difference(ended_url):
    with transaction(ended_url) as session:
        (view,) = EffectDesk(session).list(REVIEW - timedelta(days=1))

        assert (view.finding.difference, view.finding.treated, view.due) == (None, None, False)
        assert [one.lack for one in view.finding.missing] == [Lack.NOT_DUE]


def test_a_look_that_lacked_something_is_repeated_after_its_days(ended_url):
    with transaction(ended_url) as session:
        desk = EffectDesk(session)
        scenario = rewritten(session, "birthday-care", ("2027-05-31", "2026-06-30"))
        register(session, [scenario], DAY, stamp())

        assert desk.look_due(REVIEW, stamp(REVIEW)) == 2
        assert desk.look_due(REVIEW + timedelta(days=89), stamp(REVIEW)) == 0
        assert desk.look_due(REVIEW + timedelta(days=90), stamp(REVIEW)) == 1
        rows = session.scalars(select(FindingRow).order_by(col(FindingRow.id))).all()
        assert sorted(row.concluded for row in rows) == [False, False, True]


def test_money_is_read_from_the_ledger_and_what_is_not_known_is_said(ended_url):
    with transaction(ended_url) as session:
        desk = EffectDesk(session)
        scenario = rewritten(
            session, "child-education", ("holdout: 0.1", "holdout: 0.5"), ("2027-05-31", "2026-06-30"),
            ("window_days: 180\n    holdout", "window_days: 30\n    holdout"),
        )  # fmt: skip
        register(session, [scenario], DAY, stamp())
        one = measure(session, "child-education")
        assert Lack.TOO_FEW in [it.lack for it in desk.look(one, REVIEW).missing], "nobody yet"
        for place, client in enumerate(CLIENTS):
            row = judged(scenario, client, "FIRED" if place < SPLIT else "HELD_OUT")
            row.key = f"edu:{client}"
            session.add(row)
        session.flush()
        early, found = desk.look(one, REVIEW.replace(month=5)), desk.look(one, REVIEW)

        assert [it.lack for it in early.missing] == [Lack.NOT_DUE]
        assert found.sample.known == {Arm.TREATED: 0, Arm.HELD_OUT: 0}, "the house has no ledger"
        assert [it.n for it in found.missing] == [30, 30]


def test_a_review_says_what_was_registered_found_and_should_change(ended_url):
    with transaction(ended_url) as session:
        desk = EffectDesk(session)
        desk.look_due(REVIEW, stamp(REVIEW))
        (review,) = desk.reviews(REVIEW)

        assert review.outcomes == {"FIRED": 30, "HELD_OUT": 30}
        assert review.facts["completeness"].value == 1
        assert [one.id for one in review.advice] == ["WORKS"]
        assert desk.reviews(REVIEW - timedelta(days=1)) == ()
        with pytest.raises(NotRegistered):
            desk.review("no-such", "", REVIEW)
