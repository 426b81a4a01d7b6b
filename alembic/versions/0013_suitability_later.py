"""suitability_later: reserved.

Revision: 0013. Follows 0012.
"""

from __future__ import annotations

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
