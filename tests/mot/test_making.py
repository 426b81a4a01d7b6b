"""From events to tasks: each shipped scenario fires and is held back; the same day again makes nothing new."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, select

from kit.access import everything
from kit.db import transaction
from mot.contact.tables import PreferenceRow, SuppressionRow
from mot.events.kinds import event_kinds
from mot.matching.holdout import Holdout
from mot.scenario.desk import ScenarioDesk
from mot.scenario.loading import shipped
from mot.tasks.offers import OfferDesk
from mot.tasks.ports import Keeping, Verdict
from mot.tasks.rechecking import recheck_before_sending
from mot.tasks.tables import JudgementRow, TaskRow, TaskStateRow
from mot.tasks.types import Outcome
from suitability.levels import AskedBy
from suitability.matching.repository import DecisionRepository
from suitability.subscriptions.service import SubscriptionService
from suitability.subscriptions.types import SubscriptionAsk
from tests.mot.world import (
    CLIENTS,
    DAY,
    NOBODY_LEFT_OUT,
    PRODUCTS,
    SINCE,
    YOUNG,
    at,
    client_id,
    happened,
    make,
    publish,
    stamp,
)

KINDS = event_kinds(DAY)
SCENARIOS = shipped(DAY)


def tell(session, scenario, client_no, day=DAY):
    kind = scenario.moment.events[0]
    ref = PRODUCTS[0] if kind in ("NEW_ISSUE", "MATURITY") else "W1" if KINDS[kind].duty else ""
    return happened(session, client_no, kind, day, ref, **{name: "1" for name in KINDS[kind].facts if name != "due_on"})


def free_client(scenario, taken):
    """A client who is not in the scenario's own holdout."""
    free = [one for one in CLIENTS if one not in taken and not NOBODY_LEFT_OUT.held(scenario, [one])[0]]
    return free[0]


def test_each_shipped_scenario_fires_for_one_client_and_is_held_back_for_another(url):
    outbox, taken, own, day_two = Keeping(), {}, {}, DAY.replace(day=3)
    with transaction(url) as session:
        for scenario in SCENARIOS:
            client = free_client(scenario, taken)
            taken[client] = scenario.id
            own[client] = YOUNG.get(scenario.id, {})
            tell(session, scenario, client)
        made = make(session, own=own, outbox=outbox)
        fired = {row.scenario_id for row in made.tasks}

        assert fired == {one.id for one in SCENARIOS}
        assert len(outbox.pushes) == len(SCENARIOS) == made.pushed
        assert {row.owner_no for row in made.tasks} == {"S2", "S3", "S4", "S6"}
    with transaction(url) as session:
        for client in taken:  # nobody speaks to the dead, whatever the purpose
            session.add(PreferenceRow(
                client_id=client_id(session, client), valid_from=DAY, deceased=True, told_by="x", told_at=at(DAY)
            ))  # fmt: skip
        session.flush()
        for client, scenario_id in taken.items():
            tell(session, next(one for one in SCENARIOS if one.id == scenario_id), client, day_two)
        again = make(session, day_two, own=own)
        held = [
            row.scenario_id for row in session.scalars(
                select(JudgementRow).where(col(JudgementRow.day) == day_two, col(JudgementRow.outcome) != "FIRED")
            )
        ]  # fmt: skip

        assert again.tasks == ()
        assert set(held) == {one.id for one in SCENARIOS}
        told = list(session.scalars(select(SuppressionRow)))
        cooling = {one.id for one in SCENARIOS if one.moment.cooldown_days}
        assert {row.scenario_id for row in told} == {one.id for one in SCENARIOS} - cooling
        assert {"MOT-G01"} <= {rule for row in told for rule in row.rules.split(",")}


def test_the_same_day_again_makes_nothing_new(url):
    with transaction(url) as session:
        happened(session, "C01", "CHURN_RISK")
        happened(session, "C02", "BIG_LOSS")
        first, second = make(session), make(session)

        assert (len(first.tasks), len(second.tasks), second.events) == (2, 0, 0)
        assert len(list(session.scalars(select(TaskStateRow)))) == 2


def test_a_new_version_of_a_scenario_does_not_fire_on_an_event_that_was_answered(url):
    with transaction(url) as session:
        happened(session, "C01", "BIG_LOSS")
        make(session)
        desk, by = ScenarioDesk(session), stamp(who="officer")
        old = desk.get("big-loss-company")
        text = old.scenario.text.replace("holdout: 0.1", "holdout: 0.2")
        new = desk.draft(text, stamp(who="author"))
        seen = desk.previewed("big-loss-company", new.scenario.version, {}, expected_version=1, stamp=by)
        desk.approve("big-loss-company", new.scenario.version, note="可以", expected_version=seen.version, stamp=by)

        assert new.scenario.version != old.scenario.version
        assert make(session).tasks == ()


def test_a_dry_run_files_nothing(url):
    with transaction(url) as session:
        happened(session, "C01", "BIG_LOSS")
        made = make(session, dry=True)

        assert (made.candidates, made.tasks) == (1, ())
        assert list(session.scalars(select(JudgementRow))) == []


def test_every_product_of_a_task_has_a_decision_that_allows_it_today(url):
    with transaction(url) as session:
        happened(session, "C01", "LARGE_INFLOW", amount_yuan=600_000.0)
        (row,) = make(session).tasks
        named = [one for one in row.offers if one["product_code"]]

        assert [one["product_code"] for one in named] == list(PRODUCTS)
        for one in named:
            decision = DecisionRepository(session, everything(DAY)).find(one["decision_id"])
            assert (decision.outcome, decision.client_no, decision.day) == ("ALLOW", "C01", DAY)


INVESTED = {"C01": {"cash_share": 0.2}}
"""What came in is in shares already: a service is spoken of, no product."""


