"""mot: reserved.

Revision: 0017. Follows 0016.
"""

from __future__ import annotations

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    raise NotImplementedError("a schema is only ever moved forward; restore a backup instead")
