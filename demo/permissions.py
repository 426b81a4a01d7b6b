"""Permissions of book 2's clients: open before they first bought what needs them, and a few breaches planted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
from sqlmodel import Session

from clients.repository import ClientRepository
from clients.types import MOVEMENTS, Ledger, Movement
from demo.market_files import write_csv
from demo.products import CHECKER, stamp
from kit.access import everything
from kit.days import calendar
from kit.db import transaction
from market.repository import MarketRepository
from market.types import Instrument
from suitability.gates.needed import gates_of_security
from suitability.gates.service import GateService, Registration
from suitability.levels import Gate

DAY: Final = date(2024, 12, 31)
SOURCE: Final = "示例柜台系统迁移的已有权限"
HEADINGS: Final = ("client_no", "gate", "breach", "first_bought", "last_bought", "detail")
EACH: Final = 3  # breaches of each sort
_BUY: Final = MOVEMENTS.index(Movement.BUY)
_HOME: Final = {"CNY"}


@dataclass(frozen=True, slots=True)
class Needed:
    """One permission that a client's purchases needed, from the first to the last of them."""

    client_no: str
    gate: Gate
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Breach:
    """What was planted: bought without, before, or after the permission."""

    needed: Needed
    sort: str  # MISSING, LATE, REVOKED
    detail: str


def load_permissions(url: str | None, folder: Path, day: date = DAY) -> tuple[Breach, ...]:
    """File the permissions of every client on the database at `url`; what was planted stands in a file beside."""
    with transaction(url) as session:
        wanted = needed_by_purchases(session, day)
        breaches = planted(wanted)
        _file(session, wanted, breaches)
    rows = [
        (one.needed.client_no, one.needed.gate.value, one.sort, one.needed.first, one.needed.last, one.detail)
        for one in breaches
    ]
    write_csv(folder / "planted-permissions.csv", HEADINGS, rows)
    return breaches


def needed_by_purchases(session: Session, day: date) -> tuple[Needed, ...]:
    """Every permission that the purchases on file needed, by client and gate."""
    ledger = ClientRepository(session, everything(day)).ledger()
    instruments = MarketRepository(session).instruments(ledger.securities)
    spans: dict[tuple[str, Gate], tuple[int, int]] = {}
    for client_no, security, bought in _purchases(ledger, [instruments[one] for one in ledger.securities]):
        for gate in gates_of_security(security, date.fromordinal(bought)):
            first, last = spans.get((client_no, gate), (bought, bought))
            spans[client_no, gate] = min(first, bought), max(last, bought)
    return tuple(
        Needed(client_no, gate, date.fromordinal(first), date.fromordinal(last))
        for (client_no, gate), (first, last) in sorted(spans.items())
    )


def planted(wanted: Sequence[Needed]) -> tuple[Breach, ...]:
    """The first clients with a long span of purchases, one breach each."""
    sessions = calendar("XSHG")
    long = [one for one in wanted if (one.last - one.first).days > 120]
    own = list({one.client_no: one for one in long}.values())
    found = [Breach(one, "MISSING", "") for one in own[:EACH]]
    found += [
        Breach(one, "LATE", sessions.next(one.first, 20).isoformat()) for one in own[EACH : 2 * EACH]
    ]
    found += [
        Breach(one, "REVOKED", sessions.previous(one.last, 5).isoformat()) for one in own[2 * EACH : 3 * EACH]
    ]
    return tuple(found)


def _file(session: Session, wanted: Sequence[Needed], breaches: Sequence[Breach]) -> None:
    desk, told = GateService(session, everything(DAY)), []
    late = {one.needed: date.fromisoformat(one.detail) for one in breaches if one.sort == "LATE"}
    missing = {one.needed for one in breaches if one.sort == "MISSING"}
    for one in wanted:
        opened = late.get(one) or calendar("XSHG").previous(one.first, 3)
        if one not in missing:
            told.append(Registration(client_no=one.client_no, gate=one.gate, opened_on=opened, source=SOURCE))
    desk.register_all(told, stamp(CHECKER, DAY))
    for breach in breaches:
        if breach.sort == "REVOKED":
            closed = date.fromisoformat(breach.detail)
            desk.revoke(
                breach.needed.client_no, breach.needed.gate, reason="示例：风险测评下调后关闭", effective_from=closed,
                stamp=stamp(CHECKER, closed),
            )


def _purchases(ledger: Ledger, securities: Sequence[Instrument]) -> list[tuple[str, Instrument, int]]:
    """(client, security, day) of every purchase in the home market."""
    trades = ledger.trades
    owner = np.repeat(np.arange(len(ledger.accounts)), np.diff(trades.offsets))
    bought = trades.kind == _BUY
    rows = np.unique(np.column_stack([owner, trades.security, trades.day])[bought], axis=0)
    return [
        (ledger.accounts[a].client_no, securities[s], day)
        for a, s, day in rows.tolist() if ledger.accounts[a].currency in _HOME
    ]
