"""What each rule looks for: a pure function from cases to True where it is hit. What follows is data (`matching.yaml`).

Only purchases are judged: an order that reduces risk is never blocked. 以上 includes the number, 超过 does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kit.rulebook import Rulebook
from market.types import BoolArray
from suitability.levels import AskedBy, AssetType, Bias, IntendedTerm, Outcome, ProductLevel
from suitability.matching.cases import BIAS_BITS, Cases

OUTCOMES: Final = tuple(Outcome)  # by rank
_ALLOWED: Final = np.array(Outcome.ALLOW.rank, dtype=np.int8)
RankArray: TypeAlias = NDArray[np.int8]
Terms = Mapping[str, Any]
Looks = Callable[[Cases, Terms], BoolArray]


def gate_closed(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & ((cases.gate & ~cases.opened) != 0)
    return found


def not_assessed(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & cases.ordinary & (cases.client_rank == 0)
    return found


def assessment_expired(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & cases.ordinary & (cases.client_rank > 0) & cases.expired
    return found


def not_rated(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & cases.ordinary & (cases.product_rank == 0)
    return found


def above_level(cases: Cases) -> BoolArray:
    """The product's level is above the client's; a level that is not on file is judged by its own rule."""
    known = (cases.client_rank > 0) & (cases.product_rank > 0)
    found: BoolArray = cases.buy & cases.ordinary & known & (cases.product_rank > cases.client_rank)
    return found


def offered_above_level(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = above_level(cases) & cases.firm_asked
    return found


def lowest_above_level(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = above_level(cases) & cases.lowest
    return found


def asked_above_level(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = above_level(cases) & ~cases.firm_asked & ~cases.lowest
    return found


def term_too_long(cases: Cases, terms: Terms) -> BoolArray:
    longest = np.full(len(IntendedTerm) + 1, np.iinfo(np.int64).max)
    for term in IntendedTerm:
        longest[term.rank] = terms["days"].get(term.value, longest[term.rank])
    found: BoolArray = cases.buy & cases.ordinary & (cases.term_days > longest[cases.term_rank])
    return found


def type_too_wide(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & cases.ordinary & (cases.type_rank > 0) & (cases.product_type > cases.type_rank)
    return found


def goal_not_reached(cases: Cases, _: Terms) -> BoolArray:
    """NaN compares False: a goal or a range not stated is not judged. Money-like products are no goal's means."""
    means = cases.product_type > AssetType.CASH_LIKE.rank
    found: BoolArray = cases.buy & cases.ordinary & means & (cases.return_high < cases.expected_return)
    return found


