"""A small book for tests of changes: six assessed clients, three rated products, what they hold; two officers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import yaml

from clients.tables import AccountRow, CashflowRow, TradeRow
from clients.types import CASH_KINDS, MOVEMENTS, CashKind, Movement
from kit.access import Actor, Role
from kit.rulebook import load_rulebook
from market.products.tables import ProductRow
from market.products.types import FACTORS
from market.tables import DailyPriceRow, InstrumentRow
from suitability.rating.service import RatingService
from tests.suitability.assessment.desk import DAY, Desk, stamp

ZHAO = Actor("U10", "合规赵", Role.COMPLIANCE)
QIAN = Actor("U11", "合规钱", Role.COMPLIANCE)
TOMORROW = DAY + timedelta(days=1)
BOUGHT = date(2026, 2, 2)
LEVELS = {"K1": "C1", "K2": "C2", "K3": "C3", "K4": "C4", "K5": "C5", "K6": "C3"}
PRODUCTS = {"P2": 2, "P3": 3, "P5": 5}
HELD = {
    "K1": ("P2", 100), "K2": ("P2", 200), "K3": ("P3", 400), "K4": ("P5", 300), "K5": ("P5", 150), "K6": ("P5", 250),
}  # fmt: skip
"""Each has 1,000 yuan in all; a share costs one yuan."""
WEALTH = 1000


def small_book(session):
    desk = Desk(session)
    ids = {}
    for number, level in LEVELS.items():
        ids[number] = desk.client(number, birth_date=date(1960, 5, 6) if level == "C1" else date(1980, 5, 6))
        desk.assessed(number, level)
    session.add_all([product(code, step) for code, step in PRODUCTS.items()])
    session.flush()
    instruments = {code: listed(session, code, (BOUGHT, DAY)) for code in PRODUCTS}
    for number, (code, quantity) in HELD.items():
        account(session, ids[number], f"A{number}", WEALTH, {instruments[code]: quantity})
    RatingService(session).rate_all(DAY, stamp())


def product(code, step, **more):
    """A product whose factors are all at one step."""
    told = {
        "lockup_days": 0, "expected_return_low": Decimal("0.02"), "expected_return_high": Decimal("0.04"), **more,
    }  # fmt: skip
    return ProductRow(
        code=code, name=f"产品{code}", kind="MIXED_FUND", issuer="样例基金", leads_to="",
        factors_on=DAY - timedelta(days=9), **told,
        **{factor.value: step for factor in FACTORS},
    )  # fmt: skip


def listed(session, code, days, price=1):
    """The same as something that accounts hold, one yuan a share; its id."""
    row = InstrumentRow(code=code, name=f"产品{code}", kind="FUND", venue="OTC", board="FUND", currency="CNY")
    session.add(row)
    session.flush()
    session.add_all([DailyPriceRow(instrument_id=row.id, day=day, close=Decimal(price)) for day in days])
    return row.id


def account(session, client_id, number, deposit, bought):
    """An account with a deposit and purchases at one yuan, by instrument."""
    row = AccountRow(account_no=number, client_id=client_id, opened_on=BOUGHT)
    session.add(row)
    session.flush()
    session.add(CashflowRow(
        account_id=row.id, day=BOUGHT, seq=0, kind=CASH_KINDS.index(CashKind.DEPOSIT), amount=Decimal(deposit),
        fingerprint="deposit",
    ))  # fmt: skip
    session.add_all([
        TradeRow(
            account_id=row.id, instrument_id=instrument, day=BOUGHT, seq=place, kind=MOVEMENTS.index(Movement.BUY),
            quantity=Decimal(quantity), price=Decimal(1), fingerprint=f"buy{place}",
        )
        for place, (instrument, quantity) in enumerate(bought.items(), start=1)
    ])  # fmt: skip
    session.flush()
    return row.id


def text_of(name, change, base=None):
    """The text of a rule file with `change` done to its list of rules, by id."""
    raw = yaml.safe_load(base or load_rulebook("suitability", name).text)
    change({rule["id"]: rule for rule in raw})
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def bands(since, **levels):
    """Bands of the long form with other ends from a day on."""
    plain = {"C1_LOWEST": [0, 0], "C1": [1, 19], "C2": [20, 36], "C3": [37, 53], "C4": [54, 82], "C5": [83, 100]}
    return text_of("bands", lambda rules: rules["BANDS-CITIC"]["values"].append(
        {"from": since, "value": {**plain, **levels}}
    ))  # fmt: skip
