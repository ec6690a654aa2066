"""Whether a render's segments were asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Forward."""
    redrawn = sa.Column("redrawn", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("renders", redrawn)


def downgrade() -> None:
    """Back."""
    op.drop_column("renders", "redrawn")
