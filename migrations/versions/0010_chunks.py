"""Jobs that change a set chunk by chunk remember how far they came; undoing reads the entries of a batch by record"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "job_mark",
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch_id", _BIG, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("last_key", _BIG, nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_mark_job_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_job_mark")),
    )
    op.create_index(op.f("ix_job_mark_batch_id"), "job_mark", ["batch_id"])
    op.create_index("ix_audit_entry_batch_id_record_id", "audit_entry", ["batch_id", "record_id"])
    op.drop_index(op.f("ix_audit_entry_batch_id"), table_name="audit_entry")


def downgrade() -> None:
    op.create_index(op.f("ix_audit_entry_batch_id"), "audit_entry", ["batch_id"])
    op.drop_index("ix_audit_entry_batch_id_record_id", table_name="audit_entry")
    op.drop_index(op.f("ix_job_mark_batch_id"), table_name="job_mark")
    op.drop_table("job_mark")
