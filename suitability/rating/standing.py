"""What stands on a day: the filed rating, raised to the list in force and the issuer's level; else the class's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kit.digest import digest
from kit.rulebook import per_rules
from market.products.types import Product
from market.types import Instrument
from suitability.levels import ProductLevel
from suitability.rating.classes import Classed, class_of_product, class_of_security
from suitability.rating.derivation import highest, issuer_level, rule_version
from suitability.rating.listing import member_level, members, product_list


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """评级: one filed rating, in force from `effective_from`; `derived` is what the rules alone gave."""

    id: int
    code: str
    level: ProductLevel
    derived: ProductLevel | None
    score: int | None
    effective_from: date
    review_on: date
    basis: dict[str, Any]
    rule_version: str
    version: str
    proposal_id: int | None  # set where a person overrode the rules
    reason: str
    rated_by_id: str
    rated_by: str
    rated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """当日等级: what is told of a product or security on a day, and from where; `missing` says why there is none."""

    code: str
    level: ProductLevel | None
    version: str | None
    rated_on: date | None
    grounds: tuple[str, ...]  # Chinese, for the reader
    missing: str | None = None
    rating: Rating | None = None


def standing_of(
    code: str, day: date, *, product: Product | None, security: Instrument | None, rating: Rating | None
) -> Standing:
    """The level that is used on `day`. rating: the one in force, None where none was filed."""
    classed = class_of(day, product, security)
    published = _published(classed, day)
    if rating is not None:
        return _of_rating(rating, classed, published, None if product is None else issuer_level(product, day))
    if security is None:
        return _unrated(code, "产品尚未评级")
    if classed.item is None:
        return _unrated(code, classed.missing or "没有评级")
    level = member_level(classed.item, day)
    said = "名录" if published is not None else "公司自列品种，按因素推导"
    return Standing(
        code=code, level=level, version=_class_version(classed.item, level), rated_on=_since(classed.item, day),
        grounds=(f"{said}“{members()[classed.item].title}” {level.value}",),
    )


def class_of(day: date, product: Product | None, security: Instrument | None) -> Classed:
    """The member of the list; what the product's own file says stands before the security's board and kind."""
    if product is not None:
        classed = class_of_product(product, day)
        if classed.item is not None or security is None:
            return classed
    if security is None:
        return Classed(None)
    return class_of_security(security, day, None if product is None else product.credit_grade)


def bound(day: date, product: Product | None, security: Instrument | None) -> ProductLevel | None:
    """Below this no rating may stand: the published list in force and the issuer's own level."""
    by_issuer = None if product is None else issuer_level(product, day)
    return highest([_published(class_of(day, product, security), day), by_issuer])


def _published(classed: Classed, day: date) -> ProductLevel | None:
    member = members().get(classed.item or "")
    return member.level_on(day) if member is not None and member.published else None


def _of_rating(
    rating: Rating, classed: Classed, published: ProductLevel | None, by_issuer: ProductLevel | None
) -> Standing:
    level = highest([rating.level, published, by_issuer])
    assert level is not None
    by_hand = "（人工调整，已复核）" if rating.proposal_id else ""
    grounds = [f"{rating.effective_from} 起评为 {rating.level.value}{by_hand}"]
    if published is not None and published.rank > rating.level.rank:
        grounds.append(f"名录“{members()[classed.item or ''].title}”为 {published.value}，不得低于名录")
    if by_issuer is not None and by_issuer.rank > rating.level.rank:
        grounds.append(f"发行人或管理人评为 {by_issuer.value}，孰高")
    return Standing(
        code=rating.code, level=level, version=rating.version, rated_on=rating.effective_from,
        grounds=tuple(grounds), rating=rating,
    )


def _unrated(code: str, missing: str) -> Standing:
    return Standing(code=code, level=None, version=None, rated_on=None, grounds=(), missing=missing)


@per_rules(1024)
def _class_version(item: str, level: ProductLevel) -> str:
    """The version of a level that follows from the class: the member and the hash of the list that says so."""
    said = digest({"item": item, "level": level, "list": product_list().version, "rules": rule_version()})
    return f"{item}@{said[-12:]}"


@per_rules(4096)
def _since(item: str, day: date) -> date | None:
    days = [since for since, _ in members()[item].rule.values if since <= day]
    return max(days, default=None)
