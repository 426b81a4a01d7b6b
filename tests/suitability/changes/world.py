"""A small book for tests of changes: six assessed clients, three rated products, what they hold; two officers."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import yaml

from kit.access import Actor, Role
from kit.rulebook import load_rulebook
from market.products.tables import ProductRow
from market.products.types import FACTORS
from suitability.rating.service import RatingService
from tests.suitability.assessment.desk import DAY, Desk, stamp

ZHAO = Actor("U10", "合规赵", Role.COMPLIANCE)
QIAN = Actor("U11", "合规钱", Role.COMPLIANCE)
TOMORROW = DAY + timedelta(days=1)
LEVELS = {"K1": "C1", "K2": "C2", "K3": "C3", "K4": "C4", "K5": "C5", "K6": "C3"}
PRODUCTS = {"P2": 2, "P3": 3, "P5": 5}
HELD = [("K1", "P2"), ("K2", "P2"), ("K3", "P3"), ("K4", "P5"), ("K5", "P5"), ("K6", "P5")]


def small_book(session):
    desk = Desk(session)
    for number, level in LEVELS.items():
        desk.client(number, birth_date=date(1960, 5, 6) if level == "C1" else date(1980, 5, 6))
        desk.assessed(number, level)
    session.add_all([
        ProductRow(
            code=code, name=f"产品{code}", kind="MIXED_FUND", issuer="样例基金", leads_to="", lockup_days=0,
            factors_on=DAY - timedelta(days=9), expected_return_low=Decimal("0.02"),
            expected_return_high=Decimal("0.04"), **{factor.value: step for factor in FACTORS},
        )
        for code, step in PRODUCTS.items()
    ])  # fmt: skip
    session.flush()
    RatingService(session).rate_all(DAY, stamp())


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
