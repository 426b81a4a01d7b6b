"""Whole columns of text to exact integers at once. A cell that is not in plain form is left to the
row-by-row reader.

Every function returns values beside a mask of the rows it is sure of; what the mask leaves out is read by
`cells`, which also words the refusals. Both give the same value for the same cell; a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from kit.money import SCALE_DIGITS

Mask = NDArray[np.bool_]
_PLAIN_NUMBER = r"^\d{1,12}(\.\d{1,6})?$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_LOCAL = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}$"
_UTC = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.:#/\-]{0,63}$"
_WORDS_FOR_EMPTY = ("null", "NULL", "None", "nan", "NaN", "N/A")
_DECIMAL = pa.decimal128(18, SCALE_DIGITS)


def texts(cells: Sequence[str]) -> Any:
    """A column of text."""
    return pa.array(cells, pa.string())


def _matches(column: Any, pattern: str) -> Mask:
    return np.asarray(
        pc.match_substring_regex(column, pattern).to_numpy(zero_copy_only=False), dtype=np.bool_
    )


def _equal(column: Any, text: str) -> Mask:
    return np.asarray(pc.equal(column, text).to_numpy(zero_copy_only=False), dtype=np.bool_)


def scaled(column: Any, *, optional: bool) -> tuple[Any, Mask]:
    """Numbers that are not negative, in millionths; an empty optional cell is null."""
    plain = _matches(column, _PLAIN_NUMBER)
    empty = _equal(column, "")
    exact = pc.if_else(pa.array(plain), column, "0").cast(_DECIMAL)
    low = np.frombuffer(exact.buffers()[1], dtype=np.int64)[::2][: len(plain)]  # decimal128, little endian
    return pa.array(low, mask=~plain), plain | (empty if optional else False)


def names(column: Any) -> tuple[Any, Mask]:
    """Plain identifiers; an empty cell is null."""
    plain = _matches(column, _NAME)
    spoken = pc.is_in(column, pa.array(_WORDS_FOR_EMPTY)).to_numpy(zero_copy_only=False)
    empty = _equal(column, "")
    return pc.if_else(pa.array(plain), column, pa.scalar(None, pa.string())), (plain & ~spoken) | empty


def looked_up(column: Any, find: Callable[[str], int | None]) -> tuple[Any, Mask]:
    """What `find` says of each different text; None leaves the row to the reader of rows."""
    coded = column.dictionary_encode()
    found = pa.array([find(text) for text in coded.dictionary.to_pylist()], pa.int64())
    values = pc.take(found, coded.indices)
    return values, np.asarray(values.is_valid().to_numpy(zero_copy_only=False), dtype=np.bool_)


@dataclass(frozen=True)
class Moments:
    """Days (date32) in the zone, moments (timestamp[s], UTC; null where only the day is known), and the
    mask.
    """

    day: Any
    at: Any
    sure: Mask


def moments(column: Any, zone: str) -> Moments | None:
    """Days or moments that are all written one way. None when no way fits, or a day does not exist."""
    for pattern in (_DAY, _LOCAL, _UTC):
        sure = _matches(column, pattern)
        if sure.any():
            break
    else:
        return None
    body = pc.if_else(pa.array(sure), column, "2000-01-01" if pattern == _DAY else "2000-01-01T00:00:00Z")
    try:
        if pattern == _DAY:
            days = body.cast(pa.date32())
            return Moments(days, pa.nulls(len(days), pa.timestamp("s", "UTC")), sure)
        plain = pc.utf8_rtrim(pc.replace_substring(body, "T", " "), "Z").cast(pa.timestamp("s"))
        if pattern == _UTC:
            at = pc.assume_timezone(plain, "UTC")
            return Moments(pc.local_timestamp(at.cast(pa.timestamp("s", zone))).cast(pa.date32()), at, sure)
        return _local(plain, zone, sure)
    except pa.ArrowInvalid:
        return None


def _local(plain: Any, zone: str, sure: Mask) -> Moments:
    """Midnight is how software writes a day without a time."""
    day = plain.cast(pa.date32())
    midnight = pc.equal(day.cast(pa.timestamp("s")), plain)
    at = pc.assume_timezone(plain, zone).cast(pa.timestamp("s", "UTC"))
    return Moments(day, pc.if_else(midnight, pa.scalar(None, at.type), at), sure)
