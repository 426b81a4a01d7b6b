"""证据行 of a figure: which client of which person counts what of what. Every figure of a book is their quotient.

What a mismatch sale brought is out of the numerator and stays in the denominator: so no such sale can raise a figure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from advisors.facts import UNKNOWN, BookFacts
from advisors.types import LeftOut, SourceKind
from market.types import BoolArray, FloatArray, IntArray

WHY_MISMATCH: Final = "适当性错配的销售所带来的，不计入"
WHY_UNLICENSED: Final = "投资建议任务办结当日没有证券投资顾问登记，不算完成"
WHY_CAP: Final = "单一客户的净流入超过计入上限的部分，不计入"


@dataclass(frozen=True, eq=False)
class Out:
    """What was left out of rows: their places, what and why, yuan where it is money (NaN where not)."""

    at: IntArray
    what: str
    why: str
    amount: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Witness:
    """Rows (n,) of one figure. key "": the client itself is what a row is called by. unknown: rows of each person that
    could not be used, (people,). day: ordinals, UNKNOWN without one.
    """

    kind: SourceKind
    staff: IntArray
    client: IntArray
    num: FloatArray
    den: FloatArray
    day: IntArray
    key: tuple[str, ...] = ()
    unknown: IntArray | None = None
    out: tuple[Out, ...] = ()
    note: str = ""

    def __len__(self) -> int:
        return len(self.staff)


def known_rows(witness: Witness, people: int) -> Witness:
    """Without the rows whose numbers are not known; these are counted for each person."""
    good = ~(np.isnan(witness.num) | np.isnan(witness.den))
    if good.all():
        return witness
    place = np.cumsum(good) - 1
    unknown = np.bincount(witness.staff[~good], minlength=people).astype(np.int64)
    out = tuple(_kept(one, good, place) for one in witness.out)
    return Witness(
        witness.kind, witness.staff[good], witness.client[good], witness.num[good], witness.den[good],
        witness.day[good], tuple(k for k, g in zip(witness.key, good, strict=True) if g) if witness.key else (),
        unknown, out, witness.note,
    )  # fmt: skip


def _kept(one: Out, good: BoolArray, place: IntArray) -> Out:
    stays = good[one.at]
    return Out(place[one.at[stays]], one.what, one.why, None if one.amount is None else one.amount[stays])


def left_out(witness: Witness, clients: tuple[str, ...]) -> dict[int, list[LeftOut]]:
    """By person, by client number: what was left out, why, and how much."""
    found: dict[int, list[LeftOut]] = {}
    for one in witness.out:
        for row, at in enumerate(one.at.tolist()):
            amount = None if one.amount is None else float(one.amount[row])
            if amount is not None and np.isnan(amount):
                amount = None
            name = clients[int(witness.client[at])]
            found.setdefault(int(witness.staff[at]), []).append(
                LeftOut(name, one.what, one.why, amount and float(f"{amount:.10g}"))
            )
    for rows in found.values():
        rows.sort(key=lambda row: (row.key, row.what, row.why, row.amount or 0.0))
    return found


def sold_pairs(facts: BookFacts) -> IntArray:
    """(person, client) of each mismatch sale in one number, ascending; those whom the facts do not know are skipped."""
    staff = {one.staff_no: at for at, one in enumerate(facts.people)}
    n = len(facts.client_no)
    found = set()
    for one in facts.mismatches:
        at = bisect_left(facts.client_no, one.client_no)  # numbers stand in their order, see `in_order`
        if one.staff_no in staff and at < n and facts.client_no[at] == one.client_no:
            found.add(staff[one.staff_no] * n + at)
    return np.array(sorted(found), dtype=np.int64)


def mismatched_stints(facts: BookFacts) -> tuple[IntArray, FloatArray]:
    """Places of the stints in which their person sold a mismatch, and the yuan of it (NaN where not known)."""
    stints, n = facts.stints, len(facts.client_no)
    some = np.flatnonzero(np.isin(stints.staff * n + stints.client, sold_pairs(facts)))
    by_pair: dict[tuple[str, str], list[int]] = {}
    for at in some.tolist():
        pair = (facts.people[int(stints.staff[at])].staff_no, facts.client_no[int(stints.client[at])])
        by_pair.setdefault(pair, []).append(at)
    found: dict[int, float] = {}
    for sale in facts.mismatches:
        day, amount = sale.day.toordinal(), np.nan if sale.amount is None else sale.amount
        for at in by_pair.get((sale.staff_no, sale.client_no), ()):
            if stints.first[at] <= day <= stints.last[at]:
                found[at] = found.get(at, 0.0) + amount
    places = np.array(sorted(found), dtype=np.int64)
    return places, np.array([found[at] for at in places.tolist()], dtype=np.float64)


def nothing(num: FloatArray, _: FloatArray) -> FloatArray:
    return np.zeros_like(num)


def of_stints(
    facts: BookFacts, num: FloatArray, den: FloatArray, what: str, *, money: bool = False,
    without: Callable[[FloatArray, FloatArray], FloatArray] = nothing, out: tuple[Out, ...] = (),
) -> Witness:  # fmt: skip
    """A witness for each stint.

    without: what stays of the numerators of the stints with a mismatch sale, given the yuan of it.
    """
    places, amount = mismatched_stints(facts)
    counted = num.copy()
    if len(places):
        counted[places] = without(num[places], np.nan_to_num(amount))
        out = (*out, Out(places, what, WHY_MISMATCH, amount if money else None))
    stints = facts.stints
    return Witness(
        SourceKind.CLIENT, stints.staff, stints.client, counted, den, np.full(len(stints), UNKNOWN, dtype=np.int64),
        out=out,
    )  # fmt: skip


def of_rows(facts: BookFacts, name: str, what: str = "") -> Witness | None:
    """A witness for each row of a kind, None where there is none. what: leaves out clients of mismatch sales."""
    rows = facts.rows.get(name)
    if rows is None:
        return None
    num = rows.num
    out: tuple[Out, ...] = ()
    if what and facts.mismatches:
        hit = np.flatnonzero(np.isin(rows.staff * len(facts.client_no) + rows.client, sold_pairs(facts)))
        if len(hit):
            num = num.copy()
            num[hit] = np.minimum(num[hit], 0.0)
            out = (Out(hit, what, WHY_MISMATCH),)
    return Witness(rows.kind, rows.staff, rows.client, num, rows.den, rows.day, rows.key, out=out, note=rows.note)
