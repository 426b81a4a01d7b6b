"""market, clients, reports: the first schema

Revision: 0001. Money and quantities are BIGINT of millionths (kit.money), moments UTC.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

REPORT_GUARDS = {
    "sqlite": [
        "CREATE TRIGGER report_no_update BEFORE UPDATE ON report"
        " BEGIN SELECT RAISE(ABORT, 'an issued report is never changed'); END",
        "CREATE TRIGGER report_no_delete BEFORE DELETE ON report"
        " BEGIN SELECT RAISE(ABORT, 'an issued report is never deleted'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION report_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'an issued report is never changed or deleted'; END $$",
        "CREATE TRIGGER report_no_change BEFORE UPDATE OR DELETE ON report"
        " FOR EACH ROW EXECUTE FUNCTION report_is_append_only()",
        "CREATE TRIGGER report_no_truncate BEFORE TRUNCATE ON report"
        " FOR EACH STATEMENT EXECUTE FUNCTION report_is_append_only()",
    ],
}


def upgrade() -> None:
    create_market()
    create_clients()
    create_reports()
    for statement in REPORT_GUARDS[op.get_bind().dialect.name]:
        op.execute(statement)


def create_market() -> None:
    op.create_table(
        "instrument",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("venue", sa.String(8), nullable=False),
        sa.Column("board", sa.String(16), nullable=False),
        sa.Column("industry", sa.String(64)),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("lot_size", sa.Integer()),
        sa.Column("lot_step", sa.Integer()),
        sa.Column("listed_on", sa.Date()),
        sa.Column("delisted_on", sa.Date()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "daily_price",
        sa.Column("instrument_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("close", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger()),
        sa.Column("high", sa.BigInteger()),
        sa.Column("low", sa.BigInteger()),
        sa.Column("volume", sa.BigInteger()),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("adj_factor", sa.BigInteger()),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("instrument_id", "day"),
    )
    op.create_table(
        "quote",
        sa.Column("instrument_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("instrument_id", "at"),
    )
    op.create_table(
        "corporate_action",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("ex_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger()),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("instrument_id", "ex_date", "kind"),
    )
    op.create_table(
        "benchmark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(32), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("composition", sa.String(512), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_table(
        "benchmark_close",
        sa.Column("benchmark_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("close", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["benchmark_id"], ["benchmark.id"]),
        sa.PrimaryKeyConstraint("benchmark_id", "day"),
    )
    op.create_table(
        "benchmark_weight",
        sa.Column("benchmark_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["benchmark_id"], ["benchmark.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("benchmark_id", "day", "instrument_id"),
    )
    op.create_index("ix_benchmark_weight_day", "benchmark_weight", ["benchmark_id", "day"])


def create_clients() -> None:
    op.create_table(
        "client",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("birth_date", sa.Date()),
        sa.Column("id_no", sa.String(64)),
        sa.Column("phone", sa.String(32)),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_no"),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_no", sa.String(64), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("opened_on", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_no"),
    )
    op.create_index("ix_account_client_id", "account", ["client_id"])
    op.create_table(
        "import_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("file_name", sa.String(255), nullable=False),
        sa.Column("file_digest", sa.String(80), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows_read", sa.Integer(), nullable=False),
        sa.Column("rows_new", sa.Integer(), nullable=False),
        sa.Column("rows_known", sa.Integer(), nullable=False),
        sa.Column("rows_refused", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_import_batch_file_digest", "import_batch", ["file_digest"])
    op.create_table(
        "trade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger()),
        sa.Column("commission", sa.BigInteger()),
        sa.Column("stamp_duty", sa.BigInteger()),
        sa.Column("transfer_fee", sa.BigInteger()),
        sa.Column("other_fee", sa.BigInteger()),
        sa.Column("balance", sa.BigInteger()),
        sa.Column("trade_no", sa.String(64)),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("wording", sa.String(32)),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("line", sa.Integer()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "fingerprint"),
    )
    op.create_index("ix_trade_account_day", "trade", ["account_id", "day", "seq"])
    op.create_table(
        "cashflow",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("instrument_id", sa.Integer()),
        sa.Column("balance", sa.BigInteger()),
        sa.Column("ref_no", sa.String(64)),
        sa.Column("inferred", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("wording", sa.String(32)),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("line", sa.Integer()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "fingerprint"),
    )
    op.create_index("ix_cashflow_account_day", "cashflow", ["account_id", "day", "seq"])
    op.create_table(
        "holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("instrument_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("cost", sa.BigInteger()),
        sa.Column("market_value", sa.BigInteger()),
        sa.Column("batch_id", sa.Integer()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "day", "instrument_id"),
    )
    op.create_table(
        "statement_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("wording", sa.String(32), nullable=False),
        sa.Column("instrument_id", sa.Integer()),
        sa.Column("quantity", sa.BigInteger()),
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("batch_id", sa.Integer()),
        sa.Column("line", sa.Integer()),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"]),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["instrument_id"], ["instrument.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "fingerprint"),
    )
    op.create_table(
        "client_risk_level",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("provenance", sa.String(16), nullable=False),
        sa.Column("assessed_on", sa.Date()),
        sa.Column("recorded_on", sa.Date()),
        sa.Column("oddity", sa.String(64)),
        sa.Column("batch_id", sa.Integer()),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["client_id"], ["client.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_id", "level", "recorded_on"),
    )
    op.create_index("ix_client_risk_level_client_id", "client_risk_level", ["client_id"])


def create_reports() -> None:
    op.create_table(
        "report",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("account_no", sa.String(64), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_by", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_report_account_no", "report", ["account_no"])
    op.create_index("ix_report_client_no", "report", ["client_no"])
    op.create_table(
        "agreement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_no", sa.String(64), nullable=False),
        sa.Column("report_id", sa.String()),
        sa.Column("finding", sa.String(32), nullable=False),
        sa.Column("metric", sa.String(32)),
        sa.Column("baseline", sa.BigInteger()),
        sa.Column("target", sa.BigInteger()),
        sa.Column("target_text", sa.String(256), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("agreed_how", sa.String(64), nullable=False),
        sa.Column("recorded_by", sa.String(64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_agreement_account_no", "agreement", ["account_no"])
    op.create_table(
        "survey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_no", sa.String(64), nullable=False),
        sa.Column("client_no", sa.String(64), nullable=False),
        sa.Column("client_name", sa.String(128), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("band", sa.String(32), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("twr", sa.Float()),
        sa.Column("max_drawdown", sa.Float()),
        sa.Column("turnover", sa.Float()),
        sa.Column("shortcoming", sa.String(32)),
        sa.Column("shortcoming_title", sa.String(64)),
        sa.Column("shortcoming_tag", sa.String(64)),
        sa.Column("urgency", sa.Float(), nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("peer_first", sa.Date()),
        sa.Column("peer_last", sa.Date()),
        sa.Column("peer_count", sa.Integer(), nullable=False),
        sa.Column("percentiles", sa.JSON(), nullable=False),
        sa.Column("surveyed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_no"),
    )
    op.create_index("ix_survey_shortcoming", "survey", ["shortcoming"])
    op.create_index("ix_survey_urgency", "survey", ["urgency", "account_no"])


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
