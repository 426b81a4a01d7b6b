"""Which accounts the demo shows: different habits, a control, one client with two accounts, the five real ones."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.evaluate import Planted, read_planted
from diagnosis.types import HabitId

SHOWN: Final = (
    HabitId.OVERTRADING, HabitId.DISPOSITION, HabitId.CHASING, HabitId.SMALL_ORDERS, HabitId.CONCENTRATION,
    HabitId.PATIENCE, HabitId.DIVERSIFIED,
)
"""Habits of which one account each is shown."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One report of the demo: an account, or all accounts of a client as one; and what it shows (`why`): the habit that
    was planted, a control, several accounts as one, a real investor.
    """

    number: str
    why: str
    merged: bool = False


def exhibits(books: Path) -> tuple[Exhibit, ...]:
    """What is shown of the books in this folder."""
    planted = read_planted(books / "synthetic" / "planted.csv")
    own = [Exhibit(number, habit.label) for habit in SHOWN if (number := _with_only(planted, habit))]
    control = [Exhibit(number, "对照") for number in sorted(planted.controls)[:1]]
    merged = [Exhibit(client, f"{n} 个账户合并", merged=True) for client, n in _with_several(books)][:1]
    real = [Exhibit(number, "真实成交") for number in _column(books / "real" / "accounts.csv", "account_no")]
    return (*own, *control, *merged, *real)


def shown_clients(books: Path) -> frozenset[str]:
    """Clients whose accounts are shown: their adviser is the one who signs in."""
    owner = {
        row["account_no"]: row["client_no"]
        for name in ("synthetic", "real")
        for row in _rows(books / name / "accounts.csv")
    }
    return frozenset(owner.get(exhibit.number, exhibit.number) for exhibit in exhibits(books))


def _with_only(planted: Planted, habit: HabitId) -> str | None:
    """The first account in which nothing but `habit` was planted, else the first that has it."""
    having = sorted(number for number, habits in planted.habits.items() if habit.value in habits)
    alone = [number for number in having if planted.habits[number] == {habit.value}]
    return next(iter([*alone, *having]), None)


def _with_several(books: Path) -> Iterator[tuple[str, int]]:
    """Clients with more than one account, and how many they have."""
    owners = _column(books / "synthetic" / "accounts.csv", "client_no")
    for client in dict.fromkeys(owners):
        if (count := owners.count(client)) > 1:
            yield client, count


def _column(path: Path, name: str) -> list[str]:
    return [row[name] for row in _rows(path)]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
