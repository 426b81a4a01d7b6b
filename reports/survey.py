"""全账户体检: every account diagnosed, its top shortcoming kept for the list, its place among peers for reports.

The book is read in blocks, so that memory stays bounded; what is kept is replaced as a whole, so that a list never
mixes two passes. Peers are compared over one window that is the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlmodel import Session

from diagnosis.assembly import diagnoses_of
from diagnosis.book import BookNumbers, measured, on_points
from diagnosis.peers import band_of, bands, bands_of, book_percentiles, window_of
from diagnosis.period import from_day
from diagnosis.service import HOME, DiagnosisService
from diagnosis.types import DataIssue, Diagnosis, Finding, Side
from kit.access import everything
from market.types import FloatArray
from reports.plain import rounded
from reports.repository import ReportRepository
from reports.tables import SurveyRow

Progress = Callable[[int, int], None]
"""Called with how many accounts are done, and how many there are."""

Look = Callable[[Diagnosis], None]
"""Called with every diagnosis of the pass, before it is let go."""


@dataclass(frozen=True)
class _Seen:
    """One account of the pass: its row, and the measures of the common window, NaN where withheld."""

    row: SurveyRow
    measures: dict[str, float]
    assets: float  # mean value over the window, NaN where it has none


def survey_book(
    session: Session, *, now: datetime, day: date, progress: Progress | None = None, look: Look | None = None
) -> int:
    """Diagnose the whole book and replace the survey. Returns the number of accounts.

    now: when the pass is made; day: the business day whose service relations and rules apply.
    """
    scope = everything(day)
    service, repository = DiagnosisService(session, scope), ReportRepository(session, scope)
    total = service.account_count()
    days = service.market_days()
    window = window_of(days[1]) if days else None
    seen: list[_Seen] = []
    for numbers, issues in service.blocks():
        seen += _block(numbers, issues, window, now, look)
        if progress is not None:
            progress(len(seen), total)
    if window is not None:
        _compare(seen, window)
    repository.replace_survey([one.row for one in seen])
    return len(seen)


def _block(
    numbers: BookNumbers, issues: Sequence[DataIssue], window: tuple[date, date] | None, now: datetime,
    look: Look | None,
) -> Iterator[_Seen]:
    diagnoses = diagnoses_of(numbers, issues=issues)
    measures, assets = _in_window(numbers, window)
    for a, diagnosis in enumerate(diagnoses):
        if look is not None:
            look(diagnosis)
        own = {name: float(values[a]) for name, values in measures.items()}
        yield _Seen(_row(diagnosis, float(numbers.habits.book.average_assets[a]), now), own, float(assets[a]))


def _in_window(
    numbers: BookNumbers, window: tuple[date, date] | None
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Every measure of the block over the common window, and its mean assets; nothing for accounts without days."""
    history = numbers.history
    none = np.full(len(history.accounts), np.nan)
    if window is None or history.grid.granularity != "DAY" or not history.grid.points.size:
        return {}, none
    if history.grid.points[-1] < window[1].toordinal():
        return {}, none  # the block's prices end before the window does
    cut = from_day(history, window[0])
    part = measured(cut, numbers.ledger, on_points(numbers.benchmark, history.grid, cut.grid), None)
    opened = _began(history.grid.points, history.first)
    whole = (opened < window[0].toordinal()) & (cut.last == cut.grid.points.size - 1) & (history.last >= history.first)
    home = np.array([account.currency == HOME for account in history.accounts])
    keep = whole & home
    measures = {name: np.where(keep, values, np.nan) for name, values in part.measures().items()}
    return measures, np.where(keep, part.habits.book.average_assets, np.nan)


def _began(points: Any, first: Any) -> Any:
    """Ordinal of each account's first point."""
    return points[np.maximum(first, 0)]


def _row(d: Diagnosis, assets: float, now: datetime) -> SurveyRow:
    top = next((finding for finding in d.findings if finding.side is Side.SHORTCOMING), None)
    value = {name: d.metrics[name].value for name in ("twr", "max_drawdown", "turnover_annual")}
    return SurveyRow(
        account_no=d.account_no,
        client_no=d.client_no,
        client_name=d.client_name,
        currency=d.currency,
        first=d.first,
        last=d.last,
        band=band_of(assets if np.isfinite(assets) else 0.0, d.last).label,
        value=d.closing_value,
        twr=value["twr"],
        max_drawdown=value["max_drawdown"],
        turnover=value["turnover_annual"],
        shortcoming=top.id if top else None,
        shortcoming_title=top.title if top else None,
        shortcoming_tag=top.tag if top else None,
        urgency=_urgency(top),
        findings=[finding.id for finding in d.findings],
        metrics={name: rounded(m.value) for name, m in d.metrics.items() if m.value is not None},
        surveyed_at=now,
    )


def _urgency(top: Finding | None) -> float:
    return round(top.weight, 9) if top else 0.0


def _compare(seen: list[_Seen], window: tuple[date, date]) -> None:
    """Give every row its band, the number of its peers and its percentiles over the window."""
    assets = np.array([one.assets for one in seen], np.float64)
    places = bands_of(assets, window[1])
    labels = [band.label for band in bands(window[1])]
    names = {name for one in seen for name in one.measures}
    measures = {name: np.array([one.measures.get(name, np.nan) for one in seen]) for name in names}
    ranks = book_percentiles(measures, places, window[1])
    counts = np.bincount(places[places >= 0], minlength=len(labels))
    for a, one in enumerate(seen):
        one.row.peer_first, one.row.peer_last = window
        if places[a] < 0:
            continue
        one.row.band = labels[places[a]]
        one.row.peer_count = int(counts[places[a]]) - 1
        one.row.percentiles = {name: round(float(r[a]), 6) for name, r in sorted(ranks.items()) if np.isfinite(r[a])}
