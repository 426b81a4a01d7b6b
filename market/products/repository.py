"""Every read of the products' tables, and of all securities as things that can be bought."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, TypeAlias

from sqlalchemy import RowMapping, Select, bindparam, func, select
from sqlmodel import Session, SQLModel

from kit.columns import Kind, integer_columns
from kit.money import SCALE
from kit.problems import NotFound
from kit.together import Asked, Row, rows_of
from market.products.tables import ComponentRow, PricePlanRow, ProductRow
from market.products.types import (
    FACTORS,
    Component,
    NavHistory,
    PlanBasis,
    PricePlan,
    PriceSignal,
    PriceUnit,
    Product,
    ProductKind,
)
from market.tables import InstrumentRow
from market.types import Board, Instrument, InstrumentKind, Venue

_BATCH: Final = 500  # values in one IN of a prepared statement
_UNKNOWN: Final = -(2**63)


class NoSuchProduct(NotFound):
    """没有这个产品或证券"""

    title = "No such product"


def _columns(table: type[SQLModel]) -> Any:
    return table.__table__.c  # type: ignore[attr-defined]


ByCode: TypeAlias = tuple[Select[Any], Select[Any], Select[Any]]
"""All rows of a table by code, those of some `codes`, that of one `code`: written once, a check asks at every turn."""


def _asked(table: Any, *columns: Any) -> ByCode:
    every = select(*columns).order_by(table.code)
    some = every.where(table.code.in_(bindparam("codes", expanding=True)))
    return every, some, every.where(table.code == bindparam("code"))


_PRODUCT, _INSTRUMENT = _columns(ProductRow), _columns(InstrumentRow)
_PRODUCTS: Final = _asked(_PRODUCT, *_PRODUCT)
_SECURITIES: Final = _asked(_INSTRUMENT, *_INSTRUMENT)


def asked_of(code: str) -> tuple[Asked, Asked]:
    """What `products` and `securities` will ask of one code, to be read ahead."""
    return (_PRODUCTS[2], {"code": code}), (_SECURITIES[2], {"code": code})


def rows_of_code(session: Session, code: str) -> tuple[Row | None, Row | None]:
    """The product's row and the security's of one code, each None where it is not on file."""
    found = [rows_of(session, *asked) for asked in asked_of(code)]
    product, security = (rows[0] if rows else None for rows in found)
    return product, security


class ProductRepository:
    """Reads products and services on one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def product(self, code: str) -> Product:
        """Raises NoSuchProduct."""
        found = self.products([code])
        if code not in found:
            raise NoSuchProduct(f"没有产品 {code}；请核对代码，或先导入产品")
        return found[code]

    def products(self, codes: Sequence[str] | None = None) -> dict[str, Product]:
        """Products by code, all of them by default; a code that is not on file is absent."""
        found: dict[str, Product] = {}
        for rows in self._by_code(_PRODUCTS, codes):
            found.update({row["code"]: product_of(row) for row in rows})
        return found

    def page(self, *, after: str = "", kind: ProductKind | None = None, limit: int = 50) -> list[Product]:
        """Up to `limit` products by code, those after `after`, of one kind where it is named."""
        table = _columns(ProductRow)
        asked = select(*table).where(table.code > after)
        if kind is not None:
            asked = asked.where(table.kind == kind.value)
        return [product_of(row) for row in self._session.execute(asked.order_by(table.code).limit(limit)).mappings()]

    def security(self, code: str) -> Instrument | None:
        """The security of a canonical code, None where none is on file."""
        return self.securities([code]).get(code)

    def securities(self, codes: Sequence[str] | None = None) -> dict[str, Instrument]:
        """Securities by code, all of them by default; a code that is not on file is absent."""
        found: dict[str, Instrument] = {}
        for rows in self._by_code(_SECURITIES, codes):
            found.update({row["code"]: instrument_of(row) for row in rows})
        return found

    def _by_code(self, asked: ByCode, codes: Sequence[str] | None) -> Iterator[Iterable[Row]]:
        if codes is None:
            yield self._session.execute(asked[0]).mappings()
        elif len(codes) == 1:
            yield rows_of(self._session, asked[2], {"code": codes[0]})
        else:
            for start in range(0, len(codes), _BATCH):
                some = {"codes": list(codes[start : start + _BATCH])}
                yield self._session.execute(asked[1], some).mappings()

    def navs(self, code: str, last: date | None = None) -> NavHistory:
        """Net values up to `last`; accumulated ones where every day has one. Raises NoSuchProduct."""
        until = "" if last is None else f" AND day <= '{last.isoformat()}'"
        source = f"product_nav WHERE product_id = {self._id(code)}{until} ORDER BY day"
        return _navs(self._read_navs(source))

    def components(self, code: str, day: date) -> tuple[Component, ...]:
        """Components in force on `day`, by code; empty for a product without. Raises NoSuchProduct."""
        table, number = _columns(ComponentRow), self._id(code)
        since = select(func.max(table.valid_from)).where(table.product_id == number, table.valid_from <= day)
        asked = select(table.component_code, table.weight).where(
            table.product_id == number, table.valid_from == since.scalar_subquery()
        )
        rows = self._session.execute(asked.order_by(table.component_code))
        return tuple(Component(part, weight) for part, weight in rows)

    def price_plans(self, code: str, day: date | None = None) -> tuple[PricePlan, ...]:
        """Tiers of a service by plan and floor, those in force on `day` where one is given. Raises NoSuchProduct."""
        table = _columns(PricePlanRow)
        asked = select(*table).where(table.product_id == self._id(code))
        if day is not None:
            asked = asked.where(table.valid_from <= day, table.valid_to >= day)
        rows = self._session.execute(asked.order_by(table.plan_code, table.valid_from, table.floor))
        return tuple(_plan(row) for row in rows.mappings())

    def _id(self, code: str) -> int:
        table = _columns(ProductRow)
        found = self._session.execute(select(table.id).where(table.code == code)).scalar()
        if found is None:
            raise NoSuchProduct(f"没有产品 {code}；请核对代码，或先导入产品")
        return int(found)

    def _read_navs(self, source: str) -> dict[str, Any]:
        wanted = {"day": Kind.DAY, "nav": Kind.INTEGER, "accumulated_nav": Kind.INTEGER}
        return integer_columns(self._session.connection(), wanted, f"(SELECT * FROM {source}) AS some_navs")


