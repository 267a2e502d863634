"""People: their language, sessions that are kept, links of their own, preferences, settings, uploads"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _purposes(*names: str) -> sa.Enum:
    return sa.Enum(*names, name="purpose", native_enum=False, create_constraint=True, length=20)


# SQLite adds these in place. Making the table anew would be riskier: nearly all others refer to it.
_OF_USERS = {
    "locale": "VARCHAR(10)",
    "time_zone": "VARCHAR(60)",
    "theme": "VARCHAR(10) CONSTRAINT ck_user_account_theme CHECK (theme IN ('light', 'dark', 'system'))",
}


def _more_of_sessions() -> None:
    place = sa.Enum("unknown", "this_machine", "local_network", name="place", native_enum=False, length=20)
    with op.batch_alter_table("user_session") as batch_op:
        batch_op.add_column(sa.Column("place", place, server_default="unknown", nullable=False))
        batch_op.add_column(sa.Column("kept", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("view_as_role_id", sa.Integer(), nullable=True))
        batch_op.create_check_constraint(
            op.f("ck_user_session_place"), "place IN ('unknown', 'this_machine', 'local_network')"
        )
        batch_op.create_foreign_key(
            op.f("fk_user_session_view_as_role_id"), "role", ["view_as_role_id"], ["id"], ondelete="SET NULL"
        )


def _less_of_sessions() -> None:
    with op.batch_alter_table("user_session") as batch_op:
        batch_op.drop_constraint(op.f("fk_user_session_view_as_role_id"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_user_session_place"), type_="check")
        for name in ("view_as_role_id", "kept", "place"):
            batch_op.drop_column(name)


def _allow(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    """Change what a one-time link may be for."""
    name = op.f("ck_one_time_token_purpose")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE one_time_token DROP CONSTRAINT {name}")
        allowed = ", ".join(f"'{one}'" for one in after)
        op.create_check_constraint(name, "one_time_token", f"purpose IN ({allowed})")
        return
    with op.batch_alter_table("one_time_token") as batch_op:
        batch_op.drop_constraint(name, type_="check")
        batch_op.alter_column(
            "purpose", existing_type=_purposes(*before), type_=_purposes(*after), existing_nullable=False
        )


def _new_tables() -> None:
    op.create_table(
        "preference",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("value", _JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_preference_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_preference")),
    )
    op.create_table(
        "setting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("value", _JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_setting_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting")),
        sa.UniqueConstraint("name", name=op.f("uq_setting_name")),
    )
    op.create_table(
        "media_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=24), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_media_file_size")),
        sa.CheckConstraint("(width IS NULL) = (height IS NULL)", name=op.f("ck_media_file_measures")),
        sa.ForeignKeyConstraint(["owner_id"], ["user_account.id"], name=op.f("fk_media_file_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_file")),
        sa.UniqueConstraint("public_id", name=op.f("uq_media_file_public_id")),
    )
    op.create_index(op.f("ix_media_file_owner_id"), "media_file", ["owner_id"])


def _leave_room(setting: str) -> None:
    """Let a changed user stand beside the row he was: then no index is touched when all users get a role at once."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE user_account {setting}")


def upgrade() -> None:
    for name, column in _OF_USERS.items():
        op.execute(f"ALTER TABLE user_account ADD COLUMN {name} {column}")
    _leave_room("SET (fillfactor = 50)")
    _more_of_sessions()
    _allow(("setup",), ("setup", "invite", "reset"))
    with op.batch_alter_table("one_time_token") as batch_op:
        batch_op.add_column(sa.Column("state_digest", sa.String(length=64), server_default="", nullable=False))
        batch_op.create_check_constraint(op.f("ck_one_time_token_whose"), "(purpose = 'setup') = (user_id IS NULL)")
    _new_tables()


def downgrade() -> None:
    op.drop_index(op.f("ix_media_file_owner_id"), table_name="media_file")
    for table in ("media_file", "setting", "preference"):
        op.drop_table(table)
    # The program before this one knows no such links.
    op.execute("DELETE FROM one_time_token WHERE purpose <> 'setup'")
    with op.batch_alter_table("one_time_token") as batch_op:
        batch_op.drop_constraint(op.f("ck_one_time_token_whose"), type_="check")
        batch_op.drop_column("state_digest")
    _allow(("setup", "invite", "reset"), ("setup",))
    _less_of_sessions()
    _leave_room("RESET (fillfactor)")
    for name in reversed(_OF_USERS):
        op.execute(f"ALTER TABLE user_account DROP COLUMN {name}")
