"""effect of scenarios: registered measures, their results, and the daily series

Revision: 0020. Follows 0019.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from kit.append_only import append_only

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {  # what a REPLACE could hit beside the id
    "mot_measure": ("scenario_id", "scenario_digest"),
    "mot_finding": ("measure_id", "day"),
}


def upgrade() -> None:
    op.create_table(
        "mot_measure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.String(40), nullable=False),
        sa.Column("scenario_digest", sa.String(80), nullable=False),
        sa.Column("metric", sa.String(24), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("registered_at", MOMENT, nullable=False),
        sa.Column("registered_by", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scenario_id", "scenario_digest"),
    )
    op.create_table(
        "mot_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("concluded", sa.Boolean(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["measure_id"], ["mot_measure.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("measure_id", "day"),
    )
    op.create_table(
        "mot_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("unit", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("branch_no", sa.String(64), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("aum", sa.BigInteger(), nullable=False),
        sa.Column("flow", sa.BigInteger(), nullable=False),
        sa.Column("market", sa.BigInteger(), nullable=False),
        sa.Column("mau", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("day", "level", "unit"),
    )
    op.create_index("ix_mot_series_unit", "mot_series", ["level", "unit", "day"])
    dialect = op.get_bind().dialect.name
    for statement in (*append_only(dialect, APPEND_ONLY), *registered_first(dialect)):
        op.execute(statement)


NOT_REGISTERED = (
    "NEW.origin = 'SCENARIO' AND NOT EXISTS (SELECT 1 FROM mot_measure m WHERE m.scenario_id = NEW.scenario_id "
    "AND m.scenario_digest = NEW.scenario_digest)"
)


def registered_first(dialect: str) -> list[str]:
    """No task of a scenario version whose measure is not registered."""
    why = "the measure of the scenario version is not registered"
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER mot_task_measured BEFORE INSERT ON mot_task WHEN {NOT_REGISTERED} "
            f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        ]
    return [
        f"CREATE FUNCTION mot_task_measured() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {NOT_REGISTERED} THEN "
        f"RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER mot_task_measured BEFORE INSERT ON mot_task FOR EACH ROW EXECUTE FUNCTION mot_task_measured()",
        "ALTER TABLE mot_task ENABLE ALWAYS TRIGGER mot_task_measured",
    ]


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
