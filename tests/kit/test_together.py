"""Statements sent together say what each says alone, on both databases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import Select, Table, bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from clients.tables import ClientRow
from kit.db import driver_address, engine
from kit.together import read_ahead, rows_of, send, together
from market.products.tables import ProductRow
from suitability.matching.tables import RuleSetRow

CLIENTS: Table = SQLModel.metadata.tables[str(ClientRow.__tablename__)]
PRODUCTS: Table = SQLModel.metadata.tables[str(ProductRow.__tablename__)]
RULE_SETS: Table = SQLModel.metadata.tables[str(RuleSetRow.__tablename__)]
BORN = date(1980, 2, 29)

OF_CLIENT: Select = select(CLIENTS.c.client_no, CLIENTS.c.birth_date).where(
    CLIENTS.c.client_no == bindparam("client_no"), CLIENTS.c.kind.in_(["NATURAL", "INSTITUTION"])
)
OF_PRODUCT: Select = select(*PRODUCTS.c).where(PRODUCTS.c.code == bindparam("code"))
FILED = insert(CLIENTS).returning(CLIENTS.c.client_no)


@pytest.fixture
def session(database_url):
    with Session(engine(database_url)) as session:
        session.add(ClientRow(client_no="C1", name="客户", birth_date=BORN))
        session.add(ProductRow(
            code="P1", name="产品", kind="MIXED_FUND", issuer="样例", leads_to="", lockup_days=0,
            min_amount=Decimal("1000.01"), expected_return_low=Decimal("0.02"),
        ))  # fmt: skip
        yield session  # what was added is flushed by whoever asks


def test_together_says_what_each_says_alone(session):
    given = {"client_no": "C1"}, {"code": "P1"}
    clients, products = together(session, (OF_CLIENT, given[0]), (OF_PRODUCT, given[1]))
    asked = zip((OF_CLIENT, OF_PRODUCT), given, strict=True)
    alone = [list(session.execute(one, told).mappings()) for one, told in asked]

    assert [dict(row) for row in clients] == [{"client_no": "C1", "birth_date": BORN}]
    assert [clients, products] == alone
    assert products[0]["min_amount"] == Decimal("1000.01")


def test_what_is_read_ahead_is_given_once_and_then_read_anew(session):
    given = {"client_no": "C1"}
    with read_ahead(session, (OF_CLIENT, given)):
        first = rows_of(session, OF_CLIENT, given)
        session.execute(CLIENTS.update().values(birth_date=None))
        again = rows_of(session, OF_CLIENT, given)
        other = rows_of(session, OF_CLIENT, {"client_no": "C2"})

    assert [row["birth_date"] for row in (*first, *again)] == [BORN, None]
    assert other == []


def test_what_nobody_asked_for_is_forgotten_with_the_block(session):
    with read_ahead(session, (OF_CLIENT, {"client_no": "C1"})):
        pass
    session.execute(CLIENTS.update().values(birth_date=None))

    assert [row["birth_date"] for row in rows_of(session, OF_CLIENT, {"client_no": "C1"})] == [None]


def test_a_refused_statement_is_told_as_the_session_tells_it(session):
    row = {"client_no": "C1", "name": "又一位", "kind": "NATURAL"}
    with pytest.raises(IntegrityError):
        send(session, FILED, row)
    session.rollback()

    assert send(session, FILED, row) == [{"client_no": "C1"}]  # nothing of the first attempt is left


def test_a_connection_that_was_cut_while_it_rested_is_replaced(database_url, monkeypatch):
    address = driver_address(database_url)
    if address is None:
        return  # a file cuts nobody
    monkeypatch.setattr("kit.db.RESTED_SECONDS", 0)
    with engine(database_url).connect() as connection:
        resting = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with psycopg.connect(address) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (resting,))

    with engine(database_url).connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != resting
