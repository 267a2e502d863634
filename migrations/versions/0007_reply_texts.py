"""What respondents wrote, to be searched: three letters anywhere in a text find it by an index"""

import logging

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMNS = ("words", "personal_words")


def upgrade() -> None:
    op.create_table(
        "reply_text",
        sa.Column("reply_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("personal_words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["reply_id"], ["reply.id"], name=op.f("fk_reply_text_reply_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("reply_id", name=op.f("pk_reply_text")),
    )
    mark = op.create_table(
        "reply_text_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, _BIG, nullable=False) for name in ("done_id", "seen_id", "next_id")),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_reply_text_mark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_text_mark")),
    )
    begun = {"id": 1, "done_id": 0, "seen_id": 0, "next_id": 0, "next_at": sa.func.current_timestamp()}
    op.execute(sa.insert(mark).values(begun))
    if op.get_bind().dialect.name == "postgresql":
        _index_on_postgresql()
    else:
        _index_on_sqlite()


def _index_on_postgresql() -> None:
    """Make the indexes where the extension is there or may be made; elsewhere `canvass doctor` says what to run."""
    bind = op.get_bind()
    try:
        with bind.begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError as error:
        logging.getLogger(__name__).warning("Texts are searched without an index: %s", error.orig)
        return
    for column in _COLUMNS:
        op.execute(f"CREATE INDEX ix_reply_text_{column}_trigrams ON reply_text USING gin ({column} gin_trgm_ops)")


def _index_on_sqlite() -> None:
    """An index beside the table, which triggers keep like it; the texts are folded, so nothing is left to fold."""
    op.execute(
        "CREATE VIRTUAL TABLE reply_text_index USING fts5(words, personal_words, content='reply_text',"
        " content_rowid='reply_id', tokenize='trigram case_sensitive 1')"
    )
    added = (
        "INSERT INTO reply_text_index (rowid, words, personal_words)"
        " VALUES (NEW.reply_id, NEW.words, NEW.personal_words);"
    )
    gone = (
        "INSERT INTO reply_text_index (reply_text_index, rowid, words, personal_words)"
        " VALUES ('delete', OLD.reply_id, OLD.words, OLD.personal_words);"
    )
    for name, event, body in (
        ("added", "INSERT", added),
        ("gone", "DELETE", gone),
        ("changed", "UPDATE", f"{gone} {added}"),
    ):
        op.execute(f"CREATE TRIGGER reply_text_{name} AFTER {event} ON reply_text BEGIN {body} END")


def downgrade() -> None:
    # The extension stays: others may have begun to use it.
    op.drop_table("reply_text_mark")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE reply_text_index")
    op.drop_table("reply_text")
