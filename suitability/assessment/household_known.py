"""What the household has said it owns and owes, beside the ledger: known facts that answers are held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from sqlmodel import Session

from clients.household.service import HouseholdService
from clients.household.types import AssetCategory, Household, Item, ItemKind
from clients.repository import ClientFacts
from kit.access import everything
from suitability.assessment.known import Told
from suitability.assessment.ledger_known import from_ledger

FINANCIAL: Final = frozenset((
    AssetCategory.CASH, AssetCategory.MONEY_FUND, AssetCategory.DEPOSIT, AssetCategory.WEALTH,
    AssetCategory.SECURITIES, AssetCategory.INSURANCE,
))  # fmt: skip
"""金融资产: deposits, securities, fund units, wealth products, insurance; property is none (办法第八条)."""


def on_file(session: Session, clients: Sequence[ClientFacts], day: date) -> Mapping[str, Told]:
    """Assets and debts by ledger and household together, as of the older word: for a sheet that a client hands in."""
    ledger, household = from_ledger(session, clients, day), from_household(session, clients, day)
    numbers = [one.client_no for one in clients]
    return {number: _together(ledger.get(number, {}), household.get(number, {})) for number in numbers}


def from_household(session: Session, clients: Sequence[ClientFacts], day: date) -> Mapping[str, Told]:
    """Financial assets and debts that the client, or the household as a whole, has declared up to the day."""
    desk = HouseholdService(session, everything(day))
    found = {}
    for one in clients:
        home = desk.of_client(one.client_no, day)
        if home is not None:
            found[one.client_no] = declared(home, one.client_no)
    return found


def declared(home: Household, client_no: str) -> Told:
    """Items of the client and those that are of nobody in particular; what nobody spoke of is left out."""
    own = {None, *(member.member_no for member in home.members if member.client_no == client_no)}
    mine = [one for one in home.items if one.member_no in own]
    financial = [one for one in mine if one.kind is ItemKind.ASSET and one.category in FINANCIAL]
    debts = [one for one in mine if one.kind is ItemKind.DEBT]
    return {name: _sum(items) for name, items in (("assets_yuan", financial), ("debts_yuan", debts)) if items}


def _sum(items: Iterable[Item]) -> tuple[Decimal, date]:
    every = tuple(items)
    return sum((one.amount for one in every), Decimal(0)), min(one.as_of for one in every)


def _together(one: Told, other: Told) -> Told:
    found = dict(one)
    for name, (value, day) in other.items():
        before = found.get(name)
        found[name] = (value, day) if before is None else (before[0] + value, min(before[1], day))
    return found
