"""Features that complaints, surveys, contacts and logins give to grading, for many clients at once. Owner: clients.

A register that nobody has used yet is withheld: it is no evidence that nobody complained, or that nobody was called.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
from sqlmodel import Session

from clients.complaints import repository as complaints
from clients.contacts import repository as contacts
from clients.grading.features import Window
from clients.logins.repository import last_logins
from clients.satisfaction.repository import last_scores
from market.types import FloatArray, IntArray

INACTIVE = "inactive_days"


def service_features(
    session: Session, day: date, client_ids: IntArray, known: Mapping[str, FloatArray]
) -> dict[str, FloatArray]:
    """By name, each (n,) in the order of the clients. known: what is filled already; `quiet_days` builds on it."""
    ids = client_ids.tolist()
    year, last = _days(Window.YEAR, day)
    ninety, _ = _days(Window.DAYS_90, day)
    found: dict[str, FloatArray] = {}
    if complaints.in_use(session, day):
        found["complaints_year"] = _column(ids, complaints.counts_between(session, year, last), 0.0)
    if contacts.in_use(session, day):
        found["contacts_90"] = _column(ids, contacts.reached_between(session, ninety, last), 0.0)
    scores = last_scores(session, year, last)
    if scores:
        found["satisfaction"] = _column(ids, scores, np.nan)
    logins = {one: (day - at).days for one, at in last_logins(session, day).items()}
    if logins:
        found["login_gap"] = _column(ids, logins, np.nan)
    if INACTIVE in known:  # who neither traded nor logged in is quiet; without logins it is trading alone
        found["quiet_days"] = np.fmin(known[INACTIVE], found.get("login_gap", known[INACTIVE]))
    return found


def _days(window: Window, day: date) -> tuple[date, date]:
    first, last = window.days(day)
    return first or last, last


def _column(ids: list[int], told: Mapping[int, float], otherwise: float) -> FloatArray:
    return np.array([told.get(one, otherwise) for one in ids], dtype=np.float64)
