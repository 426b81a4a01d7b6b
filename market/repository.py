"""Every read of the market's tables: instruments, grids of prices, corporate actions, benchmarks.

Prices come as columns of integers and become float64 once, in the grid. A day on which the venue does not
trade is no point: a vendor's price on such a day is left out, and told by `prices_off_session`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

import numpy as np
from sqlalchemy import Date, RowMapping, bindparam, select, text
from sqlmodel import Session, SQLModel

from kit.columns import Kind, id_list, integer_columns
from kit.kept import Kept
from kit.problems import NotFound
from market.benchmarks import BenchmarkPath, composite, returns_of_closes
from market.grids import (
    DAY,
    LONGEST_CLOSURE,
    MARK,
    PriceHistory,
    as_float,
    day_events,
    histories_of,
    mark_events,
    places,
    price_grids,
    session_points,
)
from market.tables import ActionRow, BenchmarkRow, InstrumentRow
from market.types import (
    ActionKind,
    BenchmarkSeries,
    Board,
    CorporateAction,
    Grid,
    Instrument,
    InstrumentKind,
    IntArray,
    Venue,
)
from market.venues import calendar_of

T = TypeVar("T")
Event = tuple[date, ActionKind, Decimal, Decimal | None]
"""Ex-date, kind, value and price of a corporate action."""
_BATCH: Final = 500  # values in one IN of a prepared statement
_PRICES: Final = {
    "day": Kind.DAY, "close": Kind.INTEGER, "high": Kind.INTEGER, "low": Kind.INTEGER, "volume": Kind.INTEGER,
}
_WEIGHTS: Final = {"day": Kind.DAY, "instrument_id": Kind.INTEGER, "weight": Kind.INTEGER}
_CLOSES: Final = {"day": Kind.DAY, "close": Kind.INTEGER}
_PATHS: Final[Kept[BenchmarkPath]] = Kept(8)
_INSTRUMENTS: Final[Kept[Instrument]] = Kept(20_000)
_EVENTS: Final[Kept[tuple[Event, ...]]] = Kept(20_000)
_BENCHMARKS: Final[Kept[Mapping[str, Benchmark]]] = Kept(2)
_FEW: Final = 500  # securities whose whole histories are worth reading for their first and last day
_HISTORIES: Final[Kept[PriceHistory]] = Kept(2_000)  # 12 MB at 150 days, 200 MB at 2,500 days a security


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark as it is on file."""

    id: int
    name: str
    composition: str


class NoSuchBenchmark(NotFound):
    """没有这个基准"""

    title = "No such benchmark"


def _columns(table: type[SQLModel]) -> Any:
    return table.__table__.c  # type: ignore[attr-defined]


def _batches(values: Sequence[T]) -> Iterator[list[T]]:
    for start in range(0, len(values), _BATCH):
        yield list(values[start : start + _BATCH])


