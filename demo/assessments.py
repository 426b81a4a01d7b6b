"""Assessments of the demo clients: valid, ending soon, over, lowest class, held for review, refused; and professionals.

One seed and one book give the same files. What was planted stands in a file beside them and is never imported.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
from sqlmodel import Session

import suitability.imports  # noqa: F401  its kinds of files become known
from clients.intake import import_file
from clients.repository import ClientFacts, ClientRepository
from clients.staff.filing import Stamp
from clients.types import ClientKind
from demo.files import Book, BookFile
from demo.market_files import write_csv
from demo.products import CHECKER, MAKER, stamp
from demo.sheets import LONG, SHORT, Codes, draw_sheet, moments
from kit.access import Actor, Role, everything
from kit.db import transaction
from kit.imports import ImportResult
from kit.labels import Labelled
from suitability.assessment.imports import QUESTION_COLUMNS
from suitability.assessment.rules import books
from suitability.assessment.validity import valid_through, years_later
from suitability.category.service import CategoryService
from suitability.category.types import Evidence, EvidenceKind, Trial, TrialKind
from suitability.levels import ClientLevel
from suitability.questionnaire.service import QuestionnaireService

DAY: Final = date(2024, 12, 31)
INSTALLED: Final = date(2020, 1, 2)
SEED: Final = 20240101
HEADINGS: Final = (
    "client_no", "questionnaire", "started_at", "answered_at", "confirmed_at", "entered_by", "channel",
    *QUESTION_COLUMNS,
)  # fmt: skip
PLANTED: Final = ("client_no", "part", "level", "questionnaire", "assessed_on", "valid_through", "category")
LEVELS: Final = (ClientLevel.C2, ClientLevel.C3, ClientLevel.C3, ClientLevel.C4, ClientLevel.C4, ClientLevel.C5)


class Part(Labelled):
    """What stands in a client's file."""

    VALID = "VALID", "有效"
    ENDING = "ENDING", "60 天内到期"
    EXPIRED = "EXPIRED", "已过期"
    LOWEST = "LOWEST", "最低类别"
    BLOCKED = "BLOCKED", "答案矛盾，没有结果"
    SOFT = "SOFT", "答案须确认，待复核"
    CLIMB = "CLIMB", "短期内上升两级，待复核"
    STAFF = "STAFF", "工作人员代填，没有结果"
    LOWERED = "LOWERED", "新的较低结果尚未确认"
    MISSING = "MISSING", "没有评估"


CYCLE: Final = (
    *[Part.VALID] * 26, *[Part.ENDING] * 2, *[Part.EXPIRED] * 3, Part.LOWEST, Part.BLOCKED, Part.SOFT, Part.CLIMB,
    Part.STAFF, Part.LOWERED, Part.MISSING,
)  # fmt: skip
"""Forty clients; the same again for the next forty."""
PROFESSIONAL_EVERY: Final = 20
CONVERTED_EVERY: Final = 33


@dataclass(frozen=True, slots=True)
class Written:
    """One sheet on its way into the file."""

    client_no: str
    version: str
    day: date
    answers: Codes
    entered_by: str = "CLIENT"
    confirmed: bool = True


@dataclass(frozen=True, slots=True)
class Planted:
    """What a client's file was made to hold. assessed_on: of the result in force, None where there is none."""

    client_no: str
    part: Part
    level: ClientLevel | None
    version: str
    assessed_on: date | None
    category: str

    @property
    def valid_through(self) -> date | None:
        return None if self.assessed_on is None else valid_through(self.assessed_on, books().assessment)


def assess_book(
    url: str | None, folder: Path, seed: int = SEED, day: date = DAY
) -> tuple[list[ImportResult], list[Planted]]:
    """Publish the questionnaires, write and import days of birth and sheets, grant the professionals.

    day: the demo's own; everything is dated from it backwards.
    """
    with transaction(url) as session:
        QuestionnaireService(session).install(stamp(CHECKER, INSTALLED))
        clients = [
            one for one in ClientRepository(session, everything(day)).clients() if one.kind is ClientKind.NATURAL
        ]
    book, planted = write_assessments(folder, clients, seed, day)
    results = [import_file(url, file.path, kind=file.kind) for file in book.files]
    with transaction(url) as session:
        grant_professionals(session, planted, day)
    return results, planted


