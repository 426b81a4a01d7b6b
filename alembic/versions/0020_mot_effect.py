"""effect of scenarios: registered measures, their results, and the daily series

Revision: 0020. Follows 0019.
"""

from __future__ import annotations

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
