"""What autogenerate cannot write: the foreign key in a circle, insert-only tables, the queue's tables"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# With the condition for a row that stands in the way of a new one.
INSERT_ONLY = {
    "audit_entry": "id = NEW.id",
    "audit_seal": "number = NEW.number OR entry_id = NEW.entry_id",
}
# What publishing froze: answers are read by it for ever.
FROZEN = "snapshot, sha256, number, survey_id"
SAME_VERSION = "id = NEW.id OR (survey_id = NEW.survey_id AND number = NEW.number)"
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
    op.execute(
        "CREATE FUNCTION canvass_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'what was published is frozen' USING ERRCODE = 'integrity_constraint_violation';"
        " END $$"
    )
    op.execute(
        f"CREATE TRIGGER survey_version_frozen BEFORE UPDATE OF {FROZEN} ON survey_version"
        " FOR EACH STATEMENT EXECUTE FUNCTION canvass_frozen()"
    )
    for statement in QUEUE:
        op.execute(statement)


def _refuse_replacing(table: str, in_the_way: str, sentence: str) -> None:
    """REPLACE deletes what stands in its way, and the triggers for DELETE are not asked."""
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"  # noqa: S608
        f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {in_the_way}) BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    )


def _upgrade_sqlite() -> None:
    for table, in_the_way in INSERT_ONLY.items():
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is insert-only'); END"
            )
        _refuse_replacing(table, in_the_way, f"{table} is insert-only")
    op.execute(
        f"CREATE TRIGGER survey_version_frozen BEFORE UPDATE OF {FROZEN} ON survey_version"
        " BEGIN SELECT RAISE(ABORT, 'what was published is frozen'); END"
    )
    _refuse_replacing("survey_version", SAME_VERSION, "what was published is frozen")


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
    op.execute("DROP TRIGGER survey_version_frozen ON survey_version")
    for function in ("canvass_insert_only", "canvass_frozen"):
        op.execute(f"DROP FUNCTION {function}()")
    op.drop_constraint(CIRCLE, "survey", type_="foreignkey")


def _downgrade_sqlite() -> None:
    for table in INSERT_ONLY:
        for event in ("update", "delete", "replace"):
            op.execute(f"DROP TRIGGER {table}_no_{event}")
    for event in ("frozen", "no_replace"):
        op.execute(f"DROP TRIGGER survey_version_{event}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _downgrade_postgresql()
    else:
        _downgrade_sqlite()
