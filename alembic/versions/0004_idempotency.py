"""idempotency: the answers that a retry gets again

Revision: 0004. Follows 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "idempotent_answer",
        sa.Column("actor", sa.String(32), nullable=False),
        sa.Column("route", sa.String(160), nullable=False),
        sa.Column("key", sa.String(128), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("actor", "route", "key"),
    )
    op.create_index("ix_idempotent_answer_kept_at", "idempotent_answer", ["kept_at"])


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
