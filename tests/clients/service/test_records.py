"""资料质量: each check on and beside its edge; points by rule; who is answerable; nothing of the record repeated."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from clients.contacts.service import ContactService
from clients.contacts.types import Channel, ContactAsk, Purpose
from clients.records.checks import CHECKS, COLUMNS, Fault, found_by, id_is_good
from clients.records.rules import checks_on, points_on
from clients.records.service import RecordService
from clients.tables import ClientRow
from kit.rulebook import RuleError, load_rulebook, parse_rulebook, under
from tests.clients.people import DAY, EVERYTHING, NOW, STAMP, People, book

WHOLE = {
    "client_no": "C1", "natural": True, "birth_date": date(1990, 3, 7), "id_no": "11010519900307001X",
    "phone": "13800000000", "main": True, "accounts": 1, "odd": False, "household_on": DAY, "contact_on": DAY,
    "contacts_in_use": True,
}  # fmt: skip


def good_id(first17):
    weights, last = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
    return first17 + last[sum(int(one) * weight for one, weight in zip(first17, weights, strict=True)) % 11]


WHOLE["id_no"] = good_id("11010519900307001")
LONG = timedelta(days=365)
FAULTS = [
    ({"phone": None}, {"PHONE_MISSING"}), ({"phone": "  "}, {"PHONE_MISSING"}), ({"phone": "12345"}, {"PHONE_WRONG"}),
    ({"phone": "021-88886666"}, set()), ({"id_no": None}, {"ID_MISSING"}),
    ({"id_no": WHOLE["id_no"][:-1] + ("0" if WHOLE["id_no"][-1] != "0" else "1")}, {"ID_WRONG"}),
    ({"id_no": "TEMP-1"}, {"ID_WRONG"}), ({"id_no": "91310000100000000X", "natural": False}, set()),
    ({"birth_date": None}, {"BIRTH_MISSING"}), ({"birth_date": None, "natural": False}, set()),
    ({"birth_date": date(1990, 3, 8)}, {"BIRTH_WRONG"}),
    ({"birth_date": DAY + timedelta(days=1), "id_no": None}, {"ID_MISSING", "BIRTH_WRONG"}),
    ({"birth_date": date(1899, 12, 31), "id_no": None}, {"ID_MISSING", "BIRTH_WRONG"}),
    ({"main": False}, {"MAIN_MISSING"}), ({"accounts": 0}, {"ACCOUNT_MISSING"}), ({"odd": True}, {"LEVEL_ODD"}),
    ({"household_on": DAY - LONG}, set()), ({"household_on": DAY - LONG - timedelta(days=1)}, {"HOUSEHOLD_STALE"}),
    ({"household_on": None}, set()), ({"contact_on": None}, {"CONTACT_STALE"}),
    ({"contact_on": None, "contacts_in_use": False}, set()), ({"contact_on": DAY - LONG}, set()),
    ({"contact_on": DAY - LONG - timedelta(days=1)}, {"CONTACT_STALE"}), ({}, set()),
]  # fmt: skip


def frame(*rows):
    return pd.DataFrame([[{**WHOLE, **row}[name] for name in COLUMNS] for row in rows], columns=COLUMNS, dtype=object)


@pytest.mark.parametrize(("change", "expected"), FAULTS)
def test_each_check_and_no_other(change, expected):
    found = found_by(frame(change), DAY, checks_on(DAY))

    assert {name for name, mask in found.items() if mask.any()} == expected


def test_a_number_of_many_clients_is_doubted():
    rows = [{"client_no": f"C{one}", "id_no": good_id(f"1101051990030700{one}"), "phone": "13800000000"}
            for one in range(3)]  # fmt: skip
    two, three = (found_by(frame(*some), DAY, checks_on(DAY)) for some in (rows[:2], rows))
    same = found_by(frame({}, {"client_no": "C2", "phone": "13800000001"}), DAY, checks_on(DAY))

    assert not two["PHONE_SHARED"].any()
    assert three["PHONE_SHARED"].all()
    assert same["ID_SHARED"].all()


def test_the_check_digit():
    told = pd.Series([good_id("11010519491231002"), "11010519491231002Y", "110105194912310029", None], dtype=object)

    assert id_is_good(told).tolist() == [True, False, False, False]
    assert told[0] == "11010519491231002X", "the example of GB 11643"


def test_points_are_those_of_the_kind_unless_a_check_has_its_own():
    text = load_rulebook("clients", "records").text
    own = parse_rulebook("clients/rules/records.yaml", text.replace("PHONE_WRONG: {}", "PHONE_WRONG: {points: 3}"))

    assert {CHECKS[name].fault: cost for name, cost in points_on(DAY).items()} == {
        Fault.MISSING: 20, Fault.STALE: 20, Fault.WRONG: 10,
    }  # fmt: skip
    with under({("clients", "records"): own}):
        assert points_on(DAY)["PHONE_WRONG"] == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("PHONE_WRONG: {}", "NO_SUCH: {}", "没有检查 NO_SUCH"), ("{more_than: 2}", "{}", "缺 more_than")],
)
def test_rules_that_cannot_be_are_refused(old, new, said):
    text = load_rulebook("clients", "records").text
    with under({("clients", "records"): parse_rulebook("x", text.replace(old, new))}), pytest.raises(
        RuleError, match=said
    ):
        checks_on(DAY)


def test_who_is_answerable_and_for_what(session):
    people = People(session)
    people.person("S1")
    for number in ("C1", "C2", "C3"):
        people.client(number)
    people.serves("S1", "C1")
    people.serves("S1", "C2")
    row = session.get_one(ClientRow, people.clients["C1"])
    row.id_no, row.phone, row.birth_date = WHOLE["id_no"], "13800000000", WHOLE["birth_date"]
    session.flush()
    ask = ContactAsk(client_no="C1", at=NOW, channel=Channel.PHONE, purpose=Purpose.CARE)
    ContactService(session, EVERYTHING).record(ask, STAMP)
    found = RecordService(session, EVERYTHING).check()
    own = RecordService(session, book("S1")).check()

    assert [(one.staff_no, one.clients, one.whole, one.points) for one in found.people] == [
        ("", 1, 0, 100), ("S1", 2, 1, 80),
    ]  # fmt: skip
    assert {one.check.name for one in found.findings if one.client_no == "C2"} == {
        "PHONE_MISSING", "ID_MISSING", "BIRTH_MISSING", "CONTACT_STALE",
    }  # fmt: skip
    assert found.points == 180 == sum(one.points for one in found.people)
    assert own.clients == 2
    assert RecordService(session, EVERYTHING).check("S1").points == 80
    assert WHOLE["id_no"] not in repr(found)
    assert "13800000000" not in repr(found)
