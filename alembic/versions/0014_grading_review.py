"""grade reviews: 初评, 复评, 汇总, 批准, 申诉; the grades in force

Revision: 0014. Follows 0012. No row of a review is ever deleted; changes of lines and grades in force are
appended only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {  # what a REPLACE could hit
    "grade_review_change": ("review_id", "client_id", "version"),
    "grade_in_force": (),
}
KEPT = ("grade_review", "grade_review_client", "grade_review_line", "grade_appeal")
"""Rows that change under a version and are never deleted."""


def _text(name: str, length: int, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=null)


def upgrade() -> None:
    op.create_table(
        "grade_review",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("number", 24),
        _text("kind", 16),
        _text("state", 16),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("schemes", sa.JSON(), nullable=False),
        _text("event", 16),
        _text("reason", 256),
        sa.Column("clients", sa.Integer(), nullable=False),
        _text("opened_by_id", 64),
        _text("opened_by", 128),
        sa.Column("opened_at", MOMENT, nullable=False),
        _text("convened_by_id", 64, null=True),
        _text("convened_by", 128, null=True),
        _text("submitted_by_id", 64, null=True),
        _text("submitted_by", 128, null=True),
        sa.Column("submitted_at", MOMENT, nullable=True),
        _text("decided_by_id", 64, null=True),
        _text("decided_by", 128, null=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        _text("decided_reason", 256),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["grade_run.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_table(
        "grade_review_client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        _text("branch", 128),
        _text("staff", 128),
        _text("plan", 512),
        _text("policy_action", 16, null=True),
        _text("policy", 512),
        _text("settlement_action", 16, null=True),
        _text("settlement", 512),
        _text("reason", 256),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["grade_review.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id", "client_id"),
    )
    op.create_index("ix_grade_review_client_client_id", "grade_review_client", ["client_id"])
    op.create_table(
        "grade_review_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        _text("scheme", 32),
        _text("before", 32, null=True),
        _text("engine", 32, null=True),
        _text("preliminary", 32, null=True),
        _text("grade", 32, null=True),
        sa.ForeignKeyConstraint(["review_id"], ["grade_review.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id", "client_id", "scheme"),
    )
    op.create_index("ix_grade_review_line_grade", "grade_review_line", ["review_id", "scheme", "grade"])
    op.create_table(
        "grade_review_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _text("step", 16),
        _text("source", 16),
        sa.Column("changes", sa.JSON(), nullable=False),
        _text("reason", 256),
        _text("changed_by_id", 64),
        _text("changed_by", 128),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["grade_review.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("review_id", "client_id", "version"),
    )
    op.create_table(
        "grade_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        _text("scheme", 32),
        _text("grade", 32, null=True),
        _text("wanted", 32),
        _text("reason", 512),
        _text("state", 16),
        _text("filed_by_id", 64),
        _text("filed_by", 128),
        sa.Column("filed_at", MOMENT, nullable=False),
        _text("decided_by_id", 64, null=True),
        _text("decided_by", 128, null=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        _text("decided_reason", 512),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["grade_review.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_grade_appeal_review_id", "grade_appeal", ["review_id"])
    op.create_index("ix_grade_appeal_client_id", "grade_appeal", ["client_id"])
    op.create_table(
        "grade_in_force",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        _text("scheme", 32),
        _text("grade", 32, null=True),
        _text("label", 64),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["review_id"], ["grade_review.id"]),
        sa.ForeignKeyConstraint(["appeal_id"], ["grade_appeal.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_grade_in_force_client", "grade_in_force", ["client_id", "scheme", "valid_from"])
    op.create_index("ix_grade_in_force_review_id", "grade_in_force", ["review_id"])
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def guards(dialect: str) -> list[str]:
    """Appended rows refuse every change, kept rows refuse deletion. PostgreSQL's function came with the trail."""
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
            made += _no(table, "UPDATE OR DELETE", "change")
    for table in KEPT:
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} keeps its rows'); END"
            made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        else:
            made += _no(table, "DELETE", "delete")
    return made


def _no(table: str, events: str, name: str) -> list[str]:
    act = "EXECUTE FUNCTION trail_is_append_only()"
    return [
        f"CREATE TRIGGER {table}_no_{name} BEFORE {events} ON {table} FOR EACH ROW {act}",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_{name}",
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
    ]


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
