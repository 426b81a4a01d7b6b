"""The demo on disk: both books written, imported and surveyed once, kept while program, data and size stay the same.

Another program, other data or another size make it anew from nothing. It is made beside its place and moved in when
it is whole, so that an interrupted run leaves the old one or none.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import lru_cache
from importlib import resources
from pathlib import Path
from time import time
from typing import Any, Final

from demo.assessments import assess_book
from demo.choice import shown_clients
from demo.decisions import call_some, decide_some, draft_a_change
from demo.evaluate import HabitScore, evaluate, read_planted
from demo.far_trans import stale_levels
from demo.households import load_households
from demo.load import SEED, load_books, write_books
from demo.locked import lock_some
from demo.mismatches import plant_and_watch
from demo.mot import play_moments
from demo.permissions import load_permissions
from demo.policies import draft_policies
from demo.products import load_products, review_again, write_products
from demo.rehearsal import rehearsed
from demo.service_register import fill_service
from demo.services import able, load_services
from demo.users import add_users
from diagnosis.types import Diagnosis
from kit.db import engine, transaction
from kit.imports import ImportResult
from kit.migrate import newest_revision, upgrade
from reports.survey import survey_book

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done, how many there are."""

WARMING: Final = "编译计算内核"
SURVEY: Final = "全账户体检"
SUITABILITY: Final = "适当性"
MOMENTS: Final = "关键时刻"
RECORD: Final = "demo.json"
MAKING: Final = ".making-"
LONGEST_SECONDS: Final = 3_600  # no run takes longer
PARTS: Final = ("books", "heshi.db")
DATA: Final = ("kit", "market", "clients", "diagnosis", "suitability", "mot", "demo")
"""Packages that have a say in what is in the database."""
READ: Final = frozenset((".py", ".yaml", ".txt", ".csv", ".gz", ".html", ".typ", ".css", ".js", ".mjs", ".ttf"))


@dataclass(frozen=True, slots=True)
class Record:
    """What was made: of which program and data, how many rows went in, what was found of what was planted."""

    fingerprint: str
    accounts: int
    rows: dict[str, dict[str, int]]  # book: {"read", "refused", "clients", "accounts", "prices", "ledger"}
    scores: tuple[HabitScore, ...]
    reports: dict[str, str] = field(default_factory=dict)  # number: mark of the report whose files stand there
    mismatches: dict[str, Any] = field(default_factory=dict)  # what `plant_and_watch` tells
    stale: dict[str, int] = field(default_factory=dict)  # of the real customers' stated levels
    moments: dict[str, Any] = field(default_factory=dict)  # what `play_moments` tells


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of a demo."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{(self.folder / 'heshi.db').resolve()}"

    @property
    def books(self) -> Path:
        return self.folder / "books"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    def record(self) -> Record | None:
        """What stands here, None where nothing whole does."""
        path = self.folder / RECORD
        if not path.is_file() or not all((self.folder / part).exists() for part in PARTS):
            return None
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return Record(**{**told, "scores": tuple(HabitScore(**score) for score in told["scores"])})
        except (ValueError, TypeError, KeyError):
            return None  # another program's record: its demo is made anew

    def keep(self, record: Record) -> None:
        text = json.dumps(asdict(record), ensure_ascii=False, indent=1)
        (self.folder / RECORD).write_text(text, encoding="utf-8")


def set_up(stage: Stage, *, accounts: int, now: datetime, day: date, progress: Progress) -> tuple[Record, bool]:
    """The demo of `accounts` synthetic accounts in its folder, and whether it had to be made.

    now: when the survey is made; day: the business day whose rules apply.
    """
    wanted = f"{fingerprint(DATA)} {newest_revision()}"
    known = stage.record()
    if known is not None and (known.fingerprint, known.accounts) == (wanted, accounts):
        return known, False
    with apart(stage) as fresh:
        record = _make(fresh, wanted, accounts, now, day, progress)
        fresh.keep(record)
        engine(fresh.url).dispose()
        _move_in(fresh, stage)
    return record, True


