"""The reports that the demo shows: accounts with different habits, the five real ones, one client with two accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from demo.agreements import agree_in_the_past
from demo.choice import Exhibit, exhibits
from demo.stage import Record, Stage, fingerprint
from kit.access import everything
from kit.db import transaction
from reports.desk import ReportDesk
from reports.files import FORMATS, file_name, write_file
from reports.model import Report
from reports.svg import render_charts

AGREED: Final = 3
LAYOUT: Final = ("reports", "templates")
"""Packages that say how a report looks."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A report that stands in the folder in every form."""

    exhibit: Exhibit
    report: Report
    files: dict[str, Path]  # by form

    @property
    def shortcoming(self) -> str:
        """The first shortcoming in a few words, a dash where there is none."""
        items = self.report.summary.shortcomings.items
        return f"{items[0].title} {items[0].tag}".strip() if items else "—"


def write_exhibits(
    stage: Stage, record: Record, now: datetime, day: date, progress: Callable[[int, int], None]
) -> list[Shown]:
    """Every report in every form. One that stands there with the same digest and looks is not written again.

    The first few open with what became of an agreement.

    day: the business day; progress: called with how many reports are done, and how many there are.
    """
    stage.reports.mkdir(parents=True, exist_ok=True)
    chosen = exhibits(stage.books)
    marks, layout = dict[str, str](), fingerprint(LAYOUT)
    shown: list[Shown] = []
    with transaction(stage.url) as session:
        agree_in_the_past(session, [exhibit.number for exhibit in chosen[:AGREED]], now, day)
    with transaction(stage.url) as session:
        desk = ReportDesk(session, everything(day))
        for done, exhibit in enumerate(chosen, start=1):
            report = desk.client_report(exhibit.number) if exhibit.merged else desk.report(exhibit.number)
            files = {form: stage.reports / file_name(report, form) for form in FORMATS}
            mark = marks[exhibit.number] = f"{report.digest} {layout}"
            if record.reports.get(exhibit.number) != mark or not all(path.is_file() for path in files.values()):
                _write(report, files)
            shown.append(Shown(exhibit, report, files))
            progress(done, len(chosen))
    stage.keep(replace(record, reports=marks))
    return shown


def _write(report: Report, files: dict[str, Path]) -> None:
    charts = render_charts(report)
    for form, path in files.items():
        path.write_bytes(write_file(report, form, charts))
