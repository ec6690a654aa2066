"""Notices that were given up are found at once, however many were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
_INDEX, _WHERE = "ix_notifications_given_up", sa.text("gave_up_at IS NOT NULL")


def upgrade() -> None:
    """Forward."""
    op.create_index(_INDEX, "notifications", ["id"], sqlite_where=_WHERE, postgresql_where=_WHERE)


def downgrade() -> None:
    """Back."""
    op.drop_index(_INDEX, table_name="notifications")
