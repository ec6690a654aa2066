"""What was heard of a song's beat."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward."""
    op.add_column("songs", sa.Column("rhythm", sa.JSON(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("songs", "rhythm")
