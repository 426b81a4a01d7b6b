"""Cases in columns: all that a rule may look at, one entry a case; a single case is the same without a dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

import numpy as np

from market.types import BoolArray, FloatArray, IntArray
from suitability.facts import ClientFacts, HoldingFacts, ProductFacts, Request
from suitability.levels import AskedBy, Bias, Gate, OrderSide

NOT_KNOWN: Final = -1
NO_LIMIT: Final = 10**6  # days: longer than any lock-up
GATE_BITS: Final[Mapping[Gate, int]] = {gate: 1 << place for place, gate in enumerate(Gate)}
BIAS_BITS: Final[Mapping[Bias, int]] = {bias: 1 << place for place, bias in enumerate(Bias)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Every field but `day` is an array of shape (n,). Ranks count from 1; 0 is not on file. Money is yuan.

    Clients down (c, 1) and products across (1, p) are c times p cases, and numbers of shape () are one case: the rules
    are the same.
    """

    day: date
    # the client
    ordinary: BoolArray  # 普通投资者
    client_rank: IntArray  # 1 to 5, 0 without an assessment
    lowest: BoolArray  # 风险承受能力最低类别
    expired: BoolArray  # the assessment's last valid day is over
    term_rank: IntArray  # 1 to 4 (IntendedTerm), 0 not stated
    type_rank: IntArray  # 1 to 5 (AssetType), 0 not stated
    age: IntArray  # whole years, NOT_KNOWN
    expected_return: FloatArray  # a year, NaN not stated
    lock_limit: IntArray  # days, NO_LIMIT
    reserve_months: FloatArray  # NaN not known
    opened: IntArray  # bits of the gates that are open
    biases: IntArray  # bits of what the trades show
    # the product
    product_rank: IntArray  # 1 to 5, 0 not rated
    product_type: IntArray  # 1 to 5
    term_days: IntArray  # 0 open-ended
    lockup_days: IntArray
    return_high: FloatArray  # NaN not stated
    gate: IntArray  # bits of the gates that are needed, 0 none
    min_amount: FloatArray  # NaN none
    # the request
    firm_asked: BoolArray  # 主动推介; False is 客户主动要求
    buy: BoolArray
    amount: FloatArray  # NaN not given
    # what is held
    held_value: FloatArray  # of the product, before the order
    total_value: FloatArray  # of all assets with the firm, NaN not known

    def __len__(self) -> int:
        return len(self.ordinary)


COLUMNS: Final = tuple(field.name for field in fields(Cases) if field.name != "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that one decision was made on."""

    client: ClientFacts
    product: ProductFacts
    request: Request
    holding: HoldingFacts


def age_on(born: date | None, day: date) -> int:
    """Whole years (周岁) on `day`; a birthday counts from its own day on. NOT_KNOWN without a day of birth."""
    if born is None:
        return NOT_KNOWN
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def cases_of(facts: Sequence[Facts]) -> Cases:
    """One case for each; all must be of one day. Raises ValueError otherwise."""
    days = {one.request.day for one in facts}
    if len(days) != 1:
        raise ValueError("cases of one batch are of one day")
    rows = [row_of(one) for one in facts]
    columns = {name: np.array([row[name] for row in rows], dtype=_dtype(name)) for name in COLUMNS}
    return Cases(day=days.pop(), **columns)


def case_of(facts: Facts) -> Cases:
    """The one case of these facts, of shape (): a hundredth of the work of arrays of one."""
    row = row_of(facts)
    numbers: dict[str, Any] = {name: kind(row[name]) for name, kind in _KINDS.items()}
    return Cases(day=facts.request.day, **numbers)


_BOOLS: Final = {"ordinary", "lowest", "expired", "firm_asked", "buy"}
_FLOATS: Final = {
    "expected_return", "reserve_months", "return_high", "min_amount", "amount", "held_value", "total_value",
}  # fmt: skip


def _dtype(name: str) -> type[np.generic]:
    return np.bool_ if name in _BOOLS else np.float64 if name in _FLOATS else np.int64


_KINDS: Final[Mapping[str, type[np.generic]]] = {name: _dtype(name) for name in COLUMNS}


def row_of(facts: Facts) -> dict[str, Any]:
    """The columns of one case as plain values."""
    client, product, request, holding = facts.client, facts.product, facts.request, facts.holding
    day = request.day
    return {
        "ordinary": not client.category.professional,
        "client_rank": client.level.rank if client.level else 0,
        "lowest": client.lowest,
        "expired": client.valid_through is not None and day > client.valid_through,
        "term_rank": client.term.rank if client.term else 0,
        "type_rank": client.types.rank if client.types else 0,
        "age": age_on(client.birth_date, day) if client.natural else NOT_KNOWN,
        "expected_return": _number(client.expected_return),
        "lock_limit": NO_LIMIT if client.lock_limit_days is None else client.lock_limit_days,
        "reserve_months": _number(client.reserve_months),
        "opened": sum(GATE_BITS[gate] for gate, since in client.gates.items() if since <= day),
        "biases": sum(BIAS_BITS[bias] for bias in client.biases),
        "product_rank": product.level.rank if product.level else 0,
        "product_type": product.asset_type.rank,
        "term_days": product.term_days or 0,
        "lockup_days": product.lockup_days,
        "return_high": _number(product.expected_return_high),
        "gate": sum(GATE_BITS[gate] for gate in product.gates),
        "min_amount": _number(product.min_amount),
        "firm_asked": request.asked_by is AskedBy.FIRM,
        "buy": request.side is OrderSide.BUY,
        "amount": _number(request.amount),
        "held_value": float(holding.held_value),
        "total_value": _number(holding.total_value),
    }


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)
