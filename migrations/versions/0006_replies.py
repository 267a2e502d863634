"""What staff add to replies: tags, notes, changed answers; and which batches were taken back"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _of_a_reply(table: str) -> tuple[sa.Column, sa.ForeignKeyConstraint]:
    return (
        sa.Column("reply_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["reply_id"], ["reply.id"], name=op.f(f"fk_{table}_reply_id"), ondelete="CASCADE"
        ),
    )


def _tags() -> None:
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("survey_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("name_key", sa.String(length=150), nullable=False),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_tag_survey_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("survey_id", "name_key", name=op.f("uq_tag_survey_id_name_key")),
    )
    op.create_index(op.f("ix_tag_name_key"), "tag", ["name_key"])
    op.create_table(
        "reply_tag",
        *_of_a_reply("reply_tag"),
        sa.Column("tag_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_reply_tag_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reply_id", "tag_id", name=op.f("pk_reply_tag")),
    )
    op.create_index("ix_reply_tag_tag_id_reply_id", "reply_tag", ["tag_id", "reply_id"])


def _notes_and_edits() -> None:
    op.create_table(
        "reply_note",
        sa.Column("id", _BIG, nullable=False),
        *_of_a_reply("reply_note"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("author_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_note")),
    )
    op.create_index(op.f("ix_reply_note_reply_id"), "reply_note", ["reply_id"])
    op.create_table(
        "answer_edit",
        sa.Column("id", _BIG, nullable=False),
        *_of_a_reply("answer_edit"),
        sa.Column("question_key", sa.String(length=60), nullable=False),
        sa.Column("before", _JSON, nullable=False),
        sa.Column("after", _JSON, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_edit")),
    )
    op.create_index(op.f("ix_answer_edit_reply_id"), "answer_edit", ["reply_id"])


def upgrade() -> None:
    _tags()
    _notes_and_edits()
    op.add_column("audit_batch", sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("audit_batch", "undone_at")
    for table in ("answer_edit", "reply_note", "reply_tag", "tag"):
        op.drop_table(table)