def _make(stage: Stage, wanted: str, accounts: int, now: datetime, day: date, progress: Progress) -> Record:
    with rehearsed() as rest:
        books = write_books(stage.books, SEED, accounts, progress)
        upgrade(stage.url)
        results = load_books(stage.url, books, progress)
        progress(WARMING, 0, 1)
        rest()
        progress(WARMING, 1, 1)
    seen: dict[str, set[str]] = {}
    withheld: dict[str, set[str]] = {}

    def look(diagnosis: Diagnosis) -> None:
        habits = diagnosis.habits.items()
        seen[diagnosis.account_no] = {name for name, habit in habits if habit.seen}
        withheld[diagnosis.account_no] = {name for name, habit in habits if habit.seen is None}

    with transaction(stage.url) as session:
        survey_book(
            session, now=now, day=day, progress=lambda done, total: progress(SURVEY, done, total), look=look
        )
    mismatches = _suit(stage, day, progress)
    fill_service(stage.url, stage.books / "service", day)
    progress(MOMENTS, 0, 1)
    moments = play_moments(stage.url, sorted(shown_clients(stage.books)), day, now)
    progress(MOMENTS, 1, 1)
    add_users(stage.url, now)  # once they themselves and all whom they serve are on file
    rows = {name: _counts(part) for name, part in zip(("real", "synthetic"), _by_book(results, books), strict=True)}
    scores = evaluate(read_planted(books.planted), seen, withheld)
    return Record(wanted, accounts, rows, scores, mismatches=mismatches, stale=stale_levels(), moments=moments)


def _suit(stage: Stage, day: date, progress: Progress) -> dict[str, Any]:
    """Products, permissions, assessments, then mismatches and the watch; all dated from `day` backwards."""
    folder, whole = stage.books / "suitability", 5
    progress(SUITABILITY, 0, whole)
    load_products(stage.url, write_products(folder))
    with transaction(stage.url) as session:
        review_again(session, day)
    progress(SUITABILITY, 1, whole)
    breaches = load_permissions(stage.url, folder)
    progress(SUITABILITY, 2, whole)
    _, assessed = assess_book(stage.url, folder, SEED, day)
    shown = shown_clients(stage.books)
    load_households(stage.url, folder, shown, day)
    synthetic = sorted(one for one in shown if one.startswith("C"))
    draft_policies(stage.url, synthetic, day)
    lock_some(stage.url, stage.books / "locked", (*synthetic, *able(assessed)), day)
    progress(SUITABILITY, 3, whole)
    told = plant_and_watch(stage.url, stage.books, assessed, breaches, day)
    progress(SUITABILITY, 4, whole)
    with transaction(stage.url) as session:
        decide_some(session, synthetic, day)
        draft_a_change(session, day)
        call_some(session, day)
        load_services(session, able(assessed), day)
    progress(SUITABILITY, 5, whole)
    return told


def _by_book(results: Sequence[ImportResult], books: Any) -> tuple[Sequence[ImportResult], Sequence[ImportResult]]:
    first = len(books.real.files)
    return results[:first], results[first : first + len(books.synthetic.files)]


def _counts(results: Sequence[ImportResult]) -> dict[str, int]:
    """Rows of one book: read and refused in all, and what they were."""
    kinds = {"clients": ("clients",), "accounts": ("accounts",), "prices": ("prices",)}
    ledger = ("trades", "cashflows", "statement")
    return {
        "read": sum(result.rows_read for result in results),
        "refused": sum(result.rows_refused for result in results),
        **{
            name: sum(result.rows_read for result in results if result.kind in of)
            for name, of in {**kinds, "ledger": ledger}.items()
        },
    }


@contextmanager
def apart(stage: Stage) -> Iterator[Stage]:
    """A folder beside the stage's parts that is gone afterwards, whatever happened."""
    stage.folder.mkdir(parents=True, exist_ok=True)
    for left in stage.folder.glob(f"{MAKING}*"):  # of a run that was killed
        if time() - left.stat().st_mtime > LONGEST_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=MAKING, dir=stage.folder, ignore_cleanup_errors=True) as folder:
        yield Stage(Path(folder))


def _move_in(fresh: Stage, stage: Stage) -> None:
    """The record goes first and comes last: a folder with a record is whole."""
    engine(stage.url).dispose()
    (stage.folder / RECORD).unlink(missing_ok=True)
    for leftover in ("heshi.db-wal", "heshi.db-shm"):  # of the old database; a new one would take them for its own
        (stage.folder / leftover).unlink(missing_ok=True)
    for old in (stage.books, stage.reports):
        shutil.rmtree(old, ignore_errors=True)
    for part in (*PARTS, RECORD):
        (fresh.folder / part).replace(stage.folder / part)


@lru_cache
def fingerprint(packages: tuple[str, ...]) -> str:
    """Digest over the files of `packages` that have a say in the demo, as this process found them."""
    total = hashlib.sha256()
    for root in (Path(str(resources.files(name))) for name in packages):
        for path in sorted(root.rglob("*")):
            if path.suffix in READ and path.is_file():
                total.update(f"{root.name}/{path.relative_to(root).as_posix()}\n".encode())
                total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
