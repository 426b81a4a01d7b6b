"""suitability: questionnaires, assessments, investor categories

Revision: 0005. Follows 0004. A questionnaire that is no draft any more is fixed by trigger; what was answered, assessed,
confirmed or decided is append-only by trigger, on SQLite and PostgreSQL alike.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
APPEND_ONLY = (
    "assessment_answer", "assessment_submission", "assessment", "assessment_review", "assessment_confirmation",
    "category_evidence", "category_application", "category_test", "category_decision", "category_revocation",
    "client_information",
)
UNIQUE = {  # beside the id: what a REPLACE could hit
    "assessment": "session_id", "assessment_review": "assessment_id", "assessment_confirmation": "assessment_id",
    "category_decision": "application_id", "category_revocation": "decision_id",
}
FIXED = (
    "id", "version", "form", "digest", "content", "drafted_at", "drafted_by", "published_at", "published_by",
)  # of a published questionnaire


def upgrade() -> None:
    create_questionnaires()
    create_sessions()
    create_assessments()
    create_categories()
    create_information()
    guards = sqlite_guards() if op.get_bind().dialect.name == "sqlite" else postgresql_guards()
    for statement in guards:
        op.execute(statement)


def create_questionnaires() -> None:
    op.create_table(
        "questionnaire",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("form", sa.String(24), nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("drafted_at", MOMENT, nullable=False),
        sa.Column("drafted_by", sa.String(64), nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("published_by", sa.String(64)),
        sa.Column("retired_on", sa.Date()),
        sa.Column("retired_at", MOMENT),
        sa.Column("retired_by", sa.String(64)),
        sa.Column("replaced_by", sa.String(64)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("version"),
    )
    op.create_index("ix_questionnaire_form", "questionnaire", ["form"])


def create_sessions() -> None:
    op.create_table(
        "assessment_session",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("entered_by", sa.String(16), nullable=False),
        sa.Column("entered_by_name", sa.String(64), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("refusal", sa.String(32)),
        sa.Column("closed_at", MOMENT),
        sa.Column("fingerprint", sa.String(32)),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["questionnaire_id"], ["questionnaire.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
    )
    op.create_index("ix_assessment_session_client", "assessment_session", ["client_id", "started_at"])
    op.create_table(
        "assessment_answer",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("question", sa.String(16), nullable=False),
        sa.Column("codes", sa.String(64), nullable=False),
        sa.Column("origin", sa.String(12), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["assessment_session.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_assessment_answer_session", "assessment_answer", ["session_id", "id"])
    op.create_table(
        "assessment_submission",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("confirmed", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["assessment_session.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_assessment_submission_session_id", "assessment_submission", ["session_id"])
    op.create_index("ix_assessment_submission_client", "assessment_submission", ["client_id", "day"])


def create_assessments() -> None:
    op.create_table(
        "assessment",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("session_id", BIG_ID, nullable=False),
        sa.Column("questionnaire_id", sa.Integer(), nullable=False),
        sa.Column("assessed_on", sa.Date(), nullable=False),
        sa.Column("assessed_at", MOMENT, nullable=False),
        sa.Column("valid_through", sa.Date(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("lowest", sa.Boolean(), nullable=False),
        sa.Column("term", sa.Integer()),
        sa.Column("types", sa.Integer()),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("bands", sa.String(32), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["questionnaire_id"], ["questionnaire.id"]),
        sa.ForeignKeyConstraint(["session_id"], ["assessment_session.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("session_id"),
    )
    op.create_index("ix_assessment_client", "assessment", ["client_id", "assessed_on", "id"])
    op.create_index("ix_assessment_valid_through", "assessment", ["valid_through"])
    op.create_table(
        "assessment_review",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("assessment_id", BIG_ID, nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(512), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assessment_id"),
    )
    op.create_table(
        "assessment_confirmation",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("assessment_id", BIG_ID, nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=False),
        sa.Column("confirmed_by", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("shown_digest", sa.String(80), nullable=False),
        sa.Column("evidence", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["assessment_id"], ["assessment.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("assessment_id"),
    )


def create_categories() -> None:
    op.create_table(
        "category_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("since", sa.Date()),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("valid_through", sa.Date()),
        sa.Column("document", sa.String(80), nullable=False),
        sa.Column("note", sa.String(256), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("filed_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_category_evidence_client_id", "category_evidence", ["client_id"])
    op.create_table(
        "category_application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("test", sa.String(32), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("applied_at", MOMENT, nullable=False),
        sa.Column("applied_by", sa.String(64), nullable=False),
        sa.Column("risk_acknowledged", sa.Boolean(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("document", sa.String(80), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_category_application_client_id", "category_application", ["client_id"])
    op.create_table(
        "category_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("document", sa.String(80), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("filed_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["category_application.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_category_test_application_id", "category_test", ["application_id"])
    op.create_table(
        "category_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("category", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("valid_through", sa.Date()),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("rules", sa.String(80), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["category_application.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("application_id"),
    )
    op.create_index("ix_category_decision_client", "category_decision", ["client_id", "effective_from"])
    op.create_table(
        "category_revocation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(512), nullable=False),
        sa.Column("revoked_at", MOMENT, nullable=False),
        sa.Column("revoked_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["category_decision.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("decision_id"),
    )


def create_information() -> None:
    op.create_table(
        "client_information",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(32), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("document", sa.String(80), nullable=False),
        sa.Column("note", sa.String(256), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("filed_by", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_client_information_client", "client_information", ["client_id", "item", "as_of"])


def sqlite_guards() -> list[str]:
    """UPDATE and DELETE are refused, and REPLACE too, which skips the delete trigger unless a pragma is set."""
    moved = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED)
    fixed = "RAISE(ABORT, 'a published questionnaire never changes')"
    guards = [
        "CREATE TRIGGER questionnaire_fixed BEFORE UPDATE ON questionnaire WHEN OLD.status = 'RETIRED'"
        f" OR (OLD.status = 'PUBLISHED' AND (NEW.status NOT IN ('PUBLISHED', 'RETIRED') OR {moved}))"
        f" OR (OLD.status = 'DRAFT' AND NEW.status = 'RETIRED') BEGIN SELECT {fixed}; END",
        "CREATE TRIGGER questionnaire_kept BEFORE DELETE ON questionnaire WHEN OLD.status <> 'DRAFT'"
        f" BEGIN SELECT {fixed}; END",
        "CREATE TRIGGER questionnaire_not_replaced BEFORE INSERT ON questionnaire WHEN EXISTS (SELECT 1 FROM"
        " questionnaire q WHERE (q.id = NEW.id OR q.version = NEW.version) AND q.status <> 'DRAFT')"
        f" BEGIN SELECT {fixed}; END",
    ]
    for table in APPEND_ONLY:
        refuse = f"RAISE(ABORT, '{table} is append-only')"
        known = f"SELECT 1 FROM {table} WHERE id = NEW.id"
        if table in UNIQUE:
            known += f" OR {UNIQUE[table]} = NEW.{UNIQUE[table]}"
        guards += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT {refuse}; END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT {refuse}; END",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({known})"
            f" BEGIN SELECT {refuse}; END",
        ]
    return guards


def postgresql_guards() -> list[str]:
    """ALWAYS: a session that calls itself a replica is refused too."""
    moved = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in FIXED)
    guards = [
        "CREATE FUNCTION questionnaire_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " IF TG_OP = 'DELETE' THEN"
        " IF OLD.status = 'DRAFT' THEN RETURN OLD; END IF;"
        " ELSIF TG_OP = 'UPDATE' THEN"
        " IF OLD.status = 'DRAFT' AND NEW.status <> 'RETIRED' THEN RETURN NEW; END IF;"
        f" IF OLD.status = 'PUBLISHED' AND NEW.status IN ('PUBLISHED', 'RETIRED') AND NOT ({moved})"
        " THEN RETURN NEW; END IF;"
        " END IF; RAISE EXCEPTION 'a published questionnaire never changes'; END $$",
        "CREATE TRIGGER questionnaire_fixed BEFORE UPDATE OR DELETE ON questionnaire"
        " FOR EACH ROW EXECUTE FUNCTION questionnaire_is_fixed()",
        "CREATE TRIGGER questionnaire_no_truncate BEFORE TRUNCATE ON questionnaire"
        " FOR EACH STATEMENT EXECUTE FUNCTION questionnaire_is_fixed()",
        "ALTER TABLE questionnaire ENABLE ALWAYS TRIGGER questionnaire_fixed",
        "ALTER TABLE questionnaire ENABLE ALWAYS TRIGGER questionnaire_no_truncate",
        "CREATE FUNCTION assessment_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    ]
    for table in APPEND_ONLY:
        guards += [
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION assessment_is_append_only()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION assessment_is_append_only()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        ]
    return guards


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