def write_assessments(
    folder: Path, clients: Sequence[ClientFacts], seed: int = SEED, day: date = DAY
) -> tuple[Book, list[Planted]]:
    """Write `births.csv` and `answers.csv` for these clients into `folder`, and what was planted."""
    folder.mkdir(parents=True, exist_ok=True)
    births, sheets, planted = [], [], []
    for index, client in enumerate(sorted(clients, key=lambda one: one.client_no)):
        rng = np.random.default_rng([seed, 77, index])
        part = CYCLE[(7 * index) % len(CYCLE)]
        born = _birth_date(rng, day, part)
        births.append((client.client_no, client.name, born.isoformat()))
        own, told = _file_of(rng, client.client_no, index, part, born, day)
        sheets += [_row(rng, one) for one in own]
        planted.append(told)
    files = (
        BookFile(write_csv(folder / "births.csv", ("client_no", "name", "birth_date"), births), "clients"),
        BookFile(write_csv(folder / "answers.csv", HEADINGS, sheets), "answers"),
    )
    path = write_csv(folder / "planted-assessments.csv", PLANTED, [_planted_row(one) for one in planted])
    return Book("assessments", files, path), planted


def _birth_date(rng: np.random.Generator, day: date, part: Part) -> date:
    """Between 24 and 80 years old; the lowest class is old enough to be plausible."""
    years = int(rng.integers(62, 81)) if part is Part.LOWEST else int(rng.integers(24, 81))
    return years_later(day, -years) - timedelta(days=int(rng.integers(0, 365)))


def _file_of(
    rng: np.random.Generator, client_no: str, index: int, part: Part, born: date, day: date
) -> tuple[list[Written], Planted]:
    level = LEVELS[int(rng.integers(0, len(LEVELS)))]
    version = SHORT if rng.random() < 0.3 else LONG
    category = _category(index, part)

    def one(
        wanted: ClientLevel, on: date, form: str = version, *, fixed: Mapping[str, str] | None = None, finds: str = "",
        entered_by: str = "CLIENT", confirmed: bool = True,
    ) -> Written:  # fmt: skip
        answers = draw_sheet(rng, form, wanted, born, on, fixed, finds)
        return Written(client_no, form, on, answers, entered_by, confirmed)

    def told(wanted: ClientLevel | None, on: date | None, form: str = version) -> Planted:
        return Planted(client_no, part, wanted, form, on, category)

    on = day - timedelta(days=int(rng.integers(90, 600)))
    if part is Part.MISSING:
        return [], told(None, None)
    if part is Part.STAFF:
        return [one(level, on, entered_by="客户经理")], told(None, None)
    if part is Part.BLOCKED:
        return [one(level, on, fixed={"use_of_return": "A", "large_debts": "D"}, finds="ASSESS-112")], told(None, None)
    if part is Part.SOFT:
        fixed = {"income_source": "D", "investable_assets": "A"}
        return [one(level, on, fixed=fixed, finds="ASSESS-114")], told(None, None)
    if part is Part.LOWEST:
        fixed = {"bearable_loss": "A"}
        return [one(ClientLevel.C1, on, SHORT, fixed=fixed)], told(ClientLevel.C1, on, SHORT)
    if part is Part.CLIMB:
        later = day - timedelta(days=int(rng.integers(3, 20)))
        before = later - timedelta(days=int(rng.integers(5, 28)))
        return [one(ClientLevel.C2, before), one(ClientLevel.C4, later)], told(ClientLevel.C2, before)
    if part is Part.LOWERED:
        later = day - timedelta(days=int(rng.integers(3, 40)))
        return [one(ClientLevel.C4, on), one(ClientLevel.C2, later, confirmed=False)], told(ClientLevel.C2, on)
    if part is Part.ENDING:
        on = years_later(day + timedelta(days=int(rng.integers(1, 61))), -2) + timedelta(days=1)
    if part is Part.EXPIRED:
        on = years_later(day, -2) - timedelta(days=int(rng.integers(1, 500)))
    return [one(level, on)], told(level, on)


