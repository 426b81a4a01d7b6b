"""事件的词与值: family, kind, source, one event. A kind is data (`rules/events.yaml`); an event never changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

from kit.digest import digest
from kit.labels import Labelled

CERTAIN: Final = 100
"""Confidence in percent of what needs no confirmation."""


class Family(Labelled):
    """事件的大类: a kind belongs to one, for good."""

    LIFE_EVENT = "LIFE_EVENT", "客户人生大事"
    LIFECYCLE = "LIFECYCLE", "客户生命周期大事"
    ABNORMAL = "ABNORMAL", "特殊或异常行为"
    MARKET = "MARKET", "市场事件"
    PRODUCT = "PRODUCT", "产品事件"


class How(Labelled):
    """怎样得知"""

    TOLD = "TOLD", "告知"
    DERIVED = "DERIVED", "推算"


class Source(Labelled):
    """来源: the first four tell, the others are read from."""

    CLIENT = "CLIENT", "客户告知"
    ADVISOR = "ADVISOR", "投顾录入"
    API = "API", "接口推送"
    FILE = "FILE", "文件导入"
    LEDGER = "LEDGER", "交易与资金账本"
    GRADES = "GRADES", "客户分级"
    SUITABILITY = "SUITABILITY", "适当性记录"
    CALENDAR = "CALENDAR", "档案与日历"
    MARKET = "MARKET", "行情与产品资料"

    @property
    def how(self) -> How:
        return How.TOLD if self in TELLERS else How.DERIVED


TELLERS: Final = (Source.CLIENT, Source.ADVISOR, Source.API, Source.FILE)


@dataclass(frozen=True, slots=True)
class Duty:
    """What must be done whatever anybody thinks of it: a contact, by when, proven how.

    within: trading days after the event; 0 is the same trading day (the next one when the event is on a holiday).
    """

    within: int
    evidence: bool
    compliance_copy: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """事件种类: one row of the table in docs/mot-events.md.

    window_days: calendar days after the event in which it may still become a task. expires_days: after these it is
    no longer spoken of. confidence: percent, unless the teller says less. priority: 1 is the most urgent, 9 the least.
    """

    id: str
    name: str
    family: Family
    sources: tuple[Source, ...]
    window_days: int
    expires_days: int
    confidence: int
    priority: int
    mandatory: bool
    template: str
    facts: tuple[str, ...]
    duty: Duty | None
    basis: str  # where the kind comes from
    confirmed: bool
    place: int  # its code in a column

    @property
    def hows(self) -> tuple[How, ...]:
        return tuple(how for how in How if any(source.how is how for source in self.sources))


@dataclass(frozen=True, kw_only=True)
class Event:
    """事件: one thing that happened to one client on one day.

    occurred_on: the calendar day on which it is acted on (for a term that ends, the day of the notice). tentative: a
    person confirms it with the client before anything is said as a fact. expires_on: the last day it may be spoken
    of. ref: the business key that tells two events of one kind and day apart (product code, warning number), or "".
    facts: figures for the texts, by the names that the kind declares.
    """

    client: str
    kind: str
    occurred_on: date
    source: Source
    confidence: int
    tentative: bool
    expires_on: date
    ref: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Who, what, when, which: told twice, or by two sources, it is the same event."""
        return event_digest(self.client, self.kind, self.occurred_on, self.ref)


def event_digest(client: str, kind: str, occurred_on: date, ref: str) -> str:
    """Identity of an event, for idempotency: source, confidence and figures take no part in it."""
    return digest({"client": client, "kind": kind, "occurred_on": occurred_on, "ref": ref})


def make_event(
    kind: EventKind, client: str, occurred_on: date, source: Source, *,
    ref: str = "", facts: Mapping[str, Any] | None = None, confidence: int | None = None,
) -> Event:  # fmt: skip
    """An event of a kind: what is not given is as the kind says. Checks nothing; see `mot.events.told`."""
    sure = kind.confidence if confidence is None else confidence
    return Event(
        client=client, kind=kind.id, occurred_on=occurred_on, source=source, confidence=sure,
        tentative=sure < CERTAIN, expires_on=occurred_on + timedelta(days=kind.expires_days), ref=ref,
        facts=dict(facts or {}),
    )  # fmt: skip
