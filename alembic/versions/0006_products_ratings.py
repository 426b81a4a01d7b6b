"""products, ratings, access: products and services with prices and net values; ratings and permissions append-only

Revision: 0006. Follows 0005.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
FACTORS = (
    "liquidity", "maturity", "leverage", "structural_complexity", "min_ticket", "investment_scope", "offering_method",
    "issuer_credit", "track_record", "other",
)
APPEND_ONLY = {"product_rating": "id", "rating_proposal": "id", "rating_verdict": "proposal_id", "gate_record": "id"}


def upgrade() -> None:
    create_products()
    create_ratings()
    create_gates()
    guards = sqlite_guards() if op.get_bind().dialect.name == "sqlite" else postgresql_guards()
    for statement in guards:
        op.execute(statement)


def create_products() -> None:
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("issuer", sa.String(128)),
        *(sa.Column(name, sa.Integer()) for name in FACTORS),
        sa.Column("factors_on", sa.Date()),
        sa.Column("issuer_level", sa.String(2)),
        sa.Column("issuer_rated_on", sa.Date()),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("term_days", sa.Integer()),
        sa.Column("lockup_days", sa.Integer(), nullable=False),
        sa.Column("min_amount", sa.BigInteger()),
        sa.Column("expected_return_low", sa.BigInteger()),
        sa.Column("expected_return_high", sa.BigInteger()),
        sa.Column("launched_on", sa.Date()),
        sa.Column("matures_on", sa.Date()),
        sa.Column("credit_grade", sa.String(8)),
        sa.Column("list_item", sa.String(48)),
        sa.Column("leads_to", sa.String(512), nullable=False),
        sa.Column("complex", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "product_nav",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("nav", sa.BigInteger(), nullable=False),
        sa.Column("accumulated_nav", sa.BigInteger()),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("product_id", "day"),
    )
    op.create_table(
        "product_component",
        sa.Column("product_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("component_code", sa.String(32), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("product_id", "valid_from", "component_code"),
    )
    op.create_table(
        "price_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("plan_code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("basis", sa.String(16), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(24), nullable=False),
        sa.Column("signal", sa.String(16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("product_id", "plan_code", "floor", "valid_from"),
    )


def create_ratings() -> None:
    op.create_table(
        "rating_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("level", sa.String(2), nullable=False),
        sa.Column("derived_level", sa.String(2)),
        sa.Column("reason", sa.String(512), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("proposed_by_id", sa.String(32), nullable=False),
        sa.Column("proposed_by", sa.String(64), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rating_proposal_code", "rating_proposal", ["code"])
    op.create_table(
        "rating_verdict",
        sa.Column("proposal_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(512), nullable=False),
        sa.Column("decided_by_id", sa.String(32), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["rating_proposal.id"]),
        sa.PrimaryKeyConstraint("proposal_id"),
    )
    op.create_table(
        "product_rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("level", sa.String(2), nullable=False),
        sa.Column("derived_level", sa.String(2)),
        sa.Column("score", sa.Integer()),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=False),
        sa.Column("basis", sa.JSON(), nullable=False),
        sa.Column("rule_version", sa.String(80), nullable=False),
        sa.Column("version", sa.String(80), nullable=False),
        sa.Column("proposal_id", sa.Integer()),
        sa.Column("reason", sa.String(512), nullable=False),
        sa.Column("rated_by_id", sa.String(32), nullable=False),
        sa.Column("rated_by", sa.String(64), nullable=False),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["rating_proposal.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("proposal_id"),
    )
    op.create_index("ix_product_rating_code_day", "product_rating", ["code", "effective_from", "id"])


def create_gates() -> None:
    op.create_table(
        "gate_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("gate", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("grade", sa.Integer()),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("rule_version", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("replaces", sa.Integer()),
        sa.Column("decided_by_id", sa.String(32), nullable=False),
        sa.Column("decided_by", sa.String(64), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["replaces"], ["gate_record.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_gate_record_client", "gate_record", ["client_no", "gate", "effective_from", "id"])


def sqlite_guards() -> list[str]:
    """UPDATE and DELETE are refused, and REPLACE too, which skips the delete trigger unless a pragma is set."""
    guards = []
    for table, key in APPEND_ONLY.items():
        refuse = f"RAISE(ABORT, '{table} is append-only')"
        known = f"SELECT 1 FROM {table} WHERE {key} = NEW.{key}"
        guards += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT {refuse}; END",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT {refuse}; END",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS ({known})"
            f" BEGIN SELECT {refuse}; END",
        ]
    return guards


def postgresql_guards() -> list[str]:
    """ALWAYS: a session that calls itself a replica is refused too."""
    guards = [
        "CREATE FUNCTION rating_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$",
    ]
    for table in APPEND_ONLY:
        guards += [
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION rating_is_append_only()",
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION rating_is_append_only()",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_change",
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate",
        ]
    return guards


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
