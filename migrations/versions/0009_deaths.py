"""Starts that ended with their worker's death are counted apart from those that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
_TABLES = ("renders", "segments")


def upgrade() -> None:
    """Forward."""
    for table in _TABLES:
        deaths = sa.Column("deaths", sa.Integer(), nullable=False, server_default=sa.text("0"))
        op.add_column(table, deaths)


def downgrade() -> None:
    """Back."""
    for table in _TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("deaths")
