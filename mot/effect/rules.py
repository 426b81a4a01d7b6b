"""效果的数: how a metric is compared, what counts as active, what a review says; rule data, read for a day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from kit.digest import digest
from kit.rulebook import Rulebook, load_rulebook
from mot.effect.types import Measured, Plan
from mot.events.kinds import FIRST_DAY
from mot.matching.holdout import GLOBAL
from mot.scenario.types import MetricId, Scenario

ACTS: Final = ("LOGIN", "TRADE", "MONEY", "CONTACT")


def effect_book() -> Rulebook:
    """The rule file as it stands."""
    return load_rulebook("mot", "effect")


def value_of(rule: str, day: date) -> Any:
    """The value of a rule of rules/effect.yaml on the day."""
    return effect_book().on(rule, max(day, FIRST_DAY))


def plan_of(scenario: Scenario, day: date) -> Plan:
    """What is registered for a scenario version under the rules of the day."""
    review = scenario.review
    return _plan(
        review.metric, day, scenario_id=scenario.id, scenario_digest=scenario.version, name=scenario.name,
        success=review.success, window_days=review.window_days, review_on=review.review_on,
        share_held=review.holdout if scenario.may_hold_out else 0.0,
    )  # fmt: skip


def programme_plans(share: float, day: date) -> tuple[Plan, ...]:
    """What is registered for all scenarios together: clients whom none of them speaks to against all others.

    share: of the global holdout. The version is the hash of what the rule says, so a change is another registration.
    """
    rule = value_of("EFFECT-PROGRAMME", day)
    return tuple(
        _plan(
            MetricId(name), day, scenario_id=GLOBAL, scenario_digest=digest({"metric": name, "days": days,
                "review_days": rule["review_days"], "share": share}), name="全部场景",
            success=f"{MetricId(name).label}高于不受任何场景打扰的客户", window_days=int(days),
            review_on=day + timedelta(days=int(rule["review_days"])), share_held=share,
        )
        for name, days in rule["metrics"].items()
    )  # fmt: skip


def _plan(metric: MetricId, day: date, **told: Any) -> Plan:
    test, how = value_of("EFFECT-TEST", day), value_of("EFFECT-METRICS", day)[metric.value]
    return Plan(
        metric=metric.value, measured=Measured(how["measured"]), level=float(test["level"]),
        power=float(test["power"]), least=int(test["least"]), alarm_p=float(test["alarm_p"]),
        covariate=how.get("covariate", ""), lacks=how.get("lacks", ""), rules=effect_book().version, **told,
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
