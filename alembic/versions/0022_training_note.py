"""why an entry of training was taken back

Revision: 0022. Follows 0021.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("advisor_training", sa.Column("note", sa.String(1000), nullable=False, server_default=""))


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
