"""changes of rules with previews and verdicts, callback samples and results, self-inspections: all append-only

Revision: 0010. Follows 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TABLES = {
    "rule_change": "id", "rule_change_preview": "id", "rule_change_verdict": "change_id", "callback_sample": "id",
    "callback_member": "id", "callback_result": "id", "self_inspection": "id",
}


def upgrade() -> None:
    _changes()
    _callbacks()
    op.create_table(
        "self_inspection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("half", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("retain_until", sa.Date(), nullable=False),
        *_by("made"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_self_inspection_half", "self_inspection", ["half"])
    for statement in guards(op.get_bind().dialect.name):
        op.execute(statement)


def _changes() -> None:
    op.create_table(
        "rule_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("target", sa.String(64), nullable=False),
        sa.Column("title", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(512), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("base", sa.String(80), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("rollback_of", sa.Integer()),
        sa.Column("digest", sa.String(80), nullable=False),
        *_by("drafted"),
        sa.ForeignKeyConstraint(["rollback_of"], ["rule_change.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rule_change_target", "rule_change", ["kind", "target", "effective_from", "id"])
    op.create_table(
        "rule_change_preview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        *_by("made"),
        sa.ForeignKeyConstraint(["change_id"], ["rule_change.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rule_change_preview_change_id", "rule_change_preview", ["change_id"])
    op.create_table(
        "rule_change_verdict",
        sa.Column("change_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("preview_id", sa.Integer()),
        sa.Column("reason", sa.String(512), nullable=False),
        *_by("decided"),
        sa.ForeignKeyConstraint(["change_id"], ["rule_change.id"]),
        sa.ForeignKeyConstraint(["preview_id"], ["rule_change_preview.id"]),
        sa.PrimaryKeyConstraint("change_id"),
    )


def _callbacks() -> None:
    op.create_table(
        "callback_sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("basis_day", sa.Date(), nullable=False),
        sa.Column("frame_size", sa.Integer(), nullable=False),
        sa.Column("frame_digest", sa.String(80), nullable=False),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("share", sa.String(16), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        sa.Column("seed", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rule_version", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        *_by("drawn"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_callback_sample_year", "callback_sample", ["year"])
    op.create_table(
        "callback_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("stratum", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["sample_id"], ["callback_sample.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sample_id", "client_no"),
    )
    op.create_table(
        "callback_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("problem", sa.String(512), nullable=False),
        sa.Column("note", sa.String(512), nullable=False),
        sa.Column("evidence", sa.String(80), nullable=False),
        sa.Column("called_on", sa.Date(), nullable=False),
        *_by("filed"),
        sa.ForeignKeyConstraint(["member_id"], ["callback_member.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_callback_result_member_id", "callback_result", ["member_id"])


def _by(what: str) -> tuple[sa.Column, ...]:
    return (
        sa.Column(f"{what}_by_id", sa.String(32), nullable=False),
        sa.Column(f"{what}_by", sa.String(64), nullable=False),
        sa.Column(f"{what}_at", MOMENT, nullable=False),
    )


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
