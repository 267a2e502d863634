"""The batch of an audit entry is looked up once a statement, not once a row"""

from collections.abc import Callable

from alembic import op
from alembic.operations.base import BatchOperations
from sqlalchemy import text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# An action on 10,000 records writes as many entries of one batch. PostgreSQL asks for the target of a foreign key once a
# row, which took a quarter of the whole statement. These triggers refuse what the key refused: an entry of a batch that
# is not there, and a batch that is taken away from its entries.
KEY = "fk_audit_entry_batch_id"
MISSING = "an audit entry names a batch that is not there"
STAYS = "an audit batch with entries stays"


def _upgrade_postgresql() -> None:
    op.drop_constraint(KEY, "audit_entry", type_="foreignkey")
    op.execute(
        "CREATE FUNCTION canvass_batch_is_there() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608
        " IF EXISTS (SELECT FROM added WHERE batch_id IS NOT NULL"
        " AND NOT EXISTS (SELECT FROM audit_batch WHERE audit_batch.id = added.batch_id)) THEN"
        f" RAISE EXCEPTION '{MISSING}' USING ERRCODE = 'foreign_key_violation'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entry_batch AFTER INSERT ON audit_entry REFERENCING NEW TABLE AS added"
        " FOR EACH STATEMENT EXECUTE FUNCTION canvass_batch_is_there()"
    )
    op.execute(
        "CREATE FUNCTION canvass_batch_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"  # noqa: S608
        " IF EXISTS (SELECT FROM audit_entry WHERE batch_id = OLD.id) THEN"
        f" RAISE EXCEPTION '{STAYS}' USING ERRCODE = 'foreign_key_violation'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_batch_stays BEFORE DELETE OR UPDATE OF id ON audit_batch"
        " FOR EACH ROW EXECUTE FUNCTION canvass_batch_stays()"
    )


def _make_entries_anew(change: Callable[[BatchOperations], object]) -> None:
    """SQLite changes keys by making the table anew; what guards it goes with the old one and is put back."""
    of_entries = text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_entry'")
    guards = op.get_bind().scalars(of_entries).all()
    with op.batch_alter_table("audit_entry") as batch_op:
        change(batch_op)
    for guard in guards:
        op.execute(guard)


def _upgrade_sqlite() -> None:
    _make_entries_anew(lambda table: table.drop_constraint(KEY, type_="foreignkey"))
    op.execute(
        "CREATE TRIGGER audit_entry_batch BEFORE INSERT ON audit_entry WHEN NEW.batch_id IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM audit_batch WHERE id = NEW.batch_id)"
        f" BEGIN SELECT RAISE(ABORT, '{MISSING}'); END"
    )
    for event, name in (("DELETE", "audit_batch_stays"), ("UPDATE OF id", "audit_batch_keeps_its_id")):
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {event} ON audit_batch"  # noqa: S608
            " WHEN EXISTS (SELECT 1 FROM audit_entry WHERE batch_id = OLD.id)"
            f" BEGIN SELECT RAISE(ABORT, '{STAYS}'); END"
        )


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
    else:
        _upgrade_sqlite()


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for trigger, table in (("audit_batch_stays", "audit_batch"), ("audit_entry_batch", "audit_entry")):
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
        for function in ("canvass_batch_stays", "canvass_batch_is_there"):
            op.execute(f"DROP FUNCTION {function}()")
        op.create_foreign_key(KEY, "audit_entry", "audit_batch", ["batch_id"], ["id"])
    else:
        for trigger in ("audit_batch_keeps_its_id", "audit_batch_stays", "audit_entry_batch"):
            op.execute(f"DROP TRIGGER {trigger}")
        _make_entries_anew(lambda table: table.create_foreign_key(KEY, "audit_batch", ["batch_id"], ["id"]))
