"""Callback samples: who is in the frame, the share rounded up, the same seed the same sample, the year's quota."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from clients.activity import Activity
from clients.tables import AccountRow, ClientRow, TradeRow
from clients.types import MOVEMENTS, Movement
from market.tables import InstrumentRow
from suitability.sampling.drawing import Excluded, Framed, draw, quota, reason_outside
from suitability.sampling.problems import CallbackIncomplete, NothingToDraw, NotInSample
from suitability.sampling.repository import CallOutcome
from suitability.sampling.service import SamplingService
from tests.suitability.assessment.desk import DAY, stamp

BASIS = date(2025, 12, 31)
ACTIVE = Activity(1, "K1", date(2025, 1, 2), date(2025, 12, 1), 1, False)


def active(**other):
    told = {name: getattr(ACTIVE, name) for name in Activity.__slots__} | other
    return Activity(**told)


FRAME = [  # activity, professional, why outside
    (active(), False, None),
    (active(), True, Excluded.PROFESSIONAL),
    (active(bought_on=None), False, Excluded.NEW),
    (active(bought_on=None, traded_on=None, served=True), False, None),
    (active(open_accounts=0), False, Excluded.CLOSED),
    (active(traded_on=date(2022, 12, 31)), False, Excluded.DORMANT),
    (active(traded_on=date(2023, 1, 1)), False, None),
]


@pytest.mark.parametrize(("one", "professional", "why"), FRAME)
def test_who_is_in_the_frame(one, professional, why):
    assert reason_outside(one, professional, BASIS, 36) is why


@pytest.mark.parametrize(("size", "needed"), [(0, 0), (1, 1), (9, 1), (10, 1), (11, 2), (100, 10), (101, 11)])
def test_not_below_ten_percent(size, needed):
    assert quota(size, Decimal("0.10")) == needed


NAMES = st.lists(st.integers(0, 10_000).map(lambda n: f"K{n}"), unique=True, max_size=60)


@given(NAMES, st.text(max_size=8), st.sampled_from(["0.10", "0.25", "1"]))
def test_the_same_seed_gives_the_same_sample_whatever_the_order(names, seed, share):
    frame = [Framed(name, "甲" if int(name[1:]) % 2 else "乙") for name in names]
    found = draw(frame, Decimal(share), seed)

    assert found == draw(frame[::-1], Decimal(share), seed)
    assert set(found.members) <= set(frame)
    for size, taken in found.strata.values():
        assert size * Decimal(share) <= taken < size * Decimal(share) + 1
    second = draw(frame, Decimal(share), seed, frozenset(one.client_no for one in found.members))
    assert not {*second.members} & {*found.members}


@pytest.fixture
def desk(session):
    """Twelve clients who bought in 2025; one more bought in 2026, one never."""
    session.add(InstrumentRow(code="600519.SH", name="示例", kind="STOCK", venue="XSHG", board="MAIN", currency="CNY"))
    session.add_all([ClientRow(client_no=f"K{n:02}", name=f"客户{n}") for n in range(14)])
    session.flush()
    instrument = session.exec(select(InstrumentRow)).one()
    for place, client in enumerate(session.exec(select(ClientRow).order_by(ClientRow.client_no)).all()):
        account = AccountRow(account_no=f"A{place}", client_id=client.id)
        session.add(account)
        session.flush()
        if place < 13:
            session.add(TradeRow(
                account_id=account.id, instrument_id=instrument.id, seq=1, kind=MOVEMENTS.index(Movement.BUY),
                day=date(2026, 1, 5) if place == 12 else date(2025, 6, 1), quantity=Decimal(100), price=Decimal(10),
                fingerprint=str(place),
            ))  # fmt: skip
    session.flush()
    return SamplingService(session)


def test_a_sample_is_drawn_recorded_and_counted(desk, session):
    frame = desk.frame(2026)
    assert (len(frame.members), frame.excluded["NEW"]) == (12, 2)
    sample = desk.draw(2026, stamp(), seed="七")
    assert (sample.size, sample.frame_digest) == (2, frame.digest)
    assert tuple(one.client_no for one in desk.draw_again(sample.id).members) == sample.members
    first, second = sample.members
    desk.record(sample.id, first, CallOutcome.NO_ANSWER, stamp(), called_on=DAY)
    assert (desk.quota(2026).done, desk.quota(2026).tried, desk.quota(2026).met) == (0, 1, False)
    desk.record(sample.id, first, CallOutcome.REACHED, stamp(), called_on=DAY, problem="未收到风险揭示书")
    desk.record(sample.id, second, CallOutcome.REACHED, stamp(), called_on=DAY)
    told = desk.quota(2026)
    assert (told.needed, told.sampled, told.done, told.tried, told.problems, told.met) == (2, 2, 2, 0, 1, True)
    more = desk.draw(2026, stamp())
    assert not {*more.members} & {*sample.members}
    trail = session.execute(text("SELECT action FROM trail WHERE record_kind = 'callback_sample' ORDER BY id"))
    assert [row[0] for row in trail] == ["callback.draw", *["callback.record"] * 3, "callback.draw"]
    for table in ("callback_sample", "callback_member", "callback_result"):
        with pytest.raises(DatabaseError), session.begin_nested():
            session.execute(text(f"DELETE FROM {table}"))


def test_what_cannot_be_recorded_is_refused(desk):
    sample = desk.draw(2026, stamp())
    client = sample.members[0]
    with pytest.raises(NotInSample):
        desk.record(sample.id, "K13", CallOutcome.REACHED, stamp(), called_on=DAY)
    with pytest.raises(CallbackIncomplete, match="晚于"):
        desk.record(sample.id, client, CallOutcome.REACHED, stamp(), called_on=DAY + timedelta(days=1))
    with pytest.raises(CallbackIncomplete, match="没有回访到"):
        desk.record(sample.id, client, CallOutcome.NO_ANSWER, stamp(), called_on=DAY, problem="x")
    with pytest.raises(CallbackIncomplete, match="回访方式"):
        desk.record(sample.id, client, CallOutcome.REACHED, stamp(), called_on=DAY, channel="PIGEON")
    with pytest.raises(NothingToDraw):
        desk.draw(2020, stamp())
