"""`ProductFacts` of one product or security, and the same in columns for all of them: one definition for both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from market.products.types import Product
from market.types import FloatArray, Instrument, IntArray
from suitability.facts import ProductFacts
from suitability.gates.needed import gate_bits, gates_of_product, gates_of_security
from suitability.levels import AssetType
from suitability.rating.scoring import in_force, rating_rules
from suitability.rating.standing import Standing


@dataclass(frozen=True)
class ProductColumns:
    """Products and securities by code, (n,) each: the names and codes of the matching's cases.

    rank: 1 to 5, 0 not rated. asset_type: 1 to 5. term_days: 0 open-ended. lockup_days. return_low, return_high: a
    year, NaN not stated. gate: bits of every gate that is needed, 0 none. min_amount: yuan, NaN none.
    """

    day: date
    codes: tuple[str, ...]
    rank: IntArray
    asset_type: IntArray
    term_days: IntArray
    lockup_days: IntArray
    return_low: FloatArray
    return_high: FloatArray
    gate: IntArray
    min_amount: FloatArray
    complex: IntArray
    versions: tuple[str | None, ...]

    def __len__(self) -> int:
        return len(self.codes)

    def as_cases(self) -> dict[str, IntArray | FloatArray]:
        """The columns under the names that the matching's cases have."""
        return {
            "product_rank": self.rank, "product_type": self.asset_type, "term_days": self.term_days,
            "lockup_days": self.lockup_days, "return_high": self.return_high, "gate": self.gate,
            "min_amount": self.min_amount,
        }


def facts_of(
    standing: Standing, day: date, *, product: Product | None = None, security: Instrument | None = None
) -> ProductFacts:
    """What the matching reads of one product or security; what the product's file says stands first."""
    if product is None:
        assert security is not None
        return _of_security(standing, day, security)
    name, gates = product.name, gates_of_product(product.kind, day)
    if security is not None:
        gates = tuple(dict.fromkeys((*gates, *gates_of_security(security, day))))
    return ProductFacts(
        code=standing.code, name=name, level=standing.level, rating_version=standing.version,
        rated_on=standing.rated_on, asset_type=_type_of_product(product, day), term_days=remaining_days(product, day),
        lockup_days=product.lockup_days, min_amount=product.min_amount,
        expected_return_low=_float(product.expected_return_low),
        expected_return_high=_float(product.expected_return_high), gates=frozenset(gates),
        issuer=product.issuer, complex=product.complex,
        as_of=_days(standing, product),
    )


def _days(standing: Standing, product: Product | None = None) -> dict[str, date]:
    told = {"level": standing.rated_on, "factors": None if product is None else product.factors_on}
    return {name: day for name, day in told.items() if day is not None}


def columns_of(day: date, rows: Sequence[ProductFacts]) -> ProductColumns:
    """Facts in columns."""
    return ProductColumns(
        day=day, codes=tuple(one.code for one in rows),
        rank=_whole([one.level.rank if one.level else 0 for one in rows]),
        asset_type=_whole([one.asset_type.rank for one in rows]),
        term_days=_whole([one.term_days or 0 for one in rows]),
        lockup_days=_whole([one.lockup_days for one in rows]),
        return_low=_real([one.expected_return_low for one in rows]),
        return_high=_real([one.expected_return_high for one in rows]),
        gate=_whole([gate_bits(one.gates) for one in rows]),
        min_amount=_real([_float(one.min_amount) for one in rows]),
        complex=_whole([int(one.complex) for one in rows]), versions=tuple(one.rating_version for one in rows),
    )


def remaining_days(product: Product, day: date) -> int | None:
    """Days for which money is bound from `day`: to the maturity where one is stated, else the term; None open-ended."""
    if product.matures_on is not None:
        return max((product.matures_on - day).days, 0)
    return product.term_days


def _of_security(standing: Standing, day: date, security: Instrument) -> ProductFacts:
    types = in_force(rating_rules(day).book["RATE-ASSET-TYPE-SECURITY"], day)
    gates = gates_of_security(security, day)
    return ProductFacts(
        code=standing.code, name=security.name, level=standing.level, rating_version=standing.version,
        rated_on=standing.rated_on, asset_type=AssetType(types[security.kind.value]), term_days=None, lockup_days=0,
        min_amount=None, expected_return_low=None, expected_return_high=None, gates=frozenset(gates),
        as_of=_days(standing),
    )


def _type_of_product(product: Product, day: date) -> AssetType:
    """By kind; a complex product is of the complex type, whatever its kind."""
    if product.complex:
        return AssetType.COMPLEX
    return AssetType(in_force(rating_rules(day).book["RATE-ASSET-TYPE"], day)[product.kind.value])


def _float(value: object) -> float | None:
    return None if value is None else float(str(value))


def _whole(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def _real(values: Sequence[float | None]) -> FloatArray:
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


__all__ = ["ProductColumns", "columns_of", "facts_of", "remaining_days"]
