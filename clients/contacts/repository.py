"""Every query on contacts, within a scope; and the counts that features and promises read of the whole book."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlmodel import Session, col

from clients.contacts.tables import ContactRow
from clients.contacts.types import Channel, Contact, ContactSource, Purpose
from clients.staff.tables import StaffRow
from clients.tables import ClientRow
from clients.visibility import shown, visible_clients
from kit.access import Scope

_R = ContactRow
_AT_ONCE = 5_000


class ContactRepository:
    """Contacts of the clients that a scope shows."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def of_client(self, client_no: str, until: date, *, before: int | None = None, limit: int = 50) -> list[Contact]:
        """A client's contacts up to a day, the newest first; `before`: only those that stand after this one's id."""
        asked = (
            select(_R, col(ClientRow.client_no), col(StaffRow.staff_no), col(StaffRow.name))
            .join(ClientRow, col(ClientRow.id) == col(_R.client_id))
            .outerjoin(StaffRow, col(StaffRow.id) == col(_R.staff_id))
            .where(
                col(ClientRow.client_no) == client_no, col(_R.day) <= until,
                *shown(_R.client_id, visible_clients, self._scope),
            )
            .order_by(col(_R.at).desc(), col(_R.id).desc())
            .limit(limit)
        )
        if before is not None:
            edge = select(col(_R.at)).where(col(_R.id) == before).scalar_subquery()
            asked = asked.where((col(_R.at) < edge) | ((col(_R.at) == edge) & (col(_R.id) < before)))
        return [contact_of(*row) for row in self._session.execute(asked)]

    def known(self, client_id: int, fingerprint: str) -> int | None:
        """The id of the contact with this fingerprint."""
        asked = select(col(_R.id)).where(col(_R.client_id) == client_id, col(_R.fingerprint) == fingerprint)
        return self._session.execute(asked).scalar()


def last_days(
    session: Session, day: date, client_ids: Sequence[int] | None = None
) -> dict[int, dict[str, date]]:
    """The last day up to `day` on which each client was reached, by purpose code; client_ids None: the whole book."""
    asked = (
        select(col(_R.client_id), col(_R.purpose), func.max(col(_R.day)))
        .where(col(_R.reached), col(_R.day) <= day)
        .group_by(col(_R.client_id), col(_R.purpose))
    )
    found: dict[int, dict[str, date]] = {}
    for part in _parts(client_ids):
        some = asked if part is None else asked.where(col(_R.client_id).in_(part))
        for client, purpose, last in session.execute(some):
            found.setdefault(int(client), {})[purpose] = last
    return found


def reached_between(session: Session, first: date, last: date) -> dict[int, int]:
    """How often each client was reached from day to day, both included, by client id; the whole book."""
    asked = (
        select(col(_R.client_id), func.count())
        .where(col(_R.reached), col(_R.day).between(first, last))
        .group_by(col(_R.client_id))
    )
    return {int(client): int(number) for client, number in session.execute(asked)}


def counted_from(session: Session, day: date) -> date:
    """The first day of which a contact is on file; the day itself while there is none up to it."""
    found: date | None = session.execute(select(func.min(col(_R.day))).where(col(_R.day) <= day)).scalar()
    return found or day


def in_use(session: Session, day: date) -> bool:
    """Whether any contact was registered by the day: an empty log is no evidence that nobody was called."""
    return session.execute(select(col(_R.id)).where(col(_R.day) <= day).limit(1)).first() is not None


def contact_of(row: ContactRow, client_no: str, staff_no: str | None, staff_name: str | None) -> Contact:
    assert row.id is not None
    return Contact(
        id=row.id, client_no=client_no, staff_no=staff_no or "", staff_name=staff_name or "", at=row.at, day=row.day,
        channel=Channel(row.channel), purpose=Purpose(row.purpose), reached=row.reached, note=row.note,
        source=ContactSource(row.source), source_ref=row.source_ref, recorded_by=row.recorded_by,
    )  # fmt: skip


def _parts(client_ids: Sequence[int] | None) -> list[list[int] | None]:
    if client_ids is None:
        return [None]
    return [list(client_ids[start : start + _AT_ONCE]) for start in range(0, len(client_ids), _AT_ONCE)]
