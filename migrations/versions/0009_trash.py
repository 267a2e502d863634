"""The trash: a purge of a survey that has begun, and an index for what was deleted of the replies"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TRASHED = sa.text("deleted_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("survey", sa.Column("purge_started_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_reply_trash", "reply", ["deleted_at", "id"], postgresql_where=_TRASHED, sqlite_where=_TRASHED
    )


def downgrade() -> None:
    op.drop_index("ix_reply_trash", table_name="reply")
    op.drop_column("survey", "purge_started_at")
