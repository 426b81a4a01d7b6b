"""The demo's book graded by every scheme, its annual review at the meeting, 客户分类分级报告 beside the reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from clients.grading.book import StandingGrades
from clients.grading.engine import grade_all
from clients.grading.loading import schemes_on
from clients.grading.review.service import ReviewDesk
from clients.grading.service import GradeBook
from demo.grades import GRADED_ON, hold_review
from demo.products import MAKER, stamp
from demo.stage import Stage
from jobs.grading import FeatureReader
from kit.access import everything
from kit.db import transaction
from kit.settings import settings
from mot.effect.filing import SeriesFiler
from reports.grading.service import GradingReports, write_grading

GRADING, FOLDER = "客户分级", "grading"
SERIES = timedelta(days=45)
"""How far back AUM and MAU are filed; behind the grading, for they stand by grade too."""


@dataclass(frozen=True, slots=True)
class GradesShown:
    """What the terminal says of it."""

    counts: str
    review: str
    report: Path


def grade_demo(stage: Stage, progress: Callable[[str, int, int], None]) -> GradesShown:
    """Grade once, as of the last day of the generated book; write the report where it is not there yet."""
    day = GRADED_ON
    scope = everything(day)
    with transaction(stage.url) as session:
        if not StandingGrades(session, scope).days():
            values, ids = FeatureReader(
                session, scope, day, lambda done, total: progress(GRADING, done, total)
            ).book()
            schemes = schemes_on(day)
            GradeBook(session, scope).file(schemes, values, grade_all(schemes, values), ids, stamp(MAKER, day))
            hold_review(session)
            SeriesFiler(session).fill(day - SERIES, day, stamp(MAKER, day))
        report = GradingReports(session, scope, settings().firm_name).make(day)
        reviews = ReviewDesk(session, scope).list()
    place = stage.folder / FOLDER
    path = place / f"grading-{report.day}.html"
    if not path.is_file():
        write_grading(report, place)
    said = "；".join(f"{one.kind.label} {one.number}：{one.state.label}" for one in reviews)
    return GradesShown(report.why.rstrip("。"), said, path)
