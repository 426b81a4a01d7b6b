"""The effect of one person's tasks against the clients who were left alone, worked out by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from advisors.effects import _Own, parts_of
from advisors.figures import without_sales
from mot.effect.types import Arm, Enrolled

DAY = date(2026, 2, 1)
CASES = [  # client, arm, outcome, owner
    ("C1", Arm.TREATED, 1.0, "S1"), ("C2", Arm.TREATED, 1.0, "S1"), ("C3", Arm.TREATED, 0.0, "S1"),
    ("C4", Arm.TREATED, 0.0, "S2"), ("C5", Arm.TREATED, np.nan, "S2"), ("C6", Arm.TREATED, 1.0, ""),
    ("C7", Arm.HELD_OUT, 1.0, "S2"), ("C8", Arm.HELD_OUT, 0.0, ""), ("C9", Arm.HELD_OUT, 0.0, ""),
    ("CA", Arm.HELD_OUT, 0.0, ""),
]  # fmt: skip


def parts():
    over = tuple(Enrolled(client, arm, DAY) for client, arm, _, _ in CASES)
    owners = {client: owner for client, _, _, owner in CASES if owner}
    return parts_of(over, np.array([value for _, _, value, _ in CASES]), owners, "场景")


def test_a_share_less_the_share_of_those_left_alone():
    """S1: 2 of 3 less 1 of 4. S2: the one that is known, 0 of 1. Variance: 4 hits of 9 in all."""
    told = parts()
    spread = 4 / 9 * 5 / 9
    assert told["S1"].effect == pytest.approx(2 / 3 - 1 / 4)
    assert told["S1"].error2 == pytest.approx(spread / 3 + spread / 4)
    assert told["S2"].effect == pytest.approx(-1 / 4)
    assert set(told) == {"S1", "S2"}


def test_nobody_is_compared_with_nobody():
    over = tuple(Enrolled(client, arm, DAY) for client, arm, _, _ in CASES if arm is Arm.TREATED)
    assert parts_of(over, np.ones(len(over)), {"C1": "S1"}, "场景") == {}


def test_scenarios_weigh_by_their_clients_and_a_client_who_was_sold_a_mismatch_did_not_respond():
    told = parts()
    figure = _Own([told["S1"], told["S2"]]).figure("S1")
    assert figure.value == pytest.approx((3 * (2 / 3 - 1 / 4) + 1 * (-1 / 4)) / 4)
    assert figure.clients == 4
    less = without_sales(figure, {"C1", "C4"})
    assert less.value == pytest.approx(figure.value - 1 / 4)
    assert [row.counted for row in less.rows] == [0, 1, 0, 0]
    assert without_sales(figure, {"C3"}) == figure
