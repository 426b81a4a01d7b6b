"""The self-inspection as PDF by Typst: a constant template, the report as JSON beside it, no text put into markup."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, time
from typing import Any

import orjson
import typst

from reports.fonts import GETA, drawable
from reports.inspection.model import Inspection
from reports.pages import TEMPLATES
from reports.palette import palette
from reports.pdf import SHANGHAI, STANDARDS, PdfFailed, shares, typst_fonts

_own = threading.local()


def _compiler() -> Any:
    if not hasattr(_own, "compiler"):
        folder = TEMPLATES / "typst"
        _own.compiler = typst.Compiler(str(folder / "inspection.typ"), root=str(folder), font_paths=typst_fonts())
    return _own.compiler


def render_inspection(report: Inspection) -> bytes:
    """A tagged PDF/A-2b: same report, same bytes. Raises FontMissing, PdfFailed."""
    told = {
        "report": replace(report, numbers={}, versions={}),
        "shares": [[shares(table) for table in section.tables] for section in report.sections],
        "versions": [f"{name}  {version[:19]}" for name, version in report.versions.items()],
        "colours": palette(),
    }
    text, lost = drawable(orjson.dumps(told).decode())
    note = f"以下字符不在报告字体中，以 {GETA} 代替：" + "、".join(f"U+{ord(one):04X}" for one in lost) if lost else ""
    try:
        made = _compiler().compile(
            format="pdf", sys_inputs={"data": text, "lost": note}, pdf_standards=STANDARDS,
            timestamp=datetime.combine(report.last, time.min, SHANGHAI),
        )
    except typst.TypstError as error:
        raise PdfFailed(f"{error.message} {' '.join(error.hints)}".strip()) from error
    return bytes(made)
