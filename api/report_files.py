"""A report's charts and files for an answer; the charts of one content are drawn once and kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import Response

from kit.kept import Kept
from reports.files import MEDIA_TYPES, file_name, write_file
from reports.model import Report
from reports.svg import render_charts

DRAWN: Final[Kept[Mapping[str, str]]] = Kept(64)
"""By digest, which is over all that a chart shows; some 300 kB each."""
WITH_CHARTS: Final = frozenset({"html", "pdf"})


def drawings(report: Report) -> Mapping[str, str]:
    """The report's charts as SVG."""
    kept = DRAWN.get((report.digest,))
    if kept is None:
        kept = render_charts(report)
        DRAWN.put((report.digest,), kept)
    return kept


def file_answer(report: Report, form: str) -> Response:
    """The report as a file to save."""
    content = write_file(report, form, drawings(report) if form in WITH_CHARTS else None)
    saved_as = f'attachment; filename="{file_name(report, form)}"'
    return Response(content, media_type=MEDIA_TYPES[form], headers={"Content-Disposition": saved_as})
