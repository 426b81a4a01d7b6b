"""联系的闸门: may this client be contacted for this purpose, in this way, at this time?

Code finds the fact; rules/contact.yaml holds the consequence. All rules run; none lets through what another holds back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

import numpy as np

from kit.rulebook import Rulebook, RuleError, load_rulebook
from market.types import BoolArray, IntArray
from mot.events.columns import NO_DAY
from mot.events.kinds import FIRST_DAY
from mot.scenario.types import Purpose

PREFIX: Final = "MOT-G"
NO_TIME: Final = -1
"""The time of the contact is not settled yet (at the making of a task): quiet hours are looked at when it is sent."""
PURPOSES: Final = tuple(Purpose)
YES: Final = 1


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """Contacts that are about to be, one entry each; every field is an array of shape (n,).

    Flags are 1 yes, 0 no, -1 not known: consent must be known, everything else holds back only when it is known.
    Days are ordinals in the client's zone, NO_DAY none. Counts are of contacts that already were, on `day` or in the
    days that the rule names, this one not included.
    """

    purpose: IntArray  # place in PURPOSES
    mandatory: IntArray  # flag: 必做
    day: IntArray
    minute: IntArray  # of the day in the client's zone, 0 to 1439; NO_TIME not settled
    trading_day: IntArray  # flag
    deceased: IntArray
    account_open: IntArray
    consent_service: IntArray
    consent_marketing: IntArray
    do_not_disturb: IntArray
    way_refused: IntArray  # the client does not want this way of contact
    complaint_open: IntArray
    quiet_until: IntArray  # the last quiet day after complaints that are all closed
    bereaved_on: IntArray  # the last known bereavement
    client_today: IntArray  # contacts with the client on the day
    way_today: IntArray  # of these, in this way
    marketing_lately: IntArray  # marketing contacts in as many calendar days as MOT-G13 says, the last one `day`
    staff_today: IntArray  # optional tasks of the advisor on the day
    suitable: IntArray  # what the task offers has a decision with ALLOW today: 1, 0; -1 it offers nothing

    def __len__(self) -> int:
        return len(self.purpose)


COLUMNS: Final = tuple(one.name for one in fields(Contacts))
_QUIET: Final[Mapping[str, int]] = {
    "minute": NO_TIME, "trading_day": 1, "account_open": 1, "consent_service": 1, "consent_marketing": 1,
    "quiet_until": NO_DAY, "bereaved_on": NO_DAY, "suitable": -1,
}  # fmt: skip


def contacts(purpose: IntArray, day: date, **known: IntArray) -> Contacts:
    """Contacts of one day on which nothing weighs but what is given; for callers who have gathered few facts."""
    n = len(purpose)
    columns = {name: np.full(n, _QUIET.get(name, 0), dtype=np.int64) for name in COLUMNS}
    columns |= {"purpose": purpose, "day": np.full(n, day.toordinal(), dtype=np.int64)} | known
    return Contacts(**columns)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _quiet_hours(cases: Contacts, value: Any) -> BoolArray:
    start, end = _minutes(value["start"]), _minutes(value["end"])
    after, before = cases.minute >= start, cases.minute < end
    inside = after | before if start > end else after & before
    return np.asarray(inside & (cases.minute != NO_TIME))


def _within(since: IntArray, cases: Contacts, days: int) -> BoolArray:
    """Not more than so many calendar days have passed since; the last of them included (以内)."""
    return np.asarray((since != NO_DAY) & (cases.day >= since) & (cases.day - since <= days))


HOLDS_BACK: Final[Mapping[str, Callable[[Contacts, Any], BoolArray]]] = {
    "MOT-G01": lambda cases, _: cases.deceased == YES,
    "MOT-G02": lambda cases, _: cases.account_open == 0,
    "MOT-G03": lambda cases, _: cases.consent_service != YES,
    "MOT-G04": lambda cases, _: cases.consent_marketing != YES,
    "MOT-G05": lambda cases, _: cases.do_not_disturb == YES,
    "MOT-G06": lambda cases, _: cases.way_refused == YES,
    "MOT-G07": lambda cases, _: cases.complaint_open == YES,
    "MOT-G08": lambda cases, _: (cases.quiet_until != NO_DAY) & (cases.day <= cases.quiet_until),
    "MOT-G09": _quiet_hours,
    "MOT-G10": lambda cases, _: cases.trading_day == 0,
    "MOT-G11": lambda cases, value: cases.client_today >= value["limit"],
    "MOT-G12": lambda cases, value: cases.way_today >= value["limit"],
    "MOT-G13": lambda cases, value: cases.marketing_lately >= value["limit"],
    "MOT-G14": lambda cases, value: cases.staff_today >= value["limit"],
    "MOT-G15": lambda cases, _: cases.suitable == 0,
    "MOT-G16": lambda cases, value: _within(cases.bereaved_on, cases, value["days"]),
}


@dataclass(frozen=True)
class Gated:
    """What the gate says of n contacts. held: (n,) bool by rule, all rules of the book."""

    held: Mapping[str, BoolArray]
    n: int

    @property
    def passed(self) -> BoolArray:
        return np.asarray(~np.logical_or.reduce([np.zeros(self.n, dtype=bool), *self.held.values()]))

    def reasons(self, place: int) -> tuple[str, ...]:
        """The rules that hold one contact back, in the order of the book."""
        return tuple(rule for rule, held in self.held.items() if held[place])


def contact_book() -> Rulebook:
    """The rule file as it stands."""
    return load_rulebook("mot", "contact")


def gate_ids(book: Rulebook) -> tuple[str, ...]:
    """The rules of the gate. Raises RuleError for one that no code knows."""
    found = tuple(rule.id for rule in book if rule.id.startswith(PREFIX))
    unknown = [rule for rule in found if rule not in HOLDS_BACK]
    if unknown:
        raise RuleError(f"{book.name}: no code for {'、'.join(unknown)}")
    return found


def gate(cases: Contacts, day: date, book: Rulebook | None = None, only: frozenset[str] | None = None) -> Gated:
    """Every rule on every contact. A rule concerns its purposes; duties (REGULATORY) pass those that say `exempt`, and
    必做 those that say `optional_only`.

    only: leave out the rules that are not named (for tests and for asking what one rule costs).
    """
    rules = book or contact_book()
    held: dict[str, BoolArray] = {}
    for rule in gate_ids(rules):
        value = rules.on(rule, day) if rules[rule].values[0][0] <= day else None
        if value is not None and (only is None or rule in only):
            held[rule] = HOLDS_BACK[rule](cases, value) & _concerned(cases, value)
    return Gated(held, len(cases))


def _concerned(cases: Contacts, value: Any) -> BoolArray:
    named = [PURPOSES.index(Purpose(one)) for one in value["purposes"]]
    regulatory = cases.purpose == PURPOSES.index(Purpose.REGULATORY)
    passes = (regulatory & bool(value["exempt"])) | ((cases.mandatory == YES) & bool(value.get("optional_only")))
    return np.asarray(np.isin(cases.purpose, named) & ~passes)


def earlier(groups: IntArray, rank: IntArray) -> IntArray:
    """How many entries of the same group come before each one by `rank` (all different within a group).

    For caps within one batch: what is about to be counts after what already was.
    """
    order = np.lexsort((rank, groups))
    starts = np.concatenate(([True], np.diff(groups[order]) != 0)) if len(order) else np.empty(0, dtype=bool)
    place = np.arange(len(order))
    found = np.empty(len(order), dtype=np.int64)
    found[order] = place - np.maximum.accumulate(np.where(starts, place, 0))
    return found


def gate_sentence(rule: str, day: date) -> str:
    """What a rule says, for the row that a suppressed contact leaves."""
    found = contact_book()[rule]
    value = found.on(max(day, FIRST_DAY)) or {}
    figures = "、".join(str(value[key]) for key in ("days", "limit", "start", "end") if key in value)
    return f"{found.title}（{figures}）" if figures else found.title
