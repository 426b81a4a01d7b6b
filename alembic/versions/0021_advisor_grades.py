"""grades of advisors: registers of conduct and training, period runs, score cards, approval, appeals

Revision: 0021. Follows 0020. Runs and appeals are never deleted, a decided appeal and a published run never change
again; registers, cards and levels are appended only.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {  # what a REPLACE could hit beside the id
    "advisor_card": "run_id = NEW.run_id AND staff_no = NEW.staff_no",
    "advisor_level": "",
    "advisor_conduct": "withdraws = NEW.withdraws",
    "advisor_training": "withdraws = NEW.withdraws",
}
KEPT = ("advisor_run", "advisor_appeal")
"""Rows that move under a version and are never deleted."""
FINAL = {"advisor_run": ("PUBLISHED", "CANCELLED"), "advisor_appeal": ("UPHELD", "REJECTED")}
"""States after which a row stays as it is."""
FIXED = {
    "advisor_run": ("number", "period", "first", "last", "digest", "rules", "people", "withheld", "ran_by_id", "ran_by",
                    "ran_at"),
    "advisor_appeal": ("card_id", "point", "level", "wanted", "reason", "evidence", "filed_by_id", "filed_by",
                       "filed_at"),
}
"""What no step changes."""
MOVING = {
    "advisor_run": ("state", "submitted_by_id", "submitted_by", "submitted_at", "decided_by_id", "decided_by",
                    "decided_at", "decided_reason", "published_by", "published_at", "effective_from", "version"),
    "advisor_appeal": ("state", "decided_by_id", "decided_by", "decided_at", "decided_reason", "given",
                       "effective_from", "version"),
}
"""What the steps change, until the row has come to its end."""


def _text(name: str, length: int, *, null: bool = False) -> sa.Column:
    return sa.Column(name, sa.String(length), nullable=null)


def _by(deed: str) -> list[sa.Column]:
    """Who did it and when, empty until it is done."""
    return [_text(f"{deed}_by_id", 64, null=True), _text(f"{deed}_by", 128, null=True),
            sa.Column(f"{deed}_at", MOMENT, nullable=True)]


def upgrade() -> None:
    op.create_table(
        "advisor_run",
        sa.Column("id", sa.Integer(), nullable=False),
        _text("number", 24),
        _text("period", 16),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        _text("state", 16),
        _text("digest", 80),
        _text("rules", 80),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        _text("ran_by_id", 64),
        _text("ran_by", 128),
        sa.Column("ran_at", MOMENT, nullable=False),
        *_by("submitted"),
        *_by("decided"),
        _text("decided_reason", 256),
        _text("published_by", 128, null=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("number"),
    )
    op.create_index("ix_advisor_run_period", "advisor_run", ["period"])
    op.create_table(
        "advisor_card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        _text("staff_no", 64),
        _text("name", 128),
        _text("branch_no", 64),
        _text("branch", 128),
        _text("scale", 24),
        _text("peers", 64),
        sa.Column("score", sa.Float(), nullable=True),
        _text("level", 16, null=True),
        _text("before", 16, null=True),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["advisor_run.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("run_id", "staff_no"),
    )
    op.create_index("ix_advisor_card_staff", "advisor_card", ["staff_no"])
    op.create_table(
        "advisor_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        _text("point", 48),
        _text("level", 16, null=True),
        _text("wanted", 16),
        _text("reason", 512),
        sa.Column("evidence", sa.JSON(), nullable=False),
        _text("state", 16),
        _text("filed_by_id", 64),
        _text("filed_by", 128),
        sa.Column("filed_at", MOMENT, nullable=False),
        *_by("decided"),
        _text("decided_reason", 512),
        _text("given", 16, null=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["advisor_card.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_advisor_appeal_card", "advisor_appeal", ["card_id"])
    op.create_table(
        "advisor_level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        _text("level", 16),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("appeal_id", sa.Integer(), nullable=True),
        _text("reason", 256),
        _text("set_by", 128),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["card_id"], ["advisor_card.id"]),
        sa.ForeignKeyConstraint(["appeal_id"], ["advisor_appeal.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_advisor_level_card", "advisor_level", ["card_id"])
    _registers()
    dialect = op.get_bind().dialect.name
    for statement in (*guards(dialect), *finals(dialect)):
        op.execute(statement)


def _registers() -> None:
    """Breaches that were established, and training; both are facts that grading reads."""
    for table, own in (
        ("advisor_conduct", [_text("code", 32), sa.Column("day", sa.Date(), nullable=False), _text("client_no", 64),
                             _text("note", 1000), _text("evidence", 80)]),
        ("advisor_training", [_text("kind", 16), _text("code", 32), _text("title", 128),
                              sa.Column("day", sa.Date(), nullable=False),
                              sa.Column("hours", sa.Float(), nullable=False),
                              sa.Column("valid_to", sa.Date(), nullable=True)]),
    ):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            _text("staff_no", 64),
            *own,
            sa.Column("withdraws", sa.Integer(), nullable=True),
            _text("recorded_by", 64),
            sa.Column("recorded_at", MOMENT, nullable=False),
            sa.ForeignKeyConstraint(["withdraws"], [f"{table}.id"]),
            sa.PrimaryKeyConstraint("id"),
            sa.UniqueConstraint("withdraws"),
        )
        op.create_index(f"ix_{table}_staff_day", table, ["staff_no", "day"])


def guards(dialect: str) -> list[str]:
    """Appended rows refuse every change, the others a delete. PostgreSQL's function came with the trail."""
    made: list[str] = []
    for table in (*APPEND_ONLY, *KEPT):
        frozen = table in APPEND_ONLY
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            hit = "id = NEW.id" + (f" OR ({APPEND_ONLY[table]})" if frozen and APPEND_ONLY[table] else "")
            known = f"EXISTS (SELECT 1 FROM {table} WHERE {hit})"
            made += [
                f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}",
            ]
            if frozen:
                made.append(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
        else:
            act, what = "EXECUTE FUNCTION trail_is_append_only()", "UPDATE OR DELETE" if frozen else "DELETE"
            made += [
                f"CREATE TRIGGER {table}_no_change BEFORE {what} ON {table} FOR EACH ROW {act}",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
            ]
    return made


def finals(dialect: str) -> list[str]:
    """A decided row, and what a row was made with, stays as it is. An update that changes nothing may lock the row."""
    made: list[str] = []
    for table in KEPT:
        ended = ", ".join(f"'{one}'" for one in FINAL[table])
        moved = " OR ".join(_differs(dialect, name) for name in MOVING[table])
        fixed = " OR ".join(_differs(dialect, name) for name in FIXED[table])
        when = f"(OLD.state IN ({ended}) AND ({moved})) OR {fixed}"
        if dialect == "sqlite":
            made.append(
                f"CREATE TRIGGER {table}_final BEFORE UPDATE ON {table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is final'); END"
            )
        else:
            made += [
                f"CREATE TRIGGER {table}_final BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({when}) "
                "EXECUTE FUNCTION trail_is_append_only()",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_final",
            ]
    return made


def _differs(dialect: str, name: str) -> str:
    if dialect == "sqlite":
        return f'OLD."{name}" IS NOT NEW."{name}"'
    cast = "::text" if name == "evidence" else ""  # json itself has no equality
    return f'OLD."{name}"{cast} IS DISTINCT FROM NEW."{name}"{cast}'


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
