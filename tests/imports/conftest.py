"""A small book to import into, and the reading of what became of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, SQLModel, select

import clients.tables
import market.tables
from clients.intake import import_file
from kit.db import engine
from kit.imports import ImportResult

Rows = Callable[[type[SQLModel]], list[Any]]


class Book:
    """A database with two clients and two accounts, and a folder for files."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.take("client_no,name,kind\nC1,甲,NATURAL\nC2,乙,NATURAL\n", "clients.csv")
        self.take("account_no,client_no\nA1,C1\nA2,C2\n", "accounts.csv")

    def file(self, content: str | bytes, name: str = "file.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def take(self, content: str | bytes, name: str = "file.csv", **options: Any) -> ImportResult:
        return import_file(self.url, self.file(content, name), **options)

    def rows(self, table: type[SQLModel]) -> list[Any]:
        with Session(engine(self.url)) as session:
            return list(session.exec(select(table)))

    def codes(self) -> dict[int, str]:
        return {row.id: row.code for row in self.rows(market.tables.InstrumentRow)}

    def trades(self) -> list[Any]:
        return sorted(self.rows(clients.tables.TradeRow), key=lambda row: (row.account_id, row.day, row.seq))

    def flows(self) -> list[Any]:
        return sorted(
            self.rows(clients.tables.CashflowRow), key=lambda row: (row.account_id, row.day, row.seq)
        )

    def notes(self) -> list[Any]:
        return self.rows(clients.tables.StatementNoteRow)


@pytest.fixture
def book(database_url: str, tmp_path: Path) -> Book:
    return Book(database_url, tmp_path)
