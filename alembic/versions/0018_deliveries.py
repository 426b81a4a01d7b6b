"""deliveries: reserved.

Revision: 0018. Follows 0017.
"""

from __future__ import annotations

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
