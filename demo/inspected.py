"""The half-year's self-inspection of the demo: counted from its records, filed, written as PDF, Excel and data."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

from clients.staff.filing import Stamp
from demo.stage import Stage
from kit.access import Actor, Role
from kit.db import transaction
from kit.digest import canonical_json
from kit.settings import settings
from reports.inspection.pdf import render_inspection
from reports.inspection.service import InspectionService
from reports.inspection.xlsx import inspection_workbook

FOLDER: Final = "inspection"
MAKER: Final = Actor("demo-compliance", "示例合规岗", Role.COMPLIANCE)


def half_of(day: date) -> str:
    """The half-year of a day, as 2026H1."""
    return f"{day.year}H{1 if day.month <= 6 else 2}"


def write_inspection(stage: Stage, now: datetime, day: date, *, made: bool) -> Path:
    """The PDF, its workbook and data beside it. What was written on the same day of the same demo stands.

    made: the demo's records are new.
    """
    stem = stage.folder / FOLDER / f"suitability-{half_of(day)}-{day:%m%d}"
    files = {form: stem.with_suffix(f".{form}") for form in ("pdf", "xlsx", "json")}
    if not made and all(path.is_file() for path in files.values()):
        return files["pdf"]
    with transaction(stage.url) as session:
        desk = InspectionService(session, settings().firm_name)
        report = desk.make(half_of(day), day)
        desk.file(report, Stamp(MAKER, now))
    stem.parent.mkdir(exist_ok=True)
    for old in stem.parent.glob("suitability-*"):
        old.unlink()
    files["pdf"].write_bytes(render_inspection(report))
    files["xlsx"].write_bytes(inspection_workbook(report))
    files["json"].write_text(canonical_json({**report.content(), "digest": report.digest}), encoding="utf-8")
    return files["pdf"]
