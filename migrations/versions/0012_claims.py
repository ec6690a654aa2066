"""An address is kept to the one account that confirmed it; any number may claim it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
_ONE = "uq_users_email"
_BY_AGE = "ix_users_email_created_at"
_CONFIRMED = sa.text("verified_at IS NOT NULL")
# Going back, an address stays with who confirmed it, or else claimed it first; others keep all but it.
_CLAIMS = sa.text("""
    UPDATE users SET email = lower(id) || '@claimed.invalid' WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY email
                ORDER BY CASE WHEN verified_at IS NULL THEN 1 ELSE 0 END, created_at, id
            ) AS place FROM users
        ) AS placed WHERE place > 1
    )
""")


def upgrade() -> None:
    """Forward."""
    with op.batch_alter_table("users") as batch:
        batch.drop_constraint(_ONE, type_="unique")
    some = {"postgresql_where": _CONFIRMED, "sqlite_where": _CONFIRMED}
    op.create_index(_ONE, "users", ["email"], unique=True, **some)
    op.create_index(_BY_AGE, "users", ["email", "created_at"])


def downgrade() -> None:
    """Back."""
    op.drop_index(_BY_AGE, table_name="users")
    op.drop_index(_ONE, table_name="users")
    op.get_bind().execute(_CLAIMS)
    with op.batch_alter_table("users") as batch:
        batch.create_unique_constraint(_ONE, ["email"])
