"""Makes our font files from the full Noto Sans SC: run it only when the character set changes.

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    python templates/fonts/make_subset.py package

The package is a source at development time only; the files made here are committed, the licence
beside them.
Needs fontTools and brotli, both in the development group.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent
SERVED = HERE.parent / "static" / "fonts"
FAMILY = "Noto Sans SC"
EPOCH = 3_786_825_600  # 2024-01-01 in seconds since 1904: the same input gives the same bytes
RANGES = (
    (0x0020, 0x007E), (0x00A0, 0x00FF), (0x2010, 0x2027), (0x2030, 0x203E), (0x20A0, 0x20BF),
    (0x2190, 0x2199), (0x2200, 0x22FF), (0x2460, 0x24FF), (0x25A0, 0x25FF), (0x2600, 0x2606),
    (0x3000, 0x303F), (0xFE30, 0xFE4F), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),
)  # fmt: skip
EXTRA = "≈≠≤≥−×÷√∞∑∆σβαμ…—·•％‰€£¥￥℃①⑳⇒⇔✓✗"


def encoded(name: str, leads: Iterable[int], trails: Iterable[int]) -> Iterator[int]:
    """Code points that a two-byte national character set holds."""
    for lead in leads:
        for trail in trails:
            try:
                yield ord(bytes((lead, trail)).decode(name))
            except UnicodeDecodeError:
                continue


def common() -> set[int]:
    """GB2312, Latin, full-width forms and the symbols that reports use."""
    wanted = {code for first, last in RANGES for code in range(first, last + 1)}
    wanted.update(encoded("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF)))
    wanted.update(map(ord, EXTRA))
    return wanted


def rare() -> set[int]:
    """What GBK holds beyond `common`, and the later ideographs of names, as far as the source draws them."""
    wanted = set(encoded("gbk", range(0x81, 0xFF), [*range(0x40, 0x7F), *range(0x80, 0xFF)]))
    wanted.update((*range(0x3400, 0x4DC0), *range(0x9FA6, 0xA000), *range(0xF900, 0xFB00)))
    wanted.update(range(0x20000, 0x33480))
    return wanted - common()


def rename(font: TTFont, family: str) -> None:
    """Another family name, so that a renderer takes the file as a fallback and not as a second Regular."""
    for record in font["name"].names:
        if record.nameID in (1, 4, 6, 16):
            text = family.replace(" ", "") + "-Regular" if record.nameID == 6 else family
            font["name"].setName(text, record.nameID, record.platformID, record.platEncID, record.langID)


def make(
    source: Path, wanted: set[int], target: Path, flavor: str | None = None, family: str = FAMILY
) -> None:
    options = subset.Options()
    options.layout_features = ["tnum", "pnum", "kern", "ccmp", "locl", "halt", "palt", "mark"]
    options.flavor = flavor
    options.hinting = False
    options.name_IDs = ["*"]
    options.recalc_timestamp = False
    options.drop_tables += ["vhea", "vmtx", "VORG"]
    font = subset.load_font(str(source), options)
    font["head"].modified = font["head"].created = EPOCH
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    if family != FAMILY:
        rename(font, family)
    subset.save_font(font, str(target), options)
    print(f"{target.name}: {len(TTFont(target).getBestCmap())} characters, {target.stat().st_size:,} bytes")


def runs(codes: Iterable[int]) -> Iterator[str]:
    """Hexadecimal runs `first-last`, one a line."""
    ordered = sorted(codes)
    start = previous = ordered[0]
    for code in [*ordered[1:], -1]:
        if code != previous + 1:
            yield f"{start:X}-{previous:X}" if start != previous else f"{start:X}"
            start = code
        previous = code


def main(package: Path) -> None:
    regular = package / "400Regular" / "NotoSansSC_400Regular.ttf"
    bold = package / "700Bold" / "NotoSansSC_700Bold.ttf"
    for source, weight in ((regular, "Regular"), (bold, "Bold")):
        make(source, common(), HERE / f"NotoSansSC-{weight}.ttf")
        make(source, common(), SERVED / f"NotoSansSC-{weight}.woff2", flavor="woff2")
    make(regular, rare(), HERE / "NotoSansSC-Rare.ttf", family=f"{FAMILY} Rare")
    covered: set[int] = set()
    for path in sorted(HERE.glob("*.ttf")):
        covered |= set(TTFont(path).getBestCmap())
    (HERE / "coverage.txt").write_text("\n".join(runs(covered)) + "\n", encoding="ascii")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
