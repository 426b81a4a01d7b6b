"""Rules are data with a source and dates: `<package>/rules/*.yaml`, loaded once, refused when malformed.

A file holds a list of rules: id, title, source, read_in, confirmed, read_on, values `[{from: day, value: …}]`. What
ships is the base; inside `under(books)` an approved text of a file stands in its place (docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache, wraps
from importlib import resources
from typing import Any, Final, ParamSpec, TypeVar

import yaml

from kit.digest import digest

HOUSE: Final = ("kit", "market", "clients", "diagnosis", "suitability", "mot", "advisors", "reports", "jobs")
"""Every package that keeps rule files beside its code."""
DAYS_KEPT: Final = 16
P = ParamSpec("P")
T = TypeVar("T")


class RuleError(ValueError):
    """A rule file that cannot be trusted: names the file, the rule and what is wrong."""


class NotInForce(LookupError):
    """A rule was asked for a day before its first value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One duty or number as its source states it, with every value it has had."""

    id: str
    title: str
    source: str
    values: tuple[tuple[date, Any], ...]  # (first day in force, value), ascending
    confirmed: bool
    read_on: date
    applies_to: dict[str, Any] = field(default_factory=dict)
    read_in: tuple[str, ...] = ()  # the copies of the source that were read, by their ids in docs/sources.md

    def on(self, day: date) -> Any:
        """Value in force on `day` (None once repealed). Raises NotInForce before the first one."""
        in_force = [value for since, value in self.values if since <= day]
        if not in_force:
            raise NotInForce(f"{self.id} has no value before {self.values[0][0]}; asked for {day}")
        return in_force[-1]


@dataclass(frozen=True)
class Rulebook:
    """The rules of one file; `version` is the hash of their content."""

    name: str
    rules: dict[str, Rule]
    version: str
    text: str = ""  # the file as it was read, to be kept where a decision was made under it
    _of_days: dict[date, Mapping[str, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __getitem__(self, rule_id: str) -> Rule:
        if rule_id not in self.rules:
            raise RuleError(f"{self.name}: no rule {rule_id!r}; known: {', '.join(sorted(self.rules))}")
        return self.rules[rule_id]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self.rules.values())

    def on(self, rule_id: str, day: date) -> Any:
        return self[rule_id].on(day)

    def in_force(self, day: date) -> Mapping[str, Any]:
        """The value of each rule that has one on `day` (None once repealed), looked up once for the last few days."""
        found = self._of_days.get(day)
        if found is None:
            if len(self._of_days) >= DAYS_KEPT:
                self._of_days.clear()
            begun = (rule for rule in self if rule.values[0][0] <= day)
            found = self._of_days[day] = {rule.id: rule.on(day) for rule in begun}
        return found


def parse_rule(name: str, raw: dict[str, Any]) -> Rule:
    """One rule of file `name`. Raises RuleError that names the file, the rule and the fault."""
    where = f"{name}: rule {raw.get('id', raw)!r}"
    missing = [key for key in ("id", "title", "source", "values", "read_on") if not raw.get(key)]
    if missing:
        raise RuleError(f"{where} lacks {', '.join(missing)}")
    unknown = set(raw) - {"id", "title", "source", "values", "read_on", "confirmed", "applies_to", "read_in"}
    if unknown:
        raise RuleError(f"{where} has unknown {', '.join(sorted(unknown))}")
    if not all(isinstance(entry, dict) and set(entry) == {"from", "value"} for entry in raw["values"]):
        raise RuleError(f"{where}: every value is {{from: day, value: …}}")
    values = tuple((entry["from"], entry["value"]) for entry in raw["values"])
    days = [since for since, _ in values]
    if not all(_is_day(day) for day in (*days, raw["read_on"])):
        raise RuleError(f"{where}: `from` and `read_on` must be days written YYYY-MM-DD")
    if days != sorted(set(days)):
        raise RuleError(f"{where}: values must stand in ascending order, one per day")
    return Rule(
        id=raw["id"], title=raw["title"], source=raw["source"], values=values,
        confirmed=bool(raw.get("confirmed", False)), read_on=raw["read_on"],
        applies_to=dict(raw.get("applies_to", {})), read_in=tuple(map(str, raw.get("read_in", ()))),
    )


def _is_day(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


OURS: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Reads alike, seven times as fast where libyaml is. For texts that ship: a stranger's nesting could end it."""


