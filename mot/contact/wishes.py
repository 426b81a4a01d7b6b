"""The desk of contact wishes: what a client agrees to, from a day on; appended, the newest word counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from clients.repository import ClientRepository
from clients.staff.filing import Stamp, file_change
from kit.access import Scope
from kit.clock import day_of
from mot.contact.repository import NOTHING_SAID, PreferenceRepository, Wishes
from mot.contact.tables import PreferenceRow
from mot.scenario.types import ContactWay


@dataclass(frozen=True, slots=True, kw_only=True)
class WishAsk:
    """What is said. valid_from None: today; None of the others: not said, what stood stays."""

    valid_from: date | None = None
    consent_service: bool | None = None
    consent_marketing: bool | None = None
    do_not_disturb: bool | None = None
    deceased: bool | None = None
    refused_ways: tuple[ContactWay, ...] | None = None
    evidence: str = ""


class WishDesk:
    """Wishes of the clients that a scope shows; the commit belongs to the caller."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._day = scope.day
        self._clients = ClientRepository(session, scope)
        self._read = PreferenceRepository(session)

    def on(self, client_no: str) -> Wishes:
        """As they stand on the scope's day. Raises NoSuchClient."""
        client = self._clients.client(client_no)
        return self._read.on(self._day, [client.id]).get(client.id, NOTHING_SAID)

    def record(self, client_no: str, ask: WishAsk, stamp: Stamp) -> None:
        """Raises NoSuchClient."""
        client = self._clients.client(client_no)
        self._read.add_all([preference_row(client.id, ask, stamp)])
        file_change(
            self._session, stamp, "contact.wish", "contact_preference", client_no, client=client_no,
            consent_service=ask.consent_service, consent_marketing=ask.consent_marketing,
            do_not_disturb=ask.do_not_disturb, deceased=ask.deceased, refused_ways=ask.refused_ways,
            evidence=ask.evidence,
        )  # fmt: skip


def preference_row(client_id: int, ask: WishAsk, stamp: Stamp) -> PreferenceRow:
    """A word of a client as its row."""
    return PreferenceRow(
        client_id=client_id, valid_from=ask.valid_from or day_of(stamp.at), consent_service=ask.consent_service,
        consent_marketing=ask.consent_marketing, do_not_disturb=ask.do_not_disturb, deceased=ask.deceased,
        refused_ways=None if ask.refused_ways is None else [one.value for one in ask.refused_ways],
        evidence=ask.evidence, told_by=stamp.actor.name, told_at=stamp.at,
    )  # fmt: skip
