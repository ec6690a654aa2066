"""Orders that were tried again have keys that no client can choose."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
_CLIENTS, _OURS = "retry:", "→retry:"
_RENAMED = sa.text(
    "UPDATE submissions SET idempotency_key = :after || substr(idempotency_key, :next)"
    " WHERE substr(idempotency_key, 1, :length) = :before"
    " AND substr(idempotency_key, :next) IN (SELECT id FROM renders)"
)


def upgrade() -> None:
    """Forward."""
    _rename(_CLIENTS, _OURS)


def downgrade() -> None:
    """Back."""
    _rename(_OURS, _CLIENTS)


def _rename(before: str, after: str) -> None:
    length = len(before)
    about = {"before": before, "after": after, "length": length, "next": length + 1}
    op.get_bind().execute(_RENAMED, about)
