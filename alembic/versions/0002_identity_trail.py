"""identity, trail: users, sessions, tokens; an append-only trail with its chain of seals

Revision: 0002. Follows 0001.
"""

from __future__ import annotations

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_marks()
    create_identity()
    create_trail()
    guards = sqlite_guards() if op.get_bind().dialect.name == "sqlite" else postgresql_guards()
    for statement in guards:
        op.execute(statement)


def create_marks() -> None:
    marks = op.create_table(
        "database_mark",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.bulk_insert(marks, [{"name": "database_id", "value": uuid4().hex}])


def create_identity() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("signed_in_at", MOMENT),
        sa.Column("disabled_at", MOMENT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_index(
        "ux_user_account_subject", "user_account", ["subject"], unique=True,
        sqlite_where=sa.text("subject <> ''"), postgresql_where=sa.text("subject <> ''"),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("door", sa.String(8), nullable=False),
        sa.Column("cookie_hash", sa.String(64)),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_by", sa.String(32)),
        sa.Column("end_reason", sa.String(24)),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("cookie_hash"),
    )
    op.create_index("ix_login_session_user_id", "login_session", ["user_id"])
    op.create_table(
        "refresh_token",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.ForeignKeyConstraint(["session_id"], ["login_session.id"]),
        sa.PrimaryKeyConstraint("token_hash"),
    )
    op.create_index("ix_refresh_token_session_id", "refresh_token", ["session_id"])


def create_trail() -> None:
    op.create_table(
        "trail",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("user_id", sa.String(32), nullable=False),
        sa.Column("user_name", sa.String(64), nullable=False),
        sa.Column("user_role", sa.String(16), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("action", sa.String(48), nullable=False),
        sa.Column("record_kind", sa.String(32), nullable=False),
        sa.Column("record_id", sa.String(128), nullable=False),
        sa.Column("record_version", sa.String(80), nullable=False),
        sa.Column("purpose", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_trail_record", "trail", ["record_kind", "record_id", "id"])
    op.create_index("ix_trail_user", "trail", ["user_id", "id"])
    op.create_table(
        "trail_pending",
        sa.Column("trail_id", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("entry_digest", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("trail_id"),
    )
    op.create_table(
        "trail_seal",
        sa.Column("position", BIG_ID, autoincrement=False, nullable=False),
        sa.Column("trail_id", BIG_ID, nullable=False),
        sa.Column("entry_digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("sealed_at", sa.String(27), nullable=False),
        sa.Column("seal", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("trail_id"),
    )


def sqlite_guards() -> list[str]:
    """UPDATE and DELETE are refused, and REPLACE too, which skips the delete trigger unless a pragma is set."""
    guards = []
    for table, key in (("trail", "id"), ("trail_seal", "position")):
        refuse = f"RAISE(ABORT, '{table} is append-only')"
        known = f"SELECT 1 FROM {table} WHERE {key} = NEW.{key}"
        if table == "trail_seal":
            known += " OR trail_id = NEW.trail_id"
        guards += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT {refuse}; END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT {refuse}; END",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({known})"
            f" BEGIN SELECT {refuse}; END",
        ]
    waiting = "RAISE(ABORT, 'trail_pending is never changed')"
    return [
        *guards,
        f"CREATE TRIGGER trail_pending_no_update BEFORE UPDATE ON trail_pending BEGIN SELECT {waiting}; END",
    ]


def postgresql_guards() -> list[str]:
    """ALWAYS: a session that calls itself a replica is refused too."""
    guards = [
        "CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    ]
    for table, changes in (("trail", "UPDATE OR DELETE"), ("trail_seal", "UPDATE OR DELETE"), ("trail_pending", "UPDATE")):
        guards += [
            f"CREATE TRIGGER {table}_no_change BEFORE {changes} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION trail_is_append_only()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        ]
    return guards


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
