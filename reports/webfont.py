"""The font that a page which loads nothing carries: pieces of our Regular that hold the page's characters.

A reader's own Chinese font comes first (`--font` in `tokens.css`); the carried one draws where there is none.
`templates/fonts/make_slices.py` makes the pieces.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
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
    pieces, places = _pieces()
    for place in sorted({places[char] for char in wanted if char in places}):
        used = ",".join(f"U+{ord(char):X}" for char in sorted(wanted & pieces[place]))
        yield (
            f'@font-face{{font-family:"{FAMILY}";font-weight:400;unicode-range:{used};'
            f'src:url(data:font/woff2;base64,{_encoded(place)}) format("woff2")}}\n'
        )


@lru_cache(maxsize=1)
def _pieces() -> tuple[list[frozenset[str]], dict[str, int]]:
    """The characters of each piece; the piece of each character."""
    with ZipFile(FONTS / "slices.zip") as held:
        pieces = [frozenset(chars) for chars in orjson.loads(held.read("pieces.json"))]
    return pieces, {char: place for place, chars in enumerate(pieces) for char in chars}


@lru_cache(maxsize=64)
def _encoded(place: int) -> str:
    with ZipFile(FONTS / "slices.zip") as held:
        return b64encode(held.read(f"{place:03d}.woff2")).decode("ascii")
