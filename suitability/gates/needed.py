"""Which gates a purchase needs: by board, kind and name of a security, by kind of a product, on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from kit.rulebook import load_rulebook, per_rules
from market.products.types import ProductKind
from market.types import Instrument, InstrumentKind, Venue
from suitability.levels import Gate
from suitability.rating.classes import is_delisting, is_special_treatment
from suitability.rating.scoring import in_force

_HOME: Final = (Venue.XSHG, Venue.XSHE, Venue.BJSE)
GATE_BITS: Final[Mapping[Gate, int]] = {gate: 1 << place for place, gate in enumerate(Gate)}
"""A gate in a column of bits is 1 << its place in `Gate`."""


def gates_of_security(security: Instrument, day: date) -> tuple[Gate, ...]:
    """Every gate that buying the security needs on `day`, the narrowest first; empty for one that all may buy."""
    found: list[Gate] = []
    if security.kind is InstrumentKind.STOCK:
        if security.venue in _HOME and is_delisting(security.name, day):
            found.append(Gate.DELISTING_PERIOD)
        elif security.venue in _HOME and is_special_treatment(security.name, day):
            found.append(Gate.ST_STOCK)
        found += _mapped("GATE-BY-BOARD", security.board.value, day)
    elif security.venue in _HOME:
        found += _mapped("GATE-BY-KIND", security.kind.value, day)
    return tuple(found)


def gates_of_product(kind: ProductKind, day: date) -> tuple[Gate, ...]:
    """Every gate that a product or service of this kind needs on `day`."""
    return _mapped("GATE-BY-PRODUCT-KIND", kind.value, day)


def ticket_of(kind: ProductKind, day: date) -> str | None:
    """Which smallest ticket of its gate a purchase of this kind has to reach; None where there is none."""
    found: dict[str, str] = in_force(load_rulebook("suitability", "access")["GATE-TICKET-BY-KIND"], day) or {}
    return found.get(kind.value)


def gate_bits(gates: Iterable[Gate]) -> int:
    """Gates as bits."""
    return sum(GATE_BITS[gate] for gate in set(gates))


@per_rules(4096)
def _mapped(rule_id: str, code: str, day: date) -> tuple[Gate, ...]:
    mapping: dict[str, Any] = in_force(load_rulebook("suitability", "access")[rule_id], day) or {}
    return (Gate(mapping[code]),) if code in mapping else ()
