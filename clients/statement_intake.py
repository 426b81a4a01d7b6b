"""Delivery statements into the ledger: trades, cash flows, notes, and the bank transfers that the file left
out.
"""

from __future__ import annotations

from typing import Any

from clients.imports import FEES, fingerprint
from clients.inferred import infer_flows
from clients.postings import (
    BY_FINGERPRINT,
    CASH_COLUMNS,
    CASH_CONTENT,
    NOTE_COLUMNS,
    TRADE_COLUMNS,
    TRADE_CONTENT,
    ClientIntake,
    join_counts,
    tell_cash,
    tell_trade,
)
from clients.statements import CashMove, Posting, ShareMove, business_of, posting_of
from clients.tables import CashflowRow, StatementNoteRow, TradeRow
from clients.types import CASH_KINDS, EXTERNAL_CASH, MOVEMENTS
from kit.imports.result import Refused
from kit.imports.rows import Cells, Counts
from kit.sheets import Batch
from market.codes import SecurityCode, parse_code

_LOAN, _SECOND = 1, 2  # places within a line: what the broker lent stands before the trade it paid for


class StatementIntake(ClientIntake):
    """Rows of a delivery statement. Whether its amounts carry signs is seen in its first rows."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stage("trade", TradeRow, TRADE_COLUMNS, BY_FINGERPRINT)
        self.stage("cash", CashflowRow, CASH_COLUMNS, BY_FINGERPRINT)
        self.stage("loan", CashflowRow, CASH_COLUMNS, BY_FINGERPRINT)
        self.stage("note", StatementNoteRow, NOTE_COLUMNS, BY_FINGERPRINT)
        self._signed: bool | None = None
        self._saw_bank = self._saw_balance = False

    def take(self, batch: Batch) -> None:
        if self._signed is None:
            self._signed = self._carries_signs(batch)
        super().take(batch)

    def _carries_signs(self, batch: Batch) -> bool:
        place = self.layout.places.get("net")
        if place is None:
            return False
        cells = (row[place].strip() for row in batch.rows if len(row) > place)
        return any(cell[:1] in ("-", "−", "(") and len(cell) > 1 for cell in cells)

    def row(self, cells: Cells) -> None:
        code = self._code(cells)
        kind = None if code is None else self.book.kind_of(code)
        posting = posting_of(cells, code, kind, bool(self._signed))
        account = self.accounts.id_of(cells)
        instrument = self._instrument(cells, code, posting)
        for sentence in posting.remarks:
            self.remarks.note(sentence, cells.line)
        self._saw_balance = self._saw_balance or posting.balance is not None
        self._post(cells, account, instrument, code, posting)

    def _code(self, cells: Cells) -> SecurityCode | None:
        """The security of the row. A row that moves no shares may carry a code that names no security."""
        text = cells.text("security_code")
        if not text.strip("0"):
            return None
        try:
            return self.book.parse(cells)
        except Refused:
            _, meaning = business_of(cells)
            if meaning.movement is not None:
                raise
            if not meaning.note:
                self.remarks.note("资金行的证券代码无法识别，金额已记，未关联证券", cells.line)
            return None

    def _instrument(self, cells: Cells, code: SecurityCode | None, posting: Posting) -> int | None:
        """The id to file under.

        A subscription code (730…) is filed under the code the shares will be listed by.
        """
        if code is None:
            return None
        if not code.is_subscription:
            return self.book.id_of(code, cells.text("name"), cells.line)
        if posting.shares is not None:
            raise Refused(
                "security_code", cells.text("security_code"), "申购代码不代表持有的证券，不能有股份变动"
            )
        if code.subscribes_to is None or not posting.cash:
            return None
        return self.book.id_of(parse_code(code.subscribes_to), "", cells.line)

    def _post(
        self, cells: Cells, account: int, instrument: int | None, code: SecurityCode | None, posting: Posting
    ) -> None:
        if posting.shares is not None:
            assert code is not None
            self._post_trade(cells, account, instrument, code, posting, posting.shares)
            for loan in posting.cash:
                self._post_cash("loan", cells, account, instrument, code, posting, loan)
        elif posting.cash:
            for move in posting.cash:
                self._saw_bank = self._saw_bank or move.kind in EXTERNAL_CASH
                self._post_cash("cash", cells, account, instrument, code, posting, move)
        else:
            self.put_note(cells, account, posting.day, posting.word, instrument, posting.quantity)

    def _post_trade(
        self,
        cells: Cells,
        account: int,
        instrument: int | None,
        code: SecurityCode,
        posting: Posting,
        move: ShareMove,
    ) -> None:
        kind = MOVEMENTS.index(move.movement)
        day, seconds = posting.day.toordinal(), None if posting.at is None else int(posting.at.timestamp())
        if posting.trade_no:
            mark = fingerprint("no", day, code.code, kind, posting.trade_no)
        else:
            whole = (move.quantity, move.price, move.amount, *move.fees, posting.balance)
            mark = fingerprint("row", day, seconds, code.code, kind, *whole)
        line = self.origin(cells)
        amounts = (move.quantity, move.price, move.amount, *move.fees, posting.balance)
        assert len(move.fees) == len(FEES)
        self.put(
            "trade",
            cells.line,
            account,
            instrument,
            posting.day,
            posting.at,
            self.seq(line),
            kind,
            *amounts,
            posting.trade_no,
            mark,
            posting.word,
            self.batch_id,
            line,
        )

    def _post_cash(
        self,
        stage: str,
        cells: Cells,
        account: int,
        instrument: int | None,
        code: SecurityCode | None,
        posting: Posting,
        move: CashMove,
    ) -> None:
        kind = CASH_KINDS.index(move.kind)
        balance = None if stage == "loan" else posting.balance
        seconds = None if posting.at is None else int(posting.at.timestamp())
        named = None if code is None else code.code
        first = "no" if posting.trade_no else stage
        mark = fingerprint(
            first,
            posting.day.toordinal(),
            seconds,
            kind,
            move.amount,
            named,
            posting.balance,
            posting.trade_no,
        )
        line = self.origin(cells)
        place = _LOAN if stage == "loan" else _SECOND
        self.put(
            stage,
            cells.line,
            account,
            posting.day,
            self.seq(line, place),
            kind,
            move.amount,
            instrument,
            balance,
            posting.trade_no,
            False,
            mark,
            posting.word,
            self.batch_id,
            line,
        )

    def settle(self) -> Counts:
        self.number_repeats("trade", "trade_no IS NULL")
        self.number_repeats("cash", "ref_no IS NULL")
        self.number_repeats("loan", "ref_no IS NULL")
        trades = self.insert("trade", TRADE_CONTENT, tell_trade)
        cash = self.insert("cash", CASH_CONTENT, tell_cash)
        self.insert("loan", CASH_CONTENT, tell_cash)
        counts = join_counts(trades, cash, self.insert_notes())
        counts.accounts = list(self.accounts.touched)
        self._infer(counts)
        return counts

    def _infer(self, counts: Counts) -> None:
        """Transfers that the file left out, from the running balance; or the sentence that there is none."""
        if not self._saw_balance:
            if not self._saw_bank:
                self.remarks.note(
                    "对账单没有银证转账，也没有资金余额可供推断：出入金未知，请另行导入资金流水，否则不计算资金加权收益"
                )
            return
        if not counts.new:
            return
        if self.rejects.count or counts.refused_later:
            self.remarks.note("有拒收行，资金余额可能因此不连续：改正并重新导入后再推断出入金")
            return
        for number, account in self.accounts.with_rows_of(self.batch_id).items():
            for flow in infer_flows(self.session, account, self.batch_id):
                self.remarks.note(f"账户 {number}：{flow.sentence()}")
