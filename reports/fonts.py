"""The report's own fonts: which characters they draw, and what stands for one that they do not."""

from __future__ import annotations

from functools import lru_cache

from reports.pages import FONTS

FAMILIES = ("Noto Sans SC", "Noto Sans SC Rare")
GETA = "〓"  # the printer's mark for a character that the fount lacks
CONTROLS = frozenset("\n\t")


@lru_cache
def coverage() -> frozenset[str]:
    """Every character that the fonts beside `coverage.txt` draw."""
    found: set[str] = set()
    for line in (FONTS / "coverage.txt").read_text(encoding="ascii").split():
        first, _, last = line.partition("-")
        found.update(map(chr, range(int(first, 16), int(last or first, 16) + 1)))
    return frozenset(found)


def missing(text: str) -> tuple[str, ...]:
    """Characters of `text` that no font of ours draws, in order of code point."""
    return tuple(sorted(set(text) - coverage() - CONTROLS))


def drawable(text: str) -> tuple[str, tuple[str, ...]]:
    """`text` with 〓 for each character that cannot be drawn, and those characters."""
    lost = missing(text)
    return (text.translate({ord(char): GETA for char in lost}), lost) if lost else (text, lost)
