"""A run of the watch: what moved since the last one is judged again, or everything; cases follow from the difference.

An incremental run replays only ledgers with new rows and judges only the pairs that a change touches. A full run reads
and judges everything anew, and counts what the incremental ones would have missed: none, when all is well. Either way
only the difference is written, and the same day again writes nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from sqlmodel import Session

from clients.staff.filing import Stamp, file_change
from kit.db import one_at_a_time
from kit.digest import digest
from kit.rulebook import Rulebook, load_rulebook
from suitability.cases.intake import CaseIntake
from suitability.cases.rules import watched
from suitability.cases.types import Observation
from suitability.changes.in_force import under_rules
from suitability.monitoring.book import key_of, pair_of, rule_mark
from suitability.monitoring.observations import Seen, by_cause
from suitability.monitoring.positions import standing
from suitability.monitoring.problems import DayBehind
from suitability.monitoring.reader import BookReader
from suitability.monitoring.repository import Columns, WatchRepository
from suitability.monitoring.state import State, places_in, step
from suitability.monitoring.tables import WatchRunRow
from suitability.retention import retained_until

LOCK = "heshi.suitability.watch"
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class WatchRun:
    """What a run came to. counts: accounts, accounts_read, pairs, judged, mismatched, not_rated, not_priced, changed,
    missed, and what cases it opened, changed, cured (by EventKind). causes: mismatches that are new or changed.
    observations: what cases were told. filed: a record of the run was written.
    """

    day: date
    whole: bool
    dry: bool
    filed: bool
    counts: dict[str, int]
    causes: dict[str, int]
    observations: tuple[Observation, ...]
    digest: str


class WatchService:
    """The watch over the whole book, on one session; the commit belongs to the caller."""

    def __init__(self, session: Session, rules: Rulebook | None = None) -> None:
        self._session = session
        self._kept = WatchRepository(session)
        self._given = rules

    def runs(self, limit: int = 50) -> list[WatchRunRow]:
        """Records of runs, newest first."""
        return self._kept.runs(limit)

    @under_rules("day")
    def recheck(self, day: date, stamp: Stamp, *, whole: bool = False, dry: bool = False) -> WatchRun:
        """Judge the book as of `day`, under the rules of that day. Raises DayBehind for a day before the last run's."""
        if not dry:
            one_at_a_time(self._session, LOCK)
        last = self._kept.last_run()
        if last is not None and day < last.day:
            raise DayBehind(f"最近一次核对在 {last.day}，不能回到 {day}；请核对 {last.day} 或以后的日期")
        rules, watching = self._given or load_rulebook("suitability", "matching"), tuple(watched(day))
        mark = rule_mark(rules, watching, day)
        rules_changed = last is not None and last.rule_mark != mark
        run = _Run(self._session, self._kept, day, rules, watching, whole or last is None, rules_changed)
        told = run.observations()
        intake = CaseIntake(self._session, day, stamp)
        told += run.absent(intake)
        if dry:
            return run.result(told, intake.preview(told), dry=True, filed=False, sealed=run.seal(mark))
        run.write()
        done = intake.observe(told) + intake.maintain()
        filed = self._file(run, mark, told, done, stamp)
        return run.result(told, done, dry=False, filed=filed, sealed=run.seal(mark))

    def _file(self, run: _Run, mark: str, told: list[Observation], done: Counter[str], stamp: Stamp) -> bool:
        sealed = run.seal(mark)
        if self._kept.known_run(run.day, sealed):
            return False
        counts: dict[str, Any] = {**run.counts, **done, "causes": by_cause(told)}
        self._kept.add_run(WatchRunRow(
            day=run.day, whole=run.whole, ran_at=stamp.at, ran_by=stamp.actor.name, rule_mark=mark, counts=counts,
            digest=sealed, retain_until=retained_until(run.day, "watch_run"),
        ))
        file_change(
            self._session, stamp, "suitability.recheck", "watch_run", run.day.isoformat(), version=1, whole=run.whole,
            counts=counts, state=sealed,
        )  # fmt: skip
        return True


