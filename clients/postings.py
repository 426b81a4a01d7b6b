"""Client files into the client tables: clients, accounts, trades, cash flows, holdings."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlmodel import Session, SQLModel

from clients.accounts import AccountBook, Given
from clients.fast_trades import Lookups, fast_trades
from clients.imports import (
    FEES,
    fingerprint,
    signed_amount,
    trade_fingerprint,
    trade_line,
)
from clients.tables import (
    CashflowRow,
    HoldingRow,
    StatementNoteRow,
    TradeRow,
)
from clients.types import CASH_KINDS, MOVEMENTS, CashKind, Movement
from kit.bulk import Clash, Row, Stage
from kit.imports.columns import Mask
from kit.imports.headings import REJECT_COLUMNS, Layout, is_reject_file
from kit.imports.result import Refused, Remarks
from kit.imports.rows import Cells, Counts, Intake, RejectLog
from kit.money import from_scaled
from kit.sheets import Batch
from market.codes import zone_of
from market.imports import coded
from market.intake import InstrumentBook

TRADE_COLUMNS = (
    "account_id",
    "instrument_id",
    "day",
    "at",
    "seq",
    "kind",
    "quantity",
    "price",
    "amount",
    *FEES,
    "balance",
    "trade_no",
    "fingerprint",
    "wording",
    "batch_id",
    "line",
)
TRADE_CONTENT = ("instrument_id", "day", "kind", "quantity", "price", "amount", *FEES)
CASH_COLUMNS = (
    "account_id",
    "day",
    "seq",
    "kind",
    "amount",
    "instrument_id",
    "balance",
    "ref_no",
    "inferred",
    "fingerprint",
    "wording",
    "batch_id",
    "line",
)
CASH_CONTENT = ("day", "kind", "amount")
NOTE_COLUMNS = (
    "account_id",
    "day",
    "wording",
    "instrument_id",
    "quantity",
    "fingerprint",
    "batch_id",
    "line",
)
HOLDING_COLUMNS = ("account_id", "day", "instrument_id", "quantity", "cost", "market_value", "batch_id")
BY_FINGERPRINT = ("account_id", "fingerprint")
FINGERPRINT_DIGITS = 24
SEQ_STEP = 4  # places kept free between two lines, for what one line adds besides itself


def table_of(row: type[SQLModel]) -> Any:
    """The SQLAlchemy table behind a table model."""
    return row.__table__  # type: ignore[attr-defined]


class ClientIntake(Intake):
    """Rows of one file on their way to the client tables, stage by stage."""

    def __init__(
        self,
        session: Session,
        layout: Layout,
        remarks: Remarks,
        rejects: RejectLog,
        given: Given,
        batch_id: int,
        newest_first: bool = False,
    ) -> None:
        super().__init__(layout, remarks, rejects)
        self.session = session
        self.given = given
        self.batch_id = batch_id
        self.book = InstrumentBook(session, remarks, given.venue)
        self.accounts = AccountBook(session, given, remarks)
        self._direction = -1 if newest_first else 1
        self._mended = is_reject_file(layout.headings)
        self._stages: dict[str, Stage] = {}
        self._rows: dict[str, list[Row]] = {}

    def stage(self, name: str, row: type[SQLModel], columns: tuple[str, ...], key: tuple[str, ...]) -> None:
        self._stages[name] = Stage(self.session.connection(), table_of(row), columns, key, name)
        self._rows[name] = []

    def put(self, name: str, line: int, *values: Any) -> None:
        self._rows[name].append((line, *values))

    def origin(self, cells: Cells) -> int:
        """The line in the first file: a reject file carries it, so that a mended row takes its old place."""
        if not self._mended:
            return cells.line
        told = cells.row[len(self.layout.headings) - len(REJECT_COLUMNS)].strip()
        return int(told) if told.isdigit() else cells.line

    def number_repeats(self, name: str, where: str) -> None:
        """Identical rows count by occurrence, within the file and against the file that a mended row comes
        from.
        """
        self._stages[name].number_repeats("fingerprint", where)
        if self._mended:
            self._stages[name].number_against_known("fingerprint", where, FINGERPRINT_DIGITS)

    def seq(self, line: int, place: int = 2) -> int:
        """Order within the account: the file's own, turned round where it begins with the newest row."""
        return self._direction * line * SEQ_STEP + place

    def flush(self) -> None:
        self.session.flush()
        for name, rows in self._rows.items():
            self._stages[name].add(rows)
            rows.clear()

    def insert(self, name: str, compare: tuple[str, ...], tell: Any) -> Counts:
        """Insert what is new; a taken key with other content is refused, and `tell` words the refusal."""
        stage = self._stages[name]
        counts = Counts(new=stage.insert())
        if counts.new < stage.staged:
            clashes = stage.clashes(compare, tuple(stage.columns))
            counts.refused_later = {clash.line: tell(clash) for clash in clashes}
            counts.known = stage.staged - counts.new - len(clashes)
        stage.drop()
        return counts

    def put_note(
        self, cells: Cells, account: int, on: date, wording: str, instrument: int | None, quantity: int | None
    ) -> None:
        mark = fingerprint("note", on.toordinal(), wording, instrument, quantity)
        self.put(
            "note", cells.line, account, on, wording, instrument, quantity, mark, self.batch_id, cells.line
        )

    def insert_notes(self) -> Counts:
        self.number_repeats("note", "true")
        return self.insert("note", ("day",), _tell_note)


