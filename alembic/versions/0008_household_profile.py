"""clients: households; suitability: the four-dimension profile and the investment policy statement

Revision: 0008. Follows 0007. What was said of a household's item, a profile, a statement and its confirmation are
append-only by trigger. That a client belongs to one household at a time is kept by a partial unique index over the
memberships without an end.
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

from kit.append_only import append_only

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {  # and what a REPLACE could hit beside the id
    "household_item": ("household_id", "item_no", "as_of", "revision"),
    "client_profile": (),
    "policy_statement": ("client_id", "version"),
    "policy_confirmation": ("statement_id",),
}


def upgrade() -> None:
    create_households()
    create_profiles()
    for statement in append_only(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def create_households() -> None:
    op.create_table(
        "household",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_no", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("household_no"),
    )
    op.create_table(
        "household_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("member_no", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("client_id", sa.Integer()),
        sa.Column("birth_date", sa.Date()),
        sa.Column("sex", sa.String(8)),
        sa.Column("retire_age", sa.Integer()),
        sa.Column("shares_accounts", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("household_id", "member_no", "valid_from"),
    )
    op.create_index("ix_household_member_client_id", "household_member", ["client_id"])
    running = sa.text("valid_to = '9999-12-31'")
    op.create_index(
        "ix_household_member_one_household", "household_member", ["client_id"], unique=True, sqlite_where=running,
        postgresql_where=running,
    )
    op.create_table(
        "household_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("household_id", sa.Integer(), nullable=False),
        sa.Column("item_no", sa.String(64), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("category", sa.String(16), nullable=False),
        sa.Column("member_no", sa.String(64)),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("per", sa.String(8), nullable=False),
        sa.Column("first_on", sa.Date()),
        sa.Column("last_on", sa.Date()),
        sa.Column("growth", sa.BigInteger()),
        sa.Column("locked_until", sa.Date()),
        sa.Column("monthly_payment", sa.BigInteger()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("witness", sa.String(12), nullable=False),
        sa.Column("note", sa.String(64), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("batch_id", sa.Integer()),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["household_id"], ["household.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("household_id", "item_no", "as_of", "revision"),
    )


def create_profiles() -> None:
    op.create_table(
        "client_profile",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("level_cap", sa.Integer()),
        sa.Column("expected_return", sa.Float()),
        sa.Column("needed_on", sa.Date()),
        sa.Column("max_lock_days", sa.Integer()),
        sa.Column("reserve_months", sa.Float()),
        sa.Column("biases", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_client_profile_client_day", "client_profile", ["client_id", "day"])
    op.create_table(
        "policy_statement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("drafted_at", MOMENT, nullable=False),
        sa.Column("drafted_by", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id", "version"),
    )
    op.create_table(
        "policy_confirmation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("statement_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("shown_digest", sa.String(80), nullable=False),
        sa.Column("evidence", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["statement_id"], ["policy_statement.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("statement_id"),
    )


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
