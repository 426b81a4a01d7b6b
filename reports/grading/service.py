"""The desk of the report: read the grades of two days and the newest review, write the report, in every form."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from sqlmodel import Session

from clients.grading.book import BookGrades, StandingGrades
from clients.grading.loading import schemes_on
from clients.grading.review.problems import NothingGraded
from clients.grading.review.service import ReviewDesk
from clients.grading.review.types import Review, ReviewState, Summary
from kit.access import Scope
from kit.digest import canonical_json
from reports.grading.content import grading_report
from reports.grading.html import drawn, export_grading
from reports.grading.model import GradingReport
from reports.grading.pdf import render_grading
from reports.grading.xlsx import grading_workbook

FORMATS: Final = ("html", "pdf", "xlsx", "json")


class GradingReports:
    """Reports over one session, of the clients that the scope shows. Nothing is filed."""

    def __init__(self, session: Session, scope: Scope, firm: str) -> None:
        self._standing = StandingGrades(session, scope)
        self._reviews = ReviewDesk(session, scope)
        self._firm = firm

    def make(self, day: date, before: date | None = None) -> GradingReport:
        """As of a day; before: compare with that day, by default with the newest earlier one on file.

        Raises NothingGraded.
        """
        book = self.book(day)
        if before is not None:
            self._standing.between(before, day)
        earlier = before or next((one for one in self._standing.days() if one < (book.run_day or day)), None)
        then = None if earlier is None else self._standing.on(earlier)
        return grading_report(
            book, then if then is not None and len(then) else None, schemes_on(day), self._firm, self._review(day)
        )

    def book(self, day: date) -> BookGrades:
        """Raises NothingGraded."""
        book = self._standing.asked(day)
        if book.run_day is None:
            raise NothingGraded(f"{day} 及以前还没有登记过分级；请先运行 heshi grade")
        return book

    def _review(self, day: date) -> tuple[Review, Summary] | None:
        """The newest review up to the day that was not cancelled."""
        found = next(
            (one for one in self._reviews.list() if one.state is not ReviewState.CANCELLED and one.day <= day), None
        )
        return None if found is None else (found, self._reviews.summary(found.number))


def write_grading(
    report: GradingReport, folder: Path, formats: tuple[str, ...] = FORMATS, name: str = "grading"
) -> list[Path]:
    """The report in every form side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    svgs = drawn(report) if {"html", "pdf"} & set(formats) else {}
    for form in formats:
        path = folder / f"{name}-{report.day}.{form}"
        if form == "html":
            path.write_text(export_grading(report, svgs), encoding="utf-8")
        elif form == "pdf":
            path.write_bytes(render_grading(report, svgs))
        elif form == "xlsx":
            path.write_bytes(grading_workbook(report))
        else:
            path.write_text(canonical_json({**report.content(), "digest": report.digest}), encoding="utf-8")
        made.append(path)
    return made
