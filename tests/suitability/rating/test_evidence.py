"""What net values and terms support, on, below and above each limit; a contradiction is named."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from kit.rulebook import load_rulebook
from market.products.types import FACTORS, Factor, NavHistory, Product, ProductKind
from suitability.levels import ProductLevel
from suitability.rating.derivation import derive
from suitability.rating.evidence import evidence_of, nav_evidence, step_of
from suitability.rating.portfolio import Part, carried_level, faults_of, seen_through

DAY = date(2026, 11, 24)
LEAST = dict.fromkeys(FACTORS, 1)
BOOK = load_rulebook("suitability", "rating")

STEPS = [  # rule, value, step, source: RATE-EVIDENCE-*, 以内 includes, 不满 does not
    ("VOLATILITY", "0.0099", 1), ("VOLATILITY", "0.01", 1), ("VOLATILITY", "0.0101", 2), ("VOLATILITY", "0.05", 2),
    ("VOLATILITY", "0.0501", 3), ("VOLATILITY", "0.15", 3), ("VOLATILITY", "0.1501", 4), ("VOLATILITY", "0.30", 4),
    ("VOLATILITY", "0.3001", 5), ("DRAWDOWN", "0.005", 1), ("DRAWDOWN", "0.0051", 2), ("DRAWDOWN", "0.05", 2),
    ("DRAWDOWN", "0.0501", 3), ("DRAWDOWN", "0.20", 3), ("DRAWDOWN", "0.2001", 4), ("DRAWDOWN", "0.40", 4),
    ("DRAWDOWN", "0.4001", 5), ("TERM", "92", 1), ("TERM", "93", 2), ("TERM", "366", 2), ("TERM", "367", 3),
    ("TERM", "1096", 3), ("TERM", "1097", 4), ("TERM", "1827", 4), ("TERM", "1828", 5), ("LOCKUP", "0", 1),
    ("LOCKUP", "1", 2), ("LOCKUP", "7", 2), ("LOCKUP", "8", 3), ("LOCKUP", "366", 3), ("LOCKUP", "367", 4),
    ("TICKET", "49999.99", 1), ("TICKET", "50000", 2), ("TICKET", "299999.99", 2), ("TICKET", "300000", 3),
    ("TICKET", "999999.99", 3), ("TICKET", "1000000", 4), ("TICKET", "4999999.99", 4), ("TICKET", "5000000", 5),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "value", "step"), STEPS)
def test_the_step_that_a_figure_supports(rule, value, step):
    assert step_of(BOOK[f"RATE-EVIDENCE-{rule}"], Decimal(value), DAY) == step


def navs(returns: list[float], spacing: int = 7) -> NavHistory:
    values = np.concatenate([[1.0], np.cumprod(1 + np.array(returns))])
    days = [(date(2026, 1, 5) + timedelta(days=spacing * n)).toordinal() for n in range(len(values))]
    return NavHistory(np.array(days, dtype=np.int64), values, False)


def test_the_measures_are_those_of_the_diagnosis():
    """Weekly returns of ±2%: deviation of the sample 2.0426%, a year 2.0426% x sqrt(52) = 14.73%; a fall of 2%."""
    found = {one.measure: one for one in nav_evidence(LEAST, navs([0.02, -0.02] * 12), DAY)}

    assert float(found["volatility"].value) == pytest.approx(0.02 * np.sqrt(24 / 23) * np.sqrt(52), rel=1e-9)
    assert found["volatility"].supports == 3
    assert found["max_drawdown"].value == pytest.approx(Decimal(repr(round(1 - 0.98 * (1.02 * 0.98) ** 11, 10))))
    assert found["volatility"].contradicts, "1 was given where 3 is supported"
    assert found["volatility"].as_of == date(2026, 6, 22)


def test_a_factor_above_what_is_supported_is_caution_and_no_contradiction():
    assert not any(one.contradicts for one in nav_evidence({**LEAST, Factor.TRACK_RECORD: 5}, navs([0.02] * 24), DAY))


def test_too_few_net_values_are_said_and_support_nothing():
    found = nav_evidence(LEAST, navs([0.1] * 19), DAY)

    assert {one.note for one in found} == {"净值只有 20 个，至少需要 21 个"}
    assert {one.supports for one in found} == {None}
    assert all(one.supports is not None for one in nav_evidence(LEAST, navs([0.1, -0.1] * 10), DAY)), "21 are enough"


def test_net_values_after_the_day_are_not_seen():
    assert nav_evidence(LEAST, navs([0.1] * 40), date(2026, 1, 4)) == ()


def test_terms_that_contradict_the_factors_are_named_and_change_nothing():
    product = Product(
        code="P", name="P", kind=ProductKind.TRUST, factors=LEAST, term_days=400, lockup_days=400,
        min_amount=Decimal(1_000_000),
    )
    evidence = evidence_of(product, None, DAY)

    found = derive(product, DAY, evidence=evidence)

    assert found.level is ProductLevel.R1
    assert [one.factor for one in found.contradictions] == [Factor.MATURITY, Factor.LIQUIDITY, Factor.MIN_TICKET]
    assert found.contradictions[0].sentence() == "到期时限：term_days 为 400，支持第 3 档，所给为第 1 档，相矛盾"


R = ProductLevel
CARRIED = [  # weights by level, level of the whole; share of the rule 0.50, included
    ({R.R5: "0.50", R.R1: "0.50"}, R.R5), ({R.R5: "0.4999", R.R1: "0.5001"}, R.R1),
    ({R.R5: "0.20", R.R4: "0.30", R.R1: "0.50"}, R.R4), ({R.R5: "0.20", R.R4: "0.2999", R.R1: "0.5001"}, R.R1),
    ({R.R3: "0.60", R.R2: "0.40"}, R.R3), ({R.R2: "1"}, R.R2),
]  # fmt: skip


@pytest.mark.parametrize(("weights", "level"), CARRIED)
def test_a_portfolio_carries_the_level_of_at_least_half_its_weight(weights, level):
    parts = [Part(one.value, Decimal(weight), one, {}) for one, weight in weights.items()]

    assert carried_level(parts, DAY) is level


def test_a_portfolio_is_one_vector_seen_through():
    parts = [
        Part("A", Decimal("0.5"), R.R1, {**LEAST, Factor.LIQUIDITY: 2}),
        Part("B", Decimal("0.5"), R.R4, {**LEAST, Factor.LEVERAGE: 4, Factor.MATURITY: 2}),
    ]
    seen = seen_through(parts)

    assert (seen[Factor.LIQUIDITY], seen[Factor.MATURITY]) == (2, 2), "1.5 is rounded up"
    assert seen[Factor.LEVERAGE] == 3, "2.5 is rounded up"
    portfolio = Product(code="P", name="P", kind=ProductKind.PORTFOLIO)
    assert derive(portfolio, DAY, parts=parts).level is R.R4, "half its weight is R4"
    own = Product(code="P", name="P", kind=ProductKind.PORTFOLIO, factors={**LEAST, Factor.LEVERAGE: 5})
    assert derive(own, DAY, parts=parts).level is R.R5, "its own factors stand first"


FAULTY = [
    ([Part("A", Decimal("0.9"), R.R1, LEAST)], ("成分权重合计 0.9，应为 1",)),
    ([Part("A", Decimal("0.5"), None, LEAST), Part("B", Decimal("0.5"), R.R1, LEAST)], ("成分 A 没有评级",)),
    ([Part("A", Decimal("0.999"), R.R1, LEAST)], ()), ([Part("A", Decimal("0.9989"), R.R1, LEAST)],
     ("成分权重合计 0.9989，应为 1",)),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "faults"), FAULTY)
def test_parts_that_are_not_the_whole_are_not_rated(parts, faults):
    assert faults_of(parts) == faults
    found = derive(Product(code="P", name="P", kind=ProductKind.PORTFOLIO), DAY, parts=parts)
    assert (found.level is None) == bool(faults)


LACKING = [  # kind, what is missing
    (ProductKind.TRUST, "没有给出十项因素"), (ProductKind.MONEY_FUND, "没有给出十项因素"),
    (ProductKind.PORTFOLIO, "组合产品没有十项因素，也没有登记成分"), (ProductKind.ADVICE, "没有给出十项因素"),
    (ProductKind.BOND, "债券没有登记信用评级，无法对应名录；请补登信用评级或单独评级"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "missing"), LACKING)
def test_a_rating_without_factors_is_none(kind, missing):
    found = derive(Product(code="P", name="某产品", kind=kind), DAY)

    assert (found.level, found.missing) == (None, (missing,))


def test_a_service_takes_the_level_of_what_it_leads_to():
    service = Product(code="S", name="条件单", kind=ProductKind.OTHER_SERVICE, leads_to=("A", "B"))

    assert derive(service, DAY, leads_to={"A": R.R2, "B": R.R4}).level is R.R4
    assert derive(service, DAY, leads_to={"A": R.R2, "B": None}).missing == ("服务所及的 B 没有评级",)


def test_an_unknown_member_of_the_list_is_named():
    found = derive(Product(code="P", name="P", kind=ProductKind.TRUST, factors=LEAST, list_item="LIST-X"), DAY)

    assert (found.level, found.missing) == (None, ("名录没有成员 LIST-X",))
