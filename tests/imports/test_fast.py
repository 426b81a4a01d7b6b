"""The reader of columns and the reader of rows agree on every row, and big files keep to bounded memory."""

from __future__ import annotations

import tracemalloc

import pytest

from clients.postings import TradeIntake
from clients.tables import TradeRow
from market.tables import InstrumentRow

HEAD = "account_no,traded_at,security_code,side,quantity,price,commission,stamp_duty,transfer_fee,trade_no\n"
FORMS = {
    "days": ["2024-01-02", "2024-01-03"],
    "local times": ["2024-01-02 09:31:05", "2024-01-03T00:00:00"],
    "moments": ["2024-01-02T01:31:05Z", "2024-01-02T17:00:00Z"],
    "mixed": ["2024-01-02", "20240103"],
    "a day that is none": ["2024-01-02", "2024-02-30"],
}


def rows(form: str, numbered: bool) -> str:
    lines = [HEAD]
    for n in range(60):
        at, side = FORMS[form][n % 2], ("BUY", "S", "买入", "-")[n % 4]
        code = ("600519", "sz000333", "300750.SZ", "700", '="000001"')[n % 5]
        price = ("10.5", "0.123456", "1,000", "12.1234567", "0", "-1", "x")[n % 7]
        number = f"T{n % 50}" if numbered else ""
        lines.append(f'A{1 + n % 3},{at},{code},{side},{n % 6}00,"{price}",5.0,,0.0{n % 3},{number}\n')
    return "".join(lines)


def contents(book):
    codes = book.codes()
    skip = {"id", "instrument_id", "batch_id"}
    return sorted(
        (
            codes[row.instrument_id],
            *(str(getattr(row, name)) for name in TradeRow.model_fields if name not in skip),
        )
        for row in book.rows(TradeRow)
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("numbered", [True, False])
def test_both_readers_make_the_same_rows_and_refusals(book, form, numbered, monkeypatch):
    text = rows(form, numbered)
    fast = book.take(text, dry_run=True)
    with monkeypatch.context() as patch:
        patch.setattr(TradeIntake, "_by_columns", lambda *_: None)
        slow = book.take(text)
    slow_rows = contents(book)
    again = book.take(text)

    assert (again.rows_new, again.rows_known) == (0, slow.rows_new + slow.rows_known)
    assert (fast.rows_new, fast.rows_refused) == (slow.rows_new, slow.rows_refused)
    assert sorted(map(str, fast.rejects)) == sorted(map(str, slow.rejects))
    assert len(slow_rows) > 3


@pytest.mark.parametrize("form", FORMS)
def test_the_reader_of_columns_writes_what_the_reader_of_rows_writes(book, form, monkeypatch):
    text = rows(form, numbered=False)
    book.take(text)
    fast_rows = contents(book)
    codes = {row.code for row in book.rows(InstrumentRow)}
    from sqlmodel import Session, delete

    from clients.tables import StatementNoteRow
    from kit.db import engine

    with Session(engine(book.url)) as session, session.begin():
        session.execute(delete(TradeRow))
        session.execute(delete(StatementNoteRow))
    monkeypatch.setattr(TradeIntake, "_by_columns", lambda *_: None)
    book.take(text)

    assert contents(book) == fast_rows
    assert {row.code for row in book.rows(InstrumentRow)} == codes


def test_memory_is_bounded_by_the_batch_and_not_by_the_file(book):
    peaks = []
    for megabytes in (2, 8):
        line = "A1,2024-01-02 09:31:05,600519,BUY,100,1680.50,5.00,0.00,0.17,{}-{:08d}\n"
        count = megabytes * 1_000_000 // len(line.format(0, 0))
        path = book.file(HEAD + "".join(line.format(megabytes, n) for n in range(count)), f"{megabytes}.csv")
        from clients.intake import import_file

        tracemalloc.start()
        assert import_file(book.url, path).rows_new == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    assert peaks[1] < peaks[0] * 1.5 + 5_000_000
