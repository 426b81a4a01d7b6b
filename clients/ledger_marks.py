"""A mark of each account's ledger: it moves with every row that is filed, so that only what moved is read again."""

from __future__ import annotations

from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session

from kit.columns import Kind, integer_columns
from market.types import IntArray

_TABLES: Final = ("trade", "cashflow", "holding")
_COLUMNS: Final = {"account_id": Kind.INTEGER, "rows_filed": Kind.INTEGER, "last_id": Kind.INTEGER}
_PRIME: Final = np.uint64(0x100000001B3)


def ledger_marks(session: Session, day: date, account_ids: IntArray) -> IntArray:
    """A number for each of these accounts (ids ascending), over the rows of its ledger up to and with `day`.

    Rows of a ledger are added and never changed, so that their number and the last of them tell them all.
    """
    marks = np.full(len(account_ids), 0xCBF29CE484222325, dtype=np.uint64)
    for table in _TABLES:
        source = (
            "(SELECT account_id, count(*) AS rows_filed, max(id) AS last_id"
            f" FROM {table} WHERE day <= '{day.isoformat()}' GROUP BY account_id) AS filed"
        )
        read = integer_columns(session.connection(), _COLUMNS, source)
        marks = _with(marks, account_ids, read["account_id"], read["rows_filed"])
        marks = _with(marks, account_ids, read["account_id"], read["last_id"])
    return marks.view(np.int64)


def _with(marks: np.ndarray, ids: IntArray, account_id: IntArray, value: IntArray) -> np.ndarray:
    own = np.zeros(len(ids), dtype=np.int64)
    place = np.searchsorted(ids, account_id)
    inside = place < len(ids)
    inside[inside] &= ids[place[inside]] == account_id[inside]
    own[place[inside]] = value[inside]
    with np.errstate(over="ignore"):
        mixed = (marks ^ own.view(np.uint64)) * _PRIME
    return mixed ^ (mixed >> np.uint64(29))
