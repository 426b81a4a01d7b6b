"""delivery_standing: how a delivery stands, apart from what is said in it

Revision: 0026. Follows 0025.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FOR_INBOX = sa.text("ready_at IS NOT NULL AND NOT outward")
OUTWARD = sa.text("ready_at IS NOT NULL AND outward")
STUCK = sa.text("state IN ('DEAD', 'UNCERTAIN', 'HELD')")
ARRIVED = sa.text("inbox_no IS NOT NULL")
INDEXES = (
    ("inbox", ["priority", "ready_at"], False, FOR_INBOX), ("outward", ["priority", "ready_at"], False, OUTWARD),
    ("stuck", ["state", "delivery_id"], False, STUCK), ("arrived", ["recipient", "inbox_no"], True, ARRIVED),
)
MOVED = (
    "state", "reason", "ready_at", "fence", "worker", "began_at", "attempts", "uncertain", "ended_at", "inbox_no",
    "read_at",
)  # fmt: skip
MOVE = f"""
INSERT INTO delivery_standing (delivery_id, priority, outward, recipient, since, {", ".join(MOVED)})
SELECT id, priority, channel <> 'INBOX', recipient, created_at, {", ".join(MOVED)} FROM delivery
"""


def upgrade() -> None:
    op.create_table(
        "delivery_standing",
        sa.Column("delivery_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("outward", sa.Boolean(), nullable=False),
        sa.Column("recipient", sa.String(128), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("ready_at", MOMENT),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(80), nullable=False),
        sa.Column("began_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("inbox_no", sa.Integer()),
        sa.Column("read_at", MOMENT),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.PrimaryKeyConstraint("delivery_id"),
    )
    op.execute(MOVE)
    for name, columns, unique, part in INDEXES:
        op.drop_index(f"ix_delivery_{name}", "delivery")
        op.create_index(
            f"ix_delivery_{name}", "delivery_standing", columns, unique=unique, postgresql_where=part,
            sqlite_where=part,
        )  # fmt: skip
    for name in MOVED:
        op.drop_column("delivery", name)


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
