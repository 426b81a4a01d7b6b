# ruff: noqa: E501  (rows of files stand on one line each)
"""Products, net values, components, price plans: imported once, read back as they were told, refused by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session

from clients.intake import import_file
from kit.db import engine
from kit.imports import ImportResult
from market.products.repository import NoSuchProduct, ProductRepository
from market.products.types import FACTORS, Factor, PlanBasis, PriceSignal, PriceUnit, ProductKind, tier_of

FACTOR_NAMES = ",".join(factor.value for factor in FACTORS)
HEAD = f"product_code,name,kind,issuer,{FACTOR_NAMES},factors_on,issuer_level,term_days,lockup_days,min_amount,expected_return_low,expected_return_high,launched_on,matures_on,complex,leads_to\n"
NOTE = "N001,稳健一号,INCOME_NOTE,示例证券,3,2,1,1,1,1,1,2,1,1,2026-01-05,R2,182,30,50000,0.02,0.025,2026-01-05,2026-07-06,否,\n"
SERVICE = "S001,智能条件单,条件单服务,示例证券,,,,,,,,,,,,,,,,,,,,,LIST-STAR;LIST-BSE\n"
FILES = {
    "products": (HEAD + NOTE + SERVICE, 2),
    "navs": ("product_code,date,nav,accumulated_nav\nN001,2026-01-05,1.0,1.0\nN001,2026-01-06,1.0001,1.0001\n", 2),
    "components": ("product_code,component_code,weight,valid_from\nN001,600519.SH,0.4,2026-01-05\nN001,M001,0.6,2026-01-05\n", 2),
    "price_plans": ("product_code,plan_code,name,basis,floor,price,unit,signal,valid_from\nS001,P1,月付,按期限,30,99,YUAN_PER_PERIOD,尾数信号,2026-01-01\nS001,P1,月付,TERM,360,999,YUAN_PER_PERIOD,,2026-01-01\n", 2),
}


@pytest.fixture
def take(database_url: str, tmp_path: Path):
    def taken(text: str, name: str = "file.csv", **options) -> ImportResult:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return import_file(database_url, path, **options)

    return taken


@pytest.fixture
def read(database_url: str):
    with Session(engine(database_url)) as session:
        yield ProductRepository(session)


@pytest.mark.parametrize("kind", FILES)
def test_each_kind_is_known_by_its_columns_and_imports_once(take, kind):
    take(FILES["products"][0], "first.csv")
    text, count = FILES[kind]
    known = count if kind == "products" else 0

    first, again = take(text, f"{kind}.csv"), take(text, f"{kind}.csv")

    assert (first.kind, first.rows_new, first.rows_known, first.rows_refused) == (kind, count - known, known, 0)
    assert (again.rows_new, again.rows_changed, again.rows_known, again.rows_refused) == (0, 0, count, 0)


def test_a_product_comes_back_as_it_was_told(take, read):
    take(HEAD + NOTE + SERVICE)

    note, service = read.product("N001"), read.product("S001")

    assert (note.kind, note.issuer, note.issuer_level) == (ProductKind.INCOME_NOTE, "示例证券", "R2")
    assert [note.factors[factor] for factor in FACTORS] == [3, 2, 1, 1, 1, 1, 1, 2, 1, 1]
    assert (note.term_days, note.lockup_days, note.min_amount) == (182, 30, Decimal(50000))
    assert (note.expected_return_low, note.expected_return_high) == (Decimal("0.02"), Decimal("0.025"))
    assert (note.matures_on, note.complex, note.currency) == (date(2026, 7, 6), False, "CNY")
    assert (service.kind.is_service, service.factors, service.leads_to) == (True, {}, ("LIST-STAR", "LIST-BSE"))


def test_chinese_headings_are_known(take, read):
    said = take("产品代码,产品名称,产品类型,管理人,风险等级,起投金额,封闭期\nF9,示例货币,货币型产品,示例基金,R1,1,0\n")

    assert (said.kind, said.rows_new) == ("products", 1)
    assert said.remarks == ["产品没有给出十项因素，暂不能评级（1 行：第 2 行）"]
    assert (read.product("F9").issuer_level, read.product("F9").min_amount) == ("R1", Decimal(1))


def test_a_later_file_puts_a_product_right_and_keeps_what_it_does_not_say(take, read):
    take(HEAD + NOTE)

    said = take("product_code,name,kind,issuer_level\nN001,稳健二号,INCOME_NOTE,R3\n")

    assert (said.rows_new, said.rows_changed) == (0, 1)
    assert (read.product("N001").issuer_level, read.product("N001").name) == ("R3", "稳健二号")
    assert read.product("N001").factors[Factor.LIQUIDITY] == 3


REFUSED = [  # what the row says, column, what was expected
    (NOTE.replace("3,2,1,1,1,1,1,2,1,1", "6,2,1,1,1,1,1,2,1,1"), "liquidity", "应为 1 至 5 的整数"),
    (NOTE.replace("3,2,1,1,1,1,1,2,1,1", "0,2,1,1,1,1,1,2,1,1"), "liquidity", "应为 1 至 5 的整数"),
    (NOTE.replace("3,2,1,1,1,1,1,2,1,1", "1.5,2,1,1,1,1,1,2,1,1"), "liquidity", "应为 1 至 5 的整数"),
    (NOTE.replace("3,2,1,1,1,1,1,2,1,1", "3,2,1,1,1,1,1,2,1,"), "other", "十项因素须全部给出或全部留空，缺 other 其他因素"),
    (NOTE.replace("R2", "R6"), "issuer_level", "应为 R1、R2、R3、R4、R5 之一"),
    (NOTE.replace("INCOME_NOTE", "NOTE"), "kind", "应为"),
    (NOTE.replace("0.02,0.025", "0.03,0.025"), "expected_return_low", "预期收益下限不应高于上限"),
    (NOTE.replace("0.02,0.025", "2,2.5"), "expected_return_low", "应为年化比例，如 0.045"),
    (NOTE.replace("182,30", "182,183"), "lockup_days", "锁定期不应长于期限 182 天"),
    (NOTE.replace("2026-07-06", "2026-01-04"), "matures_on", "到期日早于成立日 2026-01-05"),
    (NOTE.replace("50000", "-1"), "min_amount", "不能为负"),
    (NOTE.replace(",否,", ",也许,"), "complex", "应为 是 或 否"),
    (NOTE.replace("N001", ""), "product_code", "不能为空"),
]


@pytest.mark.parametrize(("row", "column", "expected"), REFUSED)
def test_a_row_that_cannot_be_is_refused_by_name(take, read, row, column, expected):
    said = take(HEAD + row + SERVICE)

    assert [(one.line, one.column) for one in said.rejects] == [(2, column)]
    assert said.rejects[0].expected.startswith(expected)
    assert set(read.products()) == {"S001"}


OTHERS = [  # file, column, what was expected
    ("product_code,date,nav\nN009,2026-01-05,1\n", "product_code", "没有这个产品；请先导入产品"),
    ("product_code,date,nav\nN001,2026-01-05,0\n", "nav", "应大于 0"),
    ("product_code,component_code,weight,valid_from\nN001,N001,1,2026-01-05\n", "component_code", "组合产品不能由自己组成"),
    ("product_code,component_code,weight,valid_from\nN001,M001,1.01,2026-01-05\n", "weight", "应为不超过 1 的比例"),
    ("product_code,plan_code,name,basis,floor,price,unit,valid_from,valid_to\nN001,P,甲,TERM,0,1,YUAN_PER_PERIOD,2026-01-05,2026-01-04\n", "valid_to", "失效日早于生效日 2026-01-05"),
]


@pytest.mark.parametrize(("text", "column", "expected"), OTHERS)
def test_a_row_of_a_product_is_refused_by_name(take, text, column, expected):
    take(HEAD + NOTE, "first.csv")

    said = take(text)

    assert [(one.line, one.column, one.expected) for one in said.rejects] == [(2, column, expected)]


def test_another_net_value_of_one_day_is_refused_with_both(take):
    take(HEAD + NOTE, "first.csv")
    take("product_code,date,nav\nN001,2026-01-05,1.01\n")

    said = take("product_code,date,nav\nN001,2026-01-05,1.02\n")

    assert "nav=1.01" in said.rejects[0].expected


def test_weights_that_are_not_the_whole_are_said(take):
    take(HEAD + NOTE, "first.csv")

    said = take("product_code,component_code,weight,valid_from\nN001,M001,0.6,2026-01-05\n")

    assert said.remarks == ["N001 自 2026-01-05 的权重合计 0.6000，应为 1；评级前须补齐"]


def test_net_values_are_accumulated_only_where_all_days_are(take, read):
    take(HEAD + NOTE, "first.csv")
    take("product_code,date,nav,accumulated_nav\nN001,2026-01-06,1.02,1.52\nN001,2026-01-05,1.0,\n")

    whole, cut = read.navs("N001"), read.navs("N001", date(2026, 1, 5))

    assert (whole.values.tolist(), whole.accumulated) == ([1.0, 1.02], False)
    assert whole.days.tolist() == [date(2026, 1, 5).toordinal(), date(2026, 1, 6).toordinal()]
    assert cut.values.tolist() == [1.0]


def test_components_hold_until_the_next_day_that_has_any(take, read):
    take(HEAD + NOTE, "first.csv")
    take(FILES["components"][0] + "N001,M001,1,2026-03-02\n")

    assert read.components("N001", date(2026, 1, 4)) == ()
    assert [(part.code, part.weight) for part in read.components("N001", date(2026, 3, 1))] == [
        ("600519.SH", Decimal("0.4")), ("M001", Decimal("0.6")),
    ]  # fmt: skip
    assert [part.weight for part in read.components("N001", date(2026, 3, 2))] == [Decimal(1)]


TIERS = [(Decimal("29"), None), (Decimal(30), Decimal(99)), (Decimal(359), Decimal(99)), (Decimal(360), Decimal(999))]


@pytest.mark.parametrize(("term", "price"), TIERS)
def test_a_tier_begins_with_its_floor(take, read, term, price):
    take(HEAD + SERVICE, "first.csv")
    take(FILES["price_plans"][0])
    plans = read.price_plans("S001", date(2026, 6, 1))

    tier = tier_of(plans, "P1", term, date(2026, 6, 1))

    assert price == (None if tier is None else tier.price)
    assert {(plan.basis, plan.unit) for plan in plans} == {(PlanBasis.TERM, PriceUnit.YUAN_PER_PERIOD)}
    assert [plan.signal for plan in plans] == [PriceSignal.ODD_ENDING, PriceSignal.NONE]
    assert read.price_plans("S001", date(2025, 12, 31)) == ()


@pytest.mark.parametrize("ask", ["product", "navs", "price_plans"])
def test_an_unknown_product_is_a_problem_with_a_way_out(read, ask):
    with pytest.raises(NoSuchProduct, match="没有产品 X9；请核对代码，或先导入产品"):
        getattr(read, ask)("X9")