def _tell_note(clash: Clash) -> tuple[str, str, str]:
    return "date", str(clash.new["day"]), f"与已记的备注行（第 {clash.old['line']} 行）不同"


def join_counts(*parts: Counts) -> Counts:
    """The counts of several tables together."""
    later: dict[int, tuple[str, str, str]] = {}
    for part in parts:
        later |= part.refused_later
    return Counts(
        sum(part.new for part in parts),
        sum(part.changed for part in parts),
        sum(part.known for part in parts),
        later,
    )


def plain(value: Any) -> str:
    """A stored value as an operator writes it."""
    if value is None:
        return "空"
    return format(from_scaled(value).normalize(), "f") if isinstance(value, int) else str(value)


class TradeIntake(ClientIntake):
    """Canonical trades. A quantity of zero moves nothing: it becomes a note and is named."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("trade", TradeRow, TRADE_COLUMNS, BY_FINGERPRINT)
        self.stage("note", StatementNoteRow, NOTE_COLUMNS, BY_FINGERPRINT)

    def take(self, batch: Batch) -> None:
        """Plain rows by columns; every other row, and every refusal, by the reader of rows."""
        done = None if self._mended or self.given.account else self._by_columns(batch)
        if done is None:
            super().take(batch)
            return
        rest = [place for place, sure in enumerate(done.tolist()) if not sure]
        if rest:
            super().take(Batch([batch.lines[place] for place in rest], [batch.rows[place] for place in rest]))

    def _by_columns(self, batch: Batch) -> Mask | None:
        self.session.flush()
        made = fast_trades(
            self.layout,
            batch.lines,
            batch.rows,
            Lookups(self.accounts.known, self._code, self._instrument),
            TRADE_COLUMNS,
            {"batch_id": self.batch_id},
            self._direction,
            SEQ_STEP,
        )
        if made is None:
            return None
        table, sure = made
        self._stages["trade"].add_table(table)
        return sure

    def _code(self, text: str) -> tuple[str, str] | None:
        found = self.book.told(text)
        return None if found is None else (found.code, zone_of(found.venue).key)

    def _instrument(self, text: str, line: int) -> int:
        code = self.book.told(text)
        assert code is not None
        return self.book.id_of(code, "", line)

    def row(self, cells: Cells) -> None:
        code = self.book.parse(cells)
        line = trade_line(cells, zone_of(code.venue))
        account = self.accounts.id_of(cells)
        instrument = self.book.id_of(code, cells.text("name"), cells.line)
        kind = MOVEMENTS.index(Movement(line.side))
        if line.quantity == 0:
            self.remarks.note("数量为 0 的成交不改变持仓，已记为备注行", cells.line)
            self.put_note(cells, account, line.day, f"{Movement(line.side).label}（数量 0）", instrument, 0)
            return
        if line.price == 0:
            self.remarks.note("成交价格为 0，已照录", cells.line)
        amounts = (line.quantity, line.price, *line.fees)
        mark = trade_fingerprint(line.day, line.at, code.code, kind, amounts, line.trade_no)
        self.put(
            "trade",
            cells.line,
            account,
            instrument,
            line.day,
            line.at,
            self.seq(self.origin(cells)),
            kind,
            line.quantity,
            line.price,
            None,
            *line.fees,
            None,
            line.trade_no,
            mark,
            None,
            self.batch_id,
            self.origin(cells),
        )

    def settle(self) -> Counts:
        self.number_repeats("trade", "trade_no IS NULL")
        trades = self.insert("trade", TRADE_CONTENT, tell_trade)
        counts = join_counts(trades, self.insert_notes())
        counts.accounts = list(self.accounts.touched)
        return counts


def tell_trade(clash: Clash) -> tuple[str, str, str]:
    """The refusal of a trade number that is on file with other content."""
    old = clash.old
    differing = [name for name in TRADE_CONTENT if clash.new[name] != old[name]]
    shown = "、".join(_content(name, clash) for name in differing)
    return (
        "trade_no",
        str(clash.new["trade_no"]),
        f"成交编号与已记的第 {old['line']} 行相同而内容不同：{shown}",
    )


def _content(name: str, clash: Clash) -> str:
    new, old = clash.new[name], clash.old[name]
    if name == "kind":
        return f"方向 已记 {MOVEMENTS[old].label}、此行 {MOVEMENTS[new].label}"
    if name == "instrument_id":
        return "证券不同"
    return f"{name} 已记 {plain(old)}、此行 {plain(new)}"


class CashflowIntake(ClientIntake):
    """Canonical cash flows."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("cash", CashflowRow, CASH_COLUMNS, BY_FINGERPRINT)

    def row(self, cells: Cells) -> None:
        kind = coded(cells, "kind", CashKind)
        on, amount = cells.need_day("date"), signed_amount(cells, kind)
        account = self.accounts.id_of(cells)
        code = self.book.parse(cells) if cells.text("security_code") else None
        instrument = None if code is None else self.book.id_of(code, cells.text("name"), cells.line)
        ref_no, balance = cells.short("ref_no", 64) or None, cells.scaled("balance")
        place = CASH_KINDS.index(kind)
        whole = (on.toordinal(), place, amount, code.code if code else None, balance)
        mark = fingerprint("ref", ref_no) if ref_no else fingerprint("cash", *whole)
        self.put(
            "cash",
            cells.line,
            account,
            on,
            self.seq(self.origin(cells)),
            place,
            amount,
            instrument,
            balance,
            ref_no,
            False,
            mark,
            None,
            self.batch_id,
            self.origin(cells),
        )

    def settle(self) -> Counts:
        self.number_repeats("cash", "ref_no IS NULL")
        counts = self.insert("cash", CASH_CONTENT, tell_cash)
        counts.accounts = list(self.accounts.touched)
        return counts


