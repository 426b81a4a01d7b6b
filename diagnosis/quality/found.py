"""Collecting issues: many rows of one kind become a few lines that name the first ones and count the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from diagnosis.charges import whole_rule
from diagnosis.types import DataIssue, IssueKind
from diagnosis.work import Work
from kit.money import SCALE
from market.types import IntArray


@dataclass(frozen=True)
class Found:
    """Issues by account, at most `named` of one kind each; the rest of the kind are counted in one line."""

    work: Work
    lists: tuple[list[DataIssue], ...]
    seen: Counter[tuple[int, IssueKind]]
    named: int

    @classmethod
    def of(cls, work: Work) -> Found:
        return cls(work, tuple([] for _ in work.ledger.accounts), Counter(), whole_rule("LEDGER-NAMED"))

    def add(
        self, account: int, kind: IssueKind, text: str, *, count: int = 1, security: int | None = None,
        day: int | None = None, amount: float | None = None,
    ) -> None:
        """One issue; `security` is a local index, `day` an ordinal, `amount` in yuan."""
        self.seen[account, kind] += 1
        if self.seen[account, kind] > self.named:
            return
        code = None if security is None else self.work.grid.securities[security].code
        when = None if day is None else date.fromordinal(int(day))
        self.lists[account].append(DataIssue(kind, text, int(count), code, when, amount))

    def issues(self) -> tuple[tuple[DataIssue, ...], ...]:
        for (account, kind), times in self.seen.items():
            if times > self.named:
                rest = times - self.named
                text = f"另有 {rest} 项同类问题（{kind.label}），未逐条列出。"
                self.lists[account].append(DataIssue(kind, text, rest))
        return tuple(tuple(issues) for issues in self.lists)

    def name(self, security: int) -> str:
        """How a reader knows a security: name and code."""
        instrument = self.work.grid.securities[security]
        return f"{instrument.name}（{instrument.code}）"


def grouped(keys: IntArray) -> Iterator[tuple[int, IntArray]]:
    """Each key with the places where it stands, ascending; rows keep their order."""
    if not len(keys):
        return
    order = np.argsort(keys, kind="stable")
    cuts = [0, *(np.flatnonzero(np.diff(keys[order])) + 1).tolist(), len(keys)]
    for start, stop in pairwise(cuts):
        rows = order[start:stop]
        yield int(keys[rows[0]]), rows


def shares(quantity: int) -> str:
    """A quantity of millionths as a reader writes it: 1,000 or 0.25."""
    text = f"{quantity / SCALE:,.6f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def yuan(amount: int) -> str:
    """Money of millionths: 1,234.50."""
    return f"{amount / SCALE:,.2f}".replace("-", "−")


def day_text(day: int) -> str:
    return date.fromordinal(int(day)).isoformat()
