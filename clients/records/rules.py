"""Which checks are made, and what each costs: rule data, read for a day."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from clients.records.checks import CHECKS, Fault
from kit.rulebook import RuleError, load_rulebook, per_rules

FIRST_DAY: Final = date(2017, 7, 1)
_WHERE: Final = "clients/rules/records.yaml"
_NEEDS: Final = {"PHONE_SHARED": {"more_than"}, "HOUSEHOLD_STALE": {"days"}, "CONTACT_STALE": {"days"}}


@per_rules()
def checks_on(day: date) -> dict[str, dict[str, Any]]:
    """Parameters by check. Raises RuleError for a check that does not exist or lacks what it needs."""
    told = load_rulebook("clients", "records").on("RECORD-CHECKS", max(day, FIRST_DAY))
    unknown = sorted(set(told) - set(CHECKS))
    if unknown:
        raise RuleError(f"{_WHERE}: RECORD-CHECKS：没有检查 {'、'.join(unknown)}；现有 {'、'.join(CHECKS)}")
    for name, given in told.items():
        lacking = sorted(_NEEDS.get(name, set()) - set(given or {}))
        if lacking:
            raise RuleError(f"{_WHERE}: RECORD-CHECKS {name} 缺 {'、'.join(lacking)}")
    return {name: dict(given or {}) for name, given in told.items()}


@per_rules()
def points_on(day: date) -> dict[str, int]:
    """Points by check: its own, or those of its kind of fault. Raises RuleError for a kind without points."""
    by_fault = load_rulebook("clients", "records").on("RECORD-POINTS", max(day, FIRST_DAY))
    lacking = [one.value for one in Fault if one.value not in by_fault]
    if lacking:
        raise RuleError(f"{_WHERE}: RECORD-POINTS 缺 {'、'.join(lacking)}")
    return {
        name: int(given.get("points", by_fault[CHECKS[name].fault.value])) for name, given in checks_on(day).items()
    }
