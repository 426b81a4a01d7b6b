"""Every query on what clients agreed to and on contacts that were held back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from clients.visibility import shown, visible_client_nos
from kit.access import Scope
from mot.contact.tables import PreferenceRow, SuppressionRow
from mot.scenario.types import ContactWay

_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """联系意愿 as it stands on a day; None: the client never said."""

    consent_service: bool | None = None
    consent_marketing: bool | None = None
    do_not_disturb: bool | None = None
    deceased: bool | None = None
    refused_ways: frozenset[ContactWay] = frozenset()


NOTHING_SAID: Final = Wishes()


class PreferenceRepository:
    """What clients said, appended; the newest word on each thing counts. The caller has seen that it may be read."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def on(self, day: date, client_ids: Sequence[int] | None = None) -> dict[int, Wishes]:
        """By client id, of these clients or of the whole book; who never said anything is not there."""
        asked = (
            select(PreferenceRow)
            .where(col(PreferenceRow.valid_from) <= day)
            .order_by(col(PreferenceRow.client_id), col(PreferenceRow.valid_from), col(PreferenceRow.id))
        )
        if client_ids is not None and len(client_ids) <= _BATCH:
            asked = asked.where(col(PreferenceRow.client_id).in_(list(client_ids)))
        found: dict[int, Wishes] = {}
        for row in self._session.scalars(asked):
            found[row.client_id] = _after(found.get(row.client_id, NOTHING_SAID), row)
        return found

    def history(self, client_id: int) -> list[PreferenceRow]:
        """Everything a client said, the newest first."""
        asked = select(PreferenceRow).where(col(PreferenceRow.client_id) == client_id)
        return list(self._session.scalars(asked.order_by(col(PreferenceRow.id).desc())))

    def add_all(self, rows: Iterable[PreferenceRow]) -> None:
        self._session.add_all(rows)
        self._session.flush()


def _after(before: Wishes, row: PreferenceRow) -> Wishes:
    def newer(name: str) -> bool | None:
        said: bool | None = getattr(row, name)
        kept: bool | None = getattr(before, name)
        return kept if said is None else said

    ways = before.refused_ways
    if row.refused_ways is not None:
        ways = frozenset(ContactWay(one) for one in row.refused_ways)
    return Wishes(
        consent_service=newer("consent_service"), consent_marketing=newer("consent_marketing"),
        do_not_disturb=newer("do_not_disturb"), deceased=newer("deceased"), refused_ways=ways,
    )  # fmt: skip


class SuppressionRepository:
    """Contacts that were held back, of the clients that a scope shows. Appended only."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._shown = shown(SuppressionRow.client_no, visible_client_nos, scope)

    def known(self, day: date, stage: str) -> set[tuple[str, str]]:
        """Subject and rules of what was held back on the day."""
        asked = select(col(SuppressionRow.subject), col(SuppressionRow.rules)).where(
            col(SuppressionRow.day) == day, col(SuppressionRow.stage) == stage
        )
        return {(subject, rules) for subject, rules in self._session.execute(asked)}

    def add_all(self, rows: Iterable[SuppressionRow]) -> None:
        self._session.add_all(rows)
        self._session.flush()

    def page(
        self, *, first: date | None = None, last: date | None = None, client_no: str | None = None,
        before: int | None = None, limit: int = 50,
    ) -> list[SuppressionRow]:  # fmt: skip
        """Newest first, those with an id below `before`."""
        asked = select(SuppressionRow).where(*self._shown)
        if first is not None:
            asked = asked.where(col(SuppressionRow.day) >= first)
        if last is not None:
            asked = asked.where(col(SuppressionRow.day) <= last)
        if client_no is not None:
            asked = asked.where(col(SuppressionRow.client_no) == client_no)
        if before is not None:
            asked = asked.where(col(SuppressionRow.id) < before)
        return list(self._session.scalars(asked.order_by(col(SuppressionRow.id).desc()).limit(limit)))
