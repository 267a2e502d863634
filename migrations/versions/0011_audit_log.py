"""Each filter of the audit log has an index in the order of the list"""

from alembic import op

revision = "0011"
down_revision = "0014"
branch_labels = None
depends_on = None

_FILTERS = ("actor_id", "action", "resource", "batch_id")
# Each is the beginning of one of the above.
_OLD = ("actor_id", "batch_id")


def upgrade() -> None:
    for column in _FILTERS:
        op.create_index(f"ix_audit_entry_{column}_at_id", "audit_entry", [column, "at", "id"])
    for column in _OLD:
        op.drop_index(f"ix_audit_entry_{column}", table_name="audit_entry")


def downgrade() -> None:
    for column in _OLD:
        op.create_index(f"ix_audit_entry_{column}", "audit_entry", [column])
    for column in _FILTERS:
        op.drop_index(f"ix_audit_entry_{column}_at_id", table_name="audit_entry")
