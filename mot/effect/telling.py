"""Effects, reviews and the series as plain data, for the API, the command line and files."""

from __future__ import annotations

from typing import Any, Final

from mot.effect.content import finding_content
from mot.effect.reviewing import FACTS
from mot.effect.series import Growth
from mot.effect.service import Review, View
from mot.effect.tables import SeriesRow
from mot.effect.types import Lack

_FIRST: Final = (Lack.MIXED, Lack.RATIO, Lack.REGISTERED_LATE, Lack.NO_HOLDOUT, Lack.NO_SOURCE)
_PLAIN: Final = ("level", "unit", "name", "clients", "known")
_MONEY: Final = ("aum", "flow", "market")


def in_short(one: View) -> str:
    """What stands against a conclusion in a few words: what no client mends first, then how many are still to come."""
    missing = one.finding.missing
    first = next((it for lack in _FIRST for it in missing if it.lack is lack), None)
    if first is not None:
        return first.lack.label
    short = sum(it.n for it in missing if it.lack is Lack.TOO_FEW)
    if short:
        return f"样本不足，还差 {short:,} 人"
    return missing[0].lack.label if missing else ""


def effect_content(one: View) -> dict[str, Any]:
    """A registered version as it stands."""
    plan, registered = one.registered.plan, one.registered
    return {
        "plan": {
            "scenario_id": plan.scenario_id, "version": plan.scenario_digest, "name": plan.name,
            "metric": plan.metric, "measured": plan.measured.value, "success": plan.success,
            "window_days": plan.window_days, "share_held": plan.share_held, "review_on": plan.review_on.isoformat(),
            "level": plan.level, "power": plan.power, "least": plan.least, "covariate": plan.covariate,
            "registered_on": registered.registered_on.isoformat(),
            "registered_at": registered.registered_at.isoformat(), "registered_by": registered.registered_by,
            "digest": registered.digest,
        },
        "status": one.status.value, "due": one.due, "filed": one.filed, "smallest": one.smallest,
        "finding": finding_content(one.finding),
    }  # fmt: skip


def review_content(one: Review) -> dict[str, Any]:
    """A version with everything that its review looks at."""
    return {
        **effect_content(one.view), "outcomes": dict(one.outcomes),
        "facts": {name: {"label": FACTS[name], "value": it.value, "n": it.n} for name, it in one.facts.items()},
        "feedback": [{"label": label, "n": n, "share": share} for label, n, share in one.feedback],
        "skipped": [{"reason": reason, "n": n} for reason, n in one.skipped],
        "held_by": [{"rule": rule, "says": says, "n": n} for rule, says, n in one.held_by],
        "improve": one.improve,
        "advice": [{"id": it.id, "say": it.say, "fact": it.fact, "value": it.value} for it in one.advice],
    }  # fmt: skip


def series_content(row: SeriesRow) -> dict[str, Any]:
    """One row of the series; money as decimal text."""
    return {
        "day": row.day.isoformat(), **{name: getattr(row, name) for name in _PLAIN},
        **{name: f"{getattr(row, name):.2f}" for name in _MONEY}, "mau": row.mau,
    }  # fmt: skip


def growth_content(one: Growth | None) -> dict[str, Any] | None:
    """Growth between the first and the last day of a series; money as decimal text, `net` a ratio."""
    if one is None:
        return None
    money = {name: f"{getattr(one, name):.2f}" for name in ("first", "last", "flow", "market", "rest")}
    return {**money, "net": None if one.net is None else float(one.net)}
