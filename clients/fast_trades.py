"""Plain canonical trades, a batch of columns at a time: the same rows as the reader of rows makes, many
times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa

from clients.imports import FEES, side_words
from clients.types import MOVEMENTS, Movement
from kit.imports import columns
from kit.imports.columns import Mask
from kit.imports.headings import Layout

_UNHINTED = ("venue", "shareholder", "currency", "name")
_EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Lookups:
    """What a text means in this database; None sends the row to the reader of rows."""

    account: Callable[[str], int | None]
    code: Callable[
        [str], tuple[str, str] | None
    ]  # canonical code and time zone, where the text alone tells them
    instrument: Callable[
        [str, int], int
    ]  # id by the text of a code that `code` knows; made, and named by line, if new


def kind_of(text: str) -> int | None:
    """The place of a side in MOVEMENTS."""
    side = side_words().get(text.upper())
    return None if side is None else MOVEMENTS.index(Movement(side))


def fast_trades(
    layout: Layout, lines: Sequence[int], rows: Sequence[Sequence[str]], find: Lookups,
    columns_of: tuple[str, ...], fixed: dict[str, Any], direction: int, step: int,
) -> tuple[Any, Mask] | None:  # fmt: skip
    """A table (line, *columns_of) of the rows it is sure of, and their mask; None when the batch is not
    plain.

    fixed: columns with one value (batch_id). seq is direction * line * step + 2.
    """
    if any(name in layout.places for name in _UNHINTED) or any(
        len(row) != len(layout.headings) for row in rows
    ):
        return None
    cells = dict(enumerate(zip(*rows, strict=True)))
    told = {name: columns.texts(cells[place]) for name, place in layout.places.items()}
    if "account_no" not in told:
        return None
    coded = told["security_code"].dictionary_encode()
    known = [find.code(text) for text in coded.dictionary.to_pylist()]
    zones = {found[1] for found in known if found}
    when = columns.moments(told["traded_at"], next(iter(zones))) if len(zones) == 1 else None
    if when is None:
        return None
    account, sure = columns.looked_up(told["account_no"], find.account)
    places = np.asarray(coded.indices.to_numpy(zero_copy_only=False))
    placed = np.asarray([found is not None for found in known], dtype=np.bool_)[places]
    kind, sided = columns.looked_up(told["side"], kind_of)
    quantity, counted = columns.scaled(told["quantity"], optional=False)
    price, priced = columns.scaled(told["price"], optional=False)
    sure &= placed & sided & counted & priced & when.sure & _above_zero(quantity) & _above_zero(price)
    made: dict[str, Any] = {
        "account_id": account, "day": when.day, "at": when.at, "kind": kind,
        "quantity": quantity, "price": price,
    }  # fmt: skip
    for name in FEES:
        if name in told:
            made[name], charged = columns.scaled(told[name], optional=True)
            sure &= charged
    if "trade_no" in told:
        made["trade_no"], numbered = columns.names(told["trade_no"])
        sure &= numbered
    made["line"] = pa.array(lines, pa.int64())
    made["seq"] = pa.array(np.asarray(lines, dtype=np.int64) * (direction * step) + 2)
    made["instrument_id"] = _instruments(coded, places, sure, lines, find)
    codes = [(known[place] or ("",))[0] for place in places.tolist()]
    made["fingerprint"] = pa.array(_fingerprints(made, codes, len(rows)), pa.string())
    return _table(made, columns_of, fixed, len(rows)).filter(pa.array(sure)), sure


def _instruments(coded: Any, places: Any, sure: Mask, lines: Sequence[int], find: Lookups) -> Any:
    """Ids of the securities of the rows that are taken; a new one is made in the order of the file."""
    ids = np.zeros(len(coded.dictionary), dtype=np.int64)
    taken = np.flatnonzero(sure)
    found, first = np.unique(places[taken], return_index=True)
    for place, row in sorted(
        zip(found.tolist(), taken[first].tolist(), strict=True), key=lambda pair: pair[1]
    ):
        ids[place] = find.instrument(coded.dictionary[place].as_py(), lines[row])
    return pa.array(ids[places])


def _above_zero(values: Any) -> Mask:
    return np.asarray(values.fill_null(0).to_numpy(zero_copy_only=False) > 0, dtype=np.bool_)


def _fingerprints(made: dict[str, Any], codes: list[str], count: int) -> list[str]:
    """The same text as `clients.imports.trade_fingerprint` hashes."""
    nothing: list[Any] = [None] * count
    numbers = made["trade_no"].to_pylist() if "trade_no" in made else nothing
    if None not in numbers:
        return [_hashed(f"no|{number}") for number in numbers]
    days = made["day"].cast(pa.int32()).to_pylist()
    seconds = made["at"].cast(pa.int64()).to_pylist()
    parts = [seconds, codes, *(made[name].to_pylist() for name in ("kind", "quantity", "price"))]
    parts += [made[name].to_pylist() if name in made else nothing for name in FEES]
    found = []
    for number, day, *rest in zip(numbers, days, *parts, strict=True):
        if number is not None:
            found.append(_hashed(f"no|{number}"))
        else:
            spoken = "|".join("" if part is None else str(part) for part in rest)
            found.append(_hashed(f"row|{day + _EPOCH_ORDINAL}|{spoken}"))
    return found


def _hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()


_TYPES = {"trade_no": pa.string(), "wording": pa.string()}


def _table(made: dict[str, Any], names: tuple[str, ...], fixed: dict[str, Any], count: int) -> Any:
    arrays = [made["line"]]
    for name in names:
        if name in made:
            arrays.append(made[name])
        elif name in fixed:
            arrays.append(pa.array(np.full(count, fixed[name], dtype=np.int64)))
        else:
            arrays.append(pa.nulls(count, _TYPES.get(name, pa.int64())))
    return pa.Table.from_arrays(arrays, ["stage_line", *names])
