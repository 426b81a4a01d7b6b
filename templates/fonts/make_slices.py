"""Makes `slices.zip`, the pieces of our Regular that an exported report carries: run it when wording has changed much.

    python templates/fonts/make_slices.py

The first piece holds every character of the house's own wording, so that a report needs it and little else; the others
hold the rest of GB2312, few characters each, for names. What wording gained since is in one of those: the report is a
little larger, never wrong. Needs fontTools and brotli, both in the development group.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

HERE = Path(__file__).parent
HOUSE = HERE.parent.parent
WORDING = ("reports", "diagnosis", "clients/rules", "suitability/rules", "advisors/rules", "templates/report")
KINDS = (".yaml", ".html", ".py", ".js")
EACH = 2  # characters of a piece of the rest: a report's names share few, and a piece's fixed part is half a kilobyte
UNITS = 256  # to the em instead of 1000: a fifth smaller, and still finer than a screen's pixels at 200 px
LATIN = range(0x20, 0x7F)


def wording() -> set[str]:
    """Every character of the house's own texts, with Latin whole."""
    found = set(map(chr, LATIN))
    for room in WORDING:
        for path in (HOUSE / room).rglob("*"):
            if path.suffix in KINDS:
                found.update(path.read_text(encoding="utf-8"))
    return found


def slices() -> Iterator[list[int]]:
    """Code points of each piece, every character that the font draws in just one."""
    drawn = set(TTFont(HERE / "NotoSansSC-Regular.ttf").getBestCmap())
    core = drawn & set(map(ord, wording()))
    yield sorted(core)
    rest = sorted(drawn - core)
    for first in range(0, len(rest), EACH):
        yield rest[first : first + EACH]


def piece(codes: list[int]) -> bytes:
    options = subset.Options()
    options.layout_features = ["tnum"]
    options.flavor = "woff2"
    options.hinting = False
    options.notdef_outline = False
    options.glyph_names = False
    options.name_IDs = []
    options.recalc_timestamp = False
    options.drop_tables += ["GPOS", "GDEF", "vhea", "vmtx", "VORG", "STAT"]
    font = subset.load_font(str(HERE / "NotoSansSC-Regular.ttf"), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    scale_upem(font, UNITS)
    made = io.BytesIO()
    subset.save_font(font, made, options)
    return made.getvalue()


def main() -> None:
    cut = list(slices())
    held = {f"{place:04d}.woff2": piece(codes) for place, codes in enumerate(cut)}
    held["pieces.json"] = json.dumps(["".join(map(chr, codes)) for codes in cut], ensure_ascii=False).encode()
    with ZipFile(HERE / "slices.zip", "w", ZIP_STORED) as made:
        for name, content in held.items():
            made.writestr(ZipInfo(name, (2024, 1, 1, 0, 0, 0)), content)  # the same input gives the same bytes
    print(f"slices.zip: {len(cut)} pieces, {(HERE / 'slices.zip').stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
