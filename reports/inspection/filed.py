"""A filed self-inspection read back and written as a file: from the stored data, never counted anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import orjson

from reports.inspection.model import FORMAT, Inspection, InspectionSection
from reports.inspection.pdf import render_inspection
from reports.inspection.xlsx import inspection_workbook
from reports.model import Cell, Column, Figure, Item, Table, Tone
from reports.problems import DamagedReport, UnreadableReport

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "json": "application/json", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
_WRITERS: Final[Mapping[str, Callable[[Inspection], bytes]]] = {"pdf": render_inspection, "xlsx": inspection_workbook}


def inspection_from_text(text: str, digest: str) -> Inspection:
    """The report whose content was stored. Raises UnreadableReport, DamagedReport where the digest differs."""
    raw: dict[str, Any] = orjson.loads(text)
    if raw.pop("format", None) != FORMAT:
        raise UnreadableReport(f"自查报告的格式不是 {FORMAT}，这一版读不了")
    given = {
        **raw, "first": date.fromisoformat(raw["first"]), "last": date.fromisoformat(raw["last"]),
        "figures": tuple(Figure(**_toned(one)) for one in raw["figures"]),
        "problems": tuple(Item(**_toned(one)) for one in raw["problems"]),
        "sections": tuple(_section(one) for one in raw["sections"]),
    }  # fmt: skip
    found = Inspection(**given).sealed()
    if found.digest != digest:
        raise DamagedReport(f"库存的自查报告与登记的指纹 {digest[:19]}… 不符；请核对留痕")
    return found


def write_inspection(text: str, digest: str, form: str) -> bytes:
    """The filed report as json, pdf or xlsx: the same bytes each time."""
    if form == "json":
        return orjson.dumps({**orjson.loads(text), "digest": digest}, option=orjson.OPT_INDENT_2)
    return _WRITERS[form](inspection_from_text(text, digest))


def _section(raw: Mapping[str, Any]) -> InspectionSection:
    return InspectionSection(raw["number"], raw["title"], raw["lead"], tuple(_table(one) for one in raw["tables"]))


def _table(raw: Mapping[str, Any]) -> Table:
    rows = tuple(tuple(Cell(**_toned(cell)) for cell in row) for row in raw["rows"])
    return Table(**{**raw, "columns": tuple(Column(**one) for one in raw["columns"]), "rows": rows})


def _toned(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {**raw, "tone": Tone(raw["tone"])}
