"""The numbers of sending, from rules/delivery.yaml; backoff with jitter that the same attempt always has. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from kit.rulebook import load_rulebook
from mot.channels.specs import FIRST_DAY


@dataclass(frozen=True, slots=True)
class DeliveryRules:
    """Seconds, counts and days as they stand on a day."""

    lease: timedelta
    batch: int
    base: float
    factor: float
    cap: float
    jitter: float
    attempts: int
    age: timedelta
    digest_items: int
    poll: float


def rules_on(day: date) -> DeliveryRules:
    book, since = load_rulebook("mot", "delivery"), max(day, FIRST_DAY)
    told: dict[str, Any] = {rule.id: rule.on(since) for rule in book}
    retry = told["DELIVERY-RETRY"]
    return DeliveryRules(
        lease=timedelta(seconds=told["DELIVERY-LEASE"]["seconds"]), batch=told["DELIVERY-BATCH"]["rows"],
        base=float(retry["base"]), factor=float(retry["factor"]), cap=float(retry["cap"]),
        jitter=float(retry["jitter"]), attempts=retry["attempts"],
        age=timedelta(days=told["DELIVERY-AGE"]["days"]), digest_items=told["DELIVERY-DIGEST"]["items"],
        poll=float(told["DELIVERY-POLL"]["seconds"]),
    )  # fmt: skip


def backoff(rules: DeliveryRules, key: str, attempt: int, asked: float | None = None) -> timedelta:
    """How long to wait after the attempt-th failure (1 the first); never shorter than the receiver asked.

    The jitter spreads deliveries that failed together, and is drawn from the key: the same one each time.
    """
    plain = min(rules.base * rules.factor ** min(attempt - 1, 60), rules.cap)
    drawn = int.from_bytes(sha256(f"{key}:{attempt}".encode()).digest()[:8]) / 2**64
    spread = plain * (1 + rules.jitter * (2 * drawn - 1))
    return timedelta(seconds=max(spread, asked * (1 + rules.jitter * drawn / 10) if asked is not None else 0.0))
