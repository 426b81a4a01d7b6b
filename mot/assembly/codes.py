"""What the codes of derived events mean: business keys for their identity, and words for their texts, by kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mot.events.columns import Names


@dataclass
class Codes:
    """By the place of a kind: the key of each code (for `ref_of`), and words by the name of the fact."""

    keys: dict[int, Mapping[int, str]] = field(default_factory=dict)
    words: dict[int, Names] = field(default_factory=dict)

    def ref_of(self, kind: int, ref: int) -> str:
        """The business key; "" without one."""
        return "" if ref < 0 else self.keys.get(kind, {}).get(ref, str(ref))

    def tell(self, kind: int, keys: Mapping[int, str], **words: Callable[[int], str]) -> None:
        self.keys[kind], self.words[kind] = keys, words


def listed(names: Sequence[str]) -> dict[int, str]:
    """Codes that are places in a list."""
    return dict(enumerate(names))


def named(names: Mapping[int, str]) -> Callable[[int], str]:
    """Words of codes that are looked up; what is not known is shown by its code."""
    return lambda code: names.get(code, str(code))
