"""daily totals of accounts, from which the book is graded

Revision: 0019. Follows 0018.
"""

from __future__ import annotations

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
