"""The state machine of a case, how it may end, and what an observation of the watch makes of it; no database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suitability.cases.machine import OPEN_IN, check_resolution, check_second, next_status
from suitability.cases.observing import effects_of, facts_digest
from suitability.cases.problems import ActionNotOpen, NotAcceptable, ReasonMissing, SamePerson, StillMismatched
from suitability.cases.rules import dimensions_of, due_on, severity_of, to_escalate
from suitability.cases.types import (
    Case,
    CaseAction,
    CaseStatus,
    Cause,
    Dimension,
    EventKind,
    Observation,
    Resolution,
    Severity,
)

DAY = date(2026, 11, 27)  # a Friday
A, S, R, K = CaseAction, CaseStatus, Resolution, EventKind
CASE = Case(
    id=12, version=1, client_no="C1", client_name="甲", product_code="P1", product_name="一号", client_class="C2",
    product_level="R3", dimensions=(Dimension.LEVEL,), gap=1, severity=Severity.MEDIUM, origin=Cause.FOUND,
    status=S.ASSIGNED, present=True, value=None, facts={"rules": ["SUIT-103"]}, owner_no="A1", owner_name="乙",
    branch_no="B1", escalated=False, contacts=0, opened_on=DAY, due_on=DAY, seen_on=DAY, proposed_by_id="",
    proposed_by="", resolution=None, resolved_on=None, retain_until=DAY,
)  # fmt: skip
SEEN = Observation(
    client_no="C1", product_code="P1", client_class="C2", product_level="R3", rules=("SUIT-103",), gap=1,
    facts={"quantity": "100"},
)  # fmt: skip
GONE = Observation(client_no="C1", product_code="P1")
KNOWN = facts_digest(SEEN)

WAYS = [  # from, action, to for a case that is not grave, to for a grave one
    (S.OPEN, A.ASSIGN, S.ASSIGNED, S.ASSIGNED), (S.OPEN, A.CONTACT, S.CONTACTED, S.CONTACTED),
    (S.OPEN, A.RESOLVE, S.RESOLVED, S.CLOSING), (S.ASSIGNED, A.ASSIGN, S.ASSIGNED, S.ASSIGNED),
    (S.ASSIGNED, A.CONTACT, S.CONTACTED, S.CONTACTED), (S.ASSIGNED, A.ESCALATE, S.ASSIGNED, S.ASSIGNED),
    (S.CONTACTED, A.CONTACT, S.CONTACTED, S.CONTACTED), (S.CONTACTED, A.ASSIGN, S.CONTACTED, S.CONTACTED),
    (S.CONTACTED, A.RESOLVE, S.RESOLVED, S.CLOSING), (S.CLOSING, A.APPROVE, S.RESOLVED, S.RESOLVED),
    (S.CLOSING, A.REJECT, S.ASSIGNED, S.ASSIGNED), (S.CLOSING, A.NOTE, S.CLOSING, S.CLOSING),
    (S.RESOLVED, A.REOPEN, S.REOPENED, S.REOPENED), (S.RESOLVED, A.NOTE, S.RESOLVED, S.RESOLVED),
    (S.REOPENED, A.CONTACT, S.CONTACTED, S.CONTACTED), (S.REOPENED, A.RESOLVE, S.RESOLVED, S.CLOSING),
    (S.OPEN, A.APPROVE, None, None), (S.ASSIGNED, A.REOPEN, None, None), (S.RESOLVED, A.RESOLVE, None, None),
    (S.CLOSING, A.RESOLVE, None, None), (S.RESOLVED, A.CONTACT, None, None), (S.CONTACTED, A.REJECT, None, None),
]  # fmt: skip


@pytest.mark.parametrize(("status", "action", "plain", "grave"), WAYS)
def test_ways(status, action, plain, grave):
    for severity, expected in ((Severity.MEDIUM, plain), (Severity.SEVERE, grave)):
        case = replace(CASE, status=status, severity=severity)
        if expected is None:
            with pytest.raises(ActionNotOpen, match=case.number):
                next_status(case, action, DAY)
        else:
            assert next_status(case, action, DAY) is expected


def test_every_state_is_reached_and_none_is_a_dead_end():
    assert set(OPEN_IN) == set(CaseStatus)
    assert all(any(to is not None for to in ways.values()) for ways in OPEN_IN.values())


ENDS = [  # resolution, what is otherwise than plain, note, evidence, refused with
    (R.CURED, {"present": False}, "已卖出", "", None),
    (R.CURED, {}, "已卖出", "", StillMismatched),
    (R.ACCEPTED, {}, "客户确认", "sha256:1", None),
    (R.ACCEPTED, {}, "客户确认", "", ReasonMissing),
    (R.ACCEPTED, {"facts": {"rules": ["SUIT-102"]}}, "客户确认", "sha256:1", NotAcceptable),
    (R.ACCEPTED, {"client_class": "C1_LOWEST"}, "客户确认", "sha256:1", NotAcceptable),
    (R.ACCEPTED, {"facts": {"rules": ["SUIT-001"]}}, "客户确认", "sha256:1", NotAcceptable),
    (R.ACCEPTED, {"facts": {"rules": ["SUIT-011"]}}, "客户确认", "sha256:1", NotAcceptable),
    (R.ACCEPTED, {"facts": {"rules": ["SUIT-103", "SUIT-011"]}}, "客户确认", "sha256:1", NotAcceptable),
    (R.FALSE_ALARM, {}, "测评录入有误", "", None),
    (R.FALSE_ALARM, {}, " ", "", ReasonMissing),
]


@pytest.mark.parametrize(("resolution", "changes", "note", "evidence", "refused"), ENDS)
def test_ends(resolution, changes, note, evidence, refused):
    case = replace(CASE, **changes)
    if refused is None:
        check_resolution(case, resolution, note, evidence, DAY)
    else:
        with pytest.raises(refused):
            check_resolution(case, resolution, note, evidence, DAY)


def test_the_one_who_proposed_does_not_approve():
    check_second(replace(CASE, proposed_by_id="u1"), "u2")
    check_second(replace(CASE, proposed_by_id=""), "u2")
    with pytest.raises(SamePerson, match="另一人"):
        check_second(replace(CASE, proposed_by_id="u1"), "u1")


GRAVE = [  # rules, gap, how grave: one level above is not grave, two are
    (("SUIT-103",), 1, "MEDIUM"), (("SUIT-103",), 2, "SEVERE"), (("SUIT-102",), 1, "SEVERE"),
    (("SUIT-001",), 0, "SEVERE"), (("SUIT-011",), 0, "LOW"), (("SUIT-010",), 0, "MEDIUM"),
    (("SUIT-112", "SUIT-103"), 1, "MEDIUM"),
    (("SUIT-112",), 0, "LOW"), (("SUIT-130",), 0, "MEDIUM"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "gap", "expected"), GRAVE)
def test_how_grave(rules, gap, expected):
    assert severity_of(rules, gap, DAY) == Severity(expected)


def test_what_does_not_fit_is_told_the_gravest_first():
    assert dimensions_of(("SUIT-112", "SUIT-001", "SUIT-102"), DAY) == (
        Dimension.LOWEST, Dimension.ACCESS, Dimension.TYPE
    )  # fmt: skip


DEADLINES = [  # severity, backlog, last day: trading days after a Friday
    (Severity.SEVERE, False, date(2026, 12, 4)), (Severity.MEDIUM, False, date(2026, 12, 11)),
    (Severity.SEVERE, True, date(2026, 12, 25)),
]  # fmt: skip


@pytest.mark.parametrize(("severity", "backlog", "expected"), DEADLINES)
def test_deadlines_are_trading_days(severity, backlog, expected):
    assert due_on(severity, DAY, backlog=backlog) == expected


LATE = [  # severity, day, reported: due on Friday 27 November
    (Severity.SEVERE, date(2026, 11, 27), False), (Severity.SEVERE, date(2026, 11, 29), False),
    (Severity.SEVERE, date(2026, 11, 30), True), (Severity.MEDIUM, date(2026, 12, 1), False),
    (Severity.MEDIUM, date(2026, 12, 2), True),
]  # fmt: skip


@pytest.mark.parametrize(("severity", "day", "expected"), LATE)
def test_a_late_case_is_reported_after_so_many_trading_days(severity, day, expected):
    assert to_escalate(severity, DAY, day) is expected


EFFECTS = [  # the case as it is, what is seen, events and the state after the last
    ("a mismatch opens a case", None, SEEN, [K.OPENED], S.OPEN),
    ("what is gone and never was a case is nothing", None, GONE, [], None),
    ("the same again is nothing", CASE, SEEN, [], None),
    ("more is held", CASE, replace(SEEN, facts={"quantity": "200"}, cause=Cause.INCREASED), [K.CHANGED], S.ASSIGNED),
    ("less is held", CASE, replace(SEEN, facts={"quantity": "50"}, cause=Cause.REDUCED), [K.EASED], S.ASSIGNED),
    ("gone: cured and closed", CASE, GONE, [K.GONE, K.RESOLVED], S.RESOLVED),
    ("grave and gone: a person looks", replace(CASE, severity=Severity.SEVERE), GONE, [K.GONE, K.PROPOSED], S.CLOSING),
    ("gone twice is nothing", replace(CASE, present=False), GONE, [], None),
    ("accepted, the same again", replace(CASE, status=S.RESOLVED), SEEN, [], None),
    ("accepted, and less is held", replace(CASE, status=S.RESOLVED),
     replace(SEEN, facts={"quantity": "50"}, cause=Cause.REDUCED), [K.EASED], S.RESOLVED),
    ("accepted, and more is held", replace(CASE, status=S.RESOLVED),
     replace(SEEN, facts={"quantity": "200"}, cause=Cause.INCREASED), [K.REOPENED], S.REOPENED),
    ("accepted, and another rule is hit", replace(CASE, status=S.RESOLVED),
     replace(SEEN, rules=("SUIT-103", "SUIT-130")), [K.REOPENED], S.REOPENED),
    ("accepted, and wider", replace(CASE, status=S.RESOLVED), replace(SEEN, gap=2), [K.REOPENED], S.REOPENED),
    ("accepted, and gone", replace(CASE, status=S.RESOLVED), GONE, [K.GONE], S.RESOLVED),
    ("cured, and there again", replace(CASE, status=S.RESOLVED, present=False), SEEN, [K.REOPENED], S.REOPENED),
    ("proposed, and wider", replace(CASE, status=S.CLOSING), replace(SEEN, gap=2), [K.CHANGED], S.ASSIGNED),
    ("proposed to close, and less is held", replace(CASE, status=S.CLOSING),
     replace(SEEN, facts={"quantity": "50"}, cause=Cause.REDUCED), [K.EASED], S.CLOSING),
]  # fmt: skip


@pytest.mark.parametrize(("what", "case", "told", "kinds", "status"), EFFECTS, ids=[row[0] for row in EFFECTS])
def test_what_an_observation_does(what, case, told, kinds, status):
    found = effects_of(case, KNOWN, told, DAY)

    assert [one.kind for one in found] == kinds
    assert not found or found[-1].status is status


def test_the_market_makes_no_new_fact_and_a_quantity_does():
    assert facts_digest(replace(SEEN, measures={"share": 0.9}, cause=Cause.INCREASED)) == KNOWN
    assert facts_digest(replace(SEEN, facts={"quantity": "101"})) != KNOWN


@given(st.lists(st.sampled_from(CaseAction), max_size=30), st.sampled_from(Severity))
def test_whatever_is_tried_a_grave_case_closes_by_approval_alone(actions, severity):
    status = S.OPEN
    for action in actions:
        case = replace(CASE, status=status, severity=severity)
        try:
            after = next_status(case, action, DAY)
        except ActionNotOpen:
            continue
        if after is S.RESOLVED and status is not S.RESOLVED and severity is Severity.SEVERE:
            assert (status, action) == (S.CLOSING, A.APPROVE)
        status = after