class MarketRepository:
    """Reads the market on one session. Ids are those of the instrument table; grids keep the order of `ids`.

    data_version: any text that changes with every import (`ClientRepository.import_version`); prices and
    benchmarks are kept under it between calls. Without it prices are read and counted each time.
    """

    def __init__(self, session: Session, data_version: str | None = None) -> None:
        self._session = session
        self._data_version = data_version
        self._url = str(session.get_bind().engine.url)

    def instrument_ids(self, codes: Sequence[str]) -> dict[str, int]:
        """Id by canonical code; a code that is not on file is absent."""
        table = _columns(InstrumentRow)
        found: dict[str, int] = {}
        for some in _batches(codes):
            rows = self._session.execute(select(table.code, table.id).where(table.code.in_(some)))
            found.update({row.code: row.id for row in rows})
        return found

    def instruments(self, ids: Sequence[int]) -> dict[int, Instrument]:
        """Instruments by id; an id that is not on file is absent."""
        return self._kept(_INSTRUMENTS, ids, self._read_instruments)

    def _read_instruments(self, ids: Sequence[int]) -> dict[int, Instrument]:
        table = _columns(InstrumentRow)
        found: dict[int, Instrument] = {}
        for some in _batches(ids):
            rows = self._session.execute(select(*table).where(table.id.in_(some)))
            found.update({row["id"]: _instrument(row) for row in rows.mappings()})
        return found

    def _kept(
        self, kept: Kept[T], ids: Sequence[int], read: Callable[[Sequence[int]], Mapping[int, T]]
    ) -> dict[int, T]:
        """What is known of `ids` under the data version, the rest read and kept; without a version all is read."""
        if self._data_version is None:
            return dict(read(ids))
        place = (self._url, self._data_version)
        found = {number: known for number in ids if (known := kept.get((*place, number))) is not None}
        absent = [number for number in ids if number not in found]
        fresh = read(absent) if absent else {}
        for number, value in fresh.items():
            kept.put((*place, number), value)
        return found | dict(fresh)

    def daily_grid(self, ids: Sequence[int], first: date, last: date, lookback: int = 0) -> Grid:
        """Daily prices of S securities from `first` to `last`, and `lookback` trading days before `first`.

        Points are the trading days of all venues concerned (Shanghai's when `ids` is empty). Raises KeyError
        for an id that is not on file.
        """
        return self._grid_on(ids, session_points(self._securities(ids), first, last, lookback))

    def _grid_on(self, ids: Sequence[int], points: IntArray) -> Grid:
        securities = self._securities(ids)
        if not len(points):
            return Grid(DAY, points, securities, *(np.empty((0, len(ids))) for _ in range(6)))
        first, last = date.fromordinal(int(points[0])), date.fromordinal(int(points[-1]))
        histories = self._histories(ids, first, last)
        close, high, low, volume = price_grids([histories.get(number) for number in ids], points)
        dividend, ratio = day_events(self.actions(ids, first - LONGEST_CLOSURE, last), securities, points)
        return Grid(DAY, points, securities, close, high, low, volume, dividend, ratio)

    def _histories(self, ids: Sequence[int], first: date, last: date) -> dict[int, PriceHistory]:
        """Prices by id, at least from `first` to `last`; with a data version whole histories are kept."""
        within = f" AND {_between(first, last)}" if self._data_version is None else ""

        def read(some: Sequence[int]) -> dict[int, PriceHistory]:
            source = f"daily_price WHERE instrument_id IN {id_list(some)}{within}"
            return histories_of(self._read(_PRICES, source, by="instrument_id"))

        return self._kept(_HISTORIES, ids, read)

    def mark_grid(self, ids: Sequence[int], moments: IntArray | None = None) -> Grid:
        """Prices at moments (epoch seconds UTC): those given, ascending, or all with a quote of any of `ids`.

        A price counts at its own moment only. Raises KeyError for an id that is not on file.
        """
        securities = self._securities(ids)
        wanted = {"at": Kind.MOMENT, "price": Kind.INTEGER}
        rows = self._read(wanted, f"quote WHERE instrument_id IN {id_list(ids)}", by="instrument_id")
        points = np.unique(rows["at"]) if moments is None else np.asarray(moments, dtype=np.int64)
        close = np.full((len(points), len(ids)), np.nan)
        row = places(points, rows["at"])
        for column, number in enumerate(ids):
            own = (rows["instrument_id"] == number) & (row >= 0)
            close[row[own], column] = as_float(rows["price"][own])
        dividend, ratio = mark_events(self.actions(ids, date.min, date.max), securities, points)
        return Grid(MARK, points, securities, close, None, None, None, dividend, ratio)

    def actions(self, ids: Sequence[int], first: date, last: date) -> tuple[CorporateAction, ...]:
        """Corporate actions with an ex-date in the period, by ex-date; `security` is the index in `ids`."""
        place = {number: index for index, number in enumerate(ids)}
        events = self._kept(_EVENTS, ids, self._read_events)
        found = [
            CorporateAction(place[number], day, kind, value, price)
            for number, of_one in events.items()
            for day, kind, value, price in of_one
            if first <= day <= last
        ]
        return tuple(sorted(found, key=lambda one: (one.ex_date, one.security, one.kind)))

    def _read_events(self, ids: Sequence[int]) -> dict[int, tuple[Event, ...]]:
        """Every event of each id; of one that has none, none."""
        table = _columns(ActionRow)
        found: dict[int, list[Event]] = {number: [] for number in ids}
        for some in _batches(ids):
            asked = select(table.instrument_id, table.ex_date, table.kind, table.value, table.price)
            for number, day, kind, value, price in self._session.execute(asked.where(table.instrument_id.in_(some))):
                found[number].append((day, ActionKind(kind), value, price))
        return {number: tuple(of_one) for number, of_one in found.items()}

    def prices_off_session(self, ids: Sequence[int], first: date, last: date) -> dict[int, tuple[date, ...]]:
        """Days, by id, with a price on file though the venue did not trade; such prices are not used."""
        histories = self._histories(ids, first, last)
        found: dict[int, tuple[date, ...]] = {}
        for number, one in self.instruments(list(histories)).items():
            days = histories[number].day
            days = np.sort(days[(days >= first.toordinal()) & (days <= last.toordinal())])
            never = days[~calendar_of(one.venue).are_sessions(days)]
            if len(never):
                found[number] = tuple(date.fromordinal(int(day)) for day in never)
        return found

    def price_span(self, ids: Sequence[int]) -> tuple[date, date] | None:
        """First and last day with a daily price of any of `ids`, None when there is none."""
        if self._data_version is not None and len(ids) <= _FEW:
            days = [history.day for history in self._histories(ids, date.min, date.max).values()]
            ends = [int(end) for of_one in days for end in (of_one.min(), of_one.max())]
            return (date.fromordinal(min(ends)), date.fromordinal(max(ends))) if ends else None
        asked = f"SELECT min(day), max(day) FROM daily_price WHERE instrument_id IN {id_list(ids)}"
        low, high = map(_day, self._session.connection().exec_driver_sql(asked).one())
        return None if low is None or high is None else (low, high)

    def unpriced_sessions(self, first: date, last: date) -> list[date]:
        """Shanghai sessions of a span for which no daily price of any security is on file, ascending.

        None either where nothing has a daily price on any day: there is no market to be whole.
        """
        asked = text("SELECT DISTINCT day FROM daily_price WHERE day BETWEEN :first AND :last")
        within = asked.bindparams(bindparam("first", first, Date()), bindparam("last", last, Date()))
        told = self._session.execute(within).scalars()
        quoted = {found for found in map(_day, told) if found is not None}
        if not quoted and self._session.execute(text("SELECT day FROM daily_price LIMIT 1")).first() is None:
            return []
        sessions = [date.fromordinal(int(one)) for one in session_points((), first, last)]
        return [day for day in sessions if day not in quoted]

    def stock_ids(self, currency: str) -> tuple[int, ...]:
        """Ids of all stocks in a currency that have daily prices, ascending."""
        asked = (
            "SELECT id FROM instrument WHERE kind = 'STOCK' AND currency = :currency AND EXISTS"
            " (SELECT 1 FROM daily_price WHERE instrument_id = instrument.id) ORDER BY id"
        )
        return tuple(self._session.execute(text(asked), {"currency": currency}).scalars())

    def with_daily_prices(self, ids: Sequence[int]) -> set[int]:
        """Those of `ids` that have any daily price."""
        if not ids:
            return set()
        priced = "EXISTS (SELECT 1 FROM daily_price WHERE instrument_id = instrument.id)"
        asked = f"SELECT id FROM instrument WHERE id IN {id_list(ids)} AND {priced}"
        return set(self._session.connection().exec_driver_sql(asked).scalars())

    def benchmark_codes(self) -> dict[str, str]:
        """Name by code of every benchmark on file."""
        return {code: one.name for code, one in self._benchmarks().items()}

    def _benchmarks(self) -> Mapping[str, Benchmark]:
        """Every benchmark by code, in order of codes."""
        key = (self._url, self._data_version)
        known = _BENCHMARKS.get(key) if self._data_version is not None else None
        if known is None:
            table = _columns(BenchmarkRow)
            asked = select(table.code, table.id, table.name, table.composition).order_by(table.code)
            known = {row.code: Benchmark(row.id, row.name, row.composition) for row in self._session.execute(asked)}
            if self._data_version is not None:
                _BENCHMARKS.put(key, known)
        return known

    def benchmark(self, code: str, grid: Grid) -> BenchmarkSeries | None:
        """A benchmark on the points of a DAY grid, None without overlap; `benchmark_or_reason` says why."""
        return self.benchmark_or_reason(code, grid)[0]

    def benchmark_or_reason(self, code: str, grid: Grid) -> tuple[BenchmarkSeries | None, str | None]:
        """A benchmark on the points of a DAY grid, or the reason (for the reader) why there is none.

        Its returns, weights and industry returns are NaN at points that it does not cover. Raises
        NoSuchBenchmark for a code that is not on file.
        """
        row = self._benchmarks().get(code)
        if row is None:
            known = "、".join(self.benchmark_codes()) or "无"
            raise NoSuchBenchmark(f"没有基准 {code}；已有基准：{known}")
        if grid.granularity != DAY:
            return None, "行情只有成交时点的价格，没有逐日行情，不与基准比较"
        path = self._path(row.id, grid.points) if len(grid.points) else None
        if path is None or not np.isfinite(path.returns).any():
            return None, f"基准“{row.name}”在所选区间没有数据，不与基准比较"
        series = BenchmarkSeries(
            code, row.name, row.composition, path.returns, path.industries, path.weight, path.industry_return
        )
        return series, None

    def _path(self, benchmark_id: int, points: IntArray) -> BenchmarkPath | None:
        whole = self._whole_composite(benchmark_id)
        if whole is not None:
            return self._composite_on(whole, benchmark_id, points)
        source = f"benchmark_close WHERE benchmark_id = {benchmark_id}"
        rows = self._read(_CLOSES, source)
        row, closes = places(points, rows["day"]), np.full(len(points), np.nan)
        closes[row[row >= 0]] = as_float(rows["close"][row >= 0])
        return BenchmarkPath(points, returns_of_closes(closes)).on(points)

    def _composite_on(self, whole: BenchmarkPath, benchmark_id: int, points: IntArray) -> BenchmarkPath:
        """The composite cut to `points`; made anew for days not its own (a grid with Hong Kong shares)."""
        sessions = whole.points
        mine = points[(points >= sessions[0]) & (points <= sessions[-1])]
        if np.array_equal(mine, sessions[(sessions >= points[0]) & (sessions <= points[-1])]):
            return whole.on(points)
        weights = self._read(_WEIGHTS, f"benchmark_weight WHERE benchmark_id = {benchmark_id}")
        return self._composite(weights, np.concatenate([sessions[sessions < points[0]], mine])).on(points)

    def _whole_composite(self, benchmark_id: int) -> BenchmarkPath | None:
        """The composite on all its trading days, kept between calls; None without weights or prices."""
        version = self._data_version or self._price_version(benchmark_id)
        key = (self._url, benchmark_id, version)
        if (known := _PATHS.get(key)) is None:
            known = self._made_composite(benchmark_id)
            _PATHS.put(key, known)
        return known

    def _made_composite(self, benchmark_id: int) -> BenchmarkPath | None:
        weights = self._read(_WEIGHTS, f"benchmark_weight WHERE benchmark_id = {benchmark_id}")
        if not len(weights["day"]):
            return None
        members = np.unique(weights["instrument_id"]).tolist()
        first, span = date.fromordinal(int(weights["day"].min())), self.price_span(members)
        if span is None or span[1] < first:
            return None
        sessions = session_points(self._securities(members), max(first, span[0]), span[1], lookback=1)
        return self._composite(weights, sessions)

    def _composite(self, weights: dict[str, IntArray], points: IntArray) -> BenchmarkPath:
        members: list[int] = np.unique(weights["instrument_id"]).tolist()
        days, row = np.unique(weights["day"], return_inverse=True)
        targets = np.zeros((len(days), len(members)))
        targets[row, np.searchsorted(members, weights["instrument_id"])] = as_float(weights["weight"])
        set_at = np.searchsorted(points, days)
        # of several days of weights that act at one point the last one counts
        last = np.append(set_at[1:] != set_at[:-1], True) & (set_at < len(points))
        return composite(self._grid_on(members, points), set_at[last], targets[last])

    def _price_version(self, benchmark_id: int) -> str:
        """Counts that change with every import of what it is made of; nothing on file changes in place."""
        mine = f"(SELECT instrument_id FROM benchmark_weight WHERE benchmark_id = {benchmark_id})"
        counts = (
            f"SELECT (SELECT count(*) FROM benchmark_weight WHERE benchmark_id = {benchmark_id}),"
            f" (SELECT count(*) FROM daily_price WHERE instrument_id IN {mine}),"
            f" (SELECT count(*) FROM corporate_action WHERE instrument_id IN {mine})"
        )
        return "/".join(str(one) for one in self._session.connection().exec_driver_sql(counts).one())

    def _read(self, columns: Mapping[str, Kind], source: str, by: str | None = None) -> dict[str, IntArray]:
        return integer_columns(self._session.connection(), columns, source, by)

    def _securities(self, ids: Sequence[int]) -> tuple[Instrument, ...]:
        found = self.instruments(ids)
        return tuple(found[number] for number in ids)


def _between(first: date, last: date) -> str:
    return f"day BETWEEN '{first.isoformat()}' AND '{last.isoformat()}'"


def _day(value: date | str | None) -> date | None:
    """A day as the driver gives it: SQLite has text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instrument(row: RowMapping) -> Instrument:
    return Instrument(
        code=row["code"], name=row["name"], kind=InstrumentKind(row["kind"]), venue=Venue(row["venue"]),
        board=Board(row["board"]), industry=row["industry"], currency=row["currency"],
        lot_size=row["lot_size"], lot_step=row["lot_step"], listed_on=row["listed_on"],
        delisted_on=row["delisted_on"],
    )