def test_a_service_is_named_only_on_sale_of_its_kind_and_with_a_decision(url):
    with transaction(url) as session:
        happened(session, "C01", "LARGE_INFLOW", amount_yuan=600_000.0)
        (row,) = make(session, own=INVESTED).tasks
        named = [one for one in row.offers if one["product_code"]]

        assert row.scenario_id == "advice-after-inflow"
        assert [(one["kind"], one["product_code"], one["outcome"]) for one in named] == [("SERVICE", "V1", "ALLOW")]
        assert DecisionRepository(session, everything(DAY)).find(named[0]["decision_id"]).client_no == "C01"


def subscribe(session, client_no):
    ask = SubscriptionAsk(client_no=client_no, service="V1", plan="TERM", asked_by=AskedBy.CLIENT, days=30)
    SubscriptionService(session, everything(DAY)).apply(ask, stamp())


def graded_as(monkeypatch, style):
    monkeypatch.setattr("mot.tasks.offers.graded", lambda *_: {"STYLE": style, "ABCD": None})


def test_a_service_is_not_offered_to_a_client_who_has_it(url):
    with transaction(url) as session:
        subscribe(session, "C01")
        happened(session, "C01", "LARGE_INFLOW", amount_yuan=600_000.0)

        assert make(session, own=INVESTED).held_by == {"MOT-G15": 1}


def test_a_service_made_for_others_is_not_offered(url, monkeypatch):
    with transaction(url) as session:
        publish(session, "V3", styles=["DEPENDENT"])
        desk = OfferDesk(session, DAY)
        graded_as(monkeypatch, "SPECIALIST")
        assert "公司不得主动推介" in desk.not_offered("C01", "V3")
        graded_as(monkeypatch, "DEPENDENT")
        assert OfferDesk(session, DAY).not_offered("C01", "V3") == ""
        assert OfferDesk(session, DAY).not_offered("C01", PRODUCTS[0]) == ""


def test_a_service_that_the_client_took_meanwhile_is_off_the_task_and_the_push_is_held(url):
    with transaction(url) as session:
        happened(session, "C01", "LARGE_INFLOW", amount_yuan=600_000.0)
        (row,) = make(session, own=INVESTED).tasks
        subscribe(session, "C01")
        found = recheck_before_sending(session, row.id, row.owner_no, at(DAY, 11))

        assert (found.verdict, [one["kind"] for one in row.offers]) == (Verdict.HOLD, ["REPORT"])
        assert "没有适当性结论" in found.reason


def test_a_marketing_task_without_a_product_that_fits_is_gated(url, monkeypatch):
    monkeypatch.setattr(OfferDesk, "fitting", lambda *_: ())
    with transaction(url) as session:
        happened(session, "C01", "LARGE_INFLOW", amount_yuan=600_000.0)
        made = make(session)
        judged = session.scalars(select(JudgementRow).where(col(JudgementRow.scenario_id) == "large-inflow-service"))

        assert made.tasks == ()
        assert [(one.outcome, one.rules) for one in judged] == [(Outcome.GATED.value, "MOT-G15")]


def test_without_consent_service_contacts_are_held_and_duties_are_not(url):
    with transaction(url) as session:
        session.add(PreferenceRow(
            client_id=client_id(session, "C01"), valid_from=SINCE, consent_service=False, told_by="x", told_at=at(DAY)
        ))  # fmt: skip
        happened(session, "C01", "BIG_LOSS")
        happened(session, "C01", "EXCHANGE_WARNING", ref="W1", exchange="上交所", measure="口头警示")
        made = make(session)

        assert [row.scenario_id for row in made.tasks] == ["exchange-warning"]
        (held,) = session.scalars(select(SuppressionRow))
        assert (held.scenario_id, held.rules, held.next_allowed_at) == ("big-loss-company", "MOT-G03", None)


def test_a_person_is_given_no_more_optional_tasks_a_day_than_the_cap(url):
    with transaction(url) as session:
        mine = [one for one in CLIENTS if CLIENTS.index(one) % 4 == 0]
        for client in mine:
            for n in range(1, 3):
                happened(session, client, "HOLDING_NEWS", ref=f"N{n}", security_name="样例", headline="公告")
        made = make(session)
        outcomes = Counter(row.outcome for row in session.scalars(select(JudgementRow)))

        assert len(made.tasks) + outcomes[Outcome.HELD_OUT.value] // 2 == len(mine), "one client, one optional task"
        assert len(made.tasks) <= 20


def test_clients_of_the_global_holdout_are_left_alone_for_good(url):
    everybody = Holdout(b"a key of the test, no secret", 1.0)
    with transaction(url) as session:
        happened(session, "C01", "BIG_LOSS")
        happened(session, "C01", "EXCHANGE_WARNING", ref="W1")
        made = make(session, holdout=everybody)

        assert [row.scenario_id for row in made.tasks] == ["exchange-warning"]
        assert make(session).tasks == (), "who was left alone is not spoken to on the next run"


def test_the_database_itself_refuses_a_task_of_a_retired_version(url):
    with transaction(url) as session:
        desk, by = ScenarioDesk(session), stamp(who="officer")
        happened(session, "C01", "BIG_LOSS")
        (row,) = make(session).tasks
        one = desk.get("big-loss-company")
        desk.retire("big-loss-company", one.scenario.version, why="试", expected_version=one.version, stamp=by)
        kept = {name: getattr(row, name) for name in TaskRow.model_fields if name not in ("id", "key")}

        assert "big-loss-company" not in {found.id for found in desk.in_force(DAY)}
        session.add(TaskRow(key="another", **kept))
        with pytest.raises(DBAPIError, match="not in force"):
            session.flush()
        session.rollback()
