"""Assets with the firm and what was borrowed from it, of one client, from the ledger: a source of known facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientFacts, ClientRepository
from clients.types import CASH_KINDS, CashKind, Ledger
from kit.access import everything
from kit.money import from_scaled
from suitability.assessment.known import Told
from suitability.gates.ledger_facts import LedgerReader, amount

_BORROWING: Final = (CASH_KINDS.index(CashKind.MARGIN_BORROW), CASH_KINDS.index(CashKind.MARGIN_REPAY))


def from_ledger(session: Session, clients: Sequence[ClientFacts], day: date) -> Mapping[str, Told]:
    """One client after the other: for a sheet that a client hands in, not for the whole book."""
    return {one.client_no: _told(session, one.client_no, day) for one in clients}


def _told(session: Session, client_no: str, day: date) -> Told:
    scope = everything(day)
    accounts = ClientRepository(session, scope).accounts_of_client(client_no)
    if not accounts:
        return {}
    ledger = ClientRepository(session, scope).ledger([one.account_no for one in accounts])
    told = {"debts_yuan": (margin_debt(ledger, day), day)}
    assets = LedgerReader(session, scope).of_client(client_no, day, 1).assets_today
    if assets is not None:
        exact, at_least, _ = assets.of(client_no)
        held = amount(exact if exact is not None else at_least)
        if held is not None:
            told["assets_yuan"] = (held, day)
    return told


def margin_debt(ledger: Ledger, day: date) -> Decimal:
    """融资负债: what was borrowed less what was paid back up to `day`, never below 0."""
    flows = ledger.cashflows
    counted = np.isin(flows.kind, _BORROWING) & (flows.day <= day.toordinal())
    return max(from_scaled(int(flows.amount[counted].sum())), Decimal(0))
