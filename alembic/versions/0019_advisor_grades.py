"""advisor_grades: reserved.

Revision: 0019. Follows 0018.
"""

from __future__ import annotations

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
