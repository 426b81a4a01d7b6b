"""A security takes the level of its board and kind; what is missing is said and not guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from market.products.types import Product, ProductKind
from market.types import Board, Instrument, InstrumentKind, Venue
from suitability.gates.needed import gate_bits, gates_of_product, gates_of_security
from suitability.levels import Gate, ProductLevel
from suitability.rating.classes import class_of_security, is_delisting, is_special_treatment
from suitability.rating.standing import standing_of

DAY = date(2026, 11, 24)
OLD = date(2019, 12, 31)
STOCK, HOME = InstrumentKind.STOCK, Venue.XSHG


def security(kind: InstrumentKind = STOCK, board: Board = Board.MAIN, venue: Venue = HOME, name: str = "样本", **more):
    facts = {"code": "X", "name": name, "kind": kind, "venue": venue, "board": board, "industry": None,
             "currency": "CNY", **more}  # fmt: skip
    return Instrument(**facts)


def level(one: Instrument, day: date = DAY, product: Product | None = None) -> str | None:
    found = standing_of(one.code, day, product=product, security=one, rating=None)
    return None if found.level is None else found.level.value


K = InstrumentKind
TABLE = [  # security, day, level, source: list of 2.9 or the firm's own
    (security(), DAY, "R3", "A股股票"),
    (security(currency="USD"), DAY, "R3", "B股股票"),
    (security(board=Board.STAR), DAY, "R4", "科创板"),
    (security(board=Board.STAR), date(2019, 7, 21), None, "科创板 opened on 2019-07-22"),
    (security(board=Board.STAR), date(2019, 7, 22), "R4", "科创板"),
    (security(board=Board.CHINEXT, venue=Venue.XSHE, listed_on=date(2020, 8, 24)), DAY, "R4", "注册制创业板"),
    (security(board=Board.CHINEXT, venue=Venue.XSHE, listed_on=date(2020, 8, 21)), DAY, "R3", "listed before"),
    (security(board=Board.CHINEXT, venue=Venue.XSHE), DAY, "R4", "listing day not on file: the stricter"),
    (security(board=Board.CHINEXT, venue=Venue.XSHE), date(2020, 8, 23), "R3", "before the registration system"),
    (security(board=Board.BSE, venue=Venue.BJSE), DAY, "R4", "北交所"),
    (security(board=Board.BSE, venue=Venue.BJSE), date(2021, 11, 14), "R4", "新三板 until 北交所 opened"),
    (security(board=Board.HK, venue=Venue.XHKG, currency="HKD"), DAY, "R4", "港股通"),
    (security(name="ST样本"), DAY, "R4", "风险警示股票"),
    (security(name="*ST样本"), DAY, "R4", "风险警示股票"),
    (security(name="XDST样本"), DAY, "R4", "风险警示股票 on its ex-day"),
    (security(name="退市样本"), DAY, "R4", "退市整理期, Shanghai"),
    (security(name="样本退", venue=Venue.XSHE), DAY, "R4", "退市整理期, Shenzhen"),
    (security(K.CONVERTIBLE, Board.BOND), DAY, "R3", "可转换公司债券"),
    (security(K.CONVERTIBLE, Board.BOND), OLD, "R3", "not listed in 2019: by its factors"),
    (security(K.REPO, Board.BOND), DAY, "R1", "债券质押式逆回购"),
    (security(K.BOND, Board.BOND, name="25国债01"), DAY, "R1", "国债"),
    (security(K.BOND, Board.BOND, name="25江苏地方债"), DAY, "R2", "地方政府债"),
    (security(K.BOND, Board.BOND, name="国开2501"), DAY, "R2", "政策性银行金融债"),
    (security(K.BOND, Board.BOND, name="25某企01"), DAY, None, "a credit bond without a grade is not guessed"),
    (security(K.ETF, Board.FUND), DAY, "R3", "股票ETF"),
    (security(K.BOND_ETF, Board.FUND), DAY, "R2", "债券ETF"),
    (security(K.GOLD_ETF, Board.FUND), DAY, "R3", "黄金ETF"),
    (security(K.CROSS_BORDER_ETF, Board.FUND), DAY, "R4", "跨境ETF"),
    (security(K.MONEY_ETF, Board.FUND), DAY, "R1", "货币型产品"),
    (security(K.REIT, Board.FUND), DAY, "R3", "公募REITs"),
    (security(K.LEVERAGED, Board.FOREIGN, Venue.XMIL), DAY, "R5", "杠杆产品"),
    (security(K.CERTIFICATE, Board.FOREIGN, Venue.XMIL), DAY, "R5", "涡轮证书"),
    (security(K.ETF, Board.FOREIGN, Venue.XMIL), DAY, "R4", "境外ETF"),
    (security(board=Board.FOREIGN, venue=Venue.XMIL, currency="EUR"), DAY, "R4", "境外股票"),
    (security(K.OTHER, Board.FOREIGN, Venue.XMIL), DAY, None, "nobody said what it is"),
    (security(K.INDEX), DAY, None, "an index is not for sale"),
]


@pytest.mark.parametrize(("one", "day", "expected", "source"), TABLE)
def test_a_security_takes_the_level_of_its_class(one, day, expected, source):
    assert level(one, day) == expected, source


def test_a_missing_level_says_why():
    bond = standing_of("X", DAY, product=None, security=security(K.BOND, name="25某企01"), rating=None)

    assert bond.level is None
    assert bond.version is None
    assert bond.missing == "债券没有登记信用评级，无法对应名录；请补登信用评级或单独评级"


GRADES = [("AAA", "R2"), ("AA+", "R2"), ("AA", "R3"), ("AA-", "R4"), ("A+", "R5"), ("BBB", "R5"), (None, None)]


@pytest.mark.parametrize(("grade", "expected"), GRADES)
def test_a_credit_bond_takes_the_level_of_its_grade(grade, expected):
    product = Product(code="X", name="25某企01", kind=ProductKind.BOND, credit_grade=grade)

    assert level(security(K.BOND, Board.BOND, name="25某企01"), product=product) == expected


NAMES = [("ST样本", True), ("*ST样本", True), ("SST样本", True), ("S*ST样本", True), ("DR*ST样本", True),
         ("样本ST", False), ("样本", False), ("st样本", True)]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_special_treatment_is_told_by_the_name(name, expected):
    assert is_special_treatment(name, DAY) is expected
    assert not is_special_treatment(name, date(2003, 5, 7)), "the marks of 2003-05-08 were not yet in use"


DELISTING = [("退市样本", True), ("样本退", True), ("进退样本", False), ("样本", False)]


@pytest.mark.parametrize(("name", "expected"), DELISTING)
def test_a_delisting_period_is_told_by_the_name(name, expected):
    assert is_delisting(name, DAY) is expected


G = Gate
NEEDED = [  # security, day, gates
    (security(), DAY, ()),
    (security(board=Board.STAR), date(2019, 7, 21), ()),
    (security(board=Board.STAR), date(2019, 7, 22), (G.STAR,)),
    (security(board=Board.CHINEXT, venue=Venue.XSHE), date(2020, 8, 23), ()),
    (security(board=Board.CHINEXT, venue=Venue.XSHE), date(2020, 8, 24), (G.CHINEXT,)),
    (security(board=Board.BSE, venue=Venue.BJSE), date(2021, 11, 15), (G.BSE,)),
    (security(board=Board.HK, venue=Venue.XHKG), DAY, (G.HK_CONNECT,)),
    (security(name="*ST样本"), DAY, (G.ST_STOCK,)),
    (security(name="*ST样本", board=Board.CHINEXT, venue=Venue.XSHE), DAY, (G.ST_STOCK, G.CHINEXT)),
    (security(name="退市样本"), DAY, (G.DELISTING_PERIOD,)),
    (security(K.CONVERTIBLE, Board.BOND), date(2022, 6, 17), ()),
    (security(K.CONVERTIBLE, Board.BOND), date(2022, 6, 18), (G.CONVERTIBLE,)),
    (security(K.REIT, Board.FUND), DAY, (G.REIT,)),
    (security(K.ETF, Board.FUND), DAY, ()),
    (security(K.CERTIFICATE, Board.FOREIGN, Venue.XMIL), DAY, ()),
]


@pytest.mark.parametrize(("one", "day", "gates"), NEEDED)
def test_a_security_needs_the_gates_of_its_board_kind_and_name(one, day, gates):
    assert gates_of_security(one, day) == gates
    assert gate_bits(gates) == sum(1 << list(Gate).index(gate) for gate in gates)


KINDS = [(ProductKind.PRIVATE_FUND, (G.PRIVATE_FUND,)), (ProductKind.AM_MIXED, (G.PRIVATE_AM_PLAN,)),
         (ProductKind.MARGIN, (G.MARGIN,)), (ProductKind.OPTION, (G.ETF_OPTION,)), (ProductKind.BOND_FUND, ()),
         (ProductKind.TRUST, ())]  # fmt: skip


@pytest.mark.parametrize(("kind", "gates"), KINDS)
def test_a_product_needs_the_gates_of_its_kind(kind, gates):
    assert gates_of_product(kind, DAY) == gates


def test_what_a_member_is_called_is_the_class_of_the_security():
    assert class_of_security(security(), DAY).item == "LIST-A-SHARE"
    assert class_of_security(replace(security(), listed_on=DAY), DAY).item == "LIST-A-SHARE"
    assert standing_of("X", DAY, product=None, security=security(), rating=None).grounds == ("名录“A股股票” R3",)
    assert ProductLevel.R3.label == "中风险"
