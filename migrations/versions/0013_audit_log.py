"""Each filter of the audit log has an index in the order of the list"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_FILTERS = ("actor_id", "action", "resource", "batch_id")
_NOBODY = sa.text("actor_id IS NULL")


def upgrade() -> None:
    for column in _FILTERS:
        op.create_index(f"ix_audit_entry_{column}_at_id", "audit_entry", [column, "at", "id"])
    op.create_index(
        "ix_audit_entry_nobody", "audit_entry", ["at", "id"], postgresql_where=_NOBODY, sqlite_where=_NOBODY
    )
    # It is the beginning of one of these.
    op.drop_index("ix_audit_entry_actor_id", table_name="audit_entry")


def downgrade() -> None:
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id"])
    op.drop_index("ix_audit_entry_nobody", table_name="audit_entry")
    for column in _FILTERS:
        op.drop_index(f"ix_audit_entry_{column}_at_id", table_name="audit_entry")
