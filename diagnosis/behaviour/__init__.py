"""交易习惯: each module measures one habit for the whole book in arrays, and tells it for one account in
words.

`habit_numbers` is the array side, `habits_of_account` the words with evidence and cost, `habits_of` both
for a batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from clients.types import Ledger
from diagnosis.behaviour import (
    averaging,
    chasing,
    disposition,
    diversification,
    hours,
    lottery,
    orders,
    patience,
    turnover,
)
from diagnosis.behaviour.book import Book, lay_out
from diagnosis.behaviour.flags import Universe
from diagnosis.behaviour.habit import Column
from diagnosis.types import Habit, HabitId, History
from market.types import BenchmarkSeries

__all__ = ["HabitNumbers", "habit_numbers", "habits_of", "habits_of_account"]

Teller = Callable[[Book, Column, int], Habit]

TELLERS: Mapping[HabitId, Teller] = {
    HabitId.DISPOSITION: disposition.tell,
    HabitId.CHASING: chasing.tell_chasing,
    HabitId.OVERTRADING: turnover.tell,
    HabitId.CONCENTRATION: diversification.tell_concentration,
    HabitId.INDUSTRY_CONCENTRATION: diversification.tell_industries,
    HabitId.LOTTERY: lottery.tell,
    HabitId.AVERAGING_DOWN: averaging.tell,
    HabitId.SMALL_ORDERS: orders.tell,
    HabitId.PANIC_SELLING: chasing.tell_panic,
    HabitId.TIME_OF_DAY: hours.tell,
    HabitId.LEVERAGE: diversification.tell_leverage,
    HabitId.PATIENCE: patience.tell,
    HabitId.DIVERSIFIED: diversification.tell_diversified,
}


@dataclass(frozen=True)
class HabitNumbers:
    """Every habit of A accounts in columns, and the book they were counted on."""

    book: Book
    columns: Mapping[HabitId, Column]


def habit_numbers(
    history: History, ledger: Ledger, benchmark: BenchmarkSeries | None, universe: Universe | None = None
) -> HabitNumbers:
    """All habits of A accounts, numbers only.

    `universe`: the sort of all stocks into lottery stocks and others; without it only the history's own
    securities are compared, and with fewer than the rule asks for the habit is withheld.
    """
    book = lay_out(history, ledger, benchmark, universe)
    columns = (
        disposition.measure(book),
        *chasing.measure(book),
        turnover.measure(book),
        *diversification.measure(book),
        lottery.measure(book),
        averaging.measure(book),
        orders.measure(book),
        hours.measure(book),
        patience.measure(book),
    )
    return HabitNumbers(book, {data.id: data for data in columns})


def habits_of_account(numbers: HabitNumbers, a: int) -> dict[str, Habit]:
    """The habits of account a in words, with evidence and cost, by id in the order of `HabitId`."""
    return {habit.value: TELLERS[habit](numbers.book, numbers.columns[habit], a) for habit in HabitId}


def habits_of(
    history: History, ledger: Ledger, benchmark: BenchmarkSeries | None, universe: Universe | None = None
) -> list[dict[str, Habit]]:
    """The habits of each account of the batch, in words."""
    numbers = habit_numbers(history, ledger, benchmark, universe)
    return [habits_of_account(numbers, a) for a in range(len(history.accounts))]
