"""What would have to change for ALLOW: the product's side for client and advisor, the client's for compliance alone.

Nobody is coached to take an assessment again: a change of the client is never told to those who could bring it about.
Every change told here flips the outcome when it is made; where the product's side cannot, "none" is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final

from kit.rulebook import Rulebook
from suitability.facts import ClientFacts, ProductFacts
from suitability.levels import AssetType, ClientLevel, IntendedTerm, Outcome, ProductLevel
from suitability.matching.cases import Cases, Facts, case_of
from suitability.matching.rules import Judged, allows, judge, terms_of

CENT: Final = Decimal("0.01")
Step = Callable[[Facts, Mapping[str, Any]], Facts | None]


@dataclass(frozen=True, slots=True)
class Change:
    """Changes that together give ALLOW: field and the value it would need. Empty fields: none would."""

    side: str  # product, client
    fields: tuple[tuple[str, str], ...]


def changes_for(facts: Facts, rules: Rulebook) -> tuple[Change, ...]:
    """The product's side first, then the client's; empty for a case that is allowed."""
    case = case_of(facts)
    return changes_after(facts, case, judge(case, rules), rules)


def changes_after(facts: Facts, case: Cases, judged: Sequence[Judged], rules: Rulebook) -> tuple[Change, ...]:
    """The same for a case that was judged already. All needed steps of one side are made at once and judged again."""
    tried = {
        side: changed
        for side, steps in (("product", PRODUCT_STEPS), ("client", CLIENT_STEPS))
        if (changed := apply(facts, steps, case, judged, rules)) is not None and changed != facts
    }
    return tuple(
        Change(side, tuple(_difference(facts, changed)))
        for side, changed in tried.items()
        if allows(case_of(changed), rules)
    )


def product_side(changes: Sequence[Change]) -> tuple[Change, ...]:
    """What client and advisor may see."""
    return tuple(change for change in changes if change.side == "product")


def apply(
    facts: Facts, steps: Mapping[str, Step], case: Cases, every: Sequence[Judged], rules: Rulebook
) -> Facts | None:
    """The facts with each hit rule's step made; None where a rule that stands in the way has no step on this side."""
    changed = facts
    for judged in every:
        if int(judged.outcome) == Outcome.ALLOW.rank:
            continue
        step = steps.get(judged.rule)
        made = None if step is None else step(changed, terms_of(judged.rule, case, rules) or {})
        if made is None:
            return None
        changed = made
    return changed


def _difference(before: Facts, after: Facts) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    for part in ("client", "product", "request"):
        old, new = getattr(before, part), getattr(after, part)
        for name in old.__slots__:
            was, now = getattr(old, name), getattr(new, name)
            if was != now and name != "as_of":
                told.append((f"{part}.{name}", _plain(now)))
    return told


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return "、".join(sorted(str(key) for key in value))
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _product(facts: Facts, **more: Any) -> Facts:
    product: ProductFacts = replace(facts.product, **more)
    return replace(facts, product=product)


def _client(facts: Facts, **more: Any) -> Facts:
    client: ClientFacts = replace(facts.client, **more)
    return replace(facts, client=client)


def _lower_level(facts: Facts, _: Mapping[str, Any]) -> Facts | None:
    level = facts.client.level
    return None if level is None else _product(facts, level=ProductLevel.of_rank(level.rank))


def _shorter_term(facts: Facts, terms: Mapping[str, Any]) -> Facts | None:
    term = facts.client.term
    return None if term is None else _product(facts, term_days=terms["days"][term.value])


def _narrower_type(facts: Facts, _: Mapping[str, Any]) -> Facts | None:
    types = facts.client.types
    return None if types is None else _product(facts, asset_type=types)


def _higher_return(facts: Facts, _: Mapping[str, Any]) -> Facts:
    return _product(facts, expected_return_high=facts.client.expected_return)


def _shorter_lockup(facts: Facts, _: Mapping[str, Any]) -> Facts:
    most = facts.client.lock_limit_days or 0
    return _product(facts, lockup_days=min(facts.product.lockup_days, most))


def _hardly_locked(facts: Facts, terms: Mapping[str, Any]) -> Facts:
    return _product(facts, lockup_days=min(facts.product.lockup_days, int(terms["lockup_days"])))


def _smaller_amount(facts: Facts, terms: Mapping[str, Any]) -> Facts | None:
    level, total = facts.product.level, facts.holding.total_value
    if level is None or total is None:
        return None
    room = Decimal(str(terms["share"][level.value])) * total - facts.holding.held_value
    amount = min(room.quantize(CENT, rounding=ROUND_FLOOR), facts.request.amount or room)
    return replace(facts, request=replace(facts.request, amount=amount)) if amount > 0 else None


def _larger_amount(facts: Facts, _: Mapping[str, Any]) -> Facts:
    return replace(facts, request=replace(facts.request, amount=facts.product.min_amount))


PRODUCT_STEPS: Final[Mapping[str, Step]] = {
    "SUIT-101": _lower_level,
    "SUIT-102": _lower_level,
    "SUIT-103": _lower_level,
    "SUIT-111": _shorter_term,
    "SUIT-112": _narrower_type,
    "SUIT-113": _higher_return,
    "SUIT-114": _shorter_lockup,
    "SUIT-115": _hardly_locked,
    "SUIT-130": _smaller_amount,
    "SUIT-140": _larger_amount,
}


def _open_gate(facts: Facts, _: Mapping[str, Any]) -> Facts:
    opened = dict.fromkeys(facts.product.gates - {*facts.client.gates}, facts.request.day)
    late = {gate for gate in facts.product.gates if facts.client.gates.get(gate, facts.request.day) > facts.request.day}
    return _client(facts, gates={**facts.client.gates, **opened, **dict.fromkeys(late, facts.request.day)})


def _assessed(facts: Facts, _: Mapping[str, Any]) -> Facts | None:
    product = facts.product.level
    if product is None:
        return None
    level = ClientLevel.of_rank(product.rank)
    valid = max(facts.client.valid_through or facts.request.day, facts.request.day)  # what still holds is no change
    return _client(facts, level=level, confirmed_level=level, lowest=False, valid_through=valid)


def _renewed(facts: Facts, _: Mapping[str, Any]) -> Facts:
    return _client(facts, valid_through=facts.request.day)


def _rated(facts: Facts, _: Mapping[str, Any]) -> Facts | None:
    level = facts.client.level
    return None if level is None else _product(facts, level=ProductLevel.of_rank(level.rank))


CLIENT_STEPS: Final[Mapping[str, Step]] = {
    "SUIT-001": _open_gate,
    "SUIT-010": _assessed,
    "SUIT-011": _renewed,
    "SUIT-012": _rated,
    "SUIT-101": _assessed,
    "SUIT-102": _assessed,
    "SUIT-103": _assessed,
    "SUIT-111": lambda facts, _: _client(facts, term=IntendedTerm.ANY),
    "SUIT-112": lambda facts, _: _client(facts, types=AssetType(facts.product.asset_type)),
    "SUIT-113": lambda facts, _: _client(facts, expected_return=facts.product.expected_return_high),
    "SUIT-114": lambda facts, _: _client(facts, lock_limit_days=facts.product.lockup_days),
    "SUIT-115": lambda facts, terms: _client(facts, reserve_months=float(terms["months"])),
    "SUIT-130": _smaller_amount,
    "SUIT-140": _larger_amount,
}
"""Changes of the client that compliance sees; amounts and ratings belong to neither side and are told here too."""
