"""What is known of a client in tests: plain defaults, and the pieces of others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from suitability.levels import ClientLevel
from suitability.profile.making import Known
from suitability.profile.rules import profile_rules
from suitability.profile.types import HabitsSeen, HabitWord, Needs, Stated, ToleranceInput

DAY = date(2026, 6, 1)
RULES = profile_rules()


def tolerance(level: str = "C3", points: int = 45, **more: object) -> ToleranceInput:
    of = ClientLevel(level)
    told = {
        "level": of, "confirmed_level": of, "points": points, "full_points": 100, "assessed_on": DAY,
        "valid_through": date(2028, 5, 31), "confirmed_on": DAY,
    } | more  # fmt: skip
    return ToleranceInput(**told)  # type: ignore[arg-type]


def needs(**more: object) -> Needs:
    told = {
        "required_return": 0.05, "required_reason": "全部目标按时实现，每年需要 5.00%", "funded_ratio": 0.8,
        "reserve_months": 6.0, "needed_on": None, "next_year": Decimal(0), "cash_like": Decimal(100_000),
        "investable": Decimal(1_000_000), "debts": Decimal(0), "assets": Decimal(2_000_000), "documented": False,
        "declared": True, "as_of": DAY,
    } | more  # fmt: skip
    return Needs(**told)  # type: ignore[arg-type]


def stated(**more: object) -> Stated:
    told = {"expected_return": None, "max_lock_days": None, "min_reserve_months": None, "as_of": DAY} | more
    return Stated(**told)  # type: ignore[arg-type]


def habits(*seen: str, unseen: tuple[str, ...] = ("CHASING",), trades: int = 200, as_of: date = DAY) -> HabitsSeen:
    words = [HabitWord(one, True, f"{one} 的证据", 40) for one in seen]
    words += [HabitWord(one, False, "没有看到", 40) for one in unseen if one not in seen]
    return HabitsSeen(tuple(words), trades, as_of)


def known(**more: object) -> Known:
    told = {
        "client_no": "C1", "day": DAY, "tolerance": tolerance(), "needs": needs(), "stated": None, "habits": habits(),
    } | more  # fmt: skip
    return Known(**told)  # type: ignore[arg-type]
