"""The schema of households, profiles and statements: what the tables say, and what the triggers refuse."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, insert, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel

from clients.household.tables import HouseholdRow, ItemRow, MemberRow
from clients.tables import ClientRow
from kit.db import engine
from suitability.profile.tables import PolicyConfirmationRow, PolicyRow, ProfileRow

NOW = datetime(2026, 6, 1, tzinfo=UTC)
OWN = {"household", "household_member", "household_item", "client_profile", "policy_statement", "policy_confirmation"}


def table_named(told) -> str:
    """The table of one difference, whatever its form."""
    parts = told[0] if isinstance(told, list) else told
    names = (getattr(getattr(part, "table", part), "name", part) for part in parts[1:])
    return next((str(name) for name in names if str(name) in OWN), "")


def test_the_migrated_tables_are_what_the_models_say(database_url):
    with engine(database_url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        different = [one for one in compare_metadata(context, SQLModel.metadata) if table_named(one)]

    assert different == []


@pytest.fixture
def filed(session):
    """One row of each append-only table."""
    client = ClientRow(client_no="C1", name="客户一")
    household = HouseholdRow(household_no="H1")
    session.add_all([client, household])
    session.flush()
    statement = PolicyRow(
        client_id=client.id, version=1, drafted_at=NOW, drafted_by="u", digest="sha256:0", content="{}"
    )
    session.add(statement)
    session.flush()
    rows = {
        "household_item": ItemRow(
            household_id=household.id, item_no="I1", as_of=date(2026, 6, 1), kind="ASSET", category="CASH",
            amount=Decimal(1), per="ONCE", recorded_at=NOW, recorded_by="u",
        ),
        "client_profile": ProfileRow(
            client_id=client.id, day=date(2026, 6, 1), made_at=NOW, made_by="u", digest="sha256:0", content="{}"
        ),
        "policy_statement": statement,
        "policy_confirmation": PolicyConfirmationRow(
            statement_id=statement.id, confirmed_on=date(2026, 6, 1), confirmed_at=NOW, confirmed_by="u",
            channel="APP", shown_digest="sha256:0",
        ),
    }  # fmt: skip
    session.add_all(rows.values())
    session.flush()
    return {name: (type(row), row.id) for name, row in rows.items()}


@pytest.mark.parametrize("name", ["household_item", "client_profile", "policy_statement", "policy_confirmation"])
@pytest.mark.parametrize("change", ["update", "delete", "replace"])
def test_what_is_filed_is_neither_changed_nor_deleted(session, filed, name, change):
    table, row_id = filed[name]
    held = SQLModel.metadata.tables[name]
    column = next(column for column in held.columns if not (column.primary_key or column.foreign_keys))
    row = dict(session.execute(held.select().where(held.c.id == row_id)).mappings().one())
    statement = {
        "update": update(table).where(held.c.id == row_id).values({column.name: row[column.name]}),
        "delete": delete(table).where(held.c.id == row_id),
        "replace": insert(table).prefix_with("OR REPLACE", dialect="sqlite").values(row),
    }[change]

    with pytest.raises(DBAPIError, match=r"append-only|duplicate key"):
        session.execute(statement)


@pytest.mark.parametrize("name", ["household_item", "client_profile", "policy_statement", "policy_confirmation"])
def test_a_table_is_not_emptied(session, filed, name):
    words = f"TRUNCATE {name} CASCADE" if session.get_bind().dialect.name == "postgresql" else f"DELETE FROM {name}"

    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(words))


def test_a_client_is_in_one_household_at_a_time(session):
    client = ClientRow(client_no="C1", name="客户一")
    first, second = HouseholdRow(household_no="H1"), HouseholdRow(household_no="H2")
    session.add_all([client, first, second])
    session.flush()
    session.add(MemberRow(household_id=first.id, member_no="M1", role="SELF", client_id=client.id))
    session.flush()
    session.add(MemberRow(household_id=second.id, member_no="M1", role="SELF", client_id=client.id))

    with pytest.raises(IntegrityError):
        session.flush()
