"""The font that an exported page carries: it draws what the page says, and nothing twice."""

from __future__ import annotations

import io
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import orjson
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from reports.html import export_html
from reports.pages import FONTS
from reports.plain import report_from_json
from reports.webfont import carrying_its_font

GOLDEN = Path(__file__).parents[1] / "golden"
FACE = re.compile(r"unicode-range:([^;]+);src:url\(data:font/woff2;base64,([^)]+)\)")
DRAWN = frozenset(map(chr, TTFont(FONTS / "NotoSansSC-Regular.ttf").getBestCmap()))


def faces(page: str) -> Iterator[tuple[set[str], set[str]]]:
    """Of each face: the characters that it is said to draw, and those that its font does draw."""
    for said, held in FACE.findall(page):
        font = TTFont(io.BytesIO(b64decode(held)))
        yield {chr(int(one[2:], 16)) for one in said.split(",")}, set(map(chr, font.getBestCmap()))


@pytest.mark.parametrize("name", ["full", "mark", "empty"])
def test_every_character_of_an_export_is_drawn_by_one_face(name):
    page = export_html(report_from_json((GOLDEN / f"report-{name}.json").read_text(encoding="utf-8")))
    found = list(faces(page))

    assert all(said <= drawn for said, drawn in found)
    assert sum(len(said) for said, _ in found) == len(set().union(*(said for said, _ in found)))
    assert set().union(*(said for said, _ in found)) == set(FACE.sub("", page)) & DRAWN


@given(st.text(st.sampled_from(sorted(DRAWN - set("<>&"))), min_size=1, max_size=12))
def test_a_name_of_any_characters_is_drawn(name):
    page = carrying_its_font(f"<style></style><p>{name}</p>")

    assert set(name) <= set().union(*(drawn for _, drawn in faces(page)))


def test_what_no_font_of_ours_draws_changes_nothing():
    plain = carrying_its_font("<style></style><p>合适</p>")

    assert FACE.findall(carrying_its_font("<style></style><p>合适\U0001f600\U00020000</p>")) == FACE.findall(plain)


def test_the_faces_stand_in_the_first_style_and_come_after_its_rules():
    page = carrying_its_font("<style>p{margin:0}</style><style>b{margin:0}</style><p>合</p>")

    assert re.match(r'<style>p\{margin:0\}@font-face\{font-family:"Heshi Sans";', page)
    assert page.endswith("<style>b{margin:0}</style><p>合</p>")


def test_a_page_without_style_has_no_place_for_a_font():
    with pytest.raises(ValueError, match="no style element"):
        carrying_its_font("<p>合适</p>")


def test_the_pieces_are_the_whole_font_once():
    with ZipFile(FONTS / "slices.zip") as held:
        pieces = orjson.loads(held.read("pieces.json"))

    assert "".join(sorted("".join(pieces))) == "".join(sorted(DRAWN))
