"""A worker's turn: once and only once, whatever the receiver does, whoever dies and whatever the clock says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from kit.db import engine, transaction
from mot.channels.types import Channel
from mot.delivery.claims import Filing, begin, claim, file
from mot.delivery.machine import Settlement
from mot.delivery.repository import DeliveryRepository
from mot.delivery.tables import DeliveryRow, StandingRow
from mot.delivery.types import DeliveryState, Happening, Recheck, SubjectKind, Word
from tests.mot.delivery.conftest import NOW, a_delivery

S = DeliveryState
ROBOT, HOOK = Channel.DINGTALK, Channel.WEBHOOK


def inbox(house):
    with Session(engine(house.url)) as session:
        wanted = select(DeliveryRow).join(StandingRow, col(StandingRow.delivery_id) == DeliveryRow.id)
        rows = session.exec(wanted.where(col(StandingRow.inbox_no).is_not(None)).order_by(col(StandingRow.inbox_no)))
        return [(row.id, row.recipient, row.title) for row in rows]


def test_the_same_key_is_one_delivery_for_ever(house):
    assert house.put(a_delivery("1"), a_delivery("2")) == 2
    assert house.put(a_delivery("1"), a_delivery("3")) == 1

    house.worker().turn()

    assert house.put(a_delivery("1")) == 0
    assert sorted(one[2] for one in inbox(house)) == ["第 1 件", "第 2 件", "第 3 件"]


def test_state_and_delivery_are_kept_together_or_not_at_all(house):
    def work() -> None:
        with transaction(house.url) as session:
            DeliveryRepository(session).add([a_delivery("1")], NOW)
            raise RuntimeError("the effect failed")

    with pytest.raises(RuntimeError):
        work()

    assert house.all() == []


def test_a_message_for_the_inbox_is_filed_with_its_effect(house):
    house.put(a_delivery("1"))

    assert house.worker().turn() == {"claimed": 1, "SENT": 1}
    assert inbox(house) == [(1, "staff:S2", "第 1 件")]
    assert house.history() == ["SENT"]
    assert house.worker().turn() == {}


def test_the_most_urgent_goes_first(house):
    house.put(a_delivery("1", priority=5), a_delivery("2", priority=1), a_delivery("3", priority=3))

    house.worker(batch=1).turn()
    house.worker(batch=1).turn()

    assert house.states() == [S.PENDING, S.SENT, S.SENT]


ANSWERS = [  # what the receiver does, channel, state, what a person reads, pushes that arrived
    (200, ROBOT, S.SENT, "结果码 0", 1),
    (500, ROBOT, S.PENDING, "HTTP 500", 1),
    (b'{"errcode":130101,"errmsg":"send too fast"}', ROBOT, S.PENDING, "结果码 130101 send too fast", 1),
    (b'{"errcode":310000,"errmsg":"sign not match"}', ROBOT, S.DEAD, "结果码 310000 sign not match", 1),
    (404, ROBOT, S.DEAD, "HTTP 404", 1),
    ("half", ROBOT, S.UNCERTAIN, "没有得到完整的回答", 1),
    ("half json", ROBOT, S.UNCERTAIN, "返回体不完整", 1),
    ("reset", ROBOT, S.UNCERTAIN, "没有得到完整的回答", 1),
    ("silent", ROBOT, S.UNCERTAIN, "没有得到完整的回答", 1),
    (504, ROBOT, S.UNCERTAIN, "HTTP 504", 1),
    ("reset", HOOK, S.UNCERTAIN, "将以同一编号再发", 1),
    (204, HOOK, S.SENT, "HTTP 204", 1),
    ((429, {"Retry-After": "7"}), HOOK, S.PENDING, "HTTP 429", 1),
    ((302, {"Location": "http://127.0.0.1:1/"}), HOOK, S.DEAD, "HTTP 302", 1),
]


@pytest.mark.parametrize(("does", "channel", "state", "reads", "arrived"), ANSWERS, ids=[str(a[:3]) for a in ANSWERS])
def test_what_the_receiver_does(does, channel, state, reads, arrived, house):
    house.receiver.script = [does]
    house.put(a_delivery("1", channel))

    house.worker().turn()

    (one,) = house.all()
    assert (one.state, one.attempts, len(house.receiver.seen)) == (state, 1, arrived)
    assert reads in one.reason
    assert one.began_at is None


def test_a_lost_answer_is_sent_again_under_the_same_id_where_duplicates_are_known(house):
    house.receiver.script = ["reset", "reset"]
    house.put(a_delivery("1", HOOK))

    for _ in range(3):
        house.worker().turn()
        house.clock.on(minutes=30)

    ids = {one.headers["webhook-id"] for one in house.receiver.seen}
    (one,) = house.all()
    assert (one.state, one.attempts, one.uncertain, len(house.receiver.seen)) == (S.SENT, 3, 2, 3)
    assert ids == {one.message_id}
    assert house.history() == ["UNCERTAIN", "UNCERTAIN", "SENT"]


def test_a_lost_answer_of_a_robot_waits_for_a_person(house):
    house.receiver.script = ["reset"]
    house.put(a_delivery("1", ROBOT))

    for _ in range(4):
        house.worker().turn()
        house.clock.on(hours=2)

    (one,) = house.all()
    assert (one.state, one.ready_at, one.uncertain, len(house.receiver.seen)) == (S.UNCERTAIN, None, 1, 1)


def test_retries_wait_longer_each_time_and_end_as_a_dead_letter(house):
    house.receiver.script = [500] * 20
    house.put(a_delivery("1", HOOK))
    waits = []
    for _ in range(8):
        house.worker().turn()
        (one,) = house.all()
        if one.ready_at:
            waits.append((one.ready_at - house.clock()).total_seconds())
            house.clock.at = one.ready_at

    assert (one.state, one.attempts, len(house.receiver.seen)) == (S.DEAD, 8, 8)
    assert "试了 8 次" in one.reason
    for number, wait in enumerate(waits):
        assert 0.5 * 5 * 2**number <= wait <= 1.5 * 5 * 2**number


def test_retry_after_is_obeyed(house):
    house.receiver.script = [(429, {"Retry-After": "120"})]
    house.put(a_delivery("1", HOOK))

    house.worker().turn()

    assert house.all()[0].ready_at >= house.clock() + timedelta(seconds=120)


@pytest.mark.parametrize("channel", [HOOK, ROBOT])
def test_who_asks_to_be_left_alone_is_left_alone_by_every_message_and_every_worker(channel, house):
    house.receiver.script = [(429, {"Retry-After": "120"})]
    house.put(*(a_delivery(str(number), channel) for number in range(3)))
    house.worker().turn()
    house.put(a_delivery("9", channel))
    house.clock.on(seconds=60)
    house.worker("w2").turn()

    first, *others = house.all()
    assert len(house.receiver.seen) == 1
    assert first.attempts == 1
    assert [(one.state, one.attempts, one.reason) for one in others] == [(S.PENDING, 0, "对方要求稍后再发")] * 3
    house.clock.on(seconds=70)
    house.worker().turn()
    assert [one.state for one in house.all()][1:] == [S.SENT] * 3


def test_a_worker_that_died_before_its_push_leaves_nothing_uncertain(house):
    house.put(a_delivery("1", ROBOT))
    with transaction(house.url) as session:
        claim(session.connection(), "dead", house.clock(), house.clock() + timedelta(seconds=60), 10)

    assert house.worker().turn() == {}
    house.clock.on(seconds=61)
    house.worker().turn()

    (one,) = house.all()
    assert (one.state, one.fence, one.uncertain, len(house.receiver.seen)) == (S.SENT, 2, 0, 1)


@pytest.mark.parametrize(("channel", "state", "pushes"), [(ROBOT, S.UNCERTAIN, 0), (HOOK, S.SENT, 1)])
def test_a_worker_that_died_over_its_push(channel, state, pushes, house):
    house.put(a_delivery("1", channel))
    with transaction(house.url) as session:
        until = house.clock() + timedelta(seconds=60)
        (one,) = claim(session.connection(), "dead", house.clock(), until, 10)
        begin(session.connection(), [(one.id, one.fence)], house.clock(), until)

    house.clock.on(seconds=61)
    house.worker().turn()
    house.clock.on(hours=1)
    house.worker().turn()

    (one,) = house.all()
    assert (one.state, one.uncertain, len(house.receiver.seen)) == (state, 1, pushes)
    assert house.history()[0] == "UNCERTAIN"


def test_two_workers_and_one_lease_lost(house):
    """The first one wakes up when its lease is over and another has sent: its answer changes nothing."""
    house.put(a_delivery("1", ROBOT), a_delivery("2"))
    with transaction(house.url) as session:
        mine = claim(session.connection(), "slow", house.clock(), house.clock() + timedelta(seconds=60), 10)
    house.clock.on(seconds=61)
    house.worker("quick").turn()

    with transaction(house.url) as session:
        assert begin(session.connection(), [(one.id, one.fence) for one in mine], house.clock(), house.clock()) == set()
        late = [Filing(one, Settlement(S.DEAD, Happening.FAILED, "too late", tried=True)) for one in mine]
        assert file(session.connection(), late, "slow", house.clock()) == set()

    assert house.states() == [S.SENT, S.SENT]
    assert [one.attempts for one in house.all()] == [1, 1]
    assert house.history(1) == ["SENT", "LATE"]
    assert len(house.receiver.seen) == 1
    assert len(inbox(house)) == 1


def test_a_clock_that_is_set_back_sends_nothing_twice(house):
    house.put(a_delivery("1"), a_delivery("2", ROBOT), a_delivery("3", HOOK))
    house.receiver.script = [500, 500]
    house.worker().turn()
    house.clock.on(days=-1)

    assert house.put(a_delivery("1"), a_delivery("2", ROBOT)) == 0
    for _ in range(3):
        house.worker().turn()
    assert len(house.receiver.seen) == 2
    house.clock.on(days=1, minutes=1)
    house.worker().turn()

    assert house.states() == [S.SENT] * 3
    assert len(house.receiver.seen) == 4
    assert len(inbox(house)) == 1


def test_the_gate_is_asked_again_before_sending(house):
    said = {
        "1": Recheck(), "2": Recheck(Word.HOLD, "客户在免打扰", NOW + timedelta(hours=12)),
        "3": Recheck(Word.CANCEL, "任务已办结"), "4": Recheck(title="新标题", body="新内容"),
    }  # fmt: skip
    gates = {SubjectKind.NOTICE: lambda _session, one, _now: said[one.subject_id]}
    for channel in (Channel.INBOX, HOOK):
        house.put(*(a_delivery(number, channel) for number in said))

    house.worker(gates=gates).turn()

    assert house.states() == [S.SENT, S.HELD, S.CANCELLED, S.SENT] * 2
    assert {one.json["title"] for one in house.receiver.seen} == {"第 1 件", "新标题"}
    assert {one[2] for one in inbox(house)} == {"第 1 件", "新标题"}
    held = house.all()[1]
    assert (held.reason, held.ready_at) == ("客户在免打扰", NOW + timedelta(hours=12))
    said["2"] = Recheck()
    house.clock.on(hours=12)
    house.worker(gates=gates).turn()
    assert house.states() == [S.SENT, S.SENT, S.CANCELLED, S.SENT] * 2
    assert house.history(2) == ["HELD", "SENT"]


def test_what_no_gate_knows_is_held_and_asked_again_when_it_is_enqueued_again(house):
    house.put(a_delivery("1"))
    house.worker(gates={}).turn()
    assert house.states() == [S.HELD]
    assert house.worker().turn() == {}

    assert house.put(a_delivery("1")) == 0
    house.worker().turn()

    assert house.states() == [S.SENT]


def test_a_gate_that_counts_sees_those_before_it(house):
    """Two a day for a guard, many in one batch, on every kind of channel."""

    def gate(session, one, now):
        sent = DeliveryRepository(session).begun(one.guard, now - timedelta(hours=1))
        return Recheck() if sent < 2 else Recheck(Word.HOLD, "今日已满", now + timedelta(days=1))

    for channel in (Channel.INBOX, HOOK):
        house.put(*(a_delivery(f"{channel}{n}", channel, guard=f"client:{channel}") for n in range(6)))

    house.worker(gates={SubjectKind.NOTICE: gate}).turn()

    assert house.states() == ([S.SENT] * 2 + [S.HELD] * 4) * 2
    assert len(house.receiver.seen) == 2


def test_a_gate_that_breaks_holds_up_nobody_else(house):
    def gate(_session, one, _now):
        if one.subject_id == "2":
            raise ValueError("broken")
        return Recheck()

    for channel in (Channel.INBOX, HOOK):
        house.put(*(a_delivery(str(n), channel) for n in (1, 2, 3)))

    house.worker(gates={SubjectKind.NOTICE: gate}).turn()

    assert house.states() == [S.SENT, S.PENDING, S.SENT] * 2
    assert "ValueError" in house.all()[1].reason


def test_a_sender_that_breaks_leaves_it_uncertain_and_holds_up_nobody_else(house):
    class Broken:
        def send(self, _letter, _address):
            raise ValueError("broken")

    house.put(a_delivery("1", HOOK), a_delivery("2", ROBOT), a_delivery("3"))
    made = {HOOK: Broken(), ROBOT: Broken()}

    house.worker(sender=lambda channel, _at: made[channel]).turn()

    assert house.states() == [S.UNCERTAIN, S.UNCERTAIN, S.SENT]
    assert "ValueError" in house.all()[0].reason


def test_above_the_limit_messages_are_merged_and_the_rest_waits(house):
    house.put(*(a_delivery(str(n), ROBOT) for n in range(70)))

    house.worker().turn()

    assert len(house.receiver.seen) <= 20
    assert house.states() == [S.SENT] * 70
    assert any("共 4 条提醒" in one.json["text"]["content"] for one in house.receiver.seen)
    house.put(*(a_delivery(f"x{n}", ROBOT) for n in range(5)))
    before = len(house.receiver.seen)
    house.worker().turn()
    assert before <= len(house.receiver.seen) <= 20
    house.clock.on(seconds=61)
    house.worker().turn()
    assert set(house.states()) == {S.SENT}


def test_a_receiver_that_asks_to_be_left_alone_is(house):
    house.receiver.script = [b'{"errcode":130101,"errmsg":"send too fast"}']
    house.put(a_delivery("1", ROBOT), a_delivery("2", ROBOT))

    house.worker().turn()

    assert len(house.receiver.seen) == 1
    assert house.states() == [S.PENDING] * 2
    house.clock.on(seconds=500)
    house.worker().turn()
    assert len(house.receiver.seen) == 1
    house.clock.on(seconds=200)
    house.worker().turn()
    assert house.states() == [S.SENT] * 2


def test_an_address_that_is_not_allowed_is_a_dead_letter(house):
    house.put(a_delivery("1", HOOK, address="nowhere"))

    house.worker().turn()

    assert house.states() == [S.DEAD]
    assert "nowhere" in house.all()[0].reason


def test_what_is_too_old_is_not_sent(house):
    house.put(a_delivery("1"), a_delivery("2", expires_at=NOW + timedelta(hours=1)))
    house.clock.on(days=4)

    house.worker().turn()

    assert house.states() == [S.DEAD, S.CANCELLED]
    assert (house.history(1), inbox(house)) == (["EXPIRED"], [])


@pytest.mark.parametrize("change", ["UPDATE delivery_attempt SET detail = ''", "DELETE FROM delivery_attempt"])
def test_history_is_never_changed(change, house):
    house.put(a_delivery("1", expires_at=NOW + timedelta(hours=1)))
    house.clock.on(days=4)
    house.worker().turn()
    assert house.history() == ["EXPIRED"]

    with pytest.raises(DBAPIError), transaction(house.url) as session:
        session.connection().execute(text(change))
