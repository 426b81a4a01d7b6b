"""The desk of households: who sees what, what is refused, what is appended, and the trail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from clients.household.problems import (
    HouseholdExists,
    HouseholdRefused,
    MemberTaken,
    NoSuchHousehold,
    NoSuchMember,
)
from clients.household.service import HouseholdService
from clients.household.tables import ItemRow
from clients.household.types import AccountValue, Member, MemberRole
from clients.repository import NoSuchClient
from clients.staff.problems import ChangedMeanwhile
from kit.access import Reach, Scope
from kit.trail.tables import TrailRow
from tests.clients.household.households import item
from tests.clients.people import DAY, EVERYTHING, STAMP, People, book

SINCE = date(2025, 1, 1)
HUSBAND = Member(member_no="M1", role=MemberRole.SELF, client_no="C1", birth_date=date(1980, 5, 1))
WIFE = Member(member_no="M2", role=MemberRole.SPOUSE, client_no="C2")
CHILD = Member(member_no="M3", role=MemberRole.CHILD, birth_date=date(2015, 5, 1))


@pytest.fixture
def people(session):
    house = People(session)
    for client in ("C1", "C2", "C3"):
        house.client(client)
    house.person("S1")
    house.serves("S1", "C1")
    return house


@pytest.fixture
def desk(session, people):
    return HouseholdService(session, EVERYTHING)


@pytest.fixture
def home(desk):
    desk.add("H1", [HUSBAND, WIFE, CHILD], SINCE, STAMP)
    return desk


def words(session):
    return session.scalars(select(ItemRow).order_by(ItemRow.as_of, ItemRow.revision)).all()


def trail(session):
    return list(session.scalars(select(TrailRow.action).order_by(TrailRow.id)))


def test_a_household_is_read_as_of_a_day(home):
    found = home.of_client("C2", DAY)

    assert found.household_no == "H1"
    assert [(one.member_no, one.role, one.client_no) for one in found.members] == [
        ("M1", MemberRole.SELF, "C1"), ("M2", MemberRole.SPOUSE, "C2"), ("M3", MemberRole.CHILD, None),
    ]  # fmt: skip
    assert home.of_client("C1", date(2024, 12, 31)) is None
    assert home.of_client("C3", DAY) is None


def test_the_newest_word_up_to_the_day_counts(session, home):
    for as_of, amount in ((date(2026, 1, 1), 100), (date(2026, 2, 1), 200), (date(2026, 3, 1), 0)):
        home.record("H1", item("ASSET", "CASH", amount, as_of=as_of), STAMP)

    said = {day: home.of_client("C1", day).items for day in (SINCE, date(2026, 1, 31), date(2026, 2, 1), DAY)}

    assert [[one.amount for one in items] for items in said.values()] == [[], [100], [200], [0]]


def test_a_correction_of_the_same_day_is_the_next_revision(session, home):
    for amount in (100, 100, 120):
        home.record("H1", item("ASSET", "CASH", amount, as_of=DAY), STAMP)

    assert [(row.revision, row.amount) for row in words(session)] == [(1, Decimal(100)), (2, Decimal(120))]
    assert [(one.amount, revision) for one, revision, _ in home.history("H1", "ASSET-CASH")] == [(120, 2), (100, 1)]
    assert home.of_client("C1", DAY).items[0].amount == 120
    assert trail(session) == ["household.add", "household.item", "household.item"]


def test_every_field_of_an_item_comes_back(home):
    said = item(
        "GOAL", "EDUCATION", "80000.50", as_of=DAY, member_no="M3", first_on=date(2033, 9, 1),
        last_on=date(2037, 8, 31), growth=0.045, priority=1, note="本科",
    )  # fmt: skip
    debt = item("DEBT", "MORTGAGE", 900_000, as_of=DAY, monthly_payment=Decimal("5123.45"))
    deposit = item("ASSET", "DEPOSIT", 50_000, as_of=DAY, locked_until=date(2027, 1, 1))
    for one in (said, debt, deposit):
        home.record("H1", one, STAMP)

    assert set(home.of_client("C1", DAY).items) == {said, debt, deposit}


FAULTS = [
    ({"amount": Decimal(-1)}, "金额不能为负"),
    ({"as_of": date(2026, 3, 11)}, "晚于今天"),
    ({"member_no": "M9"}, "没有成员 M9"),
    ({"growth": 0.31}, "比例"),
    ({"growth": -0.21}, "比例"),
    ({"priority": 0}, "优先级"),
    ({"priority": 10}, "优先级"),
    ({"first_on": date(2030, 1, 2), "last_on": date(2030, 1, 1)}, "早于起始日"),
    ({"monthly_payment": Decimal(1)}, "月供"),
    ({"locked_until": date(2030, 1, 1)}, "锁定到期日"),
    ({"note": "长" * 65}, "备注"),
    ({"item_no": " "}, "项目编号"),
]


@pytest.mark.parametrize(("change", "told"), FAULTS)
def test_what_cannot_be_said_of_an_item_is_refused_by_name(session, home, change, told):
    with pytest.raises(HouseholdRefused, match=told) as refused:
        home.record("H1", replace(item("INCOME", "SALARY", 100, as_of=DAY), **change), STAMP)

    assert refused.value.extra["errors"][0]["pointer"] == f"/{list(change)[-1]}"
    assert words(session) == []


def test_a_debt_that_its_payments_never_end_is_refused(session, home):
    debt = item("DEBT", "MORTGAGE", 120_000, as_of=DAY, monthly_payment=Decimal(100))  # a hundred years to the day

    assert home.record("H1", debt, STAMP) == debt
    with pytest.raises(HouseholdRefused, match="100 年以上"):
        home.record("H1", replace(debt, amount=Decimal("120000.01")), STAMP)


def test_an_item_is_changed_only_under_the_version_that_was_read(home):
    cash = item("ASSET", "CASH", 100, as_of=DAY)

    home.record("H1", cash, STAMP, expected_version=0)
    with pytest.raises(ChangedMeanwhile, match="现为第 1 版"):
        home.record("H1", replace(cash, amount=Decimal(1)), STAMP, expected_version=0)
    home.record("H1", replace(cash, amount=Decimal(1)), STAMP, expected_version=1)
    assert home.item_versions("H1") == {cash.item_no: 2}


@pytest.mark.parametrize(
    "edge", [{"growth": 0.3}, {"growth": -0.2}, {"priority": 9}, {"as_of": DAY}, {"note": "长" * 64}]
)
def test_what_lies_on_the_limit_is_taken(home, edge):
    one = replace(item("INCOME", "SALARY", 100, as_of=DAY), **edge)

    assert home.record("H1", one, STAMP) == one


def test_members_come_change_and_go(session, home):
    home.add_member(
        "H1", Member(member_no="M4", role=MemberRole.PARENT), DAY, expected_version=1, stamp=STAMP
    )
    home.change_member("H1", replace(HUSBAND, retire_age=58), expected_version=2, stamp=STAMP)
    home.end_member("H1", "M2", DAY, expected_version=3, stamp=STAMP)

    after = date(2026, 3, 11)
    assert {one.member_no for one in home.of_client("C1", after).members} == {"M1", "M3", "M4"}
    assert home.of_client("C2", after) is None
    assert home.of_client("C1", DAY).member("M1").retire_age == 58
    assert home.version("H1") == 4
    assert trail(session) == ["household.add", *(f"household.member.{what}" for what in ("add", "change", "end"))]


def test_two_who_change_at_once_are_not_both_taken(home):
    home.change_member("H1", replace(HUSBAND, retire_age=58), expected_version=1, stamp=STAMP)

    with pytest.raises(ChangedMeanwhile, match="第 1 版"):
        home.change_member("H1", replace(HUSBAND, retire_age=59), expected_version=1, stamp=STAMP)


def test_a_change_that_changes_nothing_files_nothing(session, home):
    home.change_member("H1", HUSBAND, expected_version=1, stamp=STAMP)

    assert home.version("H1") == 1
    assert trail(session) == ["household.add"]


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        (lambda desk: desk.add("H1", [replace(HUSBAND, client_no="C3")], SINCE, STAMP), HouseholdExists),
        (lambda desk: desk.add("H2", [HUSBAND], DAY, STAMP), MemberTaken),
        (lambda desk: desk.add("H2", [CHILD], DAY, STAMP), HouseholdRefused),
        (lambda desk: desk.add(" ", [replace(HUSBAND, client_no="C3")], DAY, STAMP), HouseholdRefused),
        (lambda desk: desk.add("H2", [replace(HUSBAND, client_no="C9")], DAY, STAMP), NoSuchClient),
        (lambda desk: desk.add("H2", [replace(HUSBAND, client_no="C3", retire_age=29)], DAY, STAMP), HouseholdRefused),
        (lambda desk: desk.add_member("H1", CHILD, DAY, expected_version=1, stamp=STAMP), MemberTaken),
        (lambda desk: desk.end_member("H1", "M9", DAY, expected_version=1, stamp=STAMP), NoSuchMember),
        (lambda desk: desk.get("H9", DAY), NoSuchHousehold),
        (lambda desk: desk.of_client("C9", DAY), NoSuchClient),
    ],
)
def test_refusals(home, act, problem):
    with pytest.raises(problem):
        act(home)


def test_after_leaving_a_client_may_join_another_household(home):
    home.end_member("H1", "M2", date(2026, 2, 28), expected_version=1, stamp=STAMP)
    home.add("H2", [WIFE], date(2026, 3, 1), STAMP)

    assert home.of_client("C2", DAY).household_no == "H2"
    assert home.of_client("C2", date(2026, 2, 28)).household_no == "H1"


def test_an_advisor_sees_the_household_of_a_client_and_not_the_numbers_of_others(session, home):
    seen = HouseholdService(session, book("S1")).of_client("C1", DAY)

    assert [(one.member_no, one.client_no) for one in seen.members] == [("M1", "C1"), ("M2", None), ("M3", None)]


@pytest.mark.parametrize(
    "scope",
    [book("S9"), Scope(Reach.OWN, "client:C3", DAY), Scope(Reach.NONE, "", DAY)],
    ids=["another advisor", "another client", "nobody"],
)
def test_who_serves_no_member_sees_no_household(session, home, scope):
    desk = HouseholdService(session, scope)

    with pytest.raises(NoSuchHousehold):
        desk.get("H1", DAY)
    with pytest.raises(NoSuchClient):
        desk.of_client("C1", DAY)
    assert desk.clients_with_household(DAY) == []


def test_accounts_of_a_member_count_only_where_the_member_agreed(home):
    before = home.owners("C1", DAY)
    home.change_member("H1", replace(WIFE, shares_accounts=True), expected_version=1, stamp=STAMP)

    assert before == (("M1", "C1"),)
    assert home.owners("C1", DAY) == (("M1", "C1"), ("M2", "C2"))
    assert home.owners("C2", DAY) == (("M2", "C2"),)


def test_accounts_are_handed_in(home):
    account = AccountValue(member_no="M1", cash=Decimal(1), securities=Decimal(2), debt=Decimal(0), as_of=DAY)

    assert home.of_client("C1", DAY, [account]).accounts == (account,)
    assert home.clients_with_household(DAY) == ["C1", "C2"]
