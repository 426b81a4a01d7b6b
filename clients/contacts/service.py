"""The desk of contacts: read within a scope, appended with a stamp and a row of the trail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from clients.contacts.problems import ContactKnown, ContactRefused
from clients.contacts.repository import ContactRepository
from clients.contacts.rows import contact_fingerprint, contact_values
from clients.contacts.tables import ContactRow
from clients.contacts.types import LONGEST_NOTE, Contact, ContactAsk
from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change
from clients.staff.repository import StaffRepository
from kit.access import Scope, everything
from kit.clock import day_of
from kit.digest import digest

OLDEST: Final = date(2000, 1, 1)
AHEAD: Final = timedelta(minutes=10)
"""How far another machine's clock may be ahead of ours."""


class ContactService:
    """Contacts within a scope over one session; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._read = ContactRepository(session, scope)

    def of_client(
        self, client_no: str, until: date | None = None, *, before: int | None = None, limit: int = 50
    ) -> list[Contact]:
        """A client's contacts, the newest first. Raises NoSuchClient."""
        ClientRepository(self._session, self._scope).client(client_no)
        return self._read.of_client(client_no, until or self._scope.day, before=before, limit=limit)

    def record(self, ask: ContactAsk, stamp: Stamp, *, again: bool = False) -> int:
        """Append a contact; its id. Raises NoSuchClient, NoSuchStaff, ContactRefused.

        One that is on file (the same reference of the same source, or the same moment, channel, purpose and person)
        raises ContactKnown, or with `again` answers the id of the one on file: for callers that may send twice.
        """
        client = ClientRepository(self._session, self._scope).client(ask.client_no)
        if ask.at > stamp.at + AHEAD or day_of(ask.at) < OLDEST:
            raise ContactRefused(f"接触时间 {ask.at:%Y-%m-%d %H:%M} 应在 {OLDEST} 至此刻之间")
        if len(ask.note) > LONGEST_NOTE:
            raise ContactRefused(f"接触内容最多 {LONGEST_NOTE} 个字符，此处 {len(ask.note)} 个")
        staff_id = None
        if ask.staff_no:
            staff_id = StaffRepository(self._session, everything(day_of(ask.at))).row(ask.staff_no).id
        known = self._read.known(client.id, contact_fingerprint(ask))
        if known is not None:
            if again:
                return known
            raise ContactKnown(f"客户 {ask.client_no} 的这次接触已登记（第 {known} 号），无须再登记")
        row = ContactRow(**contact_values(ask, client.id, staff_id, stamp.at, stamp.actor.name))
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        file_change(
            self._session, stamp, "contact.record", "contact", str(row.id), digest=digest(row.note),
            client=ask.client_no, staff=ask.staff_no, channel=ask.channel, purpose=ask.purpose, day=row.day,
            reached=ask.reached, source=ask.source, source_ref=ask.source_ref,
        )  # fmt: skip
        return row.id
