"""The synthetic ledgers as a broker's files: delivery statements (交割单), canonical trades and flows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from demo.book import Business, Row
from demo.market_files import write_csv, yuan
from demo.tape import Tape
from market.types import Venue

HEADINGS: Final = (
    "资金账号", "成交日期", "成交时间", "证券代码", "证券名称", "操作", "成交数量", "成交均价", "成交金额",
    "手续费", "印花税", "过户费", "发生金额", "资金余额", "合同编号", "交易市场",
)
BONUS_HEADINGS: Final = (
    "资金账号", "成交日期", "证券代码", "证券名称", "操作", "成交数量", "合同编号", "交易市场",
)
MARKETS: Final = {Venue.XSHG: "上海A股", Venue.XSHE: "深圳A股", Venue.BJSE: "北交所"}
TRADE_HEADINGS: Final = (
    "account_no", "traded_at", "security_code", "side", "quantity", "price", "commission", "stamp_duty",
    "transfer_fee", "trade_no",
)
FLOW_HEADINGS: Final = ("account_no", "date", "kind", "amount", "security_code", "ref_no")
SHARE_ROWS: Final = (Business.BUY, Business.SELL, Business.BONUS)
WRITTEN_ON: Final = dt.datetime(2024, 12, 31)  # noqa: DTZ001  (a property of the workbook, not a moment)
Statement = tuple[str, Sequence[Row]]
"""Account number and its rows."""


def statement_lines(tape: Tape, statements: Iterable[Statement]) -> Iterator[tuple[str, ...]]:
    """Rows as a Chinese delivery statement shows them."""
    for account_no, rows in statements:
        for row in rows:
            one = row.security
            yield (
                account_no, tape.days[row.day].strftime("%Y%m%d"), clock(row.second),
                one.code if one else "", one.name if one else "", row.business.label, str(row.quantity),
                *map(yuan, (row.price, row.turnover, row.commission, row.stamp, row.transfer)),
                yuan(row.net), yuan(row.balance), row.number, MARKETS[one.venue] if one else "",
            )


def write_statement_csv(path: Path, tape: Tape, statements: Iterable[Statement], encoding: str) -> Path:
    """A delivery statement of many accounts as CSV."""
    return write_csv(path, HEADINGS, statement_lines(tape, statements), encoding)


def write_statement_excel(path: Path, tape: Tape, statements: Iterable[Statement]) -> Path:
    """The same as a workbook: text stays text, so that codes keep their zeros; the same bytes each time."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"title": "交割单", "created": WRITTEN_ON})
        sheet = book.add_worksheet("交割单")
        sheet.write_row(0, 0, HEADINGS)
        for place, line in enumerate(statement_lines(tape, statements), start=1):
            for column, cell in enumerate(line):
                sheet.write_string(place, column, cell)
    return path


def trade_lines(tape: Tape, statements: Iterable[Statement]) -> Iterator[tuple[str, ...]]:
    """Buys and sells in canonical columns; a moment carries the zone of Shanghai."""
    for account_no, rows in statements:
        for row in rows:
            if row.business in (Business.BUY, Business.SELL) and row.security is not None:
                moment = f"{tape.days[row.day].isoformat()}T{clock(row.second)}+08:00"
                yield (
                    account_no, moment, row.security.canonical, row.business.value, str(row.quantity),
                    yuan(row.price), yuan(row.commission), yuan(row.stamp), yuan(row.transfer), row.number,
                )


def flow_lines(tape: Tape, statements: Iterable[Statement]) -> Iterator[tuple[str, ...]]:
    """Cash movements in canonical columns; they know no time of day and thus no balance."""
    for account_no, rows in statements:
        for row in rows:
            if row.business not in SHARE_ROWS and row.business is not Business.LOTTERY_NUMBER:
                code = row.security.canonical if row.security else ""
                yield (
                    account_no, tape.days[row.day].isoformat(), row.business.value, yuan(row.net), code,
                    row.number,
                )


def write_canonical(folder: Path, tape: Tape, statements: Sequence[Statement]) -> tuple[Path, Path, Path]:
    """`trades.csv` (UTF-8), `cashflows.csv` (UTF-8 with byte-order mark), and `bonus.csv` of some accounts.

    Canonical trades are buys and sells alone: bonus shares come as statement rows of their own,
    without money columns.
    """
    bonus = [(no, [row for row in rows if row.business is Business.BONUS]) for no, rows in statements]
    places = [HEADINGS.index(heading) for heading in BONUS_HEADINGS]
    bonus_lines = [[line[place] for place in places] for line in statement_lines(tape, bonus)]
    return (
        write_csv(folder / "trades.csv", TRADE_HEADINGS, trade_lines(tape, statements)),
        write_csv(folder / "cashflows.csv", FLOW_HEADINGS, flow_lines(tape, statements), "utf-8-sig"),
        write_csv(folder / "bonus.csv", BONUS_HEADINGS, bonus_lines),
    )


def write_parquet(
    path: Path, headings: Sequence[str], lines: Iterable[Sequence[str]], exact: Sequence[str]
) -> Path:
    """Lines as Parquet: the columns named in `exact` as decimal(18, 6), all others as text."""
    columns = list(zip(*lines, strict=True))
    arrays = [
        pa.array(map(Decimal, cells), pa.decimal128(18, 6)) if name in exact else pa.array(cells)
        for name, cells in zip(headings, columns, strict=True)
    ]
    pq.write_table(pa.table(arrays, names=list(headings)), path)
    return path


def clock(second: int) -> str:
    """Seconds since midnight as HH:MM:SS."""
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
