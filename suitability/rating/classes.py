"""Which member of the list a security or a product is, by board, kind, name and credit grade, on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from market.products.types import Product, ProductKind
from market.types import Board, Instrument, InstrumentKind, Venue
from suitability.rating.listing import mapping_on

HOME = "CNY"
ABROAD = (Venue.XMIL,)
_ELSEWHERE = (Venue.XHKG, Venue.OTC, *ABROAD)


@dataclass(frozen=True, slots=True)
class Classed:
    """The member that a security is, or why there is none (Chinese, for the reader)."""

    item: str | None
    missing: str | None = None


def class_of_security(security: Instrument, day: date, grade: str | None = None) -> Classed:
    """grade: the credit grade of a bond, where it is on file."""
    if security.kind is InstrumentKind.STOCK:
        return _class_of_stock(security, day)
    if security.kind is InstrumentKind.BOND and security.venue not in _ELSEWHERE:
        return class_of_bond(security.name, grade, day)
    abroad = mapping_on("CLASS-BY-KIND-ABROAD", day) if security.venue in _ELSEWHERE else {}
    item = abroad.get(security.kind.value) or mapping_on("CLASS-BY-KIND", day).get(security.kind.value)
    if item is None:
        return Classed(None, f"品种“{security.kind.label}”在名录中没有对应，也没有单独评级")
    return Classed(item)


def _class_of_stock(security: Instrument, day: date) -> Classed:
    if security.venue not in _ELSEWHERE:
        if is_delisting(security.name, day):
            return Classed("LIST-DELISTING-PERIOD")
        if is_special_treatment(security.name, day):
            return Classed("LIST-ST-STOCK")
    if security.board is Board.MAIN and security.currency != HOME:
        return Classed("LIST-B-SHARE")
    item = mapping_on("CLASS-BY-BOARD", day).get(security.board.value)
    if security.board is Board.CHINEXT and item is not None:
        first = mapping_on("CLASS-CHINEXT-REGISTRATION", day)
        if security.listed_on is not None and first and security.listed_on < first:
            item = "LIST-A-SHARE"
    if item is None:
        return Classed(None, f"板块“{security.board.label}”在 {day} 的名录中没有对应，也没有单独评级")
    return Classed(item)


def class_of_bond(name: str, grade: str | None, day: date) -> Classed:
    """A bond by the words of its name, else by its credit grade."""
    for entry in mapping_on("CLASS-BOND-NAME", day) or ():
        if any(word in name for word in entry["words"]):
            return Classed(entry["item"])
    if not grade:
        return Classed(None, "债券没有登记信用评级，无法对应名录；请补登信用评级或单独评级")
    grades = mapping_on("CLASS-BOND-GRADE", day)
    return Classed(grades.get(grade, grades.get("otherwise")))


def class_of_product(product: Product, day: date) -> Classed:
    """The member that bounds a product from below; most kinds have none, and are rated by their factors alone."""
    if product.list_item is not None:
        return Classed(product.list_item)
    if product.kind is ProductKind.BOND:
        return class_of_bond(product.name, product.credit_grade, day)
    return Classed(mapping_on("CLASS-BY-PRODUCT-KIND", day).get(product.kind.value))


def plain_name(name: str, day: date) -> str:
    """A security's name without the prefixes that stand before it on single days (XD, XR, DR)."""
    for prefix in mapping_on("CLASS-NAME-PASSING", day) or ():
        if name.startswith(prefix):
            return name[len(prefix):]
    return name


def is_special_treatment(name: str, day: date) -> bool:
    """Whether the name says 风险警示 (ST, *ST) by the prefixes in force on `day`."""
    prefixes = tuple(mapping_on("CLASS-NAME-ST", day) or ())
    return bool(prefixes) and plain_name(name, day).upper().startswith(prefixes)


def is_delisting(name: str, day: date) -> bool:
    """Whether the name says 退市整理期 by the prefixes and suffixes in force on `day`."""
    words = mapping_on("CLASS-NAME-DELISTING", day)
    if not words:
        return False
    plain = plain_name(name, day)
    return plain.startswith(tuple(words["prefix"])) or plain.endswith(tuple(words["suffix"]))
