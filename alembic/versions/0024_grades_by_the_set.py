"""client_grade: that its client and its run are there is asked once a statement, not once a row

Revision: 0024. Follows 0023. On PostgreSQL two foreign keys were three quarters of the time of filing a book; the same
is now refused by a trigger over all rows of a statement. SQLite, where a key costs little, asks row by row by a
trigger too: there is one schema. That a graded client is not deleted is asked where clients are deleted.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

KEY = ("client_id", "day", "run_id")
SAID_ROWS = "client_grade refers to a client or a run that is not there"
SAID_CLIENT = "a client with grades on file keeps its id"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _rebuild()
        made = _for_sqlite()
    else:
        for name in ("client_grade_client_id_fkey", "client_grade_run_id_fkey"):
            op.drop_constraint(name, "client_grade", type_="foreignkey")
        made = _for_postgres()
    for statement in made:
        op.execute(statement)


def _rebuild() -> None:
    """SQLite drops a key only with its table. The guards of 0012 go with it and are made again."""
    op.create_table(
        "client_grade_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("grades", sa.LargeBinary(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint(*KEY),
    )
    op.execute("INSERT INTO client_grade_new SELECT id, client_id, run_id, day, grades, features FROM client_grade")
    op.execute("DROP TABLE client_grade")
    op.execute("ALTER TABLE client_grade_new RENAME TO client_grade")


def _for_sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'client_grade is append-only'); END"
    same = " AND ".join(f"{name} = NEW.{name}" for name in KEY)
    there = " AND ".join(
        f"EXISTS (SELECT 1 FROM {table} WHERE id = NEW.{name})"
        for table, name in (("client", "client_id"), ("grade_run", "run_id"))
    )
    graded = f"WHEN EXISTS (SELECT 1 FROM client_grade WHERE client_id = OLD.id) BEGIN SELECT RAISE(ABORT, '{SAID_CLIENT}')"
    return [
        f"CREATE TRIGGER client_grade_no_update BEFORE UPDATE ON client_grade {refuse}",
        f"CREATE TRIGGER client_grade_no_delete BEFORE DELETE ON client_grade {refuse}",
        "CREATE TRIGGER client_grade_no_replace BEFORE INSERT ON client_grade WHEN"
        f" EXISTS (SELECT 1 FROM client_grade WHERE id = NEW.id OR ({same})) {refuse}",
        f"CREATE TRIGGER client_grade_refers BEFORE INSERT ON client_grade WHEN NOT ({there})"
        f" BEGIN SELECT RAISE(ABORT, '{SAID_ROWS}'); END",
        f"CREATE TRIGGER client_graded_stays BEFORE DELETE ON client {graded}; END",
        f"CREATE TRIGGER client_graded_keeps_id BEFORE UPDATE OF id ON client {graded}; END",
    ]


def _for_postgres() -> list[str]:
    return [
        f"""
        CREATE FUNCTION client_grade_refers() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (
            SELECT 1 FROM fresh LEFT JOIN client ON client.id = fresh.client_id
            LEFT JOIN grade_run ON grade_run.id = fresh.run_id
            WHERE client.id IS NULL OR grade_run.id IS NULL
          ) THEN
            RAISE foreign_key_violation USING MESSAGE = '{SAID_ROWS}';
          END IF;
          RETURN NULL;
        END $$
        """,
        "CREATE TRIGGER client_grade_refers AFTER INSERT ON client_grade REFERENCING NEW TABLE AS fresh"
        " FOR EACH STATEMENT EXECUTE FUNCTION client_grade_refers()",
        f"""
        CREATE FUNCTION client_graded_stays() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT 1 FROM client_grade WHERE client_id = OLD.id) THEN
            RAISE foreign_key_violation USING MESSAGE = '{SAID_CLIENT}';
          END IF;
          IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
          RETURN NEW;
        END $$
        """,
        "CREATE TRIGGER client_graded_stays BEFORE DELETE OR UPDATE OF id ON client"
        " FOR EACH ROW EXECUTE FUNCTION client_graded_stays()",
        *(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in (
            ("client_grade", "client_grade_refers"), ("client", "client_graded_stays"),
        )),
    ]  # fmt: skip


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
