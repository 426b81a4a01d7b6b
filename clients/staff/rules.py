"""What registrations allow and what serving demands, from rule data; the words that files use for both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, Final, TypeVar

from clients.staff.periods import ALWAYS, Period
from clients.staff.types import Act, Licence, Post, RelationRole
from kit.imports.cells import clean
from kit.labels import Labelled
from kit.rulebook import Rulebook, load_rulebook

_NUMBER: Final = re.compile(r"^S\d{4}(\d)\d{8}$")
Code = TypeVar("Code", bound=Labelled)
Held = tuple[Licence, Period]
"""One registration: its kind, and the days on which it is in force."""


def _book() -> Rulebook:
    return load_rulebook("clients", "staff")


def _on(rule_id: str, day: date) -> Any:
    return _book().on(rule_id, max(day, ALWAYS))


@lru_cache(maxsize=4096)
def acts_of(licence: Licence, day: date) -> frozenset[Act]:
    """What a registration of this kind allows on the day."""
    return frozenset(Act(one) for one in _on(f"STAFF-ACTS-{licence.value}", day) or ())


def allowed(held: Iterable[Held], day: date) -> frozenset[Act]:
    """What somebody may do on the day by the registrations in force on it; nothing without one."""
    found: frozenset[Act] = frozenset()
    for licence, during in held:
        if during.covers(day):
            found |= acts_of(licence, day)
    return found


@lru_cache(maxsize=4096)
def demanded(post: Post | None, role: RelationRole, day: date) -> frozenset[Act]:
    """What one must be allowed in order to serve on the day, by post and by role."""
    by_post = (_on("STAFF-DEMAND-POST", day) or {}).get(post.value, ()) if post else ()
    by_role = (_on("STAFF-DEMAND-RELATION", day) or {}).get(role.value, ())
    return frozenset(Act(one) for one in (*by_post, *by_role))


def granting(act: Act, day: date) -> tuple[Licence, ...]:
    """The registrations that allow an act."""
    return tuple(licence for licence in Licence if act in acts_of(licence, day))


def at_odds(licence: Licence, during: Period, held: Iterable[Held]) -> Licence | None:
    """A registration that nobody may hold together with this one, and that is in force on a common day."""
    for other, when in held:
        if other is not licence and when.meets(during):
            first_common = max(when.first, during.first)
            if any({licence.value, other.value} <= set(pair) for pair in _on("STAFF-EXCLUSIVE", first_common) or ()):
                return other
    return None


@lru_cache
def _words(rule_id: str) -> dict[str, str]:
    """Code by the words for it, in upper case."""
    told = _book()[rule_id].values[-1][1]
    return {clean(str(word)).upper(): code for code, words in told.items() for word in words}


def named(text: str, codes: type[Code], rule_id: str) -> Code | None:
    """The member that a text names by its code, its label, or a word of the rule."""
    said = clean(text).upper()
    for member in codes:
        if said == member.value or said == clean(member.label).upper():
            return member
    code = _words(rule_id).get(said)
    return None if code is None else codes(code)


def post_named(text: str) -> Post | None:
    return named(text, Post, "STAFF-WORDS-POST")


def role_named(text: str) -> RelationRole | None:
    return named(text, RelationRole, "STAFF-WORDS-RELATION")


def licence_named(text: str) -> Licence | None:
    return named(text, Licence, "STAFF-WORDS-LICENCE")


def licence_numbered(number: str) -> Licence | None:
    """The kind that a registration number tells, None where its form is another."""
    told = _NUMBER.match(number.upper())
    code = _on("STAFF-LICENCE-NUMBER", date.max).get(told[1]) if told else None
    return None if code is None else Licence(code)


def licence_of_post(post: Post) -> Licence:
    """The kind that is filed, marked as inferred, where a file tells a number alone."""
    return Licence(_on("STAFF-LICENCE-OF-POST", date.max)[post.value])
