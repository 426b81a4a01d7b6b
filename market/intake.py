"""Market files into the market's tables: instruments, benchmarks, prices and quotes, corporate actions."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, SQLModel, col, select

from kit.bulk import Clash, Row, Stage
from kit.imports.headings import Layout
from kit.imports.result import Refused, Remarks
from kit.imports.rows import Cells, Counts, Intake, RejectLog
from kit.money import from_scaled
from market.codes import CodeError, Hints, SecurityCode, candidate_codes, code_rules, parse_code, zone_of
from market.imports import action_line, instrument_line, price_line
from market.tables import (
    ActionRow,
    BenchmarkCloseRow,
    BenchmarkRow,
    BenchmarkWeightRow,
    DailyPriceRow,
    InstrumentRow,
    QuoteRow,
)
from market.types import Venue


class InstrumentBook:
    """Instruments by whatever a file calls them.

    One that nobody registered is made from what the row tells, and named.
    """

    def __init__(self, session: Session, remarks: Remarks, venue: Venue | None = None) -> None:
        self._session = session
        self._remarks = remarks
        self._venue = venue
        found = session.exec(
            select(InstrumentRow.code, InstrumentRow.id, InstrumentRow.name, InstrumentRow.kind)
        )
        self._ids: dict[str, int] = {}
        self._names: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        for code, row_id, name, kind in found:
            assert row_id is not None
            self._ids[code], self._names[code], self._kinds[code] = row_id, name, kind
        self._told: dict[str, SecurityCode | None] = {}
        self._parsed: dict[tuple[str, str, str, str, str], SecurityCode] = {}

    def parse(self, cells: Cells, column: str = "security_code") -> SecurityCode:
        """The canonical code of the row. Raises Refused with the candidates when the market is not told."""
        text = cells.need(column)
        hints = Hints(
            market=cells.text("venue"),
            shareholder=cells.text("shareholder"),
            currency=cells.text("currency"),
            name=cells.text("name"),
            venue=self._venue,
        )
        key = (text, hints.market, hints.shareholder, hints.currency, hints.name)
        if key not in self._parsed:
            try:
                self._parsed[key] = parse_code(text, hints, self._known_names(text))
            except CodeError as problem:
                raise Refused(column, text, str(problem)) from problem
        return self._parsed[key]

    def told(self, text: str) -> SecurityCode | None:
        """The code that a text tells without a hint from its row; None where the row is needed, or it is
        refused.
        """
        if text not in self._told:
            try:
                self._told[text] = parse_code(text, Hints(venue=self._venue))
            except CodeError:
                self._told[text] = None
        return self._told[text]

    def _known_names(self, text: str) -> dict[str, str]:
        return {code: self._names[code] for code in candidate_codes(text) if code in self._names}

    def id_of(self, code: SecurityCode, name: str = "", line: int | None = None) -> int:
        """The instrument's id; made when nobody registered it."""
        known = self._ids.get(code.code)
        if known is not None:
            return known
        row = InstrumentRow(
            code=code.code,
            name=(name or code.code)[:128],
            kind=code.kind.value,
            venue=code.venue.value,
            board=code.board.value,
            currency=code.currency,
        )
        self._session.add(row)
        self._session.flush()
        assert row.id is not None
        self._ids[code.code], self._names[code.code], self._kinds[code.code] = row.id, row.name, row.kind
        self._remarks.note("证券尚未登记，已按代码与名称建立，品种由代码段推出，请补充证券资料", line)
        return row.id

    def kind_of(self, code: SecurityCode) -> str:
        """The registered kind, else what the code range says."""
        return self._kinds.get(code.code, code.kind.value)


def table_of(row: type[SQLModel]) -> Any:
    """The SQLAlchemy table behind a table model."""
    return row.__table__  # type: ignore[attr-defined]


class MarketIntake(Intake):
    """Rows of (line, *columns) on their way to one table."""

    def __init__(
        self,
        session: Session,
        layout: Layout,
        remarks: Remarks,
        rejects: RejectLog,
        venue: Venue | None = None,
    ) -> None:
        super().__init__(layout, remarks, rejects)
        self.session = session
        self.venue = venue
        self.book = InstrumentBook(session, remarks, venue)
        self._rows: dict[str, list[Row]] = {}
        self._stages: dict[str, Stage] = {}

    def stage(self, name: str, row: type[SQLModel], columns: tuple[str, ...], key: tuple[str, ...]) -> None:
        self._stages[name] = Stage(self.session.connection(), table_of(row), columns, key)
        self._rows[name] = []

    def put(self, name: str, line: int, *values: Any) -> None:
        self._rows[name].append((line, *values))

    def flush(self) -> None:
        self.session.flush()
        for name, rows in self._rows.items():
            self._stages[name].add(rows)
            rows.clear()

    def insert(self, name: str, compare: tuple[str, ...], column: str) -> Counts:
        """Insert what is new; a row whose key holds other values is refused and shows both."""
        stage = self._stages[name]
        counts = Counts(new=stage.insert())
        if counts.new < stage.staged:
            clashes = stage.clashes(compare, compare)
            counts.refused_later = {clash.line: _told(clash, column, compare) for clash in clashes}
            counts.known = stage.staged - counts.new - len(clashes)
        stage.drop()
        return counts


def _told(clash: Clash, column: str, compare: tuple[str, ...]) -> tuple[str, str, str]:
    differing = [name for name in compare if clash.new[name] != clash.old[name]]
    shown = "、".join(f"{name}={_plain(clash.old[name])}" for name in differing)
    name = column if column in differing else differing[0]
    return name, _plain(clash.new[name]), f"与已有记录不同（已有 {shown}），未改动已有记录"


