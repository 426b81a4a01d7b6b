"""a message in the inbox is its delivery itself: a number in the order of arrival, and when it was read

Revision: 0023. Follows 0022.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

ARRIVED = sa.text("inbox_no IS NOT NULL")
MOVE = """
UPDATE delivery SET
  inbox_no = (SELECT m.id FROM inbox_message m WHERE m.delivery_id = delivery.id),
  read_at = (SELECT m.read_at FROM inbox_message m WHERE m.delivery_id = delivery.id)
WHERE id IN (SELECT delivery_id FROM inbox_message)
"""
SEQUENCE = "CREATE SEQUENCE inbox_no AS integer"
FROM_THERE = "SELECT setval('inbox_no', (SELECT coalesce(max(inbox_no), 0) + 1 FROM delivery), false)"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("inbox_no", sa.Integer()))
    op.add_column("delivery", sa.Column("read_at", sa.DateTime(timezone=True)))
    op.execute(MOVE)
    op.drop_table("inbox_message")
    op.create_index(
        "ix_delivery_arrived",
        "delivery",
        ["recipient", "inbox_no"],
        unique=True,
        postgresql_where=ARRIVED,
        sqlite_where=ARRIVED,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(SEQUENCE)
        op.execute(FROM_THERE)


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
