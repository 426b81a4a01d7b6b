"""A report as PDF by Typst: a constant template, the report as JSON beside it, no text spliced into markup.

Tagged PDF/A: a character without a glyph would be an error, so it is found before and named on the last page.
Title, author and date come from the report: same report, same bytes. Do not fork after the first use.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

import orjson
import typst

from kit.problems import Problem
from reports.axes import text_width
from reports.fonts import FAMILIES, GETA, drawable
from reports.model import Chart, Report, Table
from reports.pages import FONTS, TEMPLATES
from reports.palette import palette
from reports.svg import render_charts

STANDARDS = ["a-2b"]
SHANGHAI = timezone(timedelta(hours=8))
LEAST, MOST = 40.0, 380.0


class FontMissing(Problem):
    """报告字体未安装"""

    status = 500
    title = "Report font missing"


class PdfFailed(Problem):
    """PDF 未能生成"""

    status = 500
    title = "PDF could not be made"


@lru_cache
def _fonts() -> Any:
    """Our fonts alone. Raises FontMissing: with no usable font Typst would write pages without any text."""
    found = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
    lacking = set(FAMILIES) - set(found.families())
    if lacking:
        raise FontMissing(f"font not found in templates/fonts: {', '.join(sorted(lacking))}")
    return found


def typst_fonts() -> Any:
    """The fonts of every PDF. Raises FontMissing."""
    return _fonts()


_own = threading.local()


def _compiler() -> Any:
    """One compiler a thread: it keeps the parsed template and its caches."""
    if not hasattr(_own, "compiler"):
        folder = TEMPLATES / "typst"
        _own.compiler = typst.Compiler(str(folder / "report.typ"), root=str(folder), font_paths=_fonts())
    return _own.compiler


def render_pdf(report: Report, svgs: Mapping[str, str] | None = None) -> bytes:
    """The report as a tagged PDF/A-2b. svgs: charts already drawn by `render_charts`.

    Raises FontMissing, or PdfFailed with Typst's own message.
    """
    drawn = svgs if svgs is not None else render_charts(report)
    text, lost = drawable(orjson.dumps(_data(report, drawn)).decode())
    note = (
        f"以下字符不在报告字体中，以 {GETA} 代替：" + "、".join(f"U+{ord(char):04X}" for char in lost)
        if lost
        else ""
    )
    made_at = datetime.combine(date.fromisoformat(report.last), datetime.min.time(), SHANGHAI)
    try:
        made = _compiler().compile(
            format="pdf",
            sys_inputs={"data": text, "lost": note},
            pdf_standards=STANDARDS,
            timestamp=made_at,
        )
    except typst.TypstError as error:
        raise PdfFailed(f"{error.message} {' '.join(error.hints)}".strip()) from error
    return bytes(made)


def _data(report: Report, svgs: Mapping[str, str]) -> dict[str, Any]:
    """What the template reads: the report without what only machines read, its drawings and our colours."""
    return {
        "report": replace(
            report,
            metrics={},
            findings=(),
            versions={},
            register={},
            summary=replace(
                report.summary, radar=_bare(report.summary.radar), curve=_bare(report.summary.curve)
            ),
            sections=tuple(replace(part, blocks=tuple(map(_bare, part.blocks))) for part in report.sections),
        ),
        "shares": [
            [shares(block) if isinstance(block, Table) else None for block in part.blocks]
            for part in report.sections
        ],
        "svgs": svgs,
        "colours": palette(),
    }


def _bare(block: Any) -> Any:
    """A chart without its numbers: the page needs its words, its drawing and what was withheld."""
    if not isinstance(block, Chart):
        return block
    withheld = [axis for axis in block.data.get("axes", ()) if axis["score"] is None]
    return replace(block, data={"withheld": withheld}, table=None)


def shares(table: Table) -> list[float]:
    """Column widths as parts of the page's width, by the widest text of each."""
    widest = []
    for i, column in enumerate(table.columns):
        texts = [column.title + column.unit, *(row[i].text for row in table.rows)]
        widest.append(min(MOST, max(LEAST, max(map(text_width, texts)) + 16)))
    return widest
