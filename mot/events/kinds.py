"""事件种类 from rule data: `rules/events.yaml`, one rule a kind, refused when malformed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from kit.rulebook import Rule, Rulebook, RuleError, load_rulebook, per_rules
from mot.events.problems import UnknownEventKind
from mot.events.types import CERTAIN, Duty, EventKind, Family, Source
from mot.texts import COMMON, TextError, sentence

PREFIX: Final = "EVENT-"
FIRST_DAY: Final = date(2017, 7, 1)
LOWEST_PRIORITY: Final = 9
_NEEDED: Final = {"family", "sources", "window", "expires", "confidence", "priority", "mandatory", "template"}
_MAY: Final = {"facts", "duty"}


def event_book() -> Rulebook:
    """The rule file as it stands."""
    return load_rulebook("mot", "events")


@per_rules(maxsize=16)
def event_kinds(day: date) -> Mapping[str, EventKind]:
    """Kinds in force on the day, in the order of the file. Raises RuleError that names the kind and the fault."""
    return kinds_from(event_book(), load_rulebook("mot", "event_words"), max(day, FIRST_DAY))


def event_kind(kind: str, day: date) -> EventKind:
    """Raises UnknownEventKind."""
    known = event_kinds(day)
    if kind not in known:
        raise UnknownEventKind(f"没有事件种类 {kind!r}；可用：{'、'.join(known)}")
    return known[kind]


def kinds_from(book: Rulebook, words: Rulebook, day: date) -> dict[str, EventKind]:
    """Kinds of these rule files. `value: null` repeals a kind; the codes of the others stay."""
    found: dict[str, EventKind] = {}
    for place, rule in enumerate(book):
        value = rule.on(day)
        if value is not None:
            kind = _kind(book.name, rule, value, place)
            _check_words(kind, words)
            found[kind.id] = kind
    return found


def _kind(file: str, rule: Rule, value: Any, place: int) -> EventKind:
    where = f"{file}: {rule.id}"
    if not rule.id.startswith(PREFIX):
        raise RuleError(f"{where}: the id of a kind of event begins with {PREFIX}")
    lacking, unknown = _NEEDED - set(value), set(value) - _NEEDED - _MAY
    if lacking or unknown:
        raise RuleError(f"{where}: lacks {sorted(lacking)}, does not know {sorted(unknown)}")
    try:
        family, sources = Family(value["family"]), tuple(Source(one) for one in value["sources"])
    except ValueError as fault:
        raise RuleError(f"{where}: {fault}") from fault
    _check_numbers(where, value)
    if not sources:
        raise RuleError(f"{where}: somebody must tell it, or something must show it")
    return EventKind(
        id=rule.id.removeprefix(PREFIX), name=rule.title, family=family, sources=sources, window_days=value["window"],
        expires_days=value["expires"], confidence=value["confidence"], priority=value["priority"],
        mandatory=value["mandatory"] is True, template=value["template"], facts=tuple(value.get("facts", ())),
        duty=_duty(where, value), basis=rule.source, confirmed=rule.confirmed, place=place,
    )  # fmt: skip


def _check_numbers(where: str, value: Mapping[str, Any]) -> None:
    bounds = {"window": (0, value["expires"]), "confidence": (1, CERTAIN), "priority": (1, LOWEST_PRIORITY)}
    for name, (low, high) in bounds.items():
        if not isinstance(value[name], int) or not low <= value[name] <= high:
            raise RuleError(f"{where}: {name} is a whole number from {low} to {high}, not {value[name]!r}")


def _duty(where: str, value: Mapping[str, Any]) -> Duty | None:
    raw = value.get("duty")
    if raw is None:
        return None
    if set(raw) != {"within", "evidence", "compliance_copy"} or value["mandatory"] is not True:
        raise RuleError(f"{where}: a duty has within, evidence, compliance_copy, and its kind is mandatory")
    return Duty(int(raw["within"]), raw["evidence"] is True, raw["compliance_copy"] is True)


def _check_words(kind: EventKind, words: Rulebook) -> None:
    try:
        sentence(words.on(f"NOTICE-{kind.template}", FIRST_DAY), frozenset(COMMON) | frozenset(kind.facts))
    except TextError as fault:
        raise RuleError(f"{words.name}: NOTICE-{kind.template} for {kind.id}: {fault}") from fault


def by_place(day: date) -> dict[int, EventKind]:
    """Kinds by their code in a column."""
    return {kind.place: kind for kind in event_kinds(day).values()}