def _plain(value: Any) -> str:
    if value is None:
        return "空"
    return format(from_scaled(value).normalize(), "f") if isinstance(value, int) else str(value)


class PriceIntake(MarketIntake):
    """Closes by day; a date that carries a time of day is a quote."""

    VALUES = ("close", "open", "high", "low", "volume", "amount", "adj_factor")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("day", DailyPriceRow, ("instrument_id", "day", *self.VALUES), ("instrument_id", "day"))
        self.stage("quote", QuoteRow, ("instrument_id", "at", "price"), ("instrument_id", "at"))

    def row(self, cells: Cells) -> None:
        code = self.book.parse(cells)
        line = price_line(cells, zone_of(code.venue))
        instrument = self.book.id_of(code, cells.text("name"), cells.line)
        if line.when.at is not None:
            self.put("quote", cells.line, instrument, line.when.at, line.close)
        else:
            values = (getattr(line, name) for name in self.VALUES)
            self.put("day", cells.line, instrument, line.when.day, *values)

    def settle(self) -> Counts:
        days = self.insert("day", self.VALUES, "close")
        quotes = self.insert("quote", ("price",), "price")
        later = {
            line: ("close", value, expected) for line, (_, value, expected) in quotes.refused_later.items()
        }
        return Counts(days.new + quotes.new, 0, days.known + quotes.known, {**days.refused_later, **later})


class ActionIntake(MarketIntake):
    """Corporate actions, one a security, ex-day and kind."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        key = ("instrument_id", "ex_date", "kind")
        self.stage("action", ActionRow, (*key, "value", "price"), key)

    def row(self, cells: Cells) -> None:
        line = action_line(cells)
        instrument = self.book.id_of(self.book.parse(cells), "", cells.line)
        self.put("action", cells.line, instrument, line.ex_date, line.kind.value, line.value, line.price)

    def settle(self) -> Counts:
        return self.insert("action", ("value", "price"), "value")


class InstrumentIntake(MarketIntake):
    """Securities. What a statement could only guess is put right by a later file of this kind."""

    OWN = (
        "name",
        "kind",
        "venue",
        "board",
        "industry",
        "currency",
        "lot_size",
        "lot_step",
        "listed_on",
        "delisted_on",
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("instrument", InstrumentRow, ("code", *self.OWN), ("code",))
        self._seen: dict[str, tuple[int, Row]] = {}

    def row(self, cells: Cells) -> None:
        line = instrument_line(cells)
        code = self.book.parse(cells)
        venue = line.venue or code.venue
        board = line.board or code.board
        values = (
            line.name,
            line.kind.value,
            venue.value,
            board.value,
            line.industry,
            line.currency or code.currency or code_rules().currency[venue],
            line.lot_size,
            line.lot_step,
            line.listed_on,
            line.delisted_on,
        )
        first = self._seen.setdefault(code.code, (cells.line, values))
        if first[1] != values:
            raise Refused(
                "security_code", cells.text("security_code"), f"与第 {first[0]} 行同一证券而内容不同"
            )
        self.put("instrument", cells.line, code.code, *values)

    def settle(self) -> Counts:
        stage = self._stages["instrument"]
        changed = stage.update(self.OWN)
        new = stage.insert()
        known = stage.staged - new - changed
        stage.drop()
        return Counts(new, changed, known)


class BenchmarkIntake(MarketIntake):
    """Benchmarks by closes, or by the weights of their members."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("close", BenchmarkCloseRow, ("benchmark_id", "day", "close"), ("benchmark_id", "day"))
        weight_key = ("benchmark_id", "day", "instrument_id")
        self.stage("weight", BenchmarkWeightRow, (*weight_key, "weight"), weight_key)
        self._benchmarks: dict[str, int] = {}

    def row(self, cells: Cells) -> None:
        code = cells.short("benchmark_code", 32) or cells.need("benchmark_code")
        on = cells.need_day("date")
        if cells.text("weight"):
            instrument = self.book.id_of(self.book.parse(cells), "", cells.line)
            weight = cells.not_negative("weight")
            self.put("weight", cells.line, self._benchmark(code, cells), on, instrument, weight)
        else:
            close = cells.need_scaled("close")
            if close <= 0:
                raise Refused("close", cells.text("close"), "应大于 0")
            self.put("close", cells.line, self._benchmark(code, cells), on, close)

    def _benchmark(self, code: str, cells: Cells) -> int:
        if code not in self._benchmarks:
            found = self.session.exec(select(BenchmarkRow).where(col(BenchmarkRow.code) == code)).first()
            if found is None:
                found = BenchmarkRow(
                    code=code,
                    name=cells.short("name", 128) or code,
                    composition=cells.short("composition", 512),
                )
                self.session.add(found)
                self.session.flush()
            assert found.id is not None
            self._benchmarks[code] = found.id
        return self._benchmarks[code]

    def settle(self) -> Counts:
        closes = self.insert("close", ("close",), "close")
        weights = self.insert("weight", ("weight",), "weight")
        return Counts(
            closes.new + weights.new,
            0,
            closes.known + weights.known,
            {**closes.refused_later, **weights.refused_later},
        )


MARKET_INTAKES: dict[str, type[MarketIntake]] = {
    "instruments": InstrumentIntake,
    "benchmarks": BenchmarkIntake,
    "prices": PriceIntake,
    "actions": ActionIntake,
}