def locked_too_long(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & cases.ordinary & (cases.lockup_days > cases.lock_limit)
    return found


def reserve_too_small(cases: Cases, terms: Terms) -> BoolArray:
    locked = cases.lockup_days > terms["lockup_days"]
    found: BoolArray = cases.buy & cases.ordinary & locked & (cases.reserve_months < terms["months"])
    return found


def too_concentrated(cases: Cases, terms: Terms) -> BoolArray:
    limits = np.array([np.inf, *(terms["share"][level.value] for level in ProductLevel)])
    with np.errstate(invalid="ignore"):  # no limit times nothing
        most = limits[cases.product_rank] * cases.total_value
    after = cases.held_value + cases.amount > most  # an amount that is not given compares False
    found: BoolArray = cases.buy & cases.ordinary & (cases.amount > 0) & after
    return found


def below_minimum(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & (cases.held_value <= 0) & (cases.amount < cases.min_amount)
    return found


def elderly(cases: Cases, terms: Terms) -> BoolArray:
    risky = cases.product_rank >= ProductLevel(terms["level"]).rank
    found: BoolArray = cases.buy & cases.ordinary & risky & (cases.age >= terms["age"])
    return found


def high_risk(cases: Cases, terms: Terms) -> BoolArray:
    found: BoolArray = cases.buy & cases.ordinary & (cases.product_rank >= ProductLevel(terms["level"]).rank)
    return found


def shows_bias(cases: Cases, terms: Terms) -> BoolArray:
    told = sum(BIAS_BITS[Bias(name)] for name in terms["biases"])
    risky = cases.product_rank >= ProductLevel(terms["level"]).rank
    found: BoolArray = cases.buy & cases.ordinary & risky & ((cases.biases & told) != 0)
    return found


def any_purchase(cases: Cases, _: Terms) -> BoolArray:
    found: BoolArray = cases.buy & cases.ordinary
    return found


LOOKS: Final[Mapping[str, Looks]] = {
    "SUIT-001": gate_closed,
    "SUIT-010": not_assessed,
    "SUIT-011": assessment_expired,
    "SUIT-012": not_rated,
    "SUIT-101": offered_above_level,
    "SUIT-102": lowest_above_level,
    "SUIT-103": asked_above_level,
    "SUIT-111": term_too_long,
    "SUIT-112": type_too_wide,
    "SUIT-113": goal_not_reached,
    "SUIT-114": locked_too_long,
    "SUIT-115": reserve_too_small,
    "SUIT-130": too_concentrated,
    "SUIT-140": below_minimum,
    "SUIT-150": elderly,
    "SUIT-160": high_risk,
    "SUIT-170": shows_bias,
    "SUIT-190": any_purchase,
}


@dataclass(frozen=True)
class Judged:
    """What one rule said of every case: hit or not, and the outcome's rank (1 ALLOW, 2 WARN, 3 REFUSE)."""

    rule: str
    hit: BoolArray
    outcome: RankArray


def judge(cases: Cases, rules: Rulebook) -> tuple[Judged, ...]:
    """Every rule in force on the day for every case; none stops another."""
    return tuple(_each(cases, rules))


def allows(case: Cases, rules: Rulebook) -> bool:
    """Whether a single case is answered by ALLOW; the first rule that says otherwise is enough."""
    return all(int(one.outcome) == Outcome.ALLOW.rank for one in _each(case, rules))


def _each(cases: Cases, rules: Rulebook) -> Iterator[Judged]:
    for name in LOOKS:
        found = judge_one(name, cases, rules)
        if found is not None:
            yield found


def judge_one(name: str, cases: Cases, rules: Rulebook) -> Judged | None:
    """One rule; None where it is not in force on the cases' day."""
    terms = terms_of(name, cases, rules)
    if terms is None:
        return None
    hit = LOOKS[name](cases, terms)
    if not (hit.any() if hit.ndim else hit):
        return Judged(name, hit, np.ones(hit.shape, dtype=np.int8) if hit.ndim else _ALLOWED)
    firm, client = (Outcome(terms["outcome"][who.value]).rank for who in (AskedBy.FIRM, AskedBy.CLIENT))
    outcome = np.where(hit, np.where(cases.firm_asked, firm, client), Outcome.ALLOW.rank)
    # 风险承受能力最低类别 has no path by warning and confirming, whatever the mismatch
    outcome = np.where(cases.lowest & (outcome == Outcome.WARN.rank), Outcome.REFUSE.rank, outcome)
    return Judged(name, hit, outcome.astype(np.int8))


def terms_of(name: str, cases: Cases, rules: Rulebook) -> Terms | None:
    """The values of a rule on the cases' day; None before its first day and after its repeal. Raises RuleError."""
    terms: Terms | None = rules.in_force(cases.day).get(name)
    if terms is None:
        rules[name]  # a rule that the file does not know is a fault, not a rule out of force
    return terms


def worst(judged: Sequence[Judged], shape: int | tuple[int, ...]) -> RankArray:
    """The hardest outcome of each case, of the shape of the cases."""
    out = np.full(shape, Outcome.ALLOW.rank, dtype=np.int8)
    for one in judged:
        np.maximum(out, one.outcome, out=out)
    return out


def worst_of_one(judged: Sequence[Judged]) -> Outcome:
    """The hardest outcome of a single case."""
    return OUTCOMES[max((int(one.outcome) for one in judged), default=Outcome.ALLOW.rank) - 1]
