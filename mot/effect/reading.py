"""Reads what became of each client inside the client's own window, by metric: one reader a metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.activity_days import act_days, in_use
from clients.repository import ClientRepository
from kit.access import everything
from market.types import FloatArray
from mot.assembly.ledger import LedgerReader
from mot.assembly.paths import Paths
from mot.effect.analysis import Outcomes
from mot.effect.repository import EffectRepository
from mot.effect.rules import value_of
from mot.effect.types import Enrolled, Plan
from mot.effect.windows import Windows, as_share, at, healed, kept, summed
from mot.scenario.types import MetricId
from mot.tasks.rules import house_calendar
from suitability.assessment.days import assessed_days
from suitability.cases.days import mismatch_spells

COMPLAINT: Final = "COMPLAINT"


def windows_of(plan: Plan, enrolled: Sequence[Enrolled]) -> Windows:
    """The window of each: from the day of the decision on, as many calendar days as the plan says."""
    start = np.array([one.day.toordinal() for one in enrolled], dtype=np.int64)
    return Windows(tuple(one.client_no for one in enrolled), start, start + plan.window_days)


class OutcomeReader:
    """Outcomes of clients whose window is over, on one session; the house's own work."""

    def __init__(self, session: Session, day: date) -> None:
        self._session, self._day = session, day
        self._readers: Mapping[MetricId, Callable[[Windows], FloatArray]] = {
            MetricId.MAU: self._active, MetricId.COMPLAINT_AVOIDED: self._content,
            MetricId.ASSESSMENT_RENEWED: self._assessed, MetricId.MISMATCH_HEALED: self._healed,
            MetricId.AUM: lambda windows: self._inflow(windows, self._paths(windows)),
            MetricId.RETAINED: self._retained, MetricId.CONCENTRATION_EASED: self._eased,
        }  # fmt: skip

    def read(self, plan: Plan, enrolled: Sequence[Enrolled]) -> Outcomes:
        """In the order of `enrolled`."""
        if not enrolled:
            return Outcomes(np.empty(0), None, np.empty(0, dtype=bool))
        windows = windows_of(plan, enrolled)
        first, last = _days(windows)
        spoken = EffectRepository(self._session).spoken_to(plan, windows.client_nos, first, last)
        also = windows.hit((client, on.toordinal()) for client, on in spoken)
        metric = MetricId(plan.metric)
        if metric is MetricId.AUM and plan.covariate:
            paths = self._paths(windows)
            return Outcomes(self._inflow(windows, paths), self._inflow(windows.before(), paths), also)
        told = metric is not MetricId.COMPLAINT_AVOIDED or in_use(self._session, COMPLAINT, self._day)
        return Outcomes(self._readers[metric](windows), None, also, told)

    # shares

    def _active(self, windows: Windows) -> FloatArray:
        """Any act of the client's own; a call that was answered is the treatment itself and does not count."""
        own = tuple(value_of("EFFECT-MAU", self._day)["own"])
        return as_share(self._hit(windows, own))

    def _content(self, windows: Windows) -> FloatArray:
        return 1.0 - as_share(self._hit(windows, (COMPLAINT,)))

    def _hit(self, windows: Windows, acts: Sequence[str]) -> np.ndarray:
        first, last = _days(windows)
        found = act_days(self._session, acts, first, last, windows.client_nos)
        return windows.hit((client, on.toordinal()) for client, on in found)

    def _assessed(self, windows: Windows) -> FloatArray:
        facts = ClientRepository(self._session, everything(self._day)).clients_by_no(windows.client_nos)
        number = {one.id: one.client_no for one in facts.values()}
        first, last = _days(windows)
        found = assessed_days(self._session, first, last, sorted(number))
        return as_share(windows.hit((number[client], on.toordinal()) for client, on in found))

    def _healed(self, windows: Windows) -> FloatArray:
        spells = mismatch_spells(self._session, windows.client_nos)
        return healed(windows, (
            (client, opened.toordinal(), None if settled is None else settled.toordinal())
            for client, opened, settled in spells
        ))  # fmt: skip

    # from the ledger

    def _inflow(self, windows: Windows, paths: Paths) -> FloatArray:
        """Money and securities that came in less what went out, yuan: growth of assets net of the market."""
        return summed(paths.days, paths.inflow - paths.outflow, windows)

    def _retained(self, windows: Windows) -> FloatArray:
        paths = self._paths(windows)
        share = float(value_of("EFFECT-RETAINED", self._day)["share"])
        return kept(at(paths.days, paths.assets, windows.start), at(paths.days, paths.assets, windows.end), share)

    def _eased(self, windows: Windows) -> FloatArray:
        paths = self._paths(windows)
        top = np.divide(
            paths.top_value, paths.assets, out=np.full_like(paths.assets, np.nan), where=np.nan_to_num(paths.assets) > 0
        )
        first, last = at(paths.days, top, windows.start), at(paths.days, top, windows.end)
        known = np.isfinite(first) & np.isfinite(last)
        return np.where(known, (np.nan_to_num(last) < np.nan_to_num(first)).astype(np.float64), np.nan)

    def _paths(self, windows: Windows) -> Paths:
        """Daily paths of these clients, from the time before the first window to the end of the last."""
        first, last = _days(windows.before())[0], _days(windows)[1]
        calendar = house_calendar()
        days = calendar.sessions(calendar.previous(first), last)
        wanted = set(windows.client_nos)
        every = ClientRepository(self._session, everything(last)).accounts()
        accounts = [one for one in every if one.client_no in wanted]
        return LedgerReader(self._session, last).span(first, days, accounts, windows.row_of, {}).paths


def _days(windows: Windows) -> tuple[date, date]:
    """The first and the last day of all windows."""
    if not len(windows):
        return date.max, date.min
    return date.fromordinal(int(windows.start.min())), date.fromordinal(int(windows.end.max()))