def parse_rulebook(name: str, text: str, loader: Any = yaml.SafeLoader) -> Rulebook:
    """Rules of a YAML text. Raises RuleError that names the rule and the fault, whatever the text is."""
    try:
        return _rulebook(name, text, loader)
    except RuleError:
        raise
    except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise RuleError(f"{name}: {error}") from error


def _rulebook(name: str, text: str, loader: Any) -> Rulebook:
    raw = yaml.load(text, Loader=loader)
    if not isinstance(raw, list):
        raise RuleError(f"{name}: expected a list of rules")
    rules: dict[str, Rule] = {}
    for entry in raw:
        if not isinstance(entry, dict):
            raise RuleError(f"{name}: {entry!r} is no rule")
        rule = parse_rule(name, entry)
        if rule.id in rules:
            raise RuleError(f"{name}: rule {rule.id!r} stands twice")
        rules[rule.id] = rule
    return Rulebook(name, rules, digest(raw), text)


@dataclass(frozen=True)
class _Instead:
    """Approved texts that stand in the place of shipped files; `state` tells one set of them from another."""

    books: Mapping[tuple[str, str], Rulebook]
    state: tuple[tuple[str, str, str], ...] = ()


_AS_SHIPPED: Final = _Instead({})
_INSTEAD: Final[ContextVar[_Instead]] = ContextVar("rules_instead", default=_AS_SHIPPED)


@contextmanager
def under(books: Mapping[tuple[str, str], Rulebook]) -> Iterator[None]:
    """Inside the block these books, by (package, name), are what `load_rulebook` gives; all others are as shipped."""
    state = tuple(sorted((package, name, book.version) for (package, name), book in books.items()))
    token = _INSTEAD.set(_Instead(books, state))
    try:
        yield
    finally:
        _INSTEAD.reset(token)


def per_rules(maxsize: int = 128) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Keep answers as `lru_cache` does, apart for each set of approved texts: for whatever reads a rule file."""

    def keep(function: Callable[P, T]) -> Callable[P, T]:
        kept: Any = lru_cache(maxsize)(lambda _state, *given, **named: function(*given, **named))

        @wraps(function)
        def asked(*given: P.args, **named: P.kwargs) -> T:
            found: T = kept(_INSTEAD.get().state, *given, **named)
            return found

        return asked

    return keep


def load_rulebook(package: str, name: str) -> Rulebook:
    """`<package>/rules/<name>.yaml`, or the approved text that stands in its place here."""
    found = _INSTEAD.get().books.get((package, name))
    return shipped_rulebook(package, name) if found is None else found


@lru_cache
def shipped_rulebook(package: str, name: str) -> Rulebook:
    """`<package>/rules/<name>.yaml`, found in a checkout and in an installed copy."""
    text = resources.files(package).joinpath("rules", f"{name}.yaml").read_text(encoding="utf-8")
    return parse_rulebook(f"{package}/rules/{name}.yaml", text, OURS)


@per_rules()
def load_rulebooks(packages: tuple[str, ...]) -> tuple[Rulebook, ...]:
    """Every rule file of these packages. Raises RuleError when an id stands in two of them."""
    books: list[Rulebook] = []
    for package in packages:
        folder = resources.files(package).joinpath("rules")
        if folder.is_dir():
            names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml"))
            books += [load_rulebook(package, name.removesuffix(".yaml")) for name in names]
    owner: dict[str, str] = {}
    for book in books:
        for rule in book:
            if rule.id in owner:
                raise RuleError(f"rule {rule.id!r} stands in {owner[rule.id]} and in {book.name}")
            owner[rule.id] = book.name
    return tuple(books)
