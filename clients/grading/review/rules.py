"""评定的规则: the window, the schemes that need it with their hysteresis, the lists, the events. Read from data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from clients.grading.loading import schemes_on
from clients.grading.problems import NoSuchScheme
from clients.grading.schemes import Measure, Scheme, Score
from kit.rulebook import RuleError, load_rulebook, per_rules

FILE: Final = "grade_review"


@dataclass(frozen=True, slots=True)
class Hysteresis:
    """回差. margin: how far beyond a bound, in the unit of what is compared; hold_days: how long on the new class."""

    margin: float = 0.0
    hold_days: int = 0


@dataclass(frozen=True, slots=True)
class ListRule:
    """Which classes of a scheme are on a list of the summary."""

    scheme: str
    classes: frozenset[str]


def rule(name: str, day: date) -> Any:
    return load_rulebook("clients", FILE).on(name, day)


def window(year: int) -> tuple[date, date]:
    """First and last day of the annual review of a year."""
    told = rule("REVIEW-WINDOW", date(year, 12, 31))
    return date.fromisoformat(f"{year}-{told['first']}"), date.fromisoformat(f"{year}-{told['last']}")


@per_rules()
def reviewed_schemes(day: date) -> dict[str, Hysteresis]:
    """Schemes that need a review, with their hysteresis. Raises RuleError for what no scheme can have."""
    known = {one.code: one for one in schemes_on(day)}
    found = {}
    for code, told in rule("REVIEW-SCHEMES", day).items():
        where = f"clients/rules/{FILE}.yaml: REVIEW-SCHEMES {code}"
        if code not in known:
            raise RuleError(f"{where}：没有这个分级方案；现有 {'、'.join(known)}")
        unknown = set(told) - {"margin", "hold_days"}
        if unknown or any(value < 0 for value in told.values()):
            raise RuleError(f"{where}：只认 margin 与 hold_days，且不小于 0")
        if told.get("margin") and not on_a_scale(known[code]):
            raise RuleError(f"{where}：{known[code].title}不是按一个数分段，不能用 margin，请用 hold_days")
        found[code] = Hysteresis(float(told.get("margin", 0)), int(told.get("hold_days", 0)))
    return found


def on_a_scale(scheme: Scheme) -> bool:
    """Whether one number is compared with bounds: bands and weighted points."""
    return len(scheme.axes) == 1 and isinstance(scheme.axes[0], Measure | Score)


def list_rule(name: str, day: date) -> ListRule:
    """`plan` or `credit`. Raises RuleError for an unknown scheme or class."""
    told = rule("REVIEW-LISTS", day)[name]
    try:
        scheme = next(one for one in schemes_on(day) if one.code == told["scheme"])
    except StopIteration:
        raise NoSuchScheme(f"REVIEW-LISTS {name}：没有方案 {told['scheme']}") from None
    unknown = set(told["classes"]) - {one.code for one in scheme.classes}
    if unknown:
        raise RuleError(f"REVIEW-LISTS {name}：{scheme.title}没有类别 {'、'.join(sorted(unknown))}")
    return ListRule(scheme.code, frozenset(told["classes"]))


def events(day: date) -> dict[str, str]:
    """Codes and words of what may regrade a client between the years."""
    return dict(rule("REVIEW-EVENTS", day))


def sheet_features(day: date) -> tuple[str, ...]:
    return tuple(rule("REVIEW-SHEET", day))


def appeal_days(day: date) -> int:
    return int(rule("REVIEW-APPEAL", day))
