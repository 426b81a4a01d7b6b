"""The report as PDF by Typst: a constant template, the report as JSON beside it, no text put into markup."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import orjson
import typst

from reports.fonts import GETA, drawable
from reports.grading.html import drawn
from reports.grading.model import GradingReport
from reports.model import Chart, Table
from reports.pages import TEMPLATES
from reports.palette import palette
from reports.pdf import SHANGHAI, STANDARDS, PdfFailed, shares, typst_fonts

_own = threading.local()


def _compiler() -> Any:
    if not hasattr(_own, "compiler"):
        folder = TEMPLATES / "typst"
        _own.compiler = typst.Compiler(str(folder / "grading.typ"), root=str(folder), font_paths=typst_fonts())
    return _own.compiler


def render_grading(report: GradingReport, svgs: Mapping[str, str] | None = None) -> bytes:
    """A tagged PDF/A-2b: same report, same bytes. Raises FontMissing, PdfFailed."""
    pictures = svgs if svgs is not None else drawn(report)
    told = {
        "report": replace(report, numbers={}, sections=tuple(
            replace(part, blocks=tuple(map(_bare, part.blocks))) for part in report.sections
        )),
        "period": report.period, "svgs": pictures,
        "shares": [[shares(block) if isinstance(block, Table) else None for block in part.blocks]
                   for part in report.sections],
        "colours": palette(),
    }  # fmt: skip
    text, lost = drawable(orjson.dumps(told).decode())
    note = f"以下字符不在报告字体中，以 {GETA} 代替：" + "、".join(f"U+{ord(one):04X}" for one in lost) if lost else ""
    try:
        made = _compiler().compile(
            format="pdf", sys_inputs={"data": text, "lost": note}, pdf_standards=STANDARDS,
            timestamp=datetime.combine(report.day, time.min, SHANGHAI),
        )
    except typst.TypstError as error:
        raise PdfFailed(f"{error.message} {' '.join(error.hints)}".strip()) from error
    return bytes(made)


def _bare(block: Any) -> Any:
    return replace(block, data={}, table=None) if isinstance(block, Chart) else block
