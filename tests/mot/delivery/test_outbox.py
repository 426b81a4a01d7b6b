"""The outbox of the tasks, the rules of what may be sent, windows and waits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.staff.filing import Stamp
from kit.db import transaction
from kit.settings import Settings
from mot.channels.addresses import AddressBook
from mot.channels.specs import Limit
from mot.channels.types import Address, Channel
from mot.delivery import outbox
from mot.delivery.dispatch import layers
from mot.delivery.outbox import DeliveryOutbox, deliveries_of, recipient_of, subject_id_of
from mot.delivery.problems import ChannelNotForClients, MessageIncomplete
from mot.delivery.rules import backoff, rules_on
from mot.delivery.service import DeliveryDesk, check_new
from mot.delivery.types import DeliveryState, SubjectKind
from mot.delivery.windows import open_at, recent, room
from mot.scenario.types import PushChannel
from mot.tasks.ports import Push, PushReason
from tests.mot.delivery.conftest import NOW, PERSON, a_delivery

DAY = date(2026, 3, 2)
PUSH = Push(
    key="T0000007:NEW:1", task_id=7, task_no="T0000007", reason=PushReason.NEW, staff_no="S2",
    channels=(PushChannel.INBOX, PushChannel.FEISHU), title="测评到期", text="请联系", mandatory=True, priority=1,
    made_on=DAY, due_on=DAY, not_before=datetime(2026, 3, 2, 1, 0, tzinfo=UTC), expires_at=None,
)  # fmt: skip
BOOK = AddressBook([
    Address(name="f", channel=Channel.FEISHU, recipients=("staff:S2",)),
    Address(name="w", channel=Channel.WECOM, recipients=("staff:S2",)),  # not a channel of this push
    Address(name="other", channel=Channel.FEISHU, recipients=("staff:S3",)),
])  # fmt: skip


def test_a_push_is_one_delivery_a_channel_and_never_more(house):
    for new in (2, 0):
        with transaction(house.url) as session:
            assert DeliveryOutbox(BOOK).enqueue(session, [PUSH]) == new

    assert [(one.channel, one.address, one.recipient, one.subject_id) for one in house.all()] == [
        (Channel.INBOX, "", "staff:S2", "7"), (Channel.FEISHU, "f", "staff:S2", "7"),
    ]  # fmt: skip


def test_a_local_address_takes_every_push_of_its_people():
    book = AddressBook([Address(name="file", channel=Channel.OUTBOX, recipients=("staff:S2",))])

    assert [(one.channel, one.address) for one in deliveries_of(PUSH, book)] == [
        (Channel.INBOX, ""), (Channel.OUTBOX, "file"),
    ]  # fmt: skip


@pytest.mark.parametrize(("base", "link"), [
    ("", "/tasks/T0000007"), ("https://heshi.firm.example/", "https://heshi.firm.example/tasks/T0000007"),
])  # fmt: skip
def test_a_link_that_leaves_the_house_opens_from_a_phone(base, link, monkeypatch):
    monkeypatch.setattr(outbox, "settings", lambda: Settings(public_url=base))

    inside, outside = deliveries_of(PUSH, BOOK)

    assert (inside.link, outside.link) == ("/tasks/T0000007", link)


def test_what_waits_for_a_task_that_ended_is_withdrawn(house):
    with transaction(house.url) as session:
        DeliveryOutbox(BOOK).enqueue(session, [PUSH])
        assert DeliveryDesk(session).cancel_subject(SubjectKind.TASK, "7", "任务已办结", NOW) == 2

    assert house.states() == [DeliveryState.CANCELLED] * 2
    assert house.worker().turn() == {}


REFUSED = [
    (a_delivery("1", Channel.DINGTALK, recipient="client:C1"), ChannelNotForClients, "签名回调"),
    (a_delivery("1", Channel.EMAIL, recipient="client:C1", address="m"), ChannelNotForClients, "站内信"),
    (a_delivery("1", Channel.WEBHOOK, address=""), MessageIncomplete, "缺一不可"),
    (a_delivery("1", title=""), MessageIncomplete, "缺一不可"),
    (a_delivery("1", title="字" * 201), MessageIncomplete, "title"),
    (a_delivery("1", body="字" * 10_001), MessageIncomplete, "body"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "problem", "named"), REFUSED, ids=[case[2] for case in REFUSED])
def test_what_may_not_be_sent(one, problem, named):
    with pytest.raises(problem, match=named):
        check_new(one)


def test_clients_are_told_by_the_inbox_or_the_firm_s_own_sender():
    check_new(a_delivery("1", recipient="client:C1"))
    check_new(a_delivery("1", Channel.WEBHOOK, recipient="client:C1"))


def test_by_hand_only_what_is_open_for_it(house):
    house.put(a_delivery("1"))
    house.worker().turn()

    for act in (DeliveryDesk.replay, DeliveryDesk.confirm, DeliveryDesk.cancel):
        with pytest.raises(Exception, match="已送达"), transaction(house.url) as session:
            act(DeliveryDesk(session), 1, "x", PERSON)


def test_sent_again_by_hand_it_keeps_when_it_was_written_and_its_age_begins_anew(house):
    house.receiver.script = [404, 500]
    house.put(a_delivery("1", Channel.WEBHOOK))
    house.worker().turn()
    (dead,) = house.all()
    house.clock.on(days=30)
    with transaction(house.url) as session:
        DeliveryDesk(session).replay(1, "地址已补", Stamp(PERSON.actor, house.clock()))
    house.worker().turn()
    (again,) = house.all()

    assert (dead.state, dead.since) == (DeliveryState.DEAD, dead.created_at)
    assert (again.created_at, again.since) == (dead.created_at, house.clock())
    assert (again.state, again.attempts) == (DeliveryState.PENDING, 1)  # too old from the day that it was written
    assert house.history() == ["REFUSED", "REPLAYED", "FAILED"]


LIMITS = st.lists(st.builds(Limit, st.integers(1, 6), st.integers(1, 60)), min_size=1, max_size=3)


@given(LIMITS, st.lists(st.floats(0, 30), max_size=60))
def test_no_stretch_of_time_holds_more_pushes_than_a_limit(limits, gaps):
    now, pushes, made = 1_000.0, list[float](), list[float]()
    for gap in gaps:
        now += gap
        if room(pushes, limits, now):
            pushes = [*recent(pushes, limits, now), now]
            made.append(now)
        else:
            later = open_at(pushes, limits, now)
            assert later > now
            assert room(pushes, limits, later + 1e-6) != 0

    for limit in limits:
        for first, later in zip(made, made[limit.pushes :], strict=False):
            assert later - first > limit.seconds


@given(st.lists(st.floats(0, 2_000), max_size=30))
def test_a_clock_that_is_set_back_never_opens_a_window_wider(pushes):
    limits = [Limit(3, 60)]
    kept = recent(pushes, limits, 1_000.0)

    assert len(kept) == sum(at > 1_000.0 - 60.05 for at in pushes)
    assert all(at <= 1_000.0 for at in kept)
    assert open_at(pushes, limits, 1_000.0) <= 1_061.0


@given(st.text(max_size=20), st.integers(1, 8), st.one_of(st.none(), st.floats(0, 3_600)))
def test_a_wait_is_bounded_and_always_the_same(key, attempt, asked):
    rules = rules_on(DAY)
    wait = backoff(rules, key, attempt, asked).total_seconds()
    plain = min(rules.base * rules.factor ** (attempt - 1), rules.cap)

    assert wait == backoff(rules, key, attempt, asked).total_seconds()
    assert wait >= min(plain * 0.5, asked or plain * 0.5) - 1e-6
    assert wait <= max(plain * 1.5, (asked or 0) * 1.05) + 1e-3
    assert asked is None or wait >= asked - 1e-6


def test_no_guard_stands_twice_in_a_layer(house):
    house.put(*(a_delivery(str(n), guard="abc"[n % 3] if n % 4 else "") for n in range(12)))
    made = layers(house.all())

    assert sorted(one.id for layer in made for one in layer) == list(range(1, 13))
    for layer in made:
        guards = [one.guard for one in layer if one.guard]
        assert len(guards) == len(set(guards))
    for guard in "abc":
        ids = [one.id for layer in made for one in layer if one.guard == guard]
        assert all(a < b for a, b in pairwise(ids))


LOOKED_FOR = [("T0000022", "22", "A02", "staff:A02"), ("t22", "22", "staff:A02", "staff:A02"), ("22", "22", "", "")]


@pytest.mark.parametrize(("subject", "subject_id", "person", "recipient"), LOOKED_FOR)
def test_a_delivery_is_looked_for_as_it_is_shown(subject, subject_id, person, recipient):
    assert (subject_id_of(subject), recipient_of(person)) == (subject_id, recipient)
