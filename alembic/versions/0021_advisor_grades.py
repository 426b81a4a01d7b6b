"""grades of advisors: period runs, score cards, approval, appeals

Revision: 0021. Follows 0020.
"""

from __future__ import annotations

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
