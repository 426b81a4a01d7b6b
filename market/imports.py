"""Market files: which columns each kind has, and what one row of it means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from zoneinfo import ZoneInfo

from kit.imports.cells import When
from kit.imports.headings import KindColumns
from kit.imports.result import Refused
from kit.imports.rows import Cells
from kit.labels import Labelled
from market.types import ActionKind, Board, InstrumentKind, Venue

INSTRUMENTS = KindColumns(
    "instruments",
    "证券资料",
    ("security_code", "name", "kind"),
    ("venue", "board", "industry", "currency", "lot_size", "lot_step", "listed_on", "delisted_on"),
)
BENCHMARKS = KindColumns(
    "benchmarks",
    "基准",
    ("benchmark_code", "date"),
    ("security_code", "name", "composition"),
    (("close", "weight"),),
)
PRICES = KindColumns(
    "prices",
    "行情",
    ("security_code", "date", "close"),
    ("open", "high", "low", "volume", "amount", "adj_factor", "venue"),
)
ACTIONS = KindColumns(
    "actions", "公司行动", ("security_code", "ex_date", "kind", "value"), ("price", "venue")
)

Code = TypeVar("Code", bound=Labelled)


def coded(cells: Cells, column: str, codes: type[Code], default: Code | None = None) -> Code:
    """The member that a cell names by its code or by its Chinese label.

    Raises Refused that lists the codes.
    """
    text = cells.text(column)
    if not text and default is not None:
        return default
    for member in codes:
        if text.upper() == member.value or text == member.label:
            return member
    raise Refused(column, text, f"应为 {'、'.join(codes.__members__)} 之一")


def positive(cells: Cells, column: str) -> int:
    """A number above zero in millionths. Raises Refused."""
    found = cells.need_scaled(column)
    if found <= 0:
        raise Refused(column, cells.text(column), "应大于 0")
    return found


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One row of a price file; with a moment it is a quote."""

    when: When
    close: int
    open: int | None
    high: int | None
    low: int | None
    volume: int | None
    amount: int | None
    adj_factor: int | None


def price_line(cells: Cells, zone: ZoneInfo) -> PriceLine:
    """Raises Refused for a price that is not above zero, or a high below a low."""
    high, low = _above_zero(cells, "high"), _above_zero(cells, "low")
    if high is not None and low is not None and high < low:
        raise Refused("high", cells.text("high"), f"最高价不应低于最低价 {cells.text('low')}")
    return PriceLine(
        when=cells.when("date", zone),
        close=positive(cells, "close"),
        open=_above_zero(cells, "open"),
        high=high,
        low=low,
        volume=cells.not_negative("volume"),
        amount=cells.not_negative("amount"),
        adj_factor=_above_zero(cells, "adj_factor"),
    )


def _above_zero(cells: Cells, column: str) -> int | None:
    """Vendors write 0 where there was no trade: it is no price."""
    found = cells.not_negative(column)
    return found or None


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One corporate action, value and price in millionths."""

    ex_date: date
    kind: ActionKind
    value: int
    price: int | None


def action_line(cells: Cells) -> ActionLine:
    """Raises Refused."""
    kind = coded(cells, "kind", ActionKind)
    price = cells.not_negative("price")
    if kind is ActionKind.RIGHTS and price is None:
        raise Refused("price", "", "配股须有配股价")
    return ActionLine(cells.need_day("ex_date"), kind, positive(cells, "value"), price)


@dataclass(frozen=True, slots=True)
class InstrumentLine:
    """One security; None is "the file does not say"."""

    name: str
    kind: InstrumentKind
    venue: Venue | None
    board: Board | None
    industry: str | None
    currency: str | None
    lot_size: int | None
    lot_step: int | None
    listed_on: date | None
    delisted_on: date | None


def instrument_line(cells: Cells) -> InstrumentLine:
    """Raises Refused."""
    cells.need("name")
    currency = cells.text("currency").upper()
    if currency and not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Refused("currency", currency, "应为三个字母的币种代码，如 CNY、HKD、EUR")
    listed, delisted = cells.day("listed_on"), cells.day("delisted_on")
    if listed and delisted and delisted < listed:
        raise Refused("delisted_on", cells.text("delisted_on"), f"退市日早于上市日 {listed}")
    return InstrumentLine(
        name=cells.short("name", 128),
        kind=coded(cells, "kind", InstrumentKind),
        venue=coded(cells, "venue", Venue) if cells.text("venue") else None,
        board=coded(cells, "board", Board) if cells.text("board") else None,
        industry=cells.short("industry", 64) or None,
        currency=currency or None,
        lot_size=_whole(cells, "lot_size"),
        lot_step=_whole(cells, "lot_step"),
        listed_on=listed,
        delisted_on=delisted,
    )


def _whole(cells: Cells, column: str) -> int | None:
    found = cells.scaled(column)
    if found is None:
        return None
    if found <= 0 or found % 1_000_000:
        raise Refused(column, cells.text(column), "应为大于 0 的整数")
    return found // 1_000_000
