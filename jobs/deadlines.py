"""每日清理: what has waited longer than it is worth is a dead letter, so that somebody sees it."""

from __future__ import annotations

from datetime import datetime

from kit.clock import day_of
from kit.db import transaction
from mot.delivery.repository import DeliveryRepository
from mot.delivery.rules import rules_on


def bury(url: str | None, due_at: datetime) -> str:
    """Held and waiting deliveries that are older than the rules allow become dead letters."""
    age = rules_on(day_of(due_at)).age
    with transaction(url) as session:
        done = DeliveryRepository(session).bury(due_at - age, f"超过 {age.days} 天未送达，不再发送", due_at)
    return f"{done} 条过期"
