"""service_step, service_step_undo: which steps of the load plan were accepted, and which of these were taken back

Revision: 0025. Follows 0024. Both are appended only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {"service_step": "", "service_step_undo": " OR step_id = NEW.step_id"}
"""What a REPLACE could hit beside the id."""


def upgrade() -> None:
    op.create_table(
        "service_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("owed_on", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(16), nullable=False),
        sa.Column("staff_no", sa.String(64), nullable=False),
        sa.Column("to_staff_no", sa.String(64), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        *_by(),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_service_step_client", "service_step", ["client_id", "kind", "owed_on"])
    op.create_table(
        "service_step_undo",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        *_by(),
        sa.ForeignKeyConstraint(["step_id"], ["service_step.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("step_id"),
    )
    for statement in _guards(op.get_bind().dialect.name):
        op.execute(statement)


def _by() -> list[sa.Column]:
    return [
        sa.Column("at", MOMENT, nullable=False), sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("by_name", sa.String(64), nullable=False),
    ]  # fmt: skip


def _guards(dialect: str) -> list[str]:
    """UPDATE, DELETE, TRUNCATE and REPLACE are refused. PostgreSQL's function came with the trail."""
    made: list[str] = []
    for table, key in APPEND_ONLY.items():
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id{key})"
            made += [
                f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}",
            ]
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
