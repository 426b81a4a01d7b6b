"""mismatch_cases: what the watch saw last and its runs; cases, which are never deleted, and their events

Revision: 0009. Follows 0008.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {"watch_run": "day = NEW.day AND digest = NEW.digest", "mismatch_event": "case_id = NEW.case_id AND version = NEW.version"}
NEVER_DELETED = ("mismatch_case",)


def upgrade() -> None:
    create_watch()
    create_cases()
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def create_watch() -> None:
    op.create_table(
        "watch_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("ran_at", MOMENT, nullable=False),
        sa.Column("ran_by", sa.String(64), nullable=False),
        sa.Column("rule_mark", sa.String(80), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("retain_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day", "digest"),
    )
    op.create_table(
        "watch_account",
        sa.Column("account_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("ledger_mark", sa.BigInteger(), nullable=False),
        sa.Column("cash", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("account_id"),
    )
    op.create_table(
        "watch_holding",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("account_id", "instrument_id"),
    )
    op.create_table(
        "watch_pair",
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("client_mark", sa.BigInteger(), nullable=False),
        sa.Column("product_mark", sa.BigInteger(), nullable=False),
        sa.Column("client_rank", sa.Integer(), nullable=False),
        sa.Column("product_rank", sa.Integer(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("client_id", "instrument_id"),
    )
    op.create_index("ix_watch_pair_instrument", "watch_pair", ["instrument_id"])


def create_cases() -> None:
    op.create_table(
        "mismatch_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("client_name", sa.String(128), nullable=False),
        sa.Column("product_code", sa.String(32), nullable=False),
        sa.Column("product_name", sa.String(128), nullable=False),
        sa.Column("client_class", sa.String(16), nullable=False),
        sa.Column("product_level", sa.String(4), nullable=False),
        sa.Column("dimensions", sa.String(128), nullable=False),
        sa.Column("gap", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(24), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("present", sa.Boolean(), nullable=False),
        sa.Column("value", sa.BigInteger()),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("facts_digest", sa.String(80), nullable=False),
        sa.Column("owner_no", sa.String(64), nullable=False),
        sa.Column("owner_name", sa.String(128), nullable=False),
        sa.Column("branch_no", sa.String(64), nullable=False),
        sa.Column("escalated", sa.Boolean(), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=False),
        sa.Column("proposed_by_id", sa.String(64), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("resolution", sa.String(16), nullable=False),
        sa.Column("resolved_on", sa.Date()),
        sa.Column("retain_until", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_no", "product_code"),
    )
    op.create_index("ix_mismatch_case_status_due", "mismatch_case", ["status", "due_on"])
    op.create_index("ix_mismatch_case_owner", "mismatch_case", ["owner_no"])
    op.create_table(
        "mismatch_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("by_name", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("evidence", sa.String(80), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["mismatch_case.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "version"),
    )


def guards(dialect: str) -> list[str]:
    """Events and runs refuse every change; a case refuses to be deleted. PostgreSQL's function came with the trail."""
    made: list[str] = []
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        frozen = table in APPEND_ONLY
        if dialect == "sqlite":
            made += _sqlite(table, frozen)
        else:
            act, what = "EXECUTE FUNCTION trail_is_append_only()", "UPDATE OR DELETE" if frozen else "DELETE"
            made += [
                f"CREATE TRIGGER {table}_no_change BEFORE {what} ON {table} FOR EACH ROW {act}",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
            ]
    return made


def _sqlite(table: str, frozen: bool) -> list[str]:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    same = APPEND_ONLY.get(table, "client_no = NEW.client_no AND product_code = NEW.product_code")
    known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({same}))"
    made = [
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}",
    ]
    if frozen:
        made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    return made


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
