"""grades: runs over the book, and each client's grades from the day on which they changed; append-only

Revision: 0012. Follows 0011.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kit.append_only import append_only

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
    for statement in append_only(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
