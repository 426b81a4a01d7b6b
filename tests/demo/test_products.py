"""The demo's products: the same bytes each time, every row imported, rated as the rules say, flaws found as planted."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from sqlmodel import Session

from clients.tables import AccountRow, ClientRow, TradeRow
from clients.types import MOVEMENTS, Movement
from demo.permissions import EACH, load_permissions, needed_by_purchases
from demo.products import FIRST_RATED, RERATED, load_products, nav_path, read_flaws, write_products
from kit.access import everything
from kit.db import engine
from kit.digest import file_digest
from market.products.repository import ProductRepository
from market.products.types import tier_of
from market.tables import InstrumentRow
from suitability.gates.service import GateService
from suitability.levels import Gate, ProductLevel
from suitability.rating.review import ReviewReason
from suitability.rating.service import RatingService

DAY = date(2024, 12, 31)
R = ProductLevel


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    return write_products(tmp_path_factory.mktemp("products"))


@pytest.fixture
def loaded(database_url, catalogue):
    results = load_products(database_url, catalogue)
    assert [one.rows_refused for one in results] == [0] * 5
    with Session(engine(database_url)) as session:
        yield RatingService(session), ProductRepository(session)


def test_one_catalogue_gives_the_same_bytes(catalogue, tmp_path):
    again = write_products(tmp_path)

    for one, other in zip((*catalogue.files, catalogue.updates), (*again.files, again.updates), strict=True):
        assert file_digest(one.path) == file_digest(other.path)
    assert file_digest(catalogue.planted) == file_digest(again.planted)


def test_the_demo_is_rated_and_its_flaws_are_found(loaded, catalogue):
    desk, products = loaded
    every = products.products()
    levels = Counter(desk.rating_on(code, DAY).level for code in every)

    assert len(every) == 61
    assert levels == {R.R1: 7, R.R2: 10, R.R3: 14, R.R4: 23, R.R5: 6, None: 1}
    due = {one.code: {reason for reason, _ in one.reasons} for one in desk.review_due(date(2023, 6, 1))}
    flaws = read_flaws(catalogue.planted)
    assert due["E008"] == {ReviewReason.CONTRADICTED} and flaws["E008"] == "CONTRADICTED"  # noqa: PT018
    assert desk.rating_on("P006", DAY).level is None
    assert {code for code, told in flaws.items() if told == "CONTRADICTED"} == {
        code for code in every if desk.derivation(code, DAY).contradictions
    }  # fmt: skip
    assert ReviewReason.FACTORS_CHANGED in {
        reason for one in desk.review_due(DAY) if one.code == "X006" for reason, _ in one.reasons
    }
    assert [one.code for one in desk.proposals(open_only=True)] == ["W004"]


STEPS = [("E004", R.R3, R.R4), ("X003", R.R3, R.R4), ("T001", R.R5, R.R5), ("F003", R.R4, R.R4), ("S005", R.R4, R.R4)]


@pytest.mark.parametrize(("code", "before", "after"), STEPS)
def test_levels_before_and_after_the_second_rating(loaded, code, before, after):
    desk, _ = loaded

    assert desk.rating_on(code, date(2023, 1, 2)).level is None
    assert desk.rating_on(code, FIRST_RATED).level is before
    assert desk.rating_on(code, RERATED).level is after


def test_a_service_has_plans_by_term_assets_and_commission(loaded):
    _, products = loaded
    plans = products.price_plans("S002", date(2024, 2, 1))

    assert {plan.plan_code for plan in plans} == {"TERM", "PROMO"}
    assert tier_of(plans, "TERM", Decimal(360), date(2024, 2, 1)).price == Decimal(888)
    assert tier_of(products.price_plans("S001"), "ASSETS", Decimal(500_000), DAY).price == Decimal("0.0035")


def test_a_net_value_is_a_share_of_the_basket_and_a_carry():
    assert nav_path([100, -100], 100, 0) == [1_010_000, 999_900]
    assert nav_path([100, -100], 0, 250) == [1_000_100, 1_000_200]
    assert nav_path([100], 50, 0) == [1_005_000]


def test_permissions_follow_the_purchases_and_the_breaches_are_recorded(database_url, tmp_path):
    with Session(engine(database_url)) as session:
        star = InstrumentRow(code="688001.SH", name="样本", kind="STOCK", venue="XSHG", board="STAR", currency="CNY")
        main = InstrumentRow(code="600001.SH", name="样本", kind="STOCK", venue="XSHG", board="MAIN", currency="CNY")
        session.add_all([star, main])
        session.flush()
        for n in range(1, 12):
            client = ClientRow(client_no=f"C{n:02}", name="客户")
            session.add(client)
            session.flush()
            account = AccountRow(account_no=f"A{n:02}", client_id=client.id)
            session.add(account)
            session.flush()
            stocks = [star, star] if n < 11 else [main]
            for seq, (stock, day) in enumerate(zip(stocks, (date(2022, 3, 1), date(2023, 3, 1)), strict=False)):
                session.add(TradeRow(
                    account_id=account.id, instrument_id=stock.id, day=day, seq=seq,
                    kind=MOVEMENTS.index(Movement.BUY), quantity=Decimal(200), price=Decimal(10), fingerprint=f"t{seq}",
                ))
        session.commit()

    breaches = load_permissions(database_url, tmp_path, DAY)

    assert [one.sort for one in breaches] == ["MISSING"] * EACH + ["LATE"] * EACH + ["REVOKED"] * EACH
    with Session(engine(database_url)) as session:
        desk = GateService(session, everything(DAY))
        assert {one.client_no for one in needed_by_purchases(session, DAY)} == {f"C{n:02}" for n in range(1, 11)}
        for first, last, numbers in ((False, False, "123"), (False, True, "456"), (True, False, "789")):
            for n in numbers:
                assert (Gate.STAR in desk.gates_of(f"C0{n}", date(2022, 3, 1))) is first
                assert (Gate.STAR in desk.gates_of(f"C0{n}", date(2023, 3, 1))) is last
        assert desk.gates_of("C10", date(2022, 3, 1)) == {Gate.STAR: date(2022, 2, 24)}
        assert desk.gates_of("C11", DAY) == {}
    assert len((tmp_path / "planted-permissions.csv").read_text(encoding="utf-8").splitlines()) == 10