def _navs(rows: dict[str, Any]) -> NavHistory:
    order = rows["day"].argsort(kind="stable")
    accumulated = rows["accumulated_nav"][order]
    whole = bool(len(order)) and bool((accumulated != _UNKNOWN).all())
    values = accumulated if whole else rows["nav"][order]
    return NavHistory(rows["day"][order], values / SCALE, whole)


def product_of(row: Row) -> Product:
    factors = {factor: row[factor.value] for factor in FACTORS if row[factor.value] is not None}
    plain = (
        "code", "name", "issuer", "factors_on", "issuer_level", "issuer_rated_on", "currency", "term_days",
        "lockup_days", "min_amount", "expected_return_low", "expected_return_high", "launched_on", "matures_on",
        "credit_grade", "list_item", "complex",
    )  # fmt: skip
    leads_to = tuple(code for code in row["leads_to"].split(";") if code)
    told: dict[str, Any] = {name: row[name] for name in plain}
    return Product(kind=ProductKind(row["kind"]), factors=factors, leads_to=leads_to, **told)


def instrument_of(row: Row) -> Instrument:
    return Instrument(
        code=row["code"], name=row["name"], kind=InstrumentKind(row["kind"]), venue=Venue(row["venue"]),
        board=Board(row["board"]), industry=row["industry"], currency=row["currency"], lot_size=row["lot_size"],
        lot_step=row["lot_step"], listed_on=row["listed_on"], delisted_on=row["delisted_on"],
    )


def _plan(row: RowMapping) -> PricePlan:
    return PricePlan(
        plan_code=row["plan_code"], name=row["name"], basis=PlanBasis(row["basis"]), floor=row["floor"],
        price=row["price"], unit=PriceUnit(row["unit"]), signal=PriceSignal(row["signal"]),
        valid_from=row["valid_from"], valid_to=row["valid_to"],
    )
