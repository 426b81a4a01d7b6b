"""Permissions: applied for, opened, refused, waiting, registered, closed; read by day and within a scope."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from clients.repository import NoSuchClient
from clients.staff.filing import Stamp
from clients.tables import AccountRow, CashflowRow, ClientRow, TradeRow
from clients.types import CASH_KINDS, MOVEMENTS, CashKind, Movement
from kit.access import Actor, Reach, Role, Scope, everything
from kit.days import calendar
from kit.db import engine, transaction
from kit.trail.service import history as trail_of
from market.tables import DailyPriceRow, InstrumentRow
from suitability.gates.evidence import GateEvidence
from suitability.gates.judge import State
from suitability.gates.permissions import RecordKind
from suitability.gates.problems import (
    EvidenceConflict,
    GateAlreadyOpen,
    GateNotOpen,
    GateOutOfOrder,
    NoSuchRecord,
    ReasonNeeded,
    UnknownVariant,
)
from suitability.gates.service import GateService, Registration
from suitability.gates.tables import GateRecordRow
from suitability.levels import Gate

DAY = date(2026, 3, 2)
OFFICER = Actor("u-1", "开户岗甲", Role.COMPLIANCE)
STAMP = Stamp(OFFICER, datetime(2026, 3, 2, 9, tzinfo=UTC))
GOOD = GateEvidence(
    day=DAY, natural=True, assets_20d=Decimal(500_000), first_trade_on=date(2024, 3, 2),
    disclosures=dict.fromkeys(Gate, DAY),
)
G, K = Gate, RecordKind


@pytest.fixture
def desk(session):
    for number in ("C1", "C2"):
        session.add(ClientRow(client_no=number, name=f"客户{number}", birth_date=date(1980, 5, 1)))
    session.flush()
    return GateService(session, everything(DAY))


def kept(evidence: GateEvidence = GOOD, **differs) -> GateEvidence:
    from dataclasses import replace

    return replace(evidence, **differs)


def test_an_application_that_meets_everything_opens_from_its_day(desk, session):
    filed = desk.apply("C1", G.STAR, GOOD, STAMP)

    assert (filed.kind, filed.effective_from, filed.reasons) == (K.OPENED, DAY, [])
    assert desk.gates_of("C1", DAY) == {G.STAR: DAY}
    assert desk.gates_of("C1", date(2026, 3, 1)) == {}
    assert desk.gates_of("C2", DAY) == {}
    assert filed.evidence["assets_20d"] == "500000"
    assert {one["rule"]: one["state"] for one in filed.conditions} == {
        "GATE-STAR-ASSETS": "MET", "GATE-STAR-MONTHS": "MET", "GATE-STAR-DISCLOSURE": "MET",
    }  # fmt: skip
    assert (filed.decided_by, filed.decided_by_id) == ("开户岗甲", "u-1")
    assert filed.digest.startswith("sha256:")
    assert [row["action"] for row in trail_of(session, "gate", "C1/STAR")] == ["gate.opened"]


def test_an_application_that_fails_is_refused_with_its_reasons(desk):
    filed = desk.apply("C1", G.STAR, kept(assets_20d=Decimal("499999.99")), STAMP)

    assert filed.kind is K.REFUSED
    assert filed.reasons == ["20 个交易日日均资产：499,999.99 元，要求不低于 500,000元"]
    assert desk.gates_of("C1", DAY) == {}


def test_an_application_with_gaps_waits_and_is_answered_by_a_later_record(desk):
    waiting = desk.apply("C1", G.STAR, kept(first_trade_on=None), STAMP)

    assert (waiting.kind, waiting.reasons) == (K.PENDING, ["首次交易至今：尚无记录，要求不低于 24个月"])
    assert [one.id for one in desk.pending()] == [waiting.id]
    with pytest.raises(EvidenceConflict, match="对创业板的申请"):
        desk.apply("C1", G.CHINEXT, GOOD, STAMP, replaces=waiting.id)
    answered = desk.apply("C1", G.STAR, GOOD, STAMP, replaces=waiting.id)
    assert (answered.kind, answered.replaces) == (K.OPENED, waiting.id)
    assert desk.pending() == ()
    assert [one.kind for one in desk.history("C1", G.STAR)] == [K.PENDING, K.OPENED]


def test_the_firm_may_refuse_what_the_conditions_allow_and_never_open_what_they_do_not(desk):
    refused = desk.apply("C1", G.STAR, GOOD, STAMP, refuse="风险识别能力不足")

    assert (refused.kind, refused.reasons) == (K.REFUSED, ["公司综合评估：风险识别能力不足"])
    with pytest.raises(TypeError):
        desk.apply("C1", G.STAR, kept(assets_20d=Decimal(0)), STAMP, approve="破例")


def test_what_is_open_is_not_opened_again_but_a_higher_grade_is(desk):
    option = kept(
        assets_today=Decimal(500_000), broker_since=date(2020, 1, 2), margin_eligible=True, bad_record=False,
        birth_date=date(1980, 1, 1), test_grade=3, trial_grade=3,
    )
    desk.apply("C1", G.ETF_OPTION, option, STAMP, grade=1)

    with pytest.raises(GateAlreadyOpen, match="C1 的股票期权权限自 2026-03-02 起已开通"):
        desk.apply("C1", G.ETF_OPTION, option, STAMP, grade=1)
    desk.apply("C1", G.ETF_OPTION, kept(option, day=date(2026, 3, 3)), STAMP, grade=3)
    assert desk.permissions_of("C1", DAY)[G.ETF_OPTION].grade == 1
    assert desk.permissions_of("C1", date(2026, 3, 3))[G.ETF_OPTION].grade == 3
    assert desk.gates_of("C1", date(2026, 3, 3)) == {G.ETF_OPTION: DAY}, "open without a break since the first day"
    with pytest.raises(UnknownVariant):
        desk.apply("C2", G.ETF_OPTION, option, STAMP)


def test_a_permission_is_closed_from_a_day_on(desk):
    desk.apply("C1", G.STAR, GOOD, STAMP)
    closed = desk.revoke("C1", G.STAR, reason="客户申请关闭", effective_from=date(2026, 6, 1), stamp=STAMP)

    assert closed.kind is K.REVOKED
    assert desk.gates_of("C1", date(2026, 5, 31)) == {G.STAR: DAY}
    assert desk.gates_of("C1", date(2026, 6, 1)) == {}
    with pytest.raises(GateNotOpen, match="没有开通，不能关闭"):
        desk.revoke("C1", G.STAR, reason="再次", effective_from=date(2026, 6, 2), stamp=STAMP)
    again = desk.apply("C1", G.STAR, kept(day=date(2026, 7, 1)), STAMP)
    assert desk.gates_of("C1", date(2026, 7, 1)) == {G.STAR: again.effective_from}


def test_what_was_registered_stands_as_told(desk, session):
    told = Registration(client_no="C1", gate=G.CHINEXT, opened_on=date(2015, 5, 4), source="柜台系统迁移")
    desk.register(told, STAMP)

    assert desk.gates_of("C1", DAY) == {G.CHINEXT: date(2015, 5, 4)}
    record = desk.permissions_of("C1", DAY)[G.CHINEXT]
    assert (record.kind, record.evidence) == (K.REGISTERED, {"source": "柜台系统迁移"})
    assert [row["action"] for row in trail_of(session, "gate", "C1/CHINEXT")] == ["gate.registered"]


def test_many_are_registered_once(desk, session):
    told = [Registration(client_no=number, gate=G.STAR, opened_on=DAY, source="迁移") for number in ("C1", "C2")]

    assert (desk.register_all(told, STAMP), desk.register_all(told, STAMP)) == (2, 0)
    assert desk.gates_of_book(DAY) == {"C1": {G.STAR: DAY}, "C2": {G.STAR: DAY}}
    assert len(trail_of(session, "gate", "book")) == 2
    with pytest.raises(NoSuchClient, match="没有客户 C9"):
        desk.register_all([Registration(client_no="C9", gate=G.STAR, opened_on=DAY, source="迁移")], STAMP)


def test_the_book_and_each_client_say_the_same(desk):
    desk.register(Registration(client_no="C1", gate=G.STAR, opened_on=date(2020, 1, 6), source="迁移"), STAMP)
    desk.revoke("C1", G.STAR, reason="关闭", effective_from=date(2021, 1, 4), stamp=STAMP)
    desk.register(Registration(client_no="C1", gate=G.STAR, opened_on=date(2022, 1, 4), source="迁移"), STAMP)
    desk.apply("C2", G.BSE, kept(assets_20d=Decimal(0)), STAMP)

    for day in (date(2020, 1, 5), date(2020, 1, 6), date(2021, 1, 3), date(2021, 1, 4), date(2022, 1, 4), DAY):
        each = {number: desk.gates_of(number, day) for number in ("C1", "C2")}
        assert desk.gates_of_book(day) == {number: gates for number, gates in each.items() if gates}


def test_the_past_is_not_rewritten(desk):
    desk.apply("C1", G.STAR, GOOD, STAMP)

    with pytest.raises(GateOutOfOrder, match="过去各日的权限不改写"):
        desk.register(Registration(client_no="C1", gate=G.STAR, opened_on=date(2026, 3, 1), source="迁移"), STAMP)
    with pytest.raises(GateOutOfOrder, match="权限不能倒签"):
        desk.apply("C2", G.STAR, GOOD, STAMP, effective_from=date(2026, 3, 1))


CONFLICTS = [  # what the evidence says, what is refused
    ({"first_trade_on": date(2026, 3, 3)}, "首次交易日 2026-03-03 晚于申请日 2026-03-02"),
    ({"first_trade_by": date(2024, 3, 1)}, "登记的首次交易日 2024-03-02 晚于账本中的第一笔成交 2024-03-01"),
    ({"disclosures": {G.STAR: date(2026, 3, 3)}}, "科创板风险揭示书签署日 2026-03-03 晚于申请日"),
    ({"tested_on": {G.HK_CONNECT: date(2026, 3, 3)}}, "港股通测试日 2026-03-03 晚于申请日"),
    ({"birth_date": date(2024, 3, 3)}, "首次交易日 2024-03-02 早于出生日期 2024-03-03"),
    ({"assessed_on": date(2026, 3, 3)}, "测评日 2026-03-03 晚于申请日"),
]


@pytest.mark.parametrize(("differs", "said"), CONFLICTS)
def test_conflicting_dates_of_evidence_are_refused_and_nothing_is_filed(desk, differs, said):
    with pytest.raises(EvidenceConflict, match=said):
        desk.apply("C1", G.STAR, kept(**differs), STAMP)
    assert desk.history("C1") == ()


def test_unknown_ids_are_problems(desk):
    with pytest.raises(NoSuchClient, match="没有客户 C9"):
        desk.apply("C9", G.STAR, GOOD, STAMP)
    with pytest.raises(NoSuchClient, match="没有客户 C9"):
        desk.evidence("C9", G.STAR, DAY)
    with pytest.raises(NoSuchRecord, match="没有第 7 号权限记录"):
        desk.record(7)
    with pytest.raises(EvidenceConflict, match="没有 wealth 这一项"):
        desk.evidence("C1", G.STAR, DAY, {"wealth": 1})
    for reason in ("", " "):
        with pytest.raises(ReasonNeeded):
            desk.revoke("C1", G.STAR, reason=reason, effective_from=DAY, stamp=STAMP)
        with pytest.raises(ReasonNeeded):
            desk.register(Registration(client_no="C1", gate=G.STAR, opened_on=DAY, source=reason), STAMP)


def test_a_client_outside_the_scope_is_not_there(desk, session):
    desk.apply("C1", G.STAR, GOOD, STAMP)
    own = GateService(session, Scope(Reach.OWN, "client:C2", DAY))

    assert own.gates_of("C2", DAY) == {}
    assert own.gates_of_book(DAY) == {}
    with pytest.raises(NoSuchClient):
        own.gates_of("C1", DAY)
    with pytest.raises(NoSuchRecord):
        own.record(desk.history("C1")[0].id)


def funded(session, amount: str, *, client_no: str = "C1", first: date = date(2025, 12, 1)) -> None:
    """One account with cash from `first` on, one share bought the day after, and prices until the day."""
    client = session.exec(select(ClientRow).where(ClientRow.client_no == client_no)).one()
    account = AccountRow(account_no=f"A-{client_no}", client_id=client.id, opened_on=first)
    stock = InstrumentRow(code="600001.SH", name="样本", kind="STOCK", venue="XSHG", board="MAIN", currency="CNY")
    session.add_all([account, stock])
    session.flush()
    days = [date.fromordinal(int(one)) for one in calendar("XSHG").sessions(first, DAY)]
    session.add_all(DailyPriceRow(instrument_id=stock.id, day=one, close=Decimal(10)) for one in days)
    session.add(CashflowRow(
        account_id=account.id, day=first, seq=1, kind=CASH_KINDS.index(CashKind.DEPOSIT), amount=Decimal(amount),
        fingerprint="f1",
    ))
    session.add(TradeRow(
        account_id=account.id, instrument_id=stock.id, day=days[1], seq=2, kind=MOVEMENTS.index(Movement.BUY),
        quantity=Decimal(100), price=Decimal(10), amount=Decimal(-1000), commission=Decimal(0), stamp_duty=Decimal(0),
        transfer_fee=Decimal(0), other_fee=Decimal(0), fingerprint="t1",
    ))
    session.flush()


LEDGERS = [("500000", State.MET), ("499999.99", State.NOT_MET), ("500000.01", State.MET)]


@pytest.mark.parametrize(("amount", "state"), LEDGERS)
def test_the_ledger_gives_the_mean_and_bounds_the_first_trade(desk, session, amount, state):
    funded(session, amount)

    found = desk.evidence("C1", G.STAR, DAY, {"first_trade_on": date(2020, 1, 6), "disclosures": {G.STAR: DAY}})
    answer = desk.check("C1", G.STAR, found)

    assert (found.assets_20d, found.first_trade_by) == (Decimal(amount), date(2025, 12, 2))
    assert (found.natural, found.birth_date) == (True, date(1980, 5, 1))
    assert answer.state is state
    assets, months, _ = answer.conditions
    assert (assets.evidence, assets.as_of) == ("账本", date(2026, 2, 27))
    assert (months.evidence, months.as_of) == ("申请材料", DAY)


def test_without_an_imported_first_trade_three_months_of_ledger_are_not_enough_and_not_too_few(desk, session):
    funded(session, "600000")

    answer = desk.check("C1", G.STAR, desk.evidence("C1", G.STAR, DAY, {"disclosures": {G.STAR: DAY}}))

    assert answer.state is State.NOT_KNOWN
    assert answer.missing == ("首次交易至今：目前只知至少 3，要求不低于 24个月",)


def test_what_is_handed_in_stands_before_what_is_on_file(desk, session):
    funded(session, "600000")
    desk.register(Registration(client_no="C1", gate=G.MARGIN, opened_on=date(2025, 12, 8), source="迁移"), STAMP)

    found = desk.evidence("C1", G.ETF_OPTION, DAY, {"assets_20d": Decimal(1)}, source="托管行证明")

    assert (found.assets_20d, found.origins["assets_20d"].source) == (Decimal(1), "托管行证明")
    assert (found.assets_today, found.margin_eligible) == (Decimal(600_000), True)
    assert found.held_since == {G.MARGIN: date(2025, 12, 8)}


def test_a_client_without_accounts_has_nothing_on_file(desk):
    found = desk.evidence("C2", G.STAR, DAY)

    assert (found.assets_20d, found.assets_20d_at_least, found.first_trade_by) == (None, None, None)


def test_the_mean_of_the_book_is_that_of_each_client(desk, session):
    funded(session, "500000")

    blocks = list(desk.mean_assets_of_book(DAY))

    assert [(block.owners, block.mean.tolist()) for block in blocks] == [(("C1",), [500_000.0])]


BY_THE_BACK_DOOR = {
    "sqlite": "REPLACE INTO gate_record SELECT * FROM gate_record", "postgresql": "TRUNCATE gate_record CASCADE",
}  # fmt: skip


@pytest.mark.parametrize("change", ["update", "delete", "by the back door"])
def test_a_record_is_never_changed(database_url, change):
    back_door = text(BY_THE_BACK_DOOR[engine(database_url).dialect.name])
    statement = {"update": update(GateRecordRow).values(kind="OPENED"), "delete": delete(GateRecordRow)}.get(
        change, back_door
    )
    with transaction(database_url) as session:
        session.add(ClientRow(client_no="C1", name="客户"))
        session.flush()
        GateService(session, everything(DAY)).apply("C1", G.STAR, kept(assets_20d=Decimal(0)), STAMP)

    with pytest.raises(DBAPIError, match="gate_record is append-only"), transaction(database_url) as session:
        session.execute(statement)

    with transaction(database_url) as session:
        assert GateService(session, everything(DAY)).gates_of("C1", DAY) == {}
