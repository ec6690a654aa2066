"""Days that are counted once, and indexes for what is looked at by those who run it, and swept."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# Table, name, columns; and the condition of those that hold a part of the rows.
_NEW: Sequence[tuple[str, str, list[str], str | None]] = (
    ("audit", "ix_audit_action_id", ["action", "id"], None),
    ("audit", "ix_audit_actor_id_id", ["actor_id", "id"], None),
    ("audit", "ix_audit_subject_id", ["subject", "id"], None),
    ("credits", "ix_credits_created_at", ["created_at"], None),
    ("mails", "ix_mails_given_up", ["id"], "gave_up_at IS NOT NULL"),
    ("mails", "ix_mails_user_id_id", ["user_id", "id"], None),
    ("mails", "ix_mails_waiting", ["id"], "sent_at IS NULL AND gave_up_at IS NULL"),
    ("payment_events", "ix_payment_events_received_at_id", ["received_at", "id"], None),
    ("payments", "ix_payments_refunded_at", ["refunded_at"], None),
    ("payments", "ix_payments_status_id", ["status", "id"], None),
    ("refresh_tokens", "ix_refresh_tokens_created_at", ["created_at"], None),
    ("renders", "ix_renders_expiring", ["expires_at"], "deleted_at IS NULL"),
    ("renders", "ix_renders_leftover", ["id"], "deleted_at IS NOT NULL AND video_key IS NOT NULL"),
    ("songs", "ix_songs_expiring", ["expires_at"], "deleted_at IS NULL"),
    ("songs", "ix_songs_leftover", ["id"], "deleted_at IS NOT NULL AND key != ''"),
    ("renders", "ix_renders_kept", ["deleted_at", "bytes"], "deleted_at IS NULL"),
    ("songs", "ix_songs_kept", ["deleted_at", "bytes"], "deleted_at IS NULL"),
    ("users", "ix_users_active_id", ["active", "id"], None),
    (
        *("users", "ix_users_counted", ["active", "verified_at", "deleted_at"]),
        "deleted_at IS NULL",
    ),
    ("users", "ix_users_role_id", ["role", "id"], None),
)
_OLD = (
    ("audit", "ix_audit_action", ["action"]),
    ("audit", "ix_audit_actor_id", ["actor_id"]),
    ("audit", "ix_audit_subject", ["subject"]),
    ("mails", "ix_mails_user_id", ["user_id"]),
    ("payment_events", "ix_payment_events_received_at", ["received_at"]),
    ("payments", "ix_payments_status", ["status"]),
    ("renders", "ix_renders_expires_at", ["expires_at"]),
    ("songs", "ix_songs_expires_at", ["expires_at"]),
)


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "figures",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("day", "name", "label", name=op.f("pk_figures")),
    )
    for table, name, _ in _OLD:
        op.drop_index(name, table)
    for table, name, columns, condition in _NEW:
        where = None if condition is None else sa.text(condition)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Back."""
    for table, name, *_ in reversed(_NEW):
        op.drop_index(name, table)
    for table, name, columns in _OLD:
        op.create_index(name, table, columns)
    op.drop_table("figures")
