"""mot: events, scenario versions, judgements, tasks with their states and records, contact preferences, suppressions

Revision: 0017. Follows 0016.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = {  # what a REPLACE could hit beside the id
    "mot_event": "digest = NEW.digest OR (client_no = NEW.client_no AND kind = NEW.kind AND "
                 "occurred_on = NEW.occurred_on AND ref = NEW.ref)",
    "mot_task_state": "task_id = NEW.task_id AND version = NEW.version",
    "mot_service_record": "0",
    "mot_suppression": "subject = NEW.subject AND stage = NEW.stage AND day = NEW.day AND rules = NEW.rules",
    "contact_preference": "0",
}
NEVER_DELETED = ("mot_task", "mot_scenario", "mot_judgement")
FINAL_JUDGEMENTS = "('FIRED', 'HELD_OUT')"


def upgrade() -> None:
    create_events_and_scenarios()
    create_tasks()
    create_history()
    create_contact()
    dialect = op.get_bind().dialect.name
    for statement in (*guards(dialect), *(_sqlite_rules() if dialect == "sqlite" else _postgres_rules())):
        op.execute(statement)


def create_events_and_scenarios() -> None:
    op.create_table(
        "mot_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("ref", sa.String(64), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("tentative", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("amount", sa.Float()),
        sa.Column("usual", sa.Float()),
        sa.Column("due_on", sa.Date()),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("filed_by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
        sa.UniqueConstraint("client_no", "kind", "occurred_on", "ref"),
    )
    op.create_index("ix_mot_event_day", "mot_event", ["occurred_on", "expires_on"])
    op.create_table(
        "mot_scenario",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("scenario_id", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("file", sa.String(255), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("drafted_by_id", sa.String(64), nullable=False),
        sa.Column("drafted_by", sa.String(64), nullable=False),
        sa.Column("drafted_at", MOMENT, nullable=False),
        sa.Column("preview", sa.JSON(), nullable=False),
        sa.Column("previewed_at", MOMENT),
        sa.Column("approved_by_id", sa.String(64), nullable=False),
        sa.Column("approved_by", sa.String(64), nullable=False),
        sa.Column("approved_at", MOMENT),
        sa.Column("in_force_from", sa.Date()),
        sa.Column("retired_by", sa.String(64), nullable=False),
        sa.Column("retired_at", MOMENT),
        sa.Column("retired_on", sa.Date()),
        sa.Column("retired_why", sa.String(400), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("scenario_id", "digest"),
    )
    op.create_index("ix_mot_scenario_status", "mot_scenario", ["status", "in_force_from"])


def create_tasks() -> None:
    op.create_table(
        "mot_task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("origin", sa.String(12), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("client_name", sa.String(128), nullable=False),
        sa.Column("scenario_id", sa.String(40), nullable=False),
        sa.Column("scenario_digest", sa.String(80), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("event", sa.String(80), nullable=False),
        sa.Column("event_kind", sa.String(32), nullable=False),
        sa.Column("occurred_on", sa.Date()),
        sa.Column("notice", sa.String(400), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Boolean(), nullable=False),
        sa.Column("compliance_copy", sa.Boolean(), nullable=False),
        sa.Column("must_contact", sa.Boolean(), nullable=False),
        sa.Column("needs_adviser", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("owner_no", sa.String(64), nullable=False),
        sa.Column("owner_name", sa.String(128), nullable=False),
        sa.Column("branch_no", sa.String(64), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date()),
        sa.Column("escalated_on", sa.Date()),
        sa.Column("ended_on", sa.Date()),
        sa.Column("feedback", sa.String(24), nullable=False),
        sa.Column("held_why", sa.String(600), nullable=False),
        sa.Column("held_until", MOMENT),
        sa.Column("parent_id", sa.Integer()),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["mot_task.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_index("ix_mot_task_owner", "mot_task", ["owner_no", "state", "due_on"])
    op.create_index("ix_mot_task_branch", "mot_task", ["branch_no", "state", "due_on"])
    op.create_index("ix_mot_task_client", "mot_task", ["client_no", "made_on"])
    op.create_index("ix_mot_task_scenario", "mot_task", ["scenario_id", "made_on"])
    op.create_table(
        "mot_judgement",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("scenario_id", sa.String(40), nullable=False),
        sa.Column("scenario_digest", sa.String(80), nullable=False),
        sa.Column("event", sa.String(80), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("why", sa.String(24), nullable=False),
        sa.Column("rules", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(600), nullable=False),
        sa.Column("next_allowed_at", MOMENT),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("task_id", sa.Integer()),
        sa.ForeignKeyConstraint(["task_id"], ["mot_task.id"]),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_mot_judgement_event", "mot_judgement", ["event"])
    op.create_index("ix_mot_judgement_day", "mot_judgement", ["day", "outcome"])
    op.create_index("ix_mot_judgement_scenario", "mot_judgement", ["scenario_id", "outcome", "day"])


def create_history() -> None:
    op.create_table(
        "mot_task_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by_id", sa.String(64), nullable=False),
        sa.Column("by_name", sa.String(64), nullable=False),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["mot_task.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("task_id", "version"),
    )
    op.create_table(
        "mot_service_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("staff_no", sa.String(64), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("contacted_at", MOMENT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("content", sa.String(2000), nullable=False),
        sa.Column("client_words", sa.String(2000), nullable=False),
        sa.Column("feedback", sa.String(24), nullable=False),
        sa.Column("effect", sa.String(16), nullable=False),
        sa.Column("next_step", sa.String(400), nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("compliance_copy", sa.Boolean(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("filed_by", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["mot_task.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mot_service_record_task", "mot_service_record", ["task_id"])
    op.create_index("ix_mot_service_record_client", "mot_service_record", ["client_no", "day"])
    op.create_index("ix_mot_service_record_copy", "mot_service_record", ["compliance_copy", "day"])


def create_contact() -> None:
    op.create_table(
        "contact_preference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("consent_service", sa.Boolean()),
        sa.Column("consent_marketing", sa.Boolean()),
        sa.Column("do_not_disturb", sa.Boolean()),
        sa.Column("deceased", sa.Boolean()),
        sa.Column("refused_ways", sa.JSON()),
        sa.Column("evidence", sa.String(80), nullable=False),
        sa.Column("told_by", sa.String(64), nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_contact_preference_client", "contact_preference", ["client_id", "valid_from", "id"])
    op.create_table(
        "mot_suppression",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("scenario_id", sa.String(40), nullable=False),
        sa.Column("scenario_digest", sa.String(80), nullable=False),
        sa.Column("staff_no", sa.String(64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("rules", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(600), nullable=False),
        sa.Column("next_allowed_at", MOMENT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject", "stage", "day", "rules"),
    )
    op.create_index("ix_mot_suppression_day", "mot_suppression", ["day"])
    op.create_index("ix_mot_suppression_client", "mot_suppression", ["client_no"])


def guards(dialect: str) -> list[str]:
    """Appended rows refuse every change, the others a delete. PostgreSQL's function came with the trail."""
    made: list[str] = []
    for table in (*APPEND_ONLY, *NEVER_DELETED):
        frozen = table in APPEND_ONLY
        if dialect == "sqlite":
            refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            made.append(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
            if frozen:
                known = f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.id OR ({APPEND_ONLY[table]}))"
                made += [
                    f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
                    f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {known} {refuse}",
                ]
        else:
            act, what = "EXECUTE FUNCTION trail_is_append_only()", "UPDATE OR DELETE" if frozen else "DELETE"
            made += [
                f"CREATE TRIGGER {table}_no_change BEFORE {what} ON {table} FOR EACH ROW {act}",
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {act}",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
            ]
    return made