class _Run:
    """One run: read, judged, and what differs."""

    def __init__(
        self, session: Session, kept: WatchRepository, day: date, rules: Rulebook, watching: tuple[str, ...],
        whole: bool, rules_changed: bool,
    ) -> None:  # fmt: skip
        self.day, self.whole = day, whole
        self._kept = kept
        self._reader = BookReader(session, day)
        self._accounts, self._holdings, self._old = kept.accounts(), kept.holdings(), kept.state()
        self._ledgers = standing(self._reader, self._accounts, self._holdings, whole=whole)
        book, told = self._reader.book(self._ledgers.positions, pair_of(self._old.key)[1])
        self._step = step(self._old, book, rules, watching, everything=whole or rules_changed)
        missed = self._missed(book, rules, watching) if whole else 0
        known = frozenset(self._accounts["client_id"].tolist())
        self._seen = Seen(self._old, self._step, book, told, known, rules_changed)
        self.counts = self._counted(missed)

    def observations(self) -> list[Observation]:
        return self._seen.observations(everything=self.whole)

    def absent(self, intake: CaseIntake) -> list[Observation]:
        """A full run also ends what cases still believe and the book no longer says."""
        if not self.whole:
            return []
        told = {one.key for one in self._seen.observations(everything=False)}
        left = intake.present_keys() - self._seen.mismatched() - told
        return [Observation(client_no=no, product_code=code, facts={"why": "ABSENT"}) for no, code in sorted(left)]

    def seal(self, mark: str) -> str:
        """Digest over the day, the rules and all that was found."""
        return digest({"day": self.day, "rules": mark, "whole": self.whole, "state": _fingerprint(self._step.after)})

    def write(self) -> None:
        """The difference alone."""
        changed = np.flatnonzero(self._step.changed(self._old))
        self._kept.write_pairs(self._old, self._step.after, changed, self._step.before, self._step.gone)
        fresh = self._ledgers.fresh
        self._kept.replace_holdings(fresh.owner_id, self._holdings, fresh.rows())
        self._kept.write_accounts(self._changed_accounts(), self._accounts["account_id"])

    def result(
        self, told: list[Observation], done: Counter[str], *, dry: bool, filed: bool, sealed: str
    ) -> WatchRun:
        return WatchRun(
            self.day, self.whole, dry, filed, {**self.counts, **done}, by_cause(told), tuple(told), sealed
        )

    # within

    def _missed(self, book: Any, rules: Rulebook, watching: tuple[str, ...]) -> int:
        """Pairs that a full scan judges otherwise than an incremental run would have left them."""
        if not len(self._old):
            return 0
        from_ledger = self._stale_holdings()
        again = step(self._old, book, rules, watching)
        return from_ledger + int((again.after.hits != self._step.after.hits).sum())

    def _stale_holdings(self) -> int:
        """Holdings that differ though the ledger's mark said that nothing had moved."""
        quiet = self._reader.account_ids[~self._ledgers.stale]
        parts = []
        for part in (self._holdings, self._ledgers.fresh.rows()):
            own = np.isin(part["account_id"], quiet)
            parts.append((key_of(part["account_id"][own], part["instrument_id"][own]), part["quantity"][own]))
        (stored, before), (found, now) = parts
        place = places_in(stored, found)
        same = int((before[place[place >= 0]] == now[place >= 0]).sum())
        return len(stored) + len(found) - 2 * same

    def _changed_accounts(self) -> Columns:
        """Accounts whose mark or cash differs from what is on file."""
        ids = self._ledgers.positions.owner_id
        at = np.searchsorted(self._reader.account_ids, ids)
        rows = {
            "account_id": ids, "client_id": self._reader.owner_ids[at], "ledger_mark": self._ledgers.marks[at],
            "cash": self._ledgers.positions.cash,
        }
        place = places_in(self._accounts["account_id"], ids)
        same = place >= 0
        for name, column in rows.items():
            if len(self._accounts["account_id"]):
                same &= self._accounts[name][np.maximum(place, 0)] == column
        return {name: column[~same] for name, column in rows.items()}

    def _counted(self, missed: int) -> dict[str, int]:
        after, book = self._step.after, self._seen.book
        return {
            "accounts": len(self._reader.account_ids), "accounts_read": len(self._ledgers.read), "pairs": len(after),
            "judged": int(self._step.judged.sum()), "mismatched": int((after.hits != 0).sum()),
            "not_rated": int((after.product_rank == 0).sum()), "not_priced": int(np.isnan(book.value).sum()),
            "changed": int(self._step.changed(self._old).sum()) + len(self._step.gone), "missed": missed,
        }  # fmt: skip


def _fingerprint(state: State) -> str:
    total = hashlib.sha256()
    for column in (state.key, state.quantity, state.hits, state.client_rank, state.product_rank, state.flags):
        total.update(np.ascontiguousarray(column, dtype="<i8").tobytes())
    return total.hexdigest()
