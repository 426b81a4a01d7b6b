"""What is wrong with some files on purpose: each changes one account's rows as real files do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from demo.book import Business, Row
from demo.cast import Trap
from demo.tape import Security, Tape

CUT_ON: Final = date(2022, 6, 30)
"""The statement of an account with earlier holdings begins on the day after this one."""
BANK: Final = (Business.DEPOSIT, Business.WITHDRAWAL)
SUBSCRIPTIONS: Final = ("732337", "732583", "732983")
"""Subscription codes of three shipped Shanghai stocks, as they stand beside lottery numbers."""


@dataclass(frozen=True, slots=True)
class Trapped:
    """The rows that go into the file, the snapshot that goes with them, and what was done."""

    rows: list[Row]
    snapshot: dict[str, int]  # canonical code: shares at the end of `snapshot_on`
    snapshot_on: date | None
    detail: str


def spring(trap: Trap | None, rows: Sequence[Row], tape: Tape) -> Trapped:
    """`rows` as the file shows them under `trap`; unchanged without one."""
    match trap:
        case Trap.NO_BANK_ROWS:
            kept = [row for row in rows if row.business not in BANK]
            return Trapped(kept, {}, None, f"removed={len(rows) - len(kept)}")
        case Trap.OPENING_SNAPSHOT:
            held = held_on(rows, tape, CUT_ON)
            detail = f"first_day_after={CUT_ON};stocks={len(held)}"
            return Trapped(after_cut(rows, tape), held, CUT_ON, detail)
        case Trap.SOLD_MORE_THAN_HELD:
            held = held_on(rows, tape, CUT_ON)
            return Trapped(after_cut(rows, tape), {}, None, f"first_day_after={CUT_ON};unknown={len(held)}")
        case Trap.LOTTERY_NUMBERS:
            return _with_lottery_numbers(rows)
        case Trap.UNEXPLAINED_FLOW:
            return _without_one_deposit(rows)
        case _:
            return Trapped(list(rows), {}, None, "")


def held_on(rows: Sequence[Row], tape: Tape, day: date) -> dict[str, int]:
    """Shares by canonical code at the end of `day`, from the rows themselves."""
    held: Counter[str] = Counter()
    for row in rows:
        if row.security is not None and tape.days[row.day] <= day:
            sign = {Business.BUY: 1, Business.BONUS: 1, Business.SELL: -1}.get(row.business, 0)
            held[row.security.canonical] += sign * row.quantity
    return {code: shares for code, shares in sorted(held.items()) if shares}


def after_cut(rows: Sequence[Row], tape: Tape) -> list[Row]:
    """The rows after the day of the cut."""
    return [row for row in rows if tape.days[row.day] > CUT_ON]


def _with_lottery_numbers(rows: Sequence[Row]) -> Trapped:
    """申购配号 between other rows: a quantity of numbers, no money, no shares."""
    places = [len(rows) * part // 4 for part in (1, 2, 3)]
    found = list(rows)
    for place, code in sorted(zip(places, SUBSCRIPTIONS, strict=True), reverse=True):
        before = rows[place - 1]
        note = Security(code, "配号", "")
        found.insert(place, replace(
            before, business=Business.LOTTERY_NUMBER, security=note, quantity=place % 9 + 1, price=0,
            turnover=0, commission=0, stamp=0, transfer=0, net=0, number=f"{before.number}P",
        ))
    return Trapped(found, {}, None, f"rows={len(places)}")


def _without_one_deposit(rows: Sequence[Row]) -> Trapped:
    """One deposit in the middle is not on the statement; only the running balance knows of it."""
    deposits = [place for place, row in enumerate(rows) if row.business is Business.DEPOSIT]
    gone = deposits[len(deposits) // 2]
    row = rows[gone]
    return Trapped([*rows[:gone], *rows[gone + 1 :]], {}, None, f"missing_fen={row.net};day_place={row.day}")
