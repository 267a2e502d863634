"""Files of replies that wait for being imported, and what is remembered of those that were"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _reference(column: str, target: str, ondelete: str | None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_reply_upload_{column}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "reply_upload",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("plan", _JSON, nullable=False),
        sa.Column("report", _JSON, nullable=True),
        sa.Column("job_id", _BIG, nullable=True),
        sa.Column("batch_id", _BIG, nullable=True),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _reference("user_id", "user_account", "SET NULL"),
        _reference("survey_id", "survey", "CASCADE"),
        _reference("version_id", "survey_version", "CASCADE"),
        _reference("job_id", "job", "SET NULL"),
        _reference("batch_id", "audit_batch", None),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_upload")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reply_upload_public_id")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_reply_upload_batch_id")),
    )
    op.create_index(op.f("ix_reply_upload_user_id"), "reply_upload", ["user_id"])
    op.create_index(op.f("ix_reply_upload_created_at"), "reply_upload", ["created_at"])
    op.create_index("ix_reply_upload_survey_id_sha256", "reply_upload", ["survey_id", "sha256"])


def downgrade() -> None:
    op.drop_table("reply_upload")