def tell_cash(clash: Clash) -> tuple[str, str, str]:
    """The refusal of a reference number that is on file with other content."""
    old = clash.old
    shown = f"已记 {old['day']} {CASH_KINDS[old['kind']].label} {plain(old['amount'])}"
    return "ref_no", str(clash.new["ref_no"]), f"流水号与已记的第 {old['line']} 行相同而内容不同：{shown}"


class HoldingIntake(ClientIntake):
    """Holdings as somebody stated them on a day."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("holding", HoldingRow, HOLDING_COLUMNS, ("account_id", "day", "instrument_id"))

    def row(self, cells: Cells) -> None:
        code = self.book.parse(cells)
        on, quantity = cells.need_day("date"), cells.not_negative("quantity")
        if quantity is None:
            raise Refused("quantity", "", "不能为空")
        cost, value = cells.scaled("cost"), cells.not_negative("market_value")
        account = self.accounts.id_of(cells)
        instrument = self.book.id_of(code, cells.text("name"), cells.line)
        self.put("holding", cells.line, account, on, instrument, quantity, cost, value, self.batch_id)

    def settle(self) -> Counts:
        counts = self.insert("holding", ("quantity", "cost", "market_value"), _tell_holding)
        counts.accounts = list(self.accounts.touched)
        return counts


def _tell_holding(clash: Clash) -> tuple[str, str, str]:
    names = [name for name in ("quantity", "cost", "market_value") if clash.new[name] != clash.old[name]]
    shown = "、".join(f"{name}={plain(clash.old[name])}" for name in names)
    return (
        names[0],
        plain(clash.new[names[0]]),
        f"同一账户、日期、证券已有不同的持仓（已有 {shown}），未改动已有记录",
    )
