"""文件种类: every kind of file that can be imported. A package above registers its own here, with what takes the rows.

`clients` knows none of the packages that register; whoever imports files (the command line, the API, the demo) loads
`suitability.imports` and its like first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from clients.imports import KINDS, heading_aliases
from kit.imports.headings import KindColumns
from kit.imports.rows import Intake

TakesRows: TypeAlias = Callable[..., Intake]
"""Called as the intakes of `clients` are: session, layout, remarks, rejects, given, batch id, newest first."""
Aliases: TypeAlias = dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True)
class RegisteredKind:
    """A kind of another package. headings: (package, rule file) with its HEAD rules, None where it has no own words."""

    columns: KindColumns
    intake: TakesRows
    headings: tuple[str, str] | None = None


_REGISTERED: dict[str, RegisteredKind] = {}


def register_kind(columns: KindColumns, intake: TakesRows, headings: tuple[str, str] | None = None) -> None:
    """Make a kind of file known. Raises ValueError where another package has the name."""
    new = RegisteredKind(columns, intake, headings)
    own = {kind.kind for kind in KINDS}
    if columns.kind in own or _REGISTERED.setdefault(columns.kind, new) != new:
        raise ValueError(f"files of kind {columns.kind!r} are registered already")
    _aliases.cache_clear()


def kinds() -> tuple[KindColumns, ...]:
    """All kinds: those of `clients` and `market`, then the registered ones in alphabetical order."""
    return (*KINDS, *(_REGISTERED[name].columns for name in sorted(_REGISTERED)))


def kind_names() -> tuple[str, ...]:
    return tuple(kind.kind for kind in kinds())


def registered_intake(kind: str) -> Callable[..., Any] | None:
    """What takes the rows of a registered kind; None for the kinds of `clients` and `market`."""
    return _REGISTERED[kind].intake if kind in _REGISTERED else None


def aliases() -> Aliases:
    """Aliases by kind and canonical column, of all kinds."""
    return _aliases(kind_names())


@lru_cache
def _aliases(names: tuple[str, ...]) -> Aliases:
    own = {one.headings for one in _REGISTERED.values() if one.headings is not None}
    return heading_aliases(names, (("clients", "headings"), *sorted(own)))
