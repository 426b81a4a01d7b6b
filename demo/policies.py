"""Investment policy statements of some demo clients: one that waits for the client who signs in, others confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from demo.products import stamp
from demo.users import CLIENT_NO
from kit.access import Actor, Role, everything
from kit.db import transaction
from suitability.assessment.types import Channel
from suitability.levels import AssetType, IntendedTerm
from suitability.profile.policy import Objective, Policy
from suitability.profile.service import ProfileService

ADVISER: Final = Actor("demo-adviser", "示例投资顾问", Role.ADVISOR)
POLICIES: Final = (
    Policy(
        objective=Objective.GOALS, expected_return=0.045, term=IntendedTerm.UP_TO_5Y, types=AssetType.EQUITY,
        max_lock_days=365, min_reserve_months=6.0, ethical=("不投烟草",),
    ),
    Policy(
        objective=Objective.GROWTH, expected_return=0.08, term=None, types=AssetType.EQUITY, max_lock_days=1_095,
        min_reserve_months=3.0,
    ),
    Policy(
        objective=Objective.PRESERVE, expected_return=0.03, term=IntendedTerm.UP_TO_1Y,
        types=AssetType.FIXED_INCOME, max_lock_days=90, min_reserve_months=12.0,
        legal=("资金为共同财产，买入须双方知情",),
    ),
)  # fmt: skip


def draft_policies(url: str | None, clients: Sequence[str], day: date) -> None:
    """One statement for each of these clients, confirmed a week later; the one who signs in still has to."""
    with transaction(url) as session:
        desk = ProfileService(session, everything(day))
        for place, number in enumerate(clients):
            on = day - timedelta(days=20 + place)
            drafted = desk.draft(number, POLICIES[place % len(POLICIES)], stamp(ADVISER, on))
            if number == CLIENT_NO:
                continue
            client = Actor(f"demo-{number}"[:32], f"客户 {number}"[:64], Role.CLIENT, f"client:{number}")
            confirmed = stamp(client, on + timedelta(days=7))
            desk.confirm(drafted.id, confirmed, shown_digest=drafted.digest, channel=Channel.APP)
