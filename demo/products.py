"""Book 2's products and services: synthetic ones, net values at real volatility, rated twice, some flaws planted.

A net value grows by a share of the daily return of real stocks (whole basis points) and an even carry, in whole
numbers, so that one catalogue gives the same bytes on every machine. Every product, issuer and figure is made up.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import Session

from clients.intake import import_file
from clients.staff.filing import Stamp
from demo.files import BookFile
from demo.market_files import decimal6, write_csv
from demo.tape import BASIS, Tape, load_tape, read_rows
from kit.access import Actor, Role
from kit.db import transaction
from kit.imports import ImportResult
from kit.money import SCALE
from suitability.levels import ProductLevel
from suitability.rating.review import ReviewReason
from suitability.rating.service import RatingService

FOLDER: Final = "synthetic-products"
YEAR: Final = 250  # days over which the carry of a year is spread
OWN: Final = ("equity_percent", "carry_bp", "basket")  # columns of the catalogue that are no import columns
FIRST_RATED: Final = date(2023, 1, 3)
RERATED: Final = date(2024, 7, 1)
MAKER: Final = Actor("demo-product-desk", "示例产品岗", Role.COMPLIANCE)
CHECKER: Final = Actor("demo-compliance", "示例合规岗", Role.COMPLIANCE)
UPDATES: Final[Mapping[str, Mapping[str, str]]] = {
    "E004": {"investment_scope": "4", "track_record": "5", "factors_on": "2024-06-28"},  # now in small boards: R3 to R4
    "X003": {"issuer_level": "R4", "issuer_rated_on": "2024-06-28"},  # the manager turned stricter
    "X006": {"track_record": "4", "factors_on": "2024-06-28"},  # changed, and not rated anew: on the review list
}
"""What a second products file changes, by code."""
RATED_ANEW: Final = ("E004", "X003")
REVIEWED_DAYS: Final = 60  # days before the demo's own on which ratings were looked at again
OVERRIDDEN: Final = "T001"  # by two people: the borrower is in arrears
PROPOSED: Final = "W004"  # proposed and still to be decided
FLAWS: Final = (
    ("E008", "CONTRADICTED", "track_record=3 where the net values support 4"),
    ("P006", "NO_FACTORS", "no factors, no rating"),
    ("E004", "RERATED", f"R3 to R4 on {RERATED}"), ("X003", "ISSUER_STRICTER", f"R3 to R4 on {RERATED}"),
    ("X006", "FACTORS_CHANGED", "changed on 2024-06-28, not rated anew"),
    ("T001", "OVERRIDDEN", "R4 to R5 by two people"), ("W004", "PROPOSED", "R3 to R4, waits for a second person"),
)  # fmt: skip
"""What was planted: code, what, detail."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The files as written, in import order; `updates` come between the first and the second rating."""

    files: tuple[BookFile, ...]
    updates: BookFile
    planted: Path


def catalogue_rows() -> list[dict[str, str]]:
    """The catalogue with its flaws."""
    rows = read_rows(FOLDER, "products.csv")
    for row in rows:
        if row["product_code"] == "E008":
            row["track_record"] = "3"
        if row["product_code"] == "P006":
            row.update(dict.fromkeys(_FACTORS, ""), factors_on="")
    return rows


_FACTORS: Final = (
    "liquidity", "maturity", "leverage", "structural_complexity", "min_ticket", "investment_scope", "offering_method",
    "issuer_credit", "track_record", "other",
)  # fmt: skip


def write_products(folder: Path, tape: Tape | None = None) -> Catalogue:
    """Write the product files below `folder`; the same tape gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    rows, tape = catalogue_rows(), tape or load_tape()
    headings = [name for name in rows[0] if name not in OWN]
    files = (
        BookFile(_written(folder / "products.csv", headings, rows), "products"),
        BookFile(_copied(folder, "components.csv"), "components"),
        BookFile(_copied(folder, "price_plans.csv"), "price_plans"),
        BookFile(write_csv(folder / "navs.csv", ("product_code", "date", "nav"), _navs(rows, tape)), "navs"),
    )
    changed = [{**row, **UPDATES[row["product_code"]]} for row in rows if row["product_code"] in UPDATES]
    updates = BookFile(_written(folder / "products-2024.csv", headings, changed), "products")
    planted = write_csv(folder / "planted-products.csv", ("product_code", "planted", "detail"), FLAWS)
    return Catalogue(files, updates, planted)


def load_products(url: str | None, catalogue: Catalogue) -> list[ImportResult]:
    """Import the catalogue into the database at `url` and rate it, on two days, as a product desk would.

    The tables must exist. Everything is filed by the demo's own product desk and compliance officer.
    """
    results = [import_file(url, file.path, kind=file.kind) for file in catalogue.files]
    with transaction(url) as session:
        rate_first(session)
    results.append(import_file(url, catalogue.updates.path, kind=catalogue.updates.kind))
    with transaction(url) as session:
        rate_again(session)
    return results


def stamp(actor: Actor, day: date) -> Stamp:
    """The demo's desk at nine in the morning of a day in Shanghai."""
    return Stamp(actor, datetime(day.year, day.month, day.day, 1, tzinfo=UTC))


