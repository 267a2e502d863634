"""Building a survey: typing waits for its audit entry; sections come back; jobs go through many records"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _typing() -> None:
    op.create_table(
        "audit_pending",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("resource", sa.String(length=20), nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("record_name", sa.String(length=300), nullable=False),
        sa.Column("within", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("before", _JSON, nullable=True),
        sa.Column("after", _JSON, nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_pending")),
        sa.UniqueConstraint(
            "resource",
            "record_id",
            "actor_id",
            "field",
            name=op.f("uq_audit_pending_resource_record_id_actor_id_field"),
        ),
    )
    op.create_index(op.f("ix_audit_pending_within"), "audit_pending", ["within"])


def _rows_of_jobs() -> None:
    op.create_table(
        "job_row",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("job_id", _BIG, nullable=False),
        sa.Column("record_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "done",
                "skipped",
                "failed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_row_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_row")),
        sa.UniqueConstraint("job_id", "record_id", name=op.f("uq_job_row_job_id_record_id")),
    )
    op.create_index("ix_job_row_job_id_state", "job_row", ["job_id", "state"])


def _imports() -> None:
    op.create_table(
        "staged_import",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("remarks", _JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_staged_import_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staged_import")),
        sa.UniqueConstraint("public_id", name=op.f("uq_staged_import_public_id")),
    )
    op.create_index(op.f("ix_staged_import_user_id"), "staged_import", ["user_id"])
    op.create_index(op.f("ix_staged_import_created_at"), "staged_import", ["created_at"])


def upgrade() -> None:
    _typing()
    _rows_of_jobs()
    _imports()
    with op.batch_alter_table("section") as batch_op:
        batch_op.add_column(sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("deleted_by_id", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_section_deleted_by"), "deleted_by_id IS NULL OR deleted_at IS NOT NULL"
        )
        batch_op.create_foreign_key(op.f("fk_section_deleted_by_id"), "user_account", ["deleted_by_id"], ["id"])
    only_tests = {"postgresql_where": sa.text("test IS true"), "sqlite_where": sa.text("test IS 1")}
    op.create_index("ix_reply_tests", "reply", ["survey_id"], unique=False, **only_tests)


def downgrade() -> None:
    op.drop_index("ix_reply_tests", table_name="reply")
    # The program before this one would show them again.
    op.execute("DELETE FROM question WHERE section_id IN (SELECT id FROM section WHERE deleted_at IS NOT NULL)")
    op.execute("DELETE FROM section WHERE deleted_at IS NOT NULL")
    with op.batch_alter_table("section") as batch_op:
        batch_op.drop_constraint(op.f("fk_section_deleted_by_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_section_deleted_by"), type_="check")
        batch_op.drop_column("deleted_by_id")
        batch_op.drop_column("deleted_at")
    op.drop_table("staged_import")
    op.drop_index("ix_job_row_job_id_state", table_name="job_row")
    op.drop_table("job_row")
    op.drop_index(op.f("ix_audit_pending_within"), table_name="audit_pending")
    op.drop_table("audit_pending")
