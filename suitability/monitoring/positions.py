"""What accounts hold on a day: as the watch read it last, and anew where a ledger has moved since.

One reader for the watch and for whoever previews a change of rules: both look at the same positions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from market.types import BoolArray, IntArray
from suitability.monitoring.state import places_in

if TYPE_CHECKING:
    from suitability.monitoring.reader import BookReader
    from suitability.monitoring.repository import Columns


@dataclass(frozen=True)
class Positions:
    """What accounts hold and have in cash; millionths."""

    account_id: IntArray  # (H,) with instrument_id and quantity
    instrument_id: IntArray
    quantity: IntArray
    owner_id: IntArray  # (A,) accounts, with their cash
    cash: IntArray

    def rows(self) -> Columns:
        """The holdings as the columns that are stored."""
        return {name: getattr(self, name) for name in ("account_id", "instrument_id", "quantity")}


@dataclass(frozen=True)
class Standing:
    """The positions of every account, and where they are from."""

    positions: Positions
    fresh: Positions  # of the accounts whose ledger was replayed now
    read: IntArray  # their places
    stale: BoolArray  # (A,) whose ledger has moved since it was read, or was never read
    marks: IntArray  # (A,) of the ledgers, with what happened to what they hold


def standing(reader: BookReader, accounts: Columns, holdings: Columns, *, whole: bool = False) -> Standing:
    """accounts, holdings: what the watch has on file; only what moved since is replayed, or everything (`whole`)."""
    stale = _stale(reader, accounts, reader.marks(holdings))
    read = np.flatnonzero(stale | whole)
    fresh = reader.positions(read.tolist())
    positions = _merged(accounts, holdings, fresh)
    return Standing(positions, fresh, read, stale, reader.marks(positions.rows()))


def _stale(reader: BookReader, accounts: Columns, marks: IntArray) -> BoolArray:
    place = places_in(accounts["account_id"], reader.account_ids)
    if not len(accounts["account_id"]):
        return np.ones(len(place), dtype=np.bool_)
    same = accounts["ledger_mark"][np.maximum(place, 0)] == marks
    return np.asarray(~((place >= 0) & same))


def _merged(accounts: Columns, holdings: Columns, fresh: Positions) -> Positions:
    """What was just read, and what was read before of all other accounts."""
    kept = ~np.isin(holdings["account_id"], fresh.owner_id)
    others = ~np.isin(accounts["account_id"], fresh.owner_id)
    rows = {name: np.concatenate([holdings[name][kept], own]) for name, own in fresh.rows().items()}
    order = np.lexsort((rows["instrument_id"], rows["account_id"]))
    owner = np.concatenate([accounts["account_id"][others], fresh.owner_id])
    cash = np.concatenate([accounts["cash"][others], fresh.cash])
    by_owner = np.argsort(owner)
    held = {name: column[order] for name, column in rows.items()}
    return Positions(**held, owner_id=owner[by_owner], cash=cash[by_owner])
