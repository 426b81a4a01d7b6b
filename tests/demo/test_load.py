"""Both books go through the real importer: nothing refused, nothing lost in silence."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlmodel import Session, SQLModel, func, select

from clients.tables import AccountRow, CashflowRow, HoldingRow, StatementNoteRow, TradeRow
from demo.load import load_books, write_books
from kit.db import engine
from market.tables import BenchmarkWeightRow, DailyPriceRow, QuoteRow


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("load")
    url = f"sqlite:///{folder}/books.db"
    told = []
    books = write_books(folder / "books", accounts=24, progress=lambda *step: told.append(step))
    SQLModel.metadata.create_all(engine(url))
    results = load_books(url, books, progress=lambda *step: told.append(step))
    with Session(engine(url)) as session:
        yield books, results, told, session
    engine(url).dispose()


def count(session, table):
    return session.exec(select(func.count()).select_from(table)).one()


def test_no_row_is_refused(loaded):
    _, results, _, _ = loaded
    assert [(result.file, result.rejects[:3]) for result in results if result.rows_refused] == []
    assert sum(result.rows_read for result in results) == sum(
        result.rows_new + result.rows_changed + result.rows_known for result in results
    )


def test_every_file_is_read_in_the_order_of_its_references(loaded):
    books, results, _, _ = loaded
    kinds = [result.kind for result in results]
    assert kinds == [file.kind for file in books.files()]
    assert Counter(kinds)["statement"] == 4
    for book in (kinds[:6], kinds[6:]):
        places = [book.index(kind) for kind in ("instruments", "prices", "clients", "accounts")]
        assert places == sorted(places)


def test_the_book_is_in_the_database(loaded):
    _, _, _, session = loaded
    assert count(session, AccountRow) == 5 + 24
    assert count(session, QuoteRow) == 92_996
    assert count(session, DailyPriceRow) > 120_000
    assert count(session, BenchmarkWeightRow) > 1_900
    assert count(session, TradeRow) > 2_464 + 4_000
    assert count(session, CashflowRow) > 1_000
    assert count(session, HoldingRow) > 0


def test_rows_without_quantity_and_lottery_numbers_are_kept_as_notes(loaded):
    _, results, _, session = loaded
    assert count(session, StatementNoteRow) == 3 + 3
    assert any("数量为 0" in remark for result in results for remark in result.remarks)


def test_progress_reaches_its_end(loaded):
    books, _, told, _ = loaded
    steps = len(list(books.files()))
    assert ("生成示范账户", 24, 24) in told
    assert told[-1][1:] == (steps, steps)
