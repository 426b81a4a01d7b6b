"""Households of some demo clients, drawn by age: what they own, owe, earn and spend, and what they want to pay for.

Everything is invented. One seed, one book and one day give the same files. All amounts are round, as people say them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np

import clients.household.imports  # noqa: F401  its kinds of files become known
from clients.household.values import anniversary, years_between
from clients.intake import import_file
from clients.repository import ClientFacts, ClientRepository
from clients.types import ClientKind
from demo.files import Book, BookFile
from demo.market_files import write_csv
from kit.access import everything
from kit.db import transaction
from kit.imports import ImportResult

SEED: Final = 20240101
COUNT: Final = 40
MEMBER_COLUMNS: Final = ("household_no", "role", "member_no", "client_no", "birth_date", "sex", "retire_age",
                         "shares_accounts")  # fmt: skip
ITEM_COLUMNS: Final = (
    "household_no", "item_no", "kind", "category", "amount", "as_of", "per", "member_no", "first_on", "last_on",
    "monthly_payment", "locked_until", "priority", "witness", "note",
)  # fmt: skip
RETIRES: Final = 60


@dataclass
class Home:
    """One household on its way into the files. ease: how well it lives by what it earns, 0 tight to 1 ample."""

    number: str
    client_no: str
    born: date
    day: date
    rng: np.random.Generator
    ease: float
    members: list[tuple[Any, ...]] = field(default_factory=list)
    items: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def age(self) -> int:
        return int(years_between(self.born, self.day))

    @property
    def said_on(self) -> date:
        """Not everything was said on one day; some of it is getting old."""
        return self.day - timedelta(days=int(self.rng.integers(5, 420)))

    def draw(self, low: float, high: float, step: float = 10_000.0) -> float:
        """A round amount between two, higher where life is easier."""
        part = 0.6 * self.ease + 0.4 * float(self.rng.random())
        return max(step, round((low + (high - low) * part) / step) * step)

    def in_years(self, years: int) -> date:
        return anniversary(self.day, years).replace(day=1)

    def turns(self, years: int) -> date:
        return anniversary(self.born, years)

    def say(self, item_no: str, kind: str, category: str, amount: float, **more: Any) -> None:
        """One word on one item."""
        told = {"as_of": self.said_on, "per": "", "witness": "DOCUMENT" if self.rng.random() < 0.35 else "DECLARED"}
        told |= more
        row = {"household_no": self.number, "item_no": item_no, "kind": kind, "category": category,
               "amount": f"{amount:.2f}", **told}  # fmt: skip
        self.items.append(tuple(row.get(name, "") for name in ITEM_COLUMNS))


def load_households(
    url: str | None, folder: Path, shown: frozenset[str], day: date, seed: int = SEED
) -> list[ImportResult]:
    """Write and import the households of the shown clients and of others; days of birth must be on file.

    day: the demo's own; everything is dated from it backwards.
    """
    with transaction(url) as session:
        clients = ClientRepository(session, everything(day)).clients()
    book = write_households(folder, clients, shown, day, seed)
    return [import_file(url, file.path, kind=file.kind) for file in book.files]


def write_households(
    folder: Path, clients: Sequence[ClientFacts], shown: frozenset[str], day: date, seed: int = SEED
) -> Book:
    """Write `households.csv` and `balances.csv` for some forty of these clients into `folder`, the shown ones first."""
    folder.mkdir(parents=True, exist_ok=True)
    homes = list(homes_of(chosen(clients, shown), day, seed))
    members = [row for home in homes for row in home.members]
    items = [row for home in homes for row in home.items]
    files = (
        BookFile(write_csv(folder / "households.csv", MEMBER_COLUMNS, members), "households"),
        BookFile(write_csv(folder / "balances.csv", ITEM_COLUMNS, items), "balances"),
    )
    return Book("households", files)


def chosen(clients: Sequence[ClientFacts], shown: frozenset[str]) -> list[tuple[str, date]]:
    """Number and day of birth of those who get a household: natural persons of the synthetic book."""
    known = sorted(
        (one.client_no not in shown, one.client_no, one.birth_date)
        for one in clients
        if one.kind is ClientKind.NATURAL and one.birth_date is not None and one.client_no.startswith("C")
    )
    return [(number, born) for _, number, born in known[:COUNT] if born is not None]


def homes_of(people: Sequence[tuple[str, date]], day: date, seed: int) -> Iterator[Home]:
    """A household each, by age."""
    for number, born in people:
        rng = np.random.default_rng([seed, 91, *number.encode()])
        home = Home(f"H{number[1:]}", number, born, day, rng, ease=float(rng.random()))
        _people(home)
        _belongings(home)
        if home.age < RETIRES:
            _working(home)
        else:
            _retired(home)
        yield home


def _people(home: Home) -> None:
    rng = home.rng
    sex = "MALE" if rng.random() < 0.5 else "FEMALE"
    home.members.append((home.number, "SELF", home.client_no, home.client_no, home.born, sex, RETIRES, "Y"))
    if home.age >= 28 and rng.random() < 0.8:
        other = "FEMALE" if sex == "MALE" else "MALE"
        born = anniversary(home.born, 0) + timedelta(days=int(rng.integers(-1500, 1500)))
        home.members.append((home.number, "SPOUSE", "SPOUSE", "", born, other, RETIRES, ""))
    if 30 <= home.age < 56:
        born = home.day - timedelta(days=365 * int(rng.integers(1, max(2, min(18, home.age - 26)))))
        home.members.append((home.number, "CHILD", "CHILD", "", born, "", "", ""))


def _has(home: Home, member_no: str) -> bool:
    return any(row[2] == member_no for row in home.members)


def _belongings(home: Home) -> None:
    home.say("CASH", "ASSET", "CASH", home.draw(20_000, 260_000))
    if home.rng.random() < 0.7:
        home.say("MONEY_FUND", "ASSET", "MONEY_FUND", home.draw(10_000, 200_000))
    if home.age > 32:
        until = home.day + timedelta(days=int(home.rng.integers(60, 900)))
        home.say("DEPOSIT", "ASSET", "DEPOSIT", home.draw(50_000, 600_000, 50_000), locked_until=until)
        home.say("WEALTH", "ASSET", "WEALTH", home.draw(50_000, 900_000, 50_000))
        home.say("PROVIDENT", "ASSET", "PROVIDENT", home.draw(60_000, 420_000))
    if home.age > 29:
        home.say("HOME", "ASSET", "HOME", home.draw(1_500_000, 6_500_000, 100_000), note="自住")
    if 29 < home.age < 55:
        debt = home.draw(1_900_000, 300_000, 50_000)  # who lives easier owes less
        payment = round(debt / 170 / 100) * 100
        home.say("MORTGAGE", "DEBT", "MORTGAGE", debt, monthly_payment=f"{payment:.2f}")


def _working(home: Home) -> None:
    salary = home.draw(90_000, 360_000)
    home.say("SALARY", "INCOME", "SALARY", salary, per="YEAR", member_no=home.client_no)
    spouse = _has(home, "SPOUSE")
    if spouse:
        home.say("SPOUSE-SALARY", "INCOME", "SALARY", home.draw(60_000, 220_000), per="YEAR", member_no="SPOUSE")
    living = home.draw(7_500, 15_000, 500) * (1.4 if spouse else 1.0)
    home.say("LIVING", "SPENDING", "LIVING", living, per="MONTH")
    home.say("PENSION", "PENSION", "STATE", home.draw(3_500, 7_500, 500), per="MONTH", member_no=home.client_no)
    if spouse:
        home.say("SPOUSE-PENSION", "PENSION", "STATE", home.draw(3_000, 6_000, 500), per="MONTH", member_no="SPOUSE")
    home.say("RETIREMENT", "GOAL", "RETIREMENT", living * 0.9, per="MONTH", member_no=home.client_no, priority="1")
    if _has(home, "CHILD"):
        begin, years = home.in_years(int(home.rng.integers(2, 12))), 4
        home.say("EDUCATION", "GOAL", "EDUCATION", home.draw(60_000, 260_000), per="YEAR", priority="2",
                 first_on=begin, last_on=anniversary(begin, years), note="大学")  # fmt: skip
    if home.age < 36:
        home.say("HOUSING", "GOAL", "HOUSING", home.draw(900_000, 2_400_000, 50_000), per="ONCE", priority="3",
                 first_on=home.in_years(int(home.rng.integers(2, 6))), note="首付")  # fmt: skip
    if home.age >= 38:
        begin = home.in_years(int(home.rng.integers(1, 8)))
        home.say("CARE", "GOAL", "CARE", home.draw(48_000, 144_000, 6_000), per="YEAR", priority="3",
                 first_on=begin, last_on=anniversary(begin, 10), note="父母")  # fmt: skip


def _retired(home: Home) -> None:
    """Income is the pension; what the household spends goes on."""
    home.say("PENSION", "PENSION", "STATE", home.draw(4_000, 9_000, 500), per="MONTH", member_no=home.client_no,
             first_on=home.turns(RETIRES))  # fmt: skip
    if _has(home, "SPOUSE"):
        home.say("SPOUSE-PENSION", "PENSION", "STATE", home.draw(3_500, 7_000, 500), per="MONTH", member_no="SPOUSE",
                 first_on=home.turns(RETIRES + 2))  # fmt: skip
    home.say("LIVING", "SPENDING", "LIVING", home.draw(7_000, 18_000, 500), per="MONTH")
    home.say("CARE", "GOAL", "CARE", home.draw(60_000, 180_000, 6_000), per="YEAR", priority="1",
             first_on=home.in_years(int(home.rng.integers(3, 9))), note="护理")  # fmt: skip
    home.say("OTHER", "GOAL", "OTHER", home.draw(100_000, 600_000, 50_000), per="ONCE", priority="3",
             first_on=home.in_years(int(home.rng.integers(2, 8))), note="留给孙辈")  # fmt: skip