def _category(index: int, part: Part) -> str:
    """Some of the clients in good standing are professionals."""
    if part is not Part.VALID:
        return "ORDINARY"
    if index % PROFESSIONAL_EVERY == 3:
        return "PRO_II"
    return "PRO_III" if index % CONVERTED_EVERY == 5 else "ORDINARY"


def _row(rng: np.random.Generator, one: Written) -> list[str]:
    begun, finished, confirmed = moments(rng, one.day)
    cells = [",".join(one.answers.get(question, ())) for question in QUESTION_COLUMNS]
    said = confirmed if one.confirmed else ""
    return [one.client_no, one.version, begun, finished, said, one.entered_by, "APP", *cells]


def _planted_row(one: Planted) -> tuple[object, ...]:
    level = "" if one.level is None else one.level.value
    return one.client_no, one.part.value, level, one.version, one.assessed_on, one.valid_through, one.category


def read_planted(path: Path) -> list[dict[str, str]]:
    """What was planted, as the file states it."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def grant_professionals(session: Session, planted: Sequence[Planted], day: date) -> None:
    """Recognise and convert through the desk, a second person deciding; one application is refused."""
    desk = CategoryService(session, everything(day))
    on = day - timedelta(days=60)
    chosen = [one for one in planted if one.category != "ORDINARY"]
    for one in chosen:
        converts = one.category == "PRO_III"
        wealth = Decimal(3_600_000 if converts else 8_000_000)
        papers = [
            _paper(desk, one.client_no, EvidenceKind.FINANCIAL_ASSETS, on, amount=wealth),
            _paper(desk, one.client_no, EvidenceKind.INVESTING, on, since=years_later(on, -6)),
        ]
        _apply(desk, one.client_no, "PRO_III_NATURAL" if converts else "PRO_II_NATURAL", papers, on, granted=True)
    ordinary = next((one for one in planted if one.part is Part.VALID and one.category == "ORDINARY"), None)
    if ordinary is not None:
        papers = [_paper(desk, ordinary.client_no, EvidenceKind.FINANCIAL_ASSETS, on, amount=Decimal(2_999_999))]
        _apply(desk, ordinary.client_no, "PRO_III_NATURAL", papers, on, granted=False)


def _paper(
    desk: CategoryService, client_no: str, kind: EvidenceKind, on: date, *, amount: Decimal | None = None,
    since: date | None = None,
) -> int:  # fmt: skip
    digest = f"sha256:{kind.value.lower()}:{client_no}"
    paper = Evidence(kind=kind, as_of=on, amount=amount, since=since, document=digest)
    filed = desk.file_evidence(client_no, paper, stamp(MAKER, on)).id
    assert filed is not None
    return filed


def _apply(desk: CategoryService, client_no: str, test: str, papers: list[int], on: date, *, granted: bool) -> None:
    client = Actor(f"demo-{client_no}"[:32], f"客户 {client_no}"[:64], Role.CLIENT, f"client:{client_no}")
    asked: Stamp = stamp(client, on)
    made = desk.apply(client_no, test, papers, asked, document=f"sha256:form:{client_no}", risk_acknowledged=True)
    if test == "PRO_III_NATURAL":
        score = 92 if granted else 71
        trial = Trial(kind=TrialKind.KNOWLEDGE_TEST, score=score, taken_on=on, document=f"sha256:test:{client_no}")
        desk.add_trial(made.id, trial, stamp(MAKER, on))
    reason = "材料齐全，已告知两类投资者保护的差别" if granted else "金融资产证明低于 300 万元，知识测试未合格"
    desk.decide(made.id, granted, reason, stamp(CHECKER, on))
