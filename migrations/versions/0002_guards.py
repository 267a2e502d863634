"""What autogenerate cannot write: the foreign key in a circle, insert-only tables, the queue's tables"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSERT_ONLY = ("audit_entry", "audit_seal")
CIRCLE = "fk_survey_current_version_id"

# As huey.storage.PostgresStorage makes them with the prefix "huey"; it is told not to make them itself.
QUEUE = (
    "CREATE TABLE huey_kv (queue text NOT NULL, key text NOT NULL, value bytea NOT NULL, PRIMARY KEY (queue, key))",
    "CREATE TABLE huey_schedule (id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL,"
    " timestamp double precision NOT NULL)",
    "CREATE INDEX huey_schedule_queue_timestamp ON huey_schedule (queue, timestamp)",
    "CREATE TABLE huey_task (id bigserial PRIMARY KEY, queue text NOT NULL, data bytea NOT NULL,"
    " priority double precision NOT NULL DEFAULT 0.0)",
    "CREATE INDEX huey_task_queue_priority_id ON huey_task (queue, priority DESC, id)",
    "CREATE TABLE huey_counter (queue text NOT NULL, key text NOT NULL, value bigint NOT NULL DEFAULT 0,"
    " PRIMARY KEY (queue, key))",
)


def _upgrade_postgresql() -> None:
    # SQLite writes this key into CREATE TABLE; elsewhere a key in a circle waits for an ALTER of its own.
    op.create_foreign_key(CIRCLE, "survey", "survey_version", ["current_version_id"], ["id"])
    op.execute(
        "CREATE FUNCTION canvass_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION '% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
    )
    for table in INSERT_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_insert_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION canvass_insert_only()"
        )
    for statement in QUEUE:
        op.execute(statement)


def _upgrade_sqlite() -> None:
    for table in INSERT_ONLY:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            )


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _upgrade_postgresql()
    else:
        _upgrade_sqlite()


def _downgrade_postgresql() -> None:
    for table in ("huey_counter", "huey_task", "huey_schedule", "huey_kv"):
        op.execute(f"DROP TABLE {table}")
    for table in INSERT_ONLY:
        op.execute(f"DROP TRIGGER {table}_insert_only ON {table}")
    op.execute("DROP FUNCTION canvass_insert_only()")
    op.drop_constraint(CIRCLE, "survey", type_="foreignkey")


def _downgrade_sqlite() -> None:
    for table in INSERT_ONLY:
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER {table}_no_{event}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _downgrade_postgresql()
    else:
        _downgrade_sqlite()
