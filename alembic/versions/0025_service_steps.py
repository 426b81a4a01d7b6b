"""service_step, service_step_undo: which steps of the load plan were accepted, and which of these were taken back

Revision: 0025. Follows 0024. Both are appended only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kit.append_only import append_only

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {"service_step": (), "service_step_undo": ("step_id",)}
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
    for statement in append_only(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def _by() -> list[sa.Column]:
    return [
        sa.Column("at", MOMENT, nullable=False), sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("by_name", sa.String(64), nullable=False),
    ]  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
