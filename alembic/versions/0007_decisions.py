"""decisions: rule sets, decisions and the duties done on them, all append-only

Revision: 0007. Follows 0006.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = {"rule_set": "version", "decision": "id", "duty_done": "id"}


def upgrade() -> None:
    op.create_table(
        "rule_set",
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("product_code", sa.String(32), nullable=False),
        sa.Column("account_no", sa.String(64)),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.String(64), nullable=False),
        sa.Column("asked_by", sa.String(8), nullable=False),
        sa.Column("side", sa.String(8), nullable=False),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("origin", sa.String(24), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("replaces", sa.String(32)),
        sa.Column("retain_until", sa.Date(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["replaces"], ["decision.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_decision_client", "decision", ["client_no", "made_at"])
    op.create_index("ix_decision_product", "decision", ["product_code", "made_at"])
    op.create_index("ix_decision_made", "decision", ["made_at", "id"])
    op.create_table(
        "duty_done",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.String(32), nullable=False),
        sa.Column("duty", sa.String(32), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        sa.Column("done_by", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("evidence", sa.String(80), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decision.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id", "duty"),
    )
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def guards(dialect: str) -> list[str]:
    """UPDATE, DELETE, TRUNCATE and REPLACE are refused. PostgreSQL's function came with the trail."""
    made: list[str] = []
    for table, key in TABLES.items():
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            known = f"EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})"
            made += [
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            ]
            if table != "rule_set":  # two first decisions may file the same version: the second insert does nothing
                made.append(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}")
        else:
            act = "EXECUTE FUNCTION trail_is_append_only()"
            made += [
                f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {act}",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
            ]
    return made


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
