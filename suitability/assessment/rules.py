"""The rules of assessment as data (`rules/assessment.yaml`): parsed and checked once, asked by day.

What can be said of answers and facts: `answers` by topic (at least one of a list, or all within `only`), `facts` with
`from` (included), `below` and `over` (excluded) or a list of codes, `levels` of the score. All parts must hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from kit.kept import Kept
from kit.rulebook import Rule, Rulebook, RuleError, load_rulebook, per_rules
from suitability.assessment.types import Consequence, KnownFacts
from suitability.levels import ClientLevel
from suitability.questionnaire.bands import band_book
from suitability.questionnaire.loading import shipped
from suitability.questionnaire.types import Condition, Questionnaire

Meanings: TypeAlias = Mapping[str, frozenset[str]]

SCHEMES: Final = ("CONDITIONS", "SCORE")
_FACTS: Final = {name for name in KnownFacts.__dataclass_fields__ if name != "as_of"}
_PARTS: Final = {"answers", "facts", "levels", "consequence", "sentence"}
_BOUNDS: Final = {"from", "below", "over"}


@dataclass(frozen=True, slots=True)
class Said:
    """What a topic's answer must hold: at least one of `meanings`, or (only) nothing else."""

    topic: str
    meanings: frozenset[str]
    only: bool = False

    def holds(self, said: Meanings) -> bool:
        found = said.get(self.topic, frozenset())
        if self.only:
            return bool(found) and found <= self.meanings
        return not found.isdisjoint(self.meanings)


