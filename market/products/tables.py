"""Tables of products and services. Only `market.products` reads and writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlmodel import Field, SQLModel, UniqueConstraint

from kit.db import Scaled


class ProductRow(SQLModel, table=True):
    """产品与服务; the ten factors stand in columns of their own names, all or none"""

    __tablename__ = "product"
    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    name: str = Field(max_length=128)
    kind: str = Field(max_length=24)
    issuer: str | None = Field(default=None, max_length=128)
    liquidity: int | None = None
    maturity: int | None = None
    leverage: int | None = None
    structural_complexity: int | None = None
    min_ticket: int | None = None
    investment_scope: int | None = None
    offering_method: int | None = None
    issuer_credit: int | None = None
    track_record: int | None = None
    other: int | None = None
    factors_on: date | None = None
    issuer_level: str | None = Field(default=None, max_length=2)
    issuer_rated_on: date | None = None
    currency: str = Field(default="CNY", max_length=3)
    term_days: int | None = None
    lockup_days: int = 0
    min_amount: Decimal | None = Field(default=None, sa_type=Scaled)
    expected_return_low: Decimal | None = Field(default=None, sa_type=Scaled)
    expected_return_high: Decimal | None = Field(default=None, sa_type=Scaled)
    launched_on: date | None = None
    matures_on: date | None = None
    credit_grade: str | None = Field(default=None, max_length=8)
    list_item: str | None = Field(default=None, max_length=48)
    leads_to: str = Field(default="", max_length=512)  # codes with a semicolon between
    complex: bool = False


class NavRow(SQLModel, table=True):
    """产品净值"""

    __tablename__ = "product_nav"
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_column_kwargs={"autoincrement": False})
    day: date = Field(primary_key=True)
    nav: Decimal = Field(sa_type=Scaled)
    accumulated_nav: Decimal | None = Field(default=None, sa_type=Scaled)


class ComponentRow(SQLModel, table=True):
    """组合产品的组成, in force from `valid_from` until the next day that has components"""

    __tablename__ = "product_component"
    product_id: int = Field(primary_key=True, foreign_key="product.id", sa_column_kwargs={"autoincrement": False})
    valid_from: date = Field(primary_key=True)
    component_code: str = Field(primary_key=True, max_length=32)
    weight: Decimal = Field(sa_type=Scaled)


class PricePlanRow(SQLModel, table=True):
    """服务产品的价格方案, one row a tier"""

    __tablename__ = "price_plan"
    __table_args__ = (UniqueConstraint("product_id", "plan_code", "floor", "valid_from"),)
    id: int | None = Field(default=None, primary_key=True)
    product_id: int = Field(foreign_key="product.id")
    plan_code: str = Field(max_length=32)
    name: str = Field(max_length=128)
    basis: str = Field(max_length=16)
    floor: Decimal = Field(sa_type=Scaled)
    price: Decimal = Field(sa_type=Scaled)
    unit: str = Field(max_length=24)
    signal: str = Field(default="NONE", max_length=16)
    valid_from: date
    valid_to: date
