"""What was planted against what was found: recall and false findings for each habit."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from diagnosis.types import HabitId


@dataclass(frozen=True, slots=True)
class Planted:
    """What `planted.csv` says. An entailed habit follows from a planted one; it counts on neither side."""

    habits: Mapping[str, frozenset[str]]  # account_no: planted habits
    entailed: Mapping[str, frozenset[str]]
    controls: frozenset[str]
    traps: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class HabitScore:
    """One habit over the book, in accounts. Rates are None where nothing could be judged.

    `planted`, `found`, `withheld`: where it was planted, of these where found, and where withheld.
    `controls`, `false_findings`, `controls_withheld`: the same for the controls, who have no habit at all.
    `others`, `found_in_others`: planted with other habits only. A finding there may be a true by-product,
    so it is told apart and is no false finding.
    """

    habit: str
    planted: int
    found: int
    withheld: int
    controls: int
    false_findings: int
    controls_withheld: int
    others: int
    found_in_others: int

    @property
    def recall(self) -> float | None:
        """Found over planted and judged."""
        return _share(self.found, self.planted - self.withheld)

    @property
    def false_rate(self) -> float | None:
        """False findings over the controls that were judged."""
        return _share(self.false_findings, self.controls - self.controls_withheld)


def read_planted(path: Path) -> Planted:
    """The content of `planted.csv`. Raises ValueError for a role or habit that this program does not know."""
    habits: dict[str, set[str]] = defaultdict(set)
    entailed: dict[str, set[str]] = defaultdict(set)
    traps: dict[str, set[str]] = defaultdict(set)
    controls: set[str] = set()
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            account = row["account_no"]
            match row["role"]:
                case "PLANTED":
                    habits[account].add(HabitId(row["habit"]).value)
                case "ENTAILED":
                    entailed[account].add(HabitId(row["habit"]).value)
                case "CONTROL":
                    controls.add(account)
                case "TRAP":
                    traps[account].add(row["trap"])
                case other:
                    raise ValueError(f"{path.name}: {account} has the unknown role {other!r}")
    return Planted(_frozen(habits), _frozen(entailed), frozenset(controls), _frozen(traps))


def evaluate(
    planted: Planted,
    seen: Mapping[str, Collection[str]],
    withheld: Mapping[str, Collection[str]] | None = None,
) -> tuple[HabitScore, ...]:
    """Score each planted habit. `seen`, `withheld`: habit ids by account number.

    An account that stands in neither mapping was not read and is left out of every count.
    """
    hidden = withheld or {}
    read = set(seen) | set(hidden)
    names = sorted({habit for habits in planted.habits.values() for habit in habits})
    return tuple(_score(name, planted, seen, hidden, read) for name in names)


def _score(
    habit: str, planted: Planted, seen: Mapping[str, Collection[str]], hidden: Mapping[str, Collection[str]],
    read: Collection[str],
) -> HabitScore:
    def having(accounts: Collection[str], where: Mapping[str, Collection[str]]) -> int:
        return sum(habit in where.get(account, ()) for account in accounts)

    with_it = [no for no, habits in planted.habits.items() if habit in habits and no in read]
    controls = [no for no in planted.controls if no in read]
    others = [
        no for no, habits in planted.habits.items()
        if no in read and habit not in habits and habit not in planted.entailed.get(no, ())
    ]
    return HabitScore(
        habit, len(with_it), having(with_it, seen), having(with_it, hidden),
        len(controls), having(controls, seen), having(controls, hidden), len(others), having(others, seen),
    )


def print_rows(scores: Sequence[HabitScore]) -> list[tuple[str, ...]]:
    """A heading and one row for each habit, ready to be printed."""
    heading = (
        "习惯", "植入", "找到", "未判断", "召回率", "对照", "误报", "对照未判断", "误报率", "其他账户中出现",
    )
    body = [
        (
            HabitId(score.habit).label, str(score.planted), str(score.found), str(score.withheld),
            _percent(score.recall), str(score.controls), str(score.false_findings),
            str(score.controls_withheld), _percent(score.false_rate),
            f"{score.found_in_others}/{score.others}",
        )
        for score in scores
    ]
    return [heading, *body]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole > 0 else None


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share * 100:.2f}%"


def _frozen(found: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {account: frozenset(values) for account, values in found.items()}