@dataclass(frozen=True, slots=True)
class Fact:
    """What a known fact must be. A fact that is not known holds nothing."""

    name: str
    codes: frozenset[str] = frozenset()
    at_least: Decimal | None = None
    below: Decimal | None = None
    over: Decimal | None = None

    def holds(self, known: KnownFacts) -> bool:
        value = getattr(known, self.name)
        if value is None:
            return False
        if self.codes:
            return _code(value) in self.codes
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.over is None or value > self.over)
        )


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule of answers, facts and levels, as it stands on one day."""

    id: str
    said: tuple[Said, ...]
    facts: tuple[Fact, ...]
    levels: frozenset[ClientLevel]

    def holds(self, said: Meanings, known: KnownFacts, level: ClientLevel) -> bool:
        """All parts at once."""
        return (
            all(one.holds(said) for one in self.said)
            and all(one.holds(known) for one in self.facts)
            and (not self.levels or level in self.levels)
        )

    def holds_any(self, said: Meanings, known: KnownFacts) -> bool:
        """One part is enough: the manner of the lowest class."""
        return any(one.holds(said) for one in self.said) or any(one.holds(known) for one in self.facts)


_PARSED: Kept[tuple[Pattern, ...]] = Kept(512)


def _code(value: Any) -> str:
    return ("YES" if value else "NO") if isinstance(value, bool) else str(value)


def parse_pattern(rule: Rule, value: Mapping[str, Any]) -> Pattern:
    """Raises RuleError that names the rule and the part."""
    where = f"rule {rule.id!r}"
    unknown = sorted(set(value) - _PARTS)
    if unknown:
        raise RuleError(f"{where} has unknown {unknown}")
    said = tuple(_said(where, topic, codes) for topic, codes in value.get("answers", {}).items())
    facts = tuple(_fact(where, name, bound) for name, bound in value.get("facts", {}).items())
    if not said and not facts:
        raise RuleError(f"{where} speaks of no answer and no fact")
    levels = frozenset(ClientLevel(level) for level in value.get("levels", ()))
    return Pattern(rule.id, said, facts, levels)


def _said(where: str, topic: str, codes: Any) -> Said:
    only = isinstance(codes, Mapping)
    listed = codes.get("only") if isinstance(codes, Mapping) else codes
    if not isinstance(listed, list) or not listed or not all(isinstance(code, str) for code in listed):
        raise RuleError(f"{where}: answers of {topic} must be a list of meanings, or {{only: [...]}}")
    return Said(topic, frozenset(listed), only)


def _fact(where: str, name: str, bound: Any) -> Fact:
    if name not in _FACTS:
        raise RuleError(f"{where}: no fact {name!r}; known: {', '.join(sorted(_FACTS))}")
    if isinstance(bound, list):
        if not bound or not all(isinstance(code, str) for code in bound):
            raise RuleError(f"{where}: fact {name} must list codes as texts")
        return Fact(name, codes=frozenset(bound))
    if not isinstance(bound, Mapping) or not bound or set(bound) - _BOUNDS:
        raise RuleError(f"{where}: fact {name} takes from, below, over or a list of codes, not {bound!r}")
    limits = {key: Decimal(str(number)) for key, number in bound.items()}
    return Fact(name, at_least=limits.get("from"), below=limits.get("below"), over=limits.get("over"))


def _is_pattern(rule: Rule) -> bool:
    return any(isinstance(value, Mapping) and ("answers" in value or "facts" in value) for _, value in rule.values)


def patterns(book: Rulebook, prefix: str, day: date) -> tuple[Pattern, ...]:
    """The patterns in force whose id begins with `prefix`, by id."""
    key = (book.version, prefix, day)
    found = _PARSED.get(key)
    if found is None:
        found = _patterns(book, prefix, day)
        _PARSED.put(key, found)
    return found


def _patterns(book: Rulebook, prefix: str, day: date) -> tuple[Pattern, ...]:
    return tuple(
        parse_pattern(rule, value)
        for rule in sorted(book, key=lambda rule: rule.id)
        if rule.id.startswith(prefix) and _is_pattern(rule) and (value := _in_force(rule, day)) is not None
    )


def _in_force(rule: Rule, day: date) -> Any:
    return None if day < rule.values[0][0] else rule.on(day)


def value_on(book: Rulebook, rule_id: str, day: date) -> Mapping[str, Any] | None:
    """The value in force, None before the first one and once repealed."""
    found: Mapping[str, Any] | None = _in_force(book[rule_id], day)
    return found


def check_rules(book: Rulebook, forms: Iterable[Questionnaire]) -> None:
    """Every value of every day; topics and meanings must stand in a form. Raises RuleError."""
    spoken: dict[str, set[str]] = {}
    for form in forms:
        for question in form.questions:
            spoken.setdefault(question.topic, set()).update(option.means for option in question.options)
    for rule in book:
        for _, value in rule.values:
            if isinstance(value, Mapping):
                _check_value(book, rule, value, spoken)
    for day, scheme in book["LOWEST-SCHEME"].values:
        if scheme not in SCHEMES:
            known = ", ".join(SCHEMES)
            raise RuleError(f"{book.name}: LOWEST-SCHEME from {day} must be one of {known}, not {scheme!r}")


def _check_value(book: Rulebook, rule: Rule, value: Mapping[str, Any], spoken: Mapping[str, set[str]]) -> None:
    if "consequence" in value:
        if value["consequence"] not in set(Consequence):
            raise RuleError(f"{book.name}: rule {rule.id!r} has no consequence {value['consequence']!r}")
        if not value.get("sentence"):
            raise RuleError(f"{book.name}: rule {rule.id!r} lacks the sentence for the client")
    if not _is_pattern(rule):
        return
    for said in parse_pattern(rule, value).said:
        unknown = sorted(said.meanings - spoken.get(said.topic, set()))
        if unknown:
            raise RuleError(f"{book.name}: rule {rule.id!r}: no questionnaire says {unknown} of {said.topic!r}")


def lowest_conditions(book: Rulebook, form: Questionnaire, day: date) -> tuple[Condition, ...]:
    """The answers of this form that put a client of C1 into the lowest class, as conditions over its questions."""
    if book.on("LOWEST-SCHEME", day) != "CONDITIONS":
        return ()
    return tuple(_conditions(form, patterns(book, "LOWEST-", day)))


def _conditions(form: Questionnaire, found: Iterable[Pattern]) -> Iterator[Condition]:
    for pattern in found:
        for said in pattern.said:
            question = form.by_topic.get(said.topic)
            if question is not None:
                codes = frozenset(option.code for option in question.options if option.means in said.meanings)
                yield Condition(question.id, codes)


@dataclass(frozen=True, slots=True)
class Books:
    """The rule files that an assessment is made under."""

    assessment: Rulebook
    bands: Rulebook

    @property
    def versions(self) -> dict[str, str]:
        return {"assessment": self.assessment.version, "bands": self.bands.version}


@per_rules()
def books() -> Books:
    """The rule files in force, checked."""
    book = load_rulebook("suitability", "assessment")
    check_rules(book, [form for form, _ in shipped()])
    return Books(book, band_book())