FIXED_TEXT = "{0}scenario_id <> {1}scenario_id OR {0}digest <> {1}digest OR {0}text <> {1}text"
NOT_IN_FORCE = (
    "NEW.origin = 'SCENARIO' AND NOT EXISTS (SELECT 1 FROM mot_scenario s WHERE s.scenario_id = NEW.scenario_id "
    "AND s.digest = NEW.scenario_digest AND s.status = 'APPROVED' AND s.in_force_from <= NEW.made_on)"
)


def _sqlite_rules() -> list[str]:
    """A text stays as it is, a retired version stays retired and never fires, a final judgement stands."""
    def refuse(why: str) -> str:
        return f"BEGIN SELECT RAISE(ABORT, '{why}'); END"

    fixed = FIXED_TEXT.format("NEW.", "OLD.")
    return [
        f"CREATE TRIGGER mot_scenario_fixed BEFORE UPDATE ON mot_scenario WHEN {fixed} OR OLD.status = 'RETIRED' "
        + refuse("a scenario version is fixed, and stays retired"),
        "CREATE TRIGGER mot_judgement_final BEFORE UPDATE ON mot_judgement "
        f"WHEN OLD.outcome IN {FINAL_JUDGEMENTS} " + refuse("a final judgement stands"),
        f"CREATE TRIGGER mot_task_in_force BEFORE INSERT ON mot_task WHEN {NOT_IN_FORCE} "
        + refuse("the scenario version is not in force"),
    ]


def _postgres_rules() -> list[str]:
    def refusing(name: str, when: str, why: str) -> str:
        return (
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {when} THEN "
            f"RAISE EXCEPTION '{why}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )

    fixed = FIXED_TEXT.format("NEW.", "OLD.")
    made = [
        refusing("mot_scenario_fixed", f"{fixed} OR OLD.status = 'RETIRED'",
                 "a scenario version is fixed, and stays retired"),
        refusing("mot_judgement_final", f"OLD.outcome IN {FINAL_JUDGEMENTS}", "a final judgement stands"),
        refusing("mot_task_in_force", NOT_IN_FORCE, "the scenario version is not in force"),
    ]
    for name, table, what in (
        ("mot_scenario_fixed", "mot_scenario", "UPDATE"), ("mot_judgement_final", "mot_judgement", "UPDATE"),
        ("mot_task_in_force", "mot_task", "INSERT"),
    ):
        made += [
            f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        ]
    return made


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
