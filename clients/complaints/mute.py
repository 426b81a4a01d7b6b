"""投诉期间不营销: the predicate, and the query that asks it of many clients at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlmodel import Session, col

from clients.complaints.rules import quiet_days
from clients.complaints.tables import ComplaintRow
from clients.complaints.types import Severity, complaint_number

_AT_ONCE: Final = 5_000


def mutes(
    severity: Severity, received_on: date, closed_on: date | None, day: date, quiet: Mapping[Severity, int]
) -> bool:
    """Whether a complaint mutes marketing on the day.

    quiet: days after its end by severity (`rules.quiet_days`); a severity that is not in it never mutes. On the day of
    its end it mutes no more unless its severity has quiet days.
    """
    if severity not in quiet or day < received_on:
        return False
    if closed_on is None or day < closed_on:
        return True
    last = last_quiet_day(severity, closed_on, quiet)
    return last is not None and day <= last


def last_quiet_day(severity: Severity, closed_on: date, quiet: Mapping[Severity, int]) -> date | None:
    """The last day on which a closed complaint mutes; None where its severity has no quiet days.

    The day of its end is quiet and not counted, the n days after it are (《民法典》第二百零一条: 开始的当日不计入).
    """
    return closed_on + timedelta(days=quiet[severity]) if quiet.get(severity) else None


def muted_by_complaint(session: Session, client_ids: Sequence[int] | None, day: date) -> dict[int, str]:
    """Clients to whom nothing may be marketed on the day, each with the number of the earliest complaint that says so.

    client_ids: ids of `clients`; None asks of the whole book. Complaints as they are on file now: one that was closed
    since counts as closed on its last day. Whoever is not in the answer is not muted.
    """
    quiet = quiet_days(day)
    if not quiet:
        return {}
    oldest = day - timedelta(days=max(quiet.values()))
    row = ComplaintRow
    asked = (
        select(col(row.id), col(row.client_id), col(row.severity), col(row.received_on), col(row.closed_on))
        .where(col(row.received_on) <= day, or_(col(row.closed_on).is_(None), col(row.closed_on) >= oldest))
        .order_by(col(row.received_on), col(row.id))
    )
    found: dict[int, str] = {}
    parts = [None] if client_ids is None else [
        list(client_ids[start : start + _AT_ONCE]) for start in range(0, len(client_ids), _AT_ONCE)
    ]  # fmt: skip
    for part in parts:
        some = asked if part is None else asked.where(col(row.client_id).in_(part))
        for number, client, severity, received, closed in session.execute(some):
            if mutes(Severity(severity), received, closed, day, quiet):
                found.setdefault(client, complaint_number(number))
    return found


def quiet_until(session: Session, client_ids: Collection[int], day: date) -> dict[int, date]:
    """Of muted clients, those whose complaints are all closed: the last day on which one of them mutes."""
    row, quiet = ComplaintRow, quiet_days(day)
    found: dict[int, date] = {}
    waiting: set[int] = set()
    ids = sorted(client_ids)
    for start in range(0, len(ids), _AT_ONCE):
        asked = select(col(row.client_id), col(row.severity), col(row.closed_on)).where(
            col(row.client_id).in_(ids[start : start + _AT_ONCE]), col(row.received_on) <= day
        )
        for client, severity, closed in session.execute(asked):
            if Severity(severity) not in quiet:
                continue
            if closed is None:
                waiting.add(client)
            elif last := last_quiet_day(Severity(severity), closed, quiet):
                found[client] = max(last, found.get(client, last))
    return {client: last for client, last in found.items() if client not in waiting}
