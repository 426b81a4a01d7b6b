"""五个工作日: the last day on which a client may cancel freely, counted so that the client never has less. Pure.

A trading day is always a working day; a weekend day that is worked in exchange for a holiday is no trading day. So
counting trading days gives at least as many working days. Beyond the last day that the exchange has announced every
weekday counts as a trading day and may turn out to be a holiday: there the reserve is added.
"""

from __future__ import annotations

from datetime import date

from kit.days import TradingCalendar, calendar
from suitability.subscriptions.rules import CancelTerms, cancel_terms


def cancel_until(signed_on: date) -> date:
    """The last day of free cancellation of what was signed on `signed_on`, by today's calendar."""
    terms = cancel_terms(signed_on)
    return last_day(signed_on, terms, calendar(terms.calendar))


def last_day(signed_on: date, terms: CancelTerms, days: TradingCalendar) -> date:
    """The day of signing does not count; the period ends with the last of its working days."""
    last = days.next(signed_on, terms.working_days)
    return days.next(signed_on, terms.working_days + terms.reserve) if days.is_provisional(last) else last


def still_open(signed_on: date, told: date, day: date) -> bool:
    """Whether what was signed may still be cancelled on `day`: by what the client was told, or by today's calendar."""
    return day <= max(told, cancel_until(signed_on))
