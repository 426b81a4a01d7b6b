"""What stands around a diagnosis in its report: the client's level beside each holding, and the household."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlmodel import Session

from clients.repository import ClientRepository
from diagnosis.types import Diagnosis, HoldingLine
from kit.access import Scope
from reports.family import Family, family_of, told_on
from suitability.changes.in_force import rules_of
from suitability.desk import FactsReader
from suitability.held import HeldFit, HeldReader, Worth
from suitability.holdings import HoldingReader
from suitability.levels import ClientLevel
from suitability.profile.service import ProfileService

CENT = Decimal("0.01")


class AroundReader:
    """Reads within a scope over one session; nothing is filed."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    def fit(self, diagnosis: Diagnosis, day: date) -> HeldFit:
        """Every holding of the diagnosis beside the level that the client has on `day`. Raises NoSuchClient."""
        held = [Worth(line.code, line.name, _worth(line)) for line in diagnosis.holdings]
        total = self._total(diagnosis, day)
        return HeldReader(self._session, self._scope).of_client(diagnosis.client_no, day, held, total)

    def family(self, client_no: str, day: date, last: date, level: ClientLevel | None) -> Family | None:
        """The client's household by what was said up to `day`; None without one. last: the report's last day.

        Raises NoSuchClient.
        """
        found = ProfileService(self._session, self._scope).household(client_no, day)
        if found is None:
            return None
        with rules_of(self._session, day):
            return family_of(told_on(found, last), level)

    def today(self, client_no: str, day: date) -> Family | None:
        """The household as it stands on `day`, beside the level that the client has. Raises NoSuchClient."""
        return self.family(client_no, day, day, FactsReader(self._session, self._scope).client(client_no, day).level)

    def _total(self, diagnosis: Diagnosis, day: date) -> Decimal | None:
        """Of all that the client has with the firm: by the diagnosis where it covers every account."""
        if not diagnosis.has_cash:
            return None  # cash is not known, so no share of everything is
        accounts = ClientRepository(self._session, self._scope).accounts_of_client(diagnosis.client_no)
        if {one.account_no for one in accounts} <= set(diagnosis.accounts):
            return diagnosis.closing_value
        return HoldingReader(self._session, self._scope).of_client(diagnosis.client_no, day).total


def _worth(line: HoldingLine) -> Decimal | None:
    return None if line.value is None else Decimal(repr(line.value)).quantize(CENT)
