"""Columns of integers: what is stored comes back, on both databases, NULL as UNKNOWN."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest
from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Table

from kit.columns import UNKNOWN, Kind, id_list, integer_columns
from kit.db import Moment, engine

SAMPLE = Table(
    "sample", MetaData(),
    Column("id", Integer, primary_key=True), Column("owner", Integer), Column("amount", BigInteger),
    Column("day", Date), Column("at", Moment), Column("flag", Boolean),
)
ROWS = [
    {"id": 1, "owner": 7, "amount": 2**62 + 1, "day": date(2024, 2, 29), "flag": True,
     "at": datetime(2024, 2, 29, 1, 2, 3, 999_999, tzinfo=UTC)},
    {"id": 2, "owner": 7, "amount": -1, "day": date(1, 1, 1), "flag": False,
     "at": datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)},
    {"id": 3, "owner": 4, "amount": None, "day": None, "flag": None, "at": None},
]
KINDS = {
    "id": Kind.INTEGER, "amount": Kind.INTEGER, "day": Kind.DAY, "at": Kind.MOMENT, "flag": Kind.BOOLEAN,
}
MOMENT = int(datetime(2024, 2, 29, 1, 2, 3, tzinfo=UTC).timestamp())
EXPECTED = {
    "amount": [2**62 + 1, -1, UNKNOWN],
    "day": [date(2024, 2, 29).toordinal(), 1, UNKNOWN],
    "at": [MOMENT, -1, UNKNOWN],
    "flag": [1, 0, UNKNOWN],
}


@pytest.fixture
def connection(bare_database_url):
    with engine(bare_database_url).begin() as opened:
        SAMPLE.create(opened)
        opened.execute(SAMPLE.insert(), ROWS)
        yield opened


@pytest.mark.parametrize("by", [None, "owner"])
def test_what_is_stored_comes_back(connection, by):
    found = integer_columns(connection, KINDS, "sample", by)
    order = np.argsort(found["id"])

    assert {name: list(found[name][order]) for name in EXPECTED} == EXPECTED
    assert {column.dtype for column in found.values()} == {np.dtype(np.int64)}


def test_the_group_stands_beside_each_of_its_rows(connection):
    found = integer_columns(connection, {"id": Kind.INTEGER}, "sample", "owner")

    assert dict(zip(found["id"], found["owner"], strict=True)) == {1: 7, 2: 7, 3: 4}


@pytest.mark.parametrize("by", [None, "owner"])
def test_no_row_gives_empty_columns(connection, by):
    found = integer_columns(connection, KINDS, f"sample WHERE id IN {id_list([])}", by)

    assert {name: len(column) for name, column in found.items() if name != "owner"} == dict.fromkeys(KINDS, 0)


def test_an_id_list_holds_numbers_only():
    assert id_list([3, np.int64(1)]) == "(3,1)"
    with pytest.raises(ValueError, match="invalid literal"):
        id_list(["1); DROP TABLE trade"])
