"""The font that a page which loads nothing carries: pieces of our Regular that hold the page's characters.

A reader's own Chinese font comes first (`--font` in `tokens.css`); the carried one draws where there is none.
`templates/fonts/make_slices.py` makes the pieces.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zipfile import ZipFile

import orjson

from reports.pages import FONTS

FAMILY = "Heshi Sans"
_END_OF_STYLE = "</style>"


def carrying_its_font(page: str) -> str:
    """`page` with the faces that draw its characters at the end of its first style element.

    Raises ValueError where the page has no style element.
    """
    before, found, after = page.partition(_END_OF_STYLE)
    if not found:
        raise ValueError("the page has no style element for its font")
    return "".join((before, *_faces(frozenset(page)), found, after))


def _faces(wanted: frozenset[str]) -> Iterator[str]:
    held = _held()
    for place in sorted({held.place[char] for char in wanted if char in held.place}):
        used = ",".join(f"U+{ord(char):X}" for char in sorted(wanted & held.chars[place]))
        yield (
            f'@font-face{{font-family:"{FAMILY}";font-weight:400;unicode-range:{used};'
            f'src:url(data:font/woff2;base64,{b64encode(held.fonts[place]).decode("ascii")}) format("woff2")}}\n'
        )


@dataclass(frozen=True, slots=True)
class _Held:
    """Every piece, three megabytes: its characters, its WOFF2 file; and the piece of each character."""

    chars: tuple[frozenset[str], ...]
    fonts: tuple[bytes, ...]
    place: dict[str, int]


@lru_cache(maxsize=1)
def _held() -> _Held:
    with ZipFile(FONTS / "slices.zip") as held:
        chars = tuple(map(frozenset[str], orjson.loads(held.read("pieces.json"))))
        fonts = tuple(held.read(f"{place:04d}.woff2") for place in range(len(chars)))
    return _Held(chars, fonts, {char: place for place, drawn in enumerate(chars) for char in drawn})
