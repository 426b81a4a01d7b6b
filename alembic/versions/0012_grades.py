"""grades: runs over the book, and each client's grades from the day on which they changed; append-only

Revision: 0012. Follows 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {"grade_run": (), "client_grade": ("client_id", "day", "run_id")}  # what a REPLACE could hit


def upgrade() -> None:
    op.create_table(
        "grade_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("graded_at", MOMENT, nullable=False),
        sa.Column("graded_by", sa.String(64), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("schemes", sa.JSON(), nullable=False),
        sa.Column("features", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_grade_run_day", "grade_run", ["day"])
    op.create_table(
        "client_grade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("grades", sa.LargeBinary(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["run_id"], ["grade_run.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id", "day", "run_id"),
    )
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def guards(dialect: str) -> list[str]:
    """UPDATE, DELETE, TRUNCATE and REPLACE are refused. PostgreSQL's function came with the trail."""
    made: list[str] = []
    for table, key in APPEND_ONLY.items():
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            same = " AND ".join(f"{name} = NEW.{name}" for name in key)
            hit = f"id = NEW.id OR ({same})" if key else "id = NEW.id"
            known = f"EXISTS (SELECT 1 FROM {table} WHERE {hit})"
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
