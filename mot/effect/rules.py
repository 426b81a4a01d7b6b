"""效果的数: how a metric is compared, what counts as active, what a review says; rule data, read for a day."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from kit.rulebook import Rulebook, load_rulebook
from mot.effect.types import Measured, Plan
from mot.events.kinds import FIRST_DAY
from mot.scenario.types import Scenario

ACTS: Final = ("LOGIN", "TRADE", "MONEY", "CONTACT")


def effect_book() -> Rulebook:
    """The rule file as it stands."""
    return load_rulebook("mot", "effect")


def value_of(rule: str, day: date) -> Any:
    """The value of a rule of rules/effect.yaml on the day."""
    return effect_book().on(rule, max(day, FIRST_DAY))


def plan_of(scenario: Scenario, day: date) -> Plan:
    """What is registered for a scenario version under the rules of the day."""
    test, review = value_of("EFFECT-TEST", day), scenario.review
    metric = value_of("EFFECT-METRICS", day)[review.metric.value]
    return Plan(
        scenario_id=scenario.id, scenario_digest=scenario.version, name=scenario.name, metric=review.metric.value,
        measured=Measured(metric["measured"]), success=review.success, window_days=review.window_days,
        share_held=review.holdout if scenario.may_hold_out else 0.0, review_on=review.review_on,
        level=float(test["level"]), power=float(test["power"]), least=int(test["least"]),
        alarm_p=float(test["alarm_p"]), covariate=metric.get("covariate", ""), lacks=metric.get("lacks", ""),
        rules=effect_book().version,
    )  # fmt: skip


def plan_from(content: dict[str, Any]) -> Plan:
    """A plan as it was registered."""
    return Plan(
        scenario_id=content["scenario"], scenario_digest=content["version"], measured=Measured(content["measured"]),
        review_on=date.fromisoformat(content["review_on"]),
        **{
            name: content[name] for name in (
                "name", "metric", "success", "window_days", "share_held", "level", "power", "least", "alarm_p",
                "covariate", "lacks", "rules",
            )
        },
    )  # fmt: skip
