"""Contact files into their table: appended, a file twice changes nothing."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from clients.contacts.imports import contact_line
from clients.contacts.rows import contact_values
from clients.contacts.tables import ContactRow
from clients.service.intake import IMPORTED, ServiceIntake
from kit.imports.rows import Cells


class ContactsIntake(ServiceIntake):
    """Who spoke with whom."""

    table = ContactRow

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._known: set[tuple[int, str]] = set(
            self.session.exec(select(ContactRow.client_id, ContactRow.fingerprint)).all()
        )

    def row(self, cells: Cells) -> None:
        ask = contact_line(cells, self.now)
        client_id, staff_id = self.client_id(ask.client_no), self.staff_id(ask.staff_no)
        values = contact_values(ask, client_id, staff_id, self.now, IMPORTED, self.batch_id)
        key = (client_id, values["fingerprint"])
        if key in self._known:
            self.counts.known += 1
            return
        self._known.add(key)
        self.add(values)
