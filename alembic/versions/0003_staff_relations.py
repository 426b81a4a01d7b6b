"""clients: staff, what they are registered for, and who serves whom

Revision: 0003. Follows 0002. Two main relations of one client on one day are refused by the database itself: by an
exclusion constraint on PostgreSQL (ids as ranges of one, so that no extension is needed), by triggers on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CLASH = (
    "SELECT 1 FROM service_relation r WHERE r.client_id = NEW.client_id AND r.role = 'MAIN' AND r.id <> NEW.id"
    " AND r.valid_from <= NEW.valid_to AND r.valid_to >= NEW.valid_from"
)
GUARDS = {
    "sqlite": [
        *(
            f"CREATE TRIGGER service_relation_main_{change.lower()} AFTER {change} ON service_relation"
            f" WHEN NEW.role = 'MAIN' AND EXISTS ({CLASH})"
            " BEGIN SELECT RAISE(ABORT, 'service_relation_one_main'); END"
            for change in ("INSERT", "UPDATE")
        ),
        "CREATE TRIGGER staff_level_no_update BEFORE UPDATE ON staff_level"
        " BEGIN SELECT RAISE(ABORT, 'a published level is never changed'); END",
        "CREATE TRIGGER staff_level_no_delete BEFORE DELETE ON staff_level"
        " BEGIN SELECT RAISE(ABORT, 'a published level is never deleted'); END",
    ],
    "postgresql": [
        "ALTER TABLE service_relation ADD CONSTRAINT service_relation_one_main EXCLUDE USING gist ("
        " int4range(client_id, client_id, '[]') WITH &&, daterange(valid_from, valid_to, '[]') WITH &&"
        ") WHERE (role = 'MAIN')",
        "CREATE FUNCTION staff_level_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'a published level is never changed or deleted'; END $$",
        "CREATE TRIGGER staff_level_no_change BEFORE UPDATE OR DELETE ON staff_level"
        " FOR EACH ROW EXECUTE FUNCTION staff_level_is_append_only()",
        "CREATE TRIGGER staff_level_no_truncate BEFORE TRUNCATE ON staff_level"
        " FOR EACH STATEMENT EXECUTE FUNCTION staff_level_is_append_only()",
    ],
}


def upgrade() -> None:
    create_staff()
    create_qualifications()
    create_relations()
    for statement in GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def create_staff() -> None:
    op.create_table(
        "branch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("branch_no", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("branch_no"),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_no", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("capacity", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_no"),
    )
    op.create_table(
        "staff_post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", sa.Integer()),
        sa.Column("post", sa.String(24), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["branch_id"], ["branch.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "valid_from"),
    )
    op.create_index("ix_staff_post_branch_id", "staff_post", ["branch_id"])
    op.create_table(
        "staff_level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("basis", sa.String(256), nullable=False),
        sa.Column("published_by", sa.String(64), nullable=False),
        sa.Column("published_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_level_staff_day", "staff_level", ["staff_id", "valid_from"])


def create_qualifications() -> None:
    op.create_table(
        "staff_qualification",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("licence", sa.String(24), nullable=False),
        sa.Column("number", sa.String(64)),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("staff_id", "licence", "valid_from"),
    )
    op.create_table(
        "staff_absence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("stand_in_id", sa.Integer()),
        sa.Column("note", sa.String(256), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["stand_in_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_absence_staff_id", "staff_absence", ["staff_id"])
    op.create_index("ix_staff_absence_stand_in_id", "staff_absence", ["stand_in_id"])


def create_relations() -> None:
    op.create_table(
        "handover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_staff_id", sa.Integer(), nullable=False),
        sa.Column("to_staff_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(256), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("open_items", sa.JSON(), nullable=False),
        sa.Column("done_by", sa.String(64), nullable=False),
        sa.Column("done_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["from_staff_id"], ["staff.id"]),
        sa.ForeignKeyConstraint(["to_staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_handover_from_staff_id", "handover", ["from_staff_id"])
    op.create_index("ix_handover_to_staff_id", "handover", ["to_staff_id"])
    op.create_table(
        "service_relation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(256), nullable=False),
        sa.Column("ended_reason", sa.String(256), nullable=False),
        sa.Column("handover_id", sa.Integer()),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.ForeignKeyConstraint(["handover_id"], ["handover.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id", "staff_id", "role", "valid_from"),
    )
    op.create_index(
        "ix_service_relation_book", "service_relation", ["staff_id", "valid_to", "valid_from", "client_id"]
    )


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
