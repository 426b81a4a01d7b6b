"""What the accounts of a household are worth, by the ledger: the source of `clients.household` accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.household.types import AccountValue
from clients.repository import ClientRepository
from diagnosis.replay import replay
from diagnosis.service import DiagnosisService
from diagnosis.types import History
from kit.access import everything
from kit.kept import Kept
from kit.money import round_fen
from suitability.assessment.ledger_known import margin_debt
from suitability.gates.assets import account_values

NOTHING: Final = Decimal("0.00")
_WORTH: Final[Kept[tuple[AccountValue | None]]] = Kept(2_000)


def account_values_of(session: Session, owners: Sequence[tuple[str, str]], day: date) -> tuple[AccountValue, ...]:
    """Each member's accounts at their last value up to the day. owners: (member_no, client_no).

    Members without accounts are left out. Whoever asks: the sums name nobody. Kept in this process until the next
    import, for a ledger is replayed.
    """
    clients = ClientRepository(session, everything(day))
    place = (str(session.get_bind().engine.url), clients.import_version()) if owners else ()
    found: list[AccountValue | None] = []
    for member_no, client_no in owners:
        key = (*place, member_no, client_no, day)
        known = _WORTH.get(key)
        if known is None:
            known = (_of_member(session, clients, member_no, client_no, day),)
            _WORTH.put(key, known)
        found += known
    return tuple(one for one in found if one is not None)


def _of_member(
    session: Session, clients: ClientRepository, member_no: str, client_no: str, day: date
) -> AccountValue | None:
    accounts = clients.accounts_of_client(client_no)
    if not accounts:
        return None
    ledger = clients.ledger([one.account_no for one in accounts])
    setting = DiagnosisService(session, everything(day)).setting(ledger, day, None)
    history = replay(ledger, setting.grid, setting.actions, last=day)
    debt = margin_debt(ledger, day)
    cash, securities, as_of, notes = worth(history, day)
    return AccountValue(
        member_no=member_no, cash=max(cash + debt, NOTHING), securities=securities, debt=round_fen(debt), as_of=as_of,
        notes=notes,
    )  # fmt: skip


def worth(history: History, day: date) -> tuple[Decimal, Decimal, date, tuple[str, ...]]:
    """(cash net of what was borrowed, securities, the day of the value, notes), of all accounts together.

    Raises nothing: what has no daily price is told in the notes.
    """
    points = history.grid.points
    place = int(np.searchsorted(points, day.toordinal(), side="right")) - 1
    if history.grid.granularity != "DAY" or place < 0:
        return NOTHING, NOTHING, day, ("没有逐日行情，账户资产未计入",)
    at = int(points[place])
    values, told = account_values(history, np.array([at], dtype=np.int64))
    home = np.array([one.currency == "CNY" for one in history.accounts], dtype=np.bool_)
    net = float(np.nansum(values))
    cash = float(history.cash[home, place].sum())
    notes = tuple(dict.fromkeys(one for said in told for one in said))  # the sums name no account
    return money(cash), max(money(net - cash), NOTHING), date.fromordinal(at), notes


def money(value: float) -> Decimal:
    return round_fen(Decimal(repr(value)))
