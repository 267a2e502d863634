"""What lists can be sorted by has an index that ends with the key, so that any page is read from where it begins"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_ORDERS = (
    ("audit_entry", "at"),
    ("job", "created_at"),
    ("job", "kind"),
    ("job", "state"),
    ("question", "key"),
    ("question", "retired_at"),
    ("reply", "submitted_at"),
    ("role", "updated_at"),
    ("survey", "closes_at"),
    ("survey", "opens_at"),
    ("survey", "title"),
    ("survey", "updated_at"),
    ("user_account", "last_login_at"),
    ("user_account", "name"),
    ("user_account", "status"),
)
# Each is the beginning of one of the above.
_OLD = (("audit_entry", "at"), ("job", "kind"), ("survey", "updated_at"))


def upgrade() -> None:
    for table, column in _ORDERS:
        op.create_index(f"ix_{table}_{column}_id", table, [column, "id"])
    for table, column in _OLD:
        op.drop_index(op.f(f"ix_{table}_{column}"), table_name=table)


def downgrade() -> None:
    for table, column in _OLD:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    for table, column in _ORDERS:
        op.drop_index(f"ix_{table}_{column}_id", table_name=table)
