"""A service file to change by hand, and a published version of a plan without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from market.services.reading import plan_from
from market.services.types import Published, PublishedPlan

SINCE = "2026-01-05"
CARD: dict[str, Any] = {
    "summary": "主板股票池，每周更新", "contents": ["股票池", "每周说明"], "delivery": "APP 与邮件",
    "valid_from": SINCE,
}  # fmt: skip
TERM: dict[str, Any] = {
    "code": "TERM", "name": "按期限", "basis": "TERM", "valid_from": SINCE,
    "terms": [{"days": 30, "price": "99"}, {"days": 360, "price": "999"}],
}
ASSETS: dict[str, Any] = {
    "code": "ASSETS", "name": "按资产", "basis": "ASSETS", "valid_from": SINCE, "mode": "WHOLE",
    "tiers": [{"from": 0, "to": 500_000, "price": "0.005"}, {"from": 500_000, "price": "0.0035"}],
}
USES: dict[str, Any] = {
    "code": "USES", "name": "按次", "basis": "PER_USE", "valid_from": SINCE, "mode": "MARGINAL",
    "tiers": [{"from": 0, "to": 3, "price": "200"}, {"from": 3, "price": "150"}],
}
COMMISSION: dict[str, Any] = {
    "code": "COMM", "name": "差别佣金", "basis": "COMMISSION", "valid_from": SINCE,
    "tiers": [{"from": 0, "to": 10_000_000, "price": "0.001"}, {"from": 10_000_000, "price": "0.0008"}],
}


def plan(raw: dict[str, Any], **instead: Any):
    return plan_from({**raw, **instead})


def published(raw: dict[str, Any], version: int = 1, ends_on: date | None = None, **instead: Any) -> PublishedPlan:
    made = plan(raw, **instead)
    return PublishedPlan(made, Published(
        code="S1", version=version, ends_on=ends_on or made.valid_to, digest="sha256:0", published_by="甲",
        published_at=datetime(2026, 1, 5, tzinfo=UTC),
    ))  # fmt: skip
