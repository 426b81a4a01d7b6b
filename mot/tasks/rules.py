"""任务的数: who may do what, when it is late, when it lapses; the rule data of tasks, read for a day."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from kit.days import TradingCalendar, calendar
from kit.rulebook import load_rulebook
from mot.events.kinds import FIRST_DAY
from mot.scenario.types import OfferKind, Scenario

CALENDAR: Final = "XSHG"


def house_calendar() -> TradingCalendar:
    """The exchange's trading days, by which tasks are due."""
    return calendar(CALENDAR)


def value_of(rule: str, day: date) -> Any:
    """The value of a rule of rules/tasks.yaml on the day."""
    return load_rulebook("mot", "tasks").on(f"TASK-{rule}", max(day, FIRST_DAY))


def needs_adviser(scenario: Scenario, day: date) -> bool:
    """Whether what it offers is advice, which only a registered investment adviser gives."""
    kinds = {OfferKind(one) for one in value_of("ADVICE", day)["offers"]}
    return any(offer.kind in kinds for offer in scenario.service.offers)


def immediate(scenario: Scenario, day: date) -> bool:
    """Whether its task is made in the very request that tells the event."""
    assigned = scenario.assignment
    return assigned.mandatory or assigned.due_trading_days <= int(value_of("IMMEDIATE", day)["due_trading_days"])


def lapses_on(due: date, day: date, *, mandatory: bool, must_contact: bool) -> date | None:
    """The last day on which a task may still be worked; None: it does not lapse."""
    days = value_of("LAPSE", day)["mandatory" if mandatory else "optional"]
    return None if must_contact or days is None else house_calendar().next(due, int(days))


def escalates(due: date, day: date) -> bool:
    """Whether a mandatory task that was due then is to be reported to the supervisor by the day."""
    return day > due and day >= house_calendar().next(due, int(value_of("ESCALATE", day)["trading_days"]))
