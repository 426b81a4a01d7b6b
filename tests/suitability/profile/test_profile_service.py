"""The desk of profiles: household, ledger, assessment and statement to one filed profile; what the book reads."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlmodel import select

from clients.household.service import HouseholdService
from clients.household.types import Member, MemberRole, Per
from clients.repository import NoSuchClient
from clients.staff.filing import Stamp
from clients.tables import AccountRow, CashflowRow, ClientRow, TradeRow
from clients.types import CASH_KINDS, MOVEMENTS, CashKind, Movement
from kit.access import Actor, Reach, Role, Scope, everything
from kit.days import calendar
from kit.trail.service import history as trail_of
from market.tables import DailyPriceRow, InstrumentRow
from suitability.levels import AssetType, Bias, ClientLevel, IntendedTerm
from suitability.matching.cases import NO_LIMIT
from suitability.profile.facts import profile_columns, profile_facts
from suitability.profile.policy import Objective, Policy, sentences
from suitability.profile.problems import (
    NoSuchStatement,
    OnlyTheClientConfirms,
    ShownAnother,
    StatementRefused,
    StatementSuperseded,
)
from suitability.profile.service import ProfileService
from suitability.profile.tables import PolicyConfirmationRow, ProfileRow
from suitability.profile.types import DimensionId
from tests.clients.household.households import item
from tests.suitability.assessment.desk import Desk, client_actor
from tests.suitability.profile.inputs import habits

DAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 4, 0, tzinfo=UTC)
ADVISOR = Stamp(Actor("U2", "顾问乙", Role.ADVISOR, "staff:S1"), NOW)
CLIENT = Stamp(client_actor("C1"), NOW)
POLICY = Policy(
    objective=Objective.GOALS, expected_return=0.045, term=IntendedTerm.UP_TO_5Y, types=AssetType.EQUITY,
    max_lock_days=365, min_reserve_months=6.0, legal=("不参与内幕信息知情期间的交易",), ethical=("不投资烟草行业",),
)  # fmt: skip


@pytest.fixture
def assessments(session):
    desk = Desk(session)
    for client in ("C1", "C2"):
        desk.client(client)
    return desk


@pytest.fixture
def desk(session, assessments):
    return ProfileService(session, everything(DAY))


@pytest.fixture
def home(session, desk):
    """A household of C1 and C2 with a little cash, a salary, and a car in three years."""
    service = HouseholdService(session, everything(DAY))
    members = [
        Member(member_no="M1", role=MemberRole.SELF, client_no="C1", birth_date=date(1980, 5, 6), retire_age=60),
        Member(member_no="M2", role=MemberRole.SPOUSE, client_no="C2", birth_date=date(1982, 5, 6), retire_age=58),
    ]
    service.add("H1", members, date(2025, 1, 1), ADVISOR)
    for one in (
        item("ASSET", "CASH", 20_000, as_of=DAY), item("ASSET", "WEALTH", 100_000, as_of=DAY),
        item("INCOME", "SALARY", 120_000, as_of=DAY), item("SPENDING", "LIVING", 120_000, as_of=DAY),
        item("GOAL", "OTHER", 130_000, as_of=DAY, per=Per.ONCE, growth=0.0, first_on=date(2029, 3, 10)),
    ):  # fmt: skip
        service.record("H1", one, ADVISOR)
    return service


def holds(session, client_no, cash, shares):
    """An account with so much cash, and so many shares at 10 yuan, bought on the last five trading days."""
    days = [date.fromordinal(int(one)) for one in calendar("XSHG").open_days if one <= DAY.toordinal()][-5:]
    client = session.exec(select(ClientRow).where(ClientRow.client_no == client_no)).one()
    stock = session.exec(select(InstrumentRow)).first()
    if stock is None:
        stock = InstrumentRow(
            code="600001.SH", name="示范股份", kind="STOCK", venue="XSHG", board="MAIN", currency="CNY"
        )
        session.add(stock)
        session.flush()
        for one in days:
            session.add(DailyPriceRow(instrument_id=stock.id, day=one, close=Decimal(10)))
    account = AccountRow(account_no=f"{client_no}-0", client_id=client.id, opened_on=date(2024, 1, 2))
    session.add(account)
    session.flush()
    nothing = {name: Decimal(0) for name in ("commission", "stamp_duty", "transfer_fee", "other_fee")}
    session.add(CashflowRow(
        account_id=account.id, day=days[0], seq=1, kind=CASH_KINDS.index(CashKind.DEPOSIT),
        amount=Decimal(cash + 10 * shares), fingerprint="d",
    ))  # fmt: skip
    session.add(TradeRow(
        account_id=account.id, instrument_id=stock.id, day=days[1], seq=2, kind=MOVEMENTS.index(Movement.BUY),
        quantity=Decimal(shares), price=Decimal(10), amount=Decimal(-10 * shares), fingerprint="t", **nothing,
    ))  # fmt: skip
    session.flush()
    return days[-1]


def rows(session, table):
    return list(session.exec(select(table)).all())


# the profile


def test_a_profile_from_everything_that_is_on_file(session, desk, assessments, home):
    assessments.assessed("C1", "C4")
    holds(session, "C1", 4_000, 600)
    profile = desk.make("C1", DAY, habits("CHASING", as_of=DAY))
    read = profile.dimension(DimensionId.LIQUIDITY)

    assert (profile.confirmed_level, profile.level_used) == (ClientLevel.C4, ClientLevel.C3)
    assert profile.facts.level_reason == "备用金 2.4 个月，低于 3 个月，使用的等级不高于 C3（稳健型）"
    assert next(one.value for one in read.grounds if one.name == "cash_like") == 24_000
    assert profile.facts.reserve_months == 2.4
    assert profile.facts.biases == {Bias.CHASING}
    assert profile.dimension(DimensionId.EXPECTED_RETURN).score is not None
    assert set(profile.versions) == {"suitability/rules/profile.yaml", "clients/rules/household.yaml"}


def test_what_finances_cap_is_told_by_the_reason_of_the_facts(session, desk, assessments, home):
    assessments.assessed("C1", "C4")
    desk.file(desk.make("C1", DAY), ADVISOR)
    facts = profile_facts(session, everything(DAY), "C1", DAY)

    assert facts.lower(ClientLevel.C4) is ClientLevel.C3
    assert facts.lower(ClientLevel.C2) is ClientLevel.C2
    assert "备用金" in facts.level_reason
    assert facts.as_of["level"] == DAY


def test_the_accounts_of_a_member_count_once_the_member_agrees(session, desk, home):
    last = holds(session, "C2", 5_000, 100)
    alone = desk.household("C1", DAY)
    spouse = next(one for one in alone.members if one.member_no == "M2")
    home.change_member("H1", replace(spouse, shares_accounts=True), expected_version=1, stamp=ADVISOR)
    together = desk.household("C1", DAY)

    assert alone.accounts == ()
    assert [(one.member_no, one.cash, one.securities, one.as_of) for one in together.accounts] == [
        ("M2", Decimal("5000.00"), Decimal("1000.00"), last)
    ]


def test_margin_debt_is_a_debt_and_no_negative_cash(session, desk, home):
    holds(session, "C1", 4_000, 600)
    account = rows(session, AccountRow)[0]
    session.add(CashflowRow(
        account_id=account.id, day=DAY, seq=9, kind=CASH_KINDS.index(CashKind.MARGIN_BORROW),
        amount=Decimal(3_000), fingerprint="m",
    ))  # fmt: skip
    session.flush()
    value = desk.household("C1", DAY).accounts[0]

    assert value.debt == Decimal("3000.00")
    assert value.securities == Decimal("6000.00")
    assert value.cash + value.securities - value.debt == Decimal("10000.00")


def test_a_profile_is_filed_once_and_anew_when_something_changes(session, desk, home):
    first = desk.file(desk.make("C1", DAY, habits()), ADVISOR)
    again = desk.file(desk.make("C1", DAY, habits()), ADVISOR)
    other = desk.file(desk.make("C1", DAY, habits("CHASING")), ADVISOR)

    assert (first, again, other) == (True, False, True)
    assert [json.loads(row.content)["facts"]["biases"] for row in rows(session, ProfileRow)] == [[], ["CHASING"]]
    assert [one["action"] for one in trail_of(session, "client_profile", "C1")] == ["profile.file"] * 2
    assert len(desk.history("C1")) == 2


def test_the_calendar_alone_makes_no_new_profile(session, desk):
    desk.file(desk.make("C1", DAY, habits(as_of=DAY)), ADVISOR)

    assert not desk.file(desk.make("C1", DAY + timedelta(days=400), habits(as_of=DAY)), ADVISOR)


def test_the_profile_of_a_day_stands_until_the_next(session, desk, home):
    desk.file(desk.make("C1", DAY, habits("CHASING")), ADVISOR)
    desk.file(desk.make("C1", DAY + timedelta(days=2), habits("LOTTERY")), ADVISOR)
    whole = everything(DAY)

    read = {n: profile_facts(session, whole, "C1", DAY + timedelta(days=n)).biases for n in (-1, 0, 1, 2)}

    assert read == {-1: frozenset(), 0: {Bias.CHASING}, 1: {Bias.CHASING}, 2: {Bias.LOTTERY}}


def test_one_client_and_the_book_read_the_same(session, desk, assessments, home):
    assessments.assessed("C1", "C4")
    confirmed(desk)
    desk.file(desk.make("C1", DAY, habits("CHASING", "LOTTERY")), ADVISOR)
    desk.file(desk.make("C2", DAY), ADVISOR)
    asked = DAY + timedelta(days=30)
    columns = profile_columns(session, asked)
    ids = {row.client_no: row.id for row in rows(session, ClientRow)}

    assert len(columns) == 2
    for client_no in ("C1", "C2"):
        facts = profile_facts(session, everything(asked), client_no, asked)
        place = int(np.flatnonzero(columns.client_id == ids[client_no])[0])
        limit = facts.lock_limit_days(asked)
        assert columns.lock_limit[place] == (NO_LIMIT if limit is None else limit)
        assert columns.level_cap[place] == (facts.level_cap.rank if facts.level_cap else 0)
        for name in ("expected_return", "reserve_months"):
            value = getattr(facts, name)
            told = getattr(columns, name)[place]
            assert np.isnan(told) if value is None else told == value
        for level in ClientLevel:
            lowered = columns.lower(np.array([ids[client_no]]), np.array([level.rank]))
            assert lowered.tolist() == [facts.lower(level).rank]


def test_columns_leave_levels_of_unknown_clients_as_they_are(session, desk):
    columns = profile_columns(session, DAY)

    assert len(columns) == 0
    assert columns.lower(np.array([7, 8]), np.array([3, 0])).tolist() == [3, 0]


def test_outside_the_scope_nobody_is_there(session, desk):
    stranger = ProfileService(session, Scope(Reach.OWN, "client:C2", DAY))

    for act in (lambda: stranger.make("C1", DAY), lambda: stranger.history("C1"), lambda: stranger.statements("C1"),
                lambda: stranger.draft("C1", POLICY, ADVISOR)):  # fmt: skip
        with pytest.raises(NoSuchClient):
            act()
    assert profile_facts(session, everything(DAY), "C1", DAY).as_of == {}


# the statement


def confirmed(desk, policy=POLICY):
    drafted = desk.draft("C1", policy, ADVISOR)
    return desk.confirm(drafted.id, CLIENT, shown_digest=drafted.digest, evidence="sha256:e")


def test_a_statement_holds_once_the_client_confirmed_it(session, desk):
    drafted = desk.draft("C1", POLICY, ADVISOR)
    before = desk.in_force("C1", DAY)
    done = desk.confirm(drafted.id, CLIENT, shown_digest=drafted.digest, evidence="sha256:e")

    assert (drafted.version, drafted.confirmed_on, before) == (1, None, None)
    assert (done.policy, done.confirmed_on, done.channel, done.evidence) == (POLICY, DAY, "APP", "sha256:e")
    assert desk.in_force("C1", DAY) == done
    assert desk.in_force("C1", DAY - timedelta(days=1)) is None
    assert [one["action"] for one in trail_of(session, "policy_statement", "C1")] == ["policy.confirm", "policy.draft"]


def test_a_newer_draft_does_not_hold_before_it_is_confirmed(desk):
    confirmed(desk)
    second = desk.draft("C1", replace(POLICY, expected_return=0.06), ADVISOR)

    assert second.version == 2
    assert desk.in_force("C1", DAY).version == 1
    desk.confirm(second.id, CLIENT, shown_digest=second.digest)
    assert desk.in_force("C1", DAY).version == 2
    assert [one.version for one in desk.statements("C1")] == [2, 1]


def test_confirming_twice_is_the_same_as_once(session, desk):
    done = confirmed(desk)

    assert desk.confirm(done.id, CLIENT, shown_digest=done.digest) == done
    assert len(rows(session, PolicyConfirmationRow)) == 1


@pytest.mark.parametrize("who", [ADVISOR, Stamp(client_actor("C2"), NOW)], ids=["advisor", "another client"])
def test_only_the_client_confirms(session, desk, who):
    drafted = desk.draft("C1", POLICY, ADVISOR)

    with pytest.raises(OnlyTheClientConfirms):
        desk.confirm(drafted.id, who, shown_digest=drafted.digest)
    assert rows(session, PolicyConfirmationRow) == []


def test_what_was_not_shown_is_not_confirmed(desk):
    first = desk.draft("C1", POLICY, ADVISOR)
    second = desk.draft("C1", replace(POLICY, max_lock_days=30), ADVISOR)

    with pytest.raises(ShownAnother):
        desk.confirm(second.id, CLIENT, shown_digest=first.digest)
    with pytest.raises(StatementSuperseded, match="第 2 版"):
        desk.confirm(first.id, CLIENT, shown_digest=first.digest)
    with pytest.raises(NoSuchStatement):
        desk.confirm(99, CLIENT, shown_digest=first.digest)


FAULTS = [
    ({"expected_return": -0.001}, "expected_return"),
    ({"expected_return": 0.301}, "expected_return"),
    ({"objective": Objective.PRESERVE, "expected_return": 0.051}, "expected_return"),
    ({"max_lock_days": -1}, "max_lock_days"),
    ({"max_lock_days": 3651}, "max_lock_days"),
    ({"min_reserve_months": 60.5}, "min_reserve_months"),
    ({"legal": (" ",)}, "legal"),
    ({"tax": ("长" * 201,)}, "tax"),
    ({"ethical": ("不投资烟草",) * 21}, "ethical"),
]


@pytest.mark.parametrize(("change", "field"), FAULTS)
def test_what_cannot_be_stated_is_refused_by_name(desk, change, field):
    with pytest.raises(StatementRefused) as refused:
        desk.draft("C1", replace(POLICY, **change), ADVISOR)

    assert [one["pointer"] for one in refused.value.extra["errors"]] == [f"/{field}"]
    assert desk.statements("C1") == ()


@pytest.mark.parametrize(
    "edge",
    [{"expected_return": 0.3}, {"expected_return": 0.0}, {"objective": Objective.PRESERVE, "expected_return": 0.05},
     {"max_lock_days": 3650}, {"max_lock_days": 0}, {"min_reserve_months": 60.0}, {"tax": ("长" * 200,)}],
)  # fmt: skip
def test_what_lies_on_the_limit_is_stated(desk, edge):
    policy = replace(POLICY, **edge)

    assert desk.draft("C1", policy, ADVISOR).policy == policy


def test_the_statement_reaches_the_facts(session, desk):
    confirmed(desk)
    desk.file(desk.make("C1", DAY), ADVISOR)
    facts = profile_facts(session, everything(DAY), "C1", DAY)

    assert (facts.expected_return, facts.lock_limit_days(DAY)) == (0.045, 365)
    assert facts.as_of == {"expected_return": DAY, "lock_limit_days": DAY}


def test_the_client_reads_it_in_plain_words():
    assert sentences(POLICY) == (
        "投资目标：实现家庭目标", "期望的年收益：4.50%（不是收益承诺）", "投资期限：5 年以内", "投资品种：至权益类",
        "资金锁定不超过 365 天", "至少留出 6 个月开支的备用金", "法律限制：不参与内幕信息知情期间的交易",
        "伦理限制：不投资烟草行业",
    )  # fmt: skip