def rate_first(session: Session) -> None:
    """All products with the facts of the first day; one rating is raised by two people."""
    desk = RatingService(session)
    desk.rate_all(FIRST_RATED, stamp(MAKER, FIRST_RATED))
    asked = desk.propose_override(
        OVERRIDDEN, ProductLevel.R5, reason="底层债务人已逾期，本金可能大部分损失", effective_from=FIRST_RATED,
        stamp=stamp(MAKER, FIRST_RATED),
    )
    desk.decide(asked.id, approve=True, reason="同意，依据充分", stamp=stamp(CHECKER, FIRST_RATED))


def rate_again(session: Session) -> None:
    """What changed is rated anew from the second day on; another proposal waits."""
    desk = RatingService(session)
    for code in RATED_ANEW:
        desk.rate(code, RERATED, stamp(MAKER, RERATED))
    desk.propose_override(
        PROPOSED, ProductLevel.R4, reason="权益仓位连续两季超过约定上限", effective_from=date(2024, 12, 2),
        stamp=stamp(MAKER, date(2024, 12, 2)),
    )


def review_again(session: Session, day: date) -> None:
    """Ratings whose review day has come and that nothing else speaks against are made anew; the others wait."""
    desk, on = RatingService(session), day - timedelta(days=REVIEWED_DAYS)
    for one in desk.review_due(on):
        by_day = {reason for reason, _ in one.reasons} == {ReviewReason.REVIEW_DAY}
        if by_day and one.code not in (OVERRIDDEN, PROPOSED):
            desk.rate(one.code, on, stamp(MAKER, on))


def _navs(rows: Sequence[Mapping[str, str]], tape: Tape) -> Iterator[tuple[str, str, str]]:
    """Weekly net values, on the last trading day of each week."""
    weekly = [t for t, day in enumerate(tape.days[:-1]) if tape.days[t + 1].isocalendar()[:2] != day.isocalendar()[:2]]
    returns = {name: _basket(tape, name) for name in sorted({row["basket"] for row in rows if row["basket"]})}
    for row in rows:
        if row["basket"]:
            path = nav_path(returns[row["basket"]], int(row["equity_percent"]), int(row["carry_bp"]))
            for t in (*weekly, len(tape.days) - 1):
                yield row["product_code"], tape.days[t].isoformat(), decimal6(path[t])


def nav_path(returns: Sequence[int], equity_percent: int, carry_bp: int) -> list[int]:
    """Net values in millionths by day, from 1: a share of the basket's return (basis points) and a daily carry."""
    path, value = [], SCALE * SCALE
    for moved in returns:
        value += value * equity_percent * moved // (100 * BASIS) + value * carry_bp // (BASIS * YEAR)
        path.append(value // SCALE)
    return path


def _basket(tape: Tape, name: str) -> list[int]:
    """Mean daily return, whole basis points, of a board's stocks, of all, or of every third."""
    members = [
        s for s, one in enumerate(tape.securities)
        if name == "ALL" or one.board == name or (name == "THIRD" and s % 3 == 0)
    ]
    return [int(row[members].sum()) // len(members) for row in tape.returns]


def _written(path: Path, headings: Sequence[str], rows: Sequence[Mapping[str, str]]) -> Path:
    return write_csv(path, headings, [[row[name] for name in headings] for row in rows])


def _copied(folder: Path, name: str) -> Path:
    rows = read_rows(FOLDER, name)
    return _written(folder / name, list(rows[0]), rows)


def read_flaws(path: Path) -> dict[str, str]:
    """What was planted, by product."""
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["product_code"]: row["planted"] for row in csv.DictReader(stream)}
