"""deliveries: what is sent, every attempt (append-only), the inbox, the channels' windows, the clock's runs and seat

Revision: 0018. Follows 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kit.append_only import append_only

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FOR_INBOX = sa.text("ready_at IS NOT NULL AND channel = 'INBOX'")
OUTWARD = sa.text("ready_at IS NOT NULL AND channel <> 'INBOX'")
STUCK = sa.text("state IN ('DEAD', 'UNCERTAIN', 'HELD')")
GUARDED = sa.text("guard <> ''")
APPEND_ONLY = {"delivery_attempt": ()}  # what a REPLACE could hit beside the id


def upgrade() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("subject_kind", sa.String(16), nullable=False),
        sa.Column("subject_id", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(128), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("guard", sa.String(128), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(400), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(400), nullable=False),
        sa.Column("ready_at", MOMENT),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(80), nullable=False),
        sa.Column("began_at", MOMENT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    for name, columns, part in (
        ("inbox", ["priority", "ready_at"], FOR_INBOX), ("outward", ["priority", "ready_at"], OUTWARD),
        ("stuck", ["state", "id"], STUCK), ("guard", ["guard"], GUARDED),
    ):
        op.create_index(f"ix_delivery_{name}", "delivery", columns, postgresql_where=part, sqlite_where=part)
    op.create_index("ix_delivery_subject", "delivery", ["subject_id"])
    op.create_table(
        "delivery_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("happening", sa.String(12), nullable=False),
        sa.Column("detail", sa.String(400), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_delivery_attempt_delivery", "delivery_attempt", ["delivery_id", "id"])
    op.create_table(
        "inbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(128), nullable=False),
        sa.Column("category", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("link", sa.String(400), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("read_at", MOMENT),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("delivery_id"),
    )
    op.create_index("ix_inbox_message_recipient", "inbox_message", ["recipient", "id"])
    op.create_table(
        "channel_window",
        sa.Column("address", sa.String(96), nullable=False),
        sa.Column("pushes", sa.JSON(), nullable=False),
        sa.Column("closed_until", MOMENT),
        sa.PrimaryKeyConstraint("address"),
    )
    op.create_table(
        "clock_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job", sa.String(64), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("detail", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("job", "due_at"),
    )
    op.create_table(
        "clock_seat",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    for statement in append_only(op.get_bind().dialect.name, APPEND_ONLY):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
