"""Which column of a file is which: canonical names and their aliases, from rule data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kit.imports.cells import clean
from kit.problems import BadInput

REJECT_COLUMNS = ("line", "column", "value", "expected")
_UNIT = re.compile(r"[(\[【].*?[)\]】]")


def plain(heading: str) -> str:
    """A heading for comparison: half-width, lower case, no blanks, no unit in brackets, 帐 as 账."""
    text = unicodedata.normalize("NFKC", clean(heading)).lower().replace("帐", "账")
    text = _UNIT.sub("", text)
    return re.sub(r"[\s_:：#*]+", "", text)


@dataclass(frozen=True)
class Layout:
    """The columns of one file for one kind: canonical name to place, first alias in order of preference
    first.
    """

    kind: str
    places: Mapping[str, int]
    headings: tuple[str, ...]
    extra: Mapping[str, tuple[int, ...]]  # further columns with the same meaning, in order of preference
    unused: tuple[str, ...]

    def heading(self, column: str) -> str:
        """The file's own words for a canonical column."""
        place = self.places.get(column)
        return column if place is None else self.headings[place]


@dataclass(frozen=True)
class KindColumns:
    """What a kind of file needs and may have. `either` are groups of which one column must be there."""

    kind: str
    label: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    either: tuple[tuple[str, ...], ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional + tuple(name for group in self.either for name in group)


def lay_out(kind: KindColumns, headings: Sequence[str], aliases: Mapping[str, Sequence[str]]) -> Layout:
    """Match `headings` to the columns of `kind`.

    `aliases` maps a canonical column to further headings, best first.
    """
    own = _without_reject_columns(headings)
    seen: dict[str, list[int]] = {}
    for place, heading in enumerate(own):
        seen.setdefault(plain(heading), []).append(place)
    places: dict[str, int] = {}
    extra: dict[str, tuple[int, ...]] = {}
    for column in kind.columns:
        found = [place for name in (column, *aliases.get(column, ())) for place in seen.get(plain(name), ())]
        found = list(dict.fromkeys(found))
        if found:
            places[column], extra[column] = found[0], tuple(found[1:])
    used = set(places.values()) | {place for more in extra.values() for place in more}
    unused = tuple(own[place] for place in range(len(own)) if place not in used and own[place])
    return Layout(kind.kind, places, tuple(headings), extra, unused)


def is_reject_file(headings: Sequence[str]) -> bool:
    """Whether a file carries the four columns that a reject file adds at its end."""
    return tuple(headings[-4:]) == REJECT_COLUMNS and len(headings) > len(REJECT_COLUMNS)


def _without_reject_columns(headings: Sequence[str]) -> Sequence[str]:
    return headings[:-4] if is_reject_file(headings) else headings


def missing(kind: KindColumns, layout: Layout, given: frozenset[str]) -> list[str]:
    """Columns that `kind` needs and the file has not (`given` come from options instead)."""
    lacking = [name for name in kind.required if name not in layout.places and name not in given]
    for group in kind.either:
        if not any(name in layout.places or name in given for name in group):
            lacking.append("或".join(group))
    return lacking


def recognise(
    kinds: Sequence[KindColumns],
    headings: Sequence[str],
    aliases: Mapping[str, Mapping[str, Sequence[str]]],
    given: frozenset[str],
) -> KindColumns | None:
    """The kind that leaves the fewest headings unused, among those whose needs are met; then the one that
    needs most.
    """
    best: tuple[tuple[int, int], KindColumns] | None = None
    for kind in kinds:
        layout = lay_out(kind, headings, aliases.get(kind.kind, {}))
        if missing(kind, layout, given):
            continue
        score = (-len(layout.unused), len(kind.required) + len(kind.either))
        if best is None or score > best[0]:
            best = (score, kind)
    return None if best is None else best[1]


def wrong_kind(
    name: str, wanted: KindColumns, lacking: Sequence[str], likely: KindColumns | None
) -> BadInput:
    """The refusal of a file that is not of the kind it was said to be."""
    detail = f"{name} 不是 {wanted.kind}（{wanted.label}）文件：缺少列 {'、'.join(lacking)}"
    if likely is not None and likely.kind != wanted.kind:
        detail += f"；按列名看它是 {likely.kind}（{likely.label}）文件"
    return BadInput(detail)
