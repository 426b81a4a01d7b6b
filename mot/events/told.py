"""告知的事件: what somebody says happened, checked before it is believed. Pure; the caller knows the client exists."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from kit.rulebook import load_rulebook
from mot.events.kinds import FIRST_DAY, event_kind
from mot.events.problems import EventFactsWrong, EventInFuture, EventTooOld, SourceNotAllowed, WrongFamily
from mot.events.types import CERTAIN, Event, EventKind, Family, How, Source, make_event
from mot.texts import COMMON, TextError, sentence


def told_event(
    client: str, kind: str, occurred_on: date, source: Source, *, today: date, family: Family | None = None,
    ref: str = "", facts: Mapping[str, Any] | None = None, confidence: int | None = None,
) -> Event:  # fmt: skip
    """The event as it is taken.

    family: where the teller names one, it must be the kind's own. Raises UnknownEventKind, WrongFamily,
    SourceNotAllowed, EventInFuture, EventTooOld, EventFactsWrong.
    """
    known = event_kind(kind, today)
    if family is not None and family is not known.family:
        raise WrongFamily(f"{known.name}属于{known.family.label}，不属于{family.label}")
    if source not in known.sources or source.how is not How.TOLD:
        tellers = "、".join(one.label for one in known.sources if one.how is How.TOLD) or "没有，只由系统推算"
        raise SourceNotAllowed(f"{known.name}不能由{source.label}给出；可以告知的来源：{tellers}")
    _check_day(known, occurred_on, today)
    _check_facts(known, ref, facts or {}, confidence)
    return make_event(known, client, occurred_on, source, ref=ref, facts=facts, confidence=confidence)


def _check_day(kind: EventKind, occurred_on: date, today: date) -> None:
    if occurred_on > today:
        raise EventInFuture(f"{kind.name}的日期 {occurred_on} 晚于今天 {today}；将来的安排请写在要素里")
    last = occurred_on + timedelta(days=kind.expires_days)
    if today > last:
        raise EventTooOld(f"{kind.name}的日期 {occurred_on}，只在 {last} 及以前可以受理")


def _check_facts(kind: EventKind, ref: str, facts: Mapping[str, Any], confidence: int | None) -> None:
    unknown = sorted(set(facts) - set(kind.facts))
    if unknown:
        may = "、".join(kind.facts) or "没有"
        raise EventFactsWrong(f"{kind.name}没有要素 {'、'.join(unknown)}；可用：{may}")
    if kind.duty is not None and not ref.strip():
        raise EventFactsWrong(f"{kind.name}须有编号（ref），以便留证据")
    if confidence is not None and not 1 <= confidence <= CERTAIN:
        raise EventFactsWrong(f"把握程度是 1 至 {CERTAIN} 的百分数，所给为 {confidence}")


def notice(event: Event, kind: EventKind, client_name: str) -> str:
    """One line that says what happened. Where a figure is not known, the line says only what is."""
    values = {
        **event.facts, "client_name": client_name, "occurred_on": event.occurred_on, "event_name": kind.name,
        "day": event.occurred_on,
    }  # fmt: skip
    text = load_rulebook("mot", "event_words").on(f"NOTICE-{kind.template}", max(event.occurred_on, FIRST_DAY))
    try:
        said = sentence(text, frozenset(COMMON) | frozenset(kind.facts)).fill(values)
    except TextError:
        said = f"{client_name}：{kind.name}。"
    return f"（待核实）{said}" if event.tentative else said
