"""平台指标 AUM 与 MAU: from clients' days to one row a unit, and from rows to growth net of market and flows. Pure.

AUM (资产管理总规模): money, securities and what is due of clients with an open account, less what they borrowed. Who is
not known whole is counted, and stands in no sum. Of a day's change, `flow` is what came in less what went out, `market`
what the rest earned; what is left over is clients who joined, left or became known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from market.types import BoolArray, FloatArray, IntArray
from mot.effect.types import Level

NOBODY: Final = "-"
CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class ClientDay:
    """n clients on one day. assets, before: yuan at the end of the day and of the session before, NaN not known."""

    assets: FloatArray
    before: FloatArray
    flow: FloatArray  # of the day, NaN not known
    open: BoolArray  # has an open account
    active: BoolArray

    @property
    def market(self) -> FloatArray:
        """(n,) what the day earned; 0 where either end is not known."""
        return np.nan_to_num(self.assets - self.before - self.flow)


@dataclass(frozen=True, slots=True)
class Unit:
    """Whom a row is about. branch_no: who may see it; "" the firm and grades."""

    level: Level
    code: str
    name: str
    branch_no: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """One unit on one day. Money in yuan, to the cent."""

    unit: Unit
    clients: int
    known: int
    aum: Decimal
    flow: Decimal
    market: Decimal
    mau: int


def totals(clients: ClientDay, of: Sequence[Unit], place: IntArray) -> tuple[Total, ...]:
    """One row for each unit of a level, in their order. place: (n,) the unit of each client."""
    n, opened = len(of), clients.open
    known = opened & np.isfinite(clients.assets)

    def count(those: BoolArray) -> list[int]:
        found: list[int] = np.bincount(place[those], minlength=n).tolist()
        return found

    def yuan(column: FloatArray) -> list[Decimal]:
        found = np.bincount(place[known], weights=np.nan_to_num(column)[known], minlength=n)
        return [Decimal(repr(one)).quantize(CENT) for one in found.tolist()]

    columns = zip(
        of, count(opened), count(known), yuan(clients.assets), yuan(clients.flow), yuan(clients.market),
        count(opened & clients.active), strict=True,
    )  # fmt: skip
    return tuple(Total(*row) for row in columns)


def placed(
    codes: Sequence[str], names: Mapping[str, tuple[str, str]], level: Level
) -> tuple[tuple[Unit, ...], IntArray]:
    """The units of a level by code, nobody's last, and the place of each client. names: name and branch by code."""
    known = sorted(set(codes) - {NOBODY})
    units = [Unit(level, code, *names[code]) for code in known]
    if NOBODY in codes:
        units.append(Unit(level, NOBODY, *names[NOBODY]))
    at = {one.code: number for number, one in enumerate(units)}
    return tuple(units), np.array([at[code] for code in codes], dtype=np.int64)


def active(rows: IntArray, on: IntArray, n: int, day: int, span: int) -> BoolArray:
    """(n,) whether each client did something in the last `span` calendar days, the day included.

    rows, on: one entry an act: the client's row and the day as an ordinal.
    """
    lately = (on > day - span) & (on <= day)
    return np.asarray(np.bincount(rows[lately], minlength=n) > 0)


@dataclass(frozen=True, slots=True)
class Growth:
    """From one day to another. rest: clients who joined, left or became known; net: growth without the market, a
    ratio of the first day's assets, None where there were none."""

    first: Decimal
    last: Decimal
    flow: Decimal
    market: Decimal
    rest: Decimal
    net: Decimal | None


def growth(days: Sequence[tuple[Decimal, Decimal, Decimal]]) -> Growth | None:
    """From (aum, flow, market) by day, ascending; None without a day. The first day is where it starts."""
    if not days:
        return None
    first, last = days[0][0], days[-1][0]
    flow = sum((one[1] for one in days[1:]), Decimal(0))
    market = sum((one[2] for one in days[1:]), Decimal(0))
    rest = last - first - flow - market
    return Growth(first, last, flow, market, rest, (last - first - market) / first if first > 0 else None)
