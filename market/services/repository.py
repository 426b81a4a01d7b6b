"""Every query on published services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from market.services.reading import card_from, plan_from
from market.services.tables import ServiceCardRow, ServicePlanRow
from market.services.types import FOREVER, Published, PublishedCard, PublishedPlan


class ServiceRepository:
    """Reads and appends versions on one session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def cards(self, codes: Sequence[str] | None = None) -> dict[str, tuple[PublishedCard, ...]]:
        """Versions by service, the oldest first; all services by default."""
        asked = select(ServiceCardRow).order_by(col(ServiceCardRow.code), col(ServiceCardRow.version))
        if codes is not None:
            asked = asked.where(col(ServiceCardRow.code).in_(codes))
        found: dict[str, list[ServiceCardRow]] = defaultdict(list)
        for row in self._session.exec(asked):
            found[row.code].append(row)
        return {code: _cards(rows) for code, rows in found.items()}

    def plans(self, codes: Sequence[str] | None = None) -> dict[str, dict[str, tuple[PublishedPlan, ...]]]:
        """Versions by service and plan, the oldest first; all services by default."""
        asked = select(ServicePlanRow).order_by(
            col(ServicePlanRow.code), col(ServicePlanRow.plan_code), col(ServicePlanRow.version)
        )
        if codes is not None:
            asked = asked.where(col(ServicePlanRow.code).in_(codes))
        found: dict[str, dict[str, list[ServicePlanRow]]] = defaultdict(lambda: defaultdict(list))
        for row in self._session.exec(asked):
            found[row.code][row.plan_code].append(row)
        return {code: {name: _plans(rows) for name, rows in plans.items()} for code, plans in found.items()}

    def add(self, row: ServiceCardRow | ServicePlanRow) -> None:
        self._session.add(row)
        self._session.flush()


def card_on(versions: Iterable[PublishedCard], day: date) -> PublishedCard | None:
    """The version in force on the day."""
    return next((one for one in versions if one.card.valid_from <= day <= one.on_file.ends_on), None)


def plan_on(versions: Iterable[PublishedPlan], day: date) -> PublishedPlan | None:
    """The version in force on the day."""
    return next((one for one in versions if one.covers(day)), None)


def _cards(rows: Sequence[ServiceCardRow]) -> tuple[PublishedCard, ...]:
    ends = [_before(later.valid_from) for later in rows[1:]] + [FOREVER]
    return tuple(
        PublishedCard(card_from(row.content), _on_file(row, end)) for row, end in zip(rows, ends, strict=True)
    )


def _plans(rows: Sequence[ServicePlanRow]) -> tuple[PublishedPlan, ...]:
    successor = {row.replaces: row.valid_from for row in rows if row.replaces is not None}
    return tuple(
        PublishedPlan(
            plan_from(row.content),
            _on_file(row, min(row.valid_to, _before(successor.get(row.version, FOREVER)))),
            row.evidence,
        )
        for row in rows
    )


def _before(day: date) -> date:
    return day if day == FOREVER else day - timedelta(days=1)


def _on_file(row: ServiceCardRow | ServicePlanRow, ends_on: date) -> Published:
    return Published(
        code=row.code, version=row.version, ends_on=ends_on, digest=row.digest, published_by=row.published_by,
        published_at=row.published_at,
    )
