"""What the household declared is held against the answers, together with what the ledger shows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clients.household.service import HouseholdService
from clients.household.types import Member, MemberRole
from kit.access import everything
from suitability.assessment import household_known
from suitability.assessment.household_known import declared, on_file
from tests.clients.household.households import DAY as SAID
from tests.clients.household.households import household, item
from tests.suitability.assessment.desk import DAY, NATURAL, Desk, sheet_of, stamp

EARLIER = date(2025, 1, 1)
CASES = [  # items, what is known of C1
    ([item("ASSET", "CASH", 100), item("ASSET", "SECURITIES", 50)], {"assets_yuan": (Decimal(150), SAID)}),
    ([item("ASSET", "HOME", 900), item("ASSET", "PROPERTY", 90), item("ASSET", "BUSINESS", 9)], {}),
    ([item("ASSET", "INSURANCE", 7, as_of=EARLIER), item("ASSET", "CASH", 1)], {"assets_yuan": (Decimal(8), EARLIER)}),
    ([item("ASSET", "CASH", 100, member_no="M2")], {}),
    ([item("ASSET", "CASH", 100, member_no=None)], {"assets_yuan": (Decimal(100), SAID)}),
    ([item("DEBT", "MORTGAGE", 80), item("DEBT", "CAR", 20, member_no=None)], {"debts_yuan": (Decimal(100), SAID)}),
    ([item("DEBT", "MORTGAGE", 0)], {"debts_yuan": (Decimal(0), SAID)}),
    ([item("INCOME", "SALARY", 500_000)], {}),
]  # fmt: skip


@pytest.mark.parametrize(("items", "known"), CASES)
def test_what_a_household_tells_of_one_client(items, known):
    assert declared(household(*items), "C1") == known


@pytest.mark.parametrize(
    ("debt", "assets", "found"),
    [
        (0, "499999.99", set()), ("0.01", 0, {"ASSESS-118"}), (0, 500_000, {"ASSESS-117"}),
        (1, 500_001, {"ASSESS-117", "ASSESS-118"}),
    ],
    ids=["neither", "any debt", "on 50万", "both"],
)  # fmt: skip
def test_answers_are_held_against_the_household(session, debt, assets, found):
    desk = Desk(session, sources=(on_file,))
    desk.client("C1")
    home = HouseholdService(session, everything(DAY))
    home.add("H1", [Member(member_no="M1", role=MemberRole.SELF, client_no="C1")], EARLIER, stamp())
    for word in (item("DEBT", "MORTGAGE", debt, as_of=EARLIER), item("ASSET", "DEPOSIT", assets, as_of=EARLIER)):
        home.record("H1", word, stamp())
    done = desk.hand_in("C1", sheet_of(NATURAL, "C3", large_debts="D", investable_assets="A"))

    assert {one.rule for one in done.findings} & {"ASSESS-117", "ASSESS-118"} == found


def test_ledger_and_household_count_together(monkeypatch):
    def ledger(_session, _clients, _day):
        return {"C1": {"assets_yuan": (Decimal(300), DAY), "debts_yuan": (Decimal(5), DAY)}}

    monkeypatch.setattr(household_known, "from_ledger", ledger)
    monkeypatch.setattr(
        household_known, "from_household", lambda *_: {"C1": {"assets_yuan": (Decimal(200), EARLIER)}}
    )

    class One:
        client_no = "C1"

    both = {"assets_yuan": (Decimal(500), EARLIER), "debts_yuan": (Decimal(5), DAY)}
    assert on_file(None, [One()], DAY) == {"C1": both}
