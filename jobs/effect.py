"""The steps of a day that measure: the daily series of AUM and MAU, and the looks at scenarios that are due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session

from clients.staff.filing import Stamp
from mot.effect.filing import SeriesFiler
from mot.effect.service import EffectDesk

Told = Mapping[str, Any]


def series_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """AUM and MAU of the day, from the ledger; a day without trading has none."""
    filled = SeriesFiler(session).fill(day, day, stamp, dry=dry)
    return {"rows": filled.rows}


def effect_step(session: Session, day: date, stamp: Stamp, dry: bool) -> Told:
    """The finding of every scenario version whose review day has come."""
    return {"reviewed": EffectDesk(session).look_due(day, stamp, dry=dry)}
