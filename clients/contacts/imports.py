"""Contact files (kind `contacts`): which columns they have, and what one row means."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from clients.contacts.types import LONGEST_NOTE, Channel, ContactAsk, ContactSource, Purpose
from clients.household.words import yes_or_no
from clients.service.words import coded_by
from kit.clock import SHANGHAI
from kit.imports.cells import When
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells

CONTACTS: Final = KindColumns(
    "contacts",
    "客户接触记录",
    ("client_no", "at", "channel", "purpose"),
    ("staff_no", "reached", "note", "ref_no"),
)
NOON: Final = time(12)
"""The time of day of a contact of which only the day is known."""


def moment(when: When) -> datetime:
    """Noon in Shanghai where the file tells the day alone."""
    return when.at or datetime.combine(when.day, NOON, SHANGHAI)


def contact_line(cells: Cells, now: datetime) -> ContactAsk:
    """Raises Refused; who the client and the person are is known to the database alone."""
    cells.need("client_no")
    at = moment(cells.when("at", SHANGHAI))
    if at > now:
        raise Refused("at", cells.text("at"), "接触时间晚于现在")
    reached = yes_or_no(cells, "reached")
    return ContactAsk(
        client_no=cells.short("client_no", 64), at=at, channel=coded_by(cells, "channel", Channel),
        purpose=coded_by(cells, "purpose", Purpose), staff_no=cells.short("staff_no", 64),
        reached=True if reached is None else reached, note=cells.short("note", LONGEST_NOTE),
        source=ContactSource.IMPORT, source_ref=cells.short("ref_no", 64),
    )  # fmt: skip
