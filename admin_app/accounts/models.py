"""Users, roles, what roles grant, sessions and one-time links."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from functools import cached_property, reduce

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    column,
    func,
    select,
    table,
    text,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from admin_app.core.clock import now
from admin_app.core.db import Base, BigId, enum_by_value
from admin_app.core.ids import public_id
from admin_app.core.permissions import Letter, Rights, Scope


class UserStatus(StrEnum):
    """Whether somebody may log in."""

    NEW = "new"
    ACTIVE = "active"
    INACTIVE = "inactive"


# The table of users, for what stands above their class.
_USER = table("user_account", column("id"), column("deleted_at"))
_TRASHED = select(_USER.c.id).where(_USER.c.deleted_at.is_not(None))


class UserRole(Base):
    """A user has a role."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True, index=True)


class Role(Base):
    """A named set of grants and abilities. `builtin` names the ones that came with the program."""

    __resource__ = "role"
    __tablename__ = "role"
    __search__ = ("name", "description")
    __table_args__ = (Index("ix_role_updated_at_id", "updated_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    description: Mapped[str] = mapped_column(Text, default="")
    builtin: Mapped[str | None] = mapped_column(String(40), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    lock_version: Mapped[int] = mapped_column(default=1)

    grants: Mapped[list[RoleGrant]] = relationship(
        back_populates="role", cascade="all, delete-orphan", order_by="RoleGrant.resource, RoleGrant.letter"
    )
    ability_rows: Mapped[list[RoleAbility]] = relationship(
        back_populates="role", cascade="all, delete-orphan", order_by="RoleAbility.ability"
    )
    users: Mapped[list[User]] = relationship(secondary="user_role", back_populates="roles", viewonly=True)
    # Without those in the trash, who are looked up once for all roles. Read only where it is asked for.
    user_count: Mapped[int] = column_property(
        select(func.count())
        # The column above is meant.
        .where(UserRole.role_id == id, UserRole.user_id.not_in(_TRASHED))  # noqa: A003
        .correlate_except(UserRole)
        .scalar_subquery(),
        deferred=True,
    )

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return self.name

    @property
    def rights(self) -> Rights:
        """What this role alone allows."""
        return Rights(
            {(grant.resource, Letter(grant.letter)): Scope(grant.scope) for grant in self.grants},
            frozenset(row.ability for row in self.ability_rows),
        )


class RoleGrant(Base):
    """A role may do `letter` to the `resource`, as far as `scope` reaches."""

    __tablename__ = "role_grant"
    __table_args__ = (
        CheckConstraint("letter IN ('C', 'R', 'U', 'D')", name="letter"),
        CheckConstraint("scope IN (1, 2, 3)", name="scope"),
    )

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    resource: Mapped[str] = mapped_column(String(20), primary_key=True)
    letter: Mapped[str] = mapped_column(String(1), primary_key=True)
    scope: Mapped[int]

    role: Mapped[Role] = relationship(back_populates="grants")


class RoleAbility(Base):
    """A role has an ability."""

    __tablename__ = "role_ability"

    role_id: Mapped[int] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), primary_key=True)
    ability: Mapped[str] = mapped_column(String(40), primary_key=True)

    role: Mapped[Role] = relationship(back_populates="ability_rows")


class User(Base):
    """A person who works in the console."""

    __resource__ = "user"
    __tablename__ = "user_account"
    __search__ = ("username", "name", "email")
    __table_args__ = (
        Index("uq_user_account_username", "username_key", unique=True, postgresql_where=text("deleted_at IS NULL"),
              sqlite_where=text("deleted_at IS NULL")),
        Index("uq_user_account_email", "email_key", unique=True, postgresql_where=text("deleted_at IS NULL"),
              sqlite_where=text("deleted_at IS NULL")),
        Index("ix_user_account_name_id", "name", "id"),
        Index("ix_user_account_status_id", "status", "id"),
        Index("ix_user_account_last_login_at_id", "last_login_at", "id"),
        CheckConstraint("status <> 'active' OR password_hash IS NOT NULL", name="active_has_password"),
        CheckConstraint("username_key <> '' AND email_key <> ''", name="has_name"),
        CheckConstraint("deleted_by_id IS NULL OR deleted_at IS NOT NULL", name="deleted_by"),
        CheckConstraint("theme IN ('light', 'dark', 'system')", name="theme"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    username: Mapped[str] = mapped_column(String(80))
    # Casefolded and NFKC-normalised, so that two users never look alike.
    username_key: Mapped[str] = mapped_column(String(160))
    name: Mapped[str] = mapped_column(String(200), default="")
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254))
    password_hash: Mapped[str | None] = mapped_column(String(200), deferred=True, deferred_raiseload=True)
    password_changed_at: Mapped[dt.datetime | None]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    status: Mapped[UserStatus] = mapped_column(enum_by_value(UserStatus, "status"), default=UserStatus.NEW)
    notes: Mapped[str] = mapped_column(Text, default="")
    origin: Mapped[str] = mapped_column(String(20), default="console")
    # None where the user has not chosen: then the browser and the installation say.
    locale: Mapped[str | None] = mapped_column(String(10))
    time_zone: Mapped[str | None] = mapped_column(String(60))
    theme: Mapped[str | None] = mapped_column(String(10))
    last_login_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    deleted_at: Mapped[dt.datetime | None]
    deleted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    # Grows when everything that was handed out to programs has to end: their tokens name the number they were made at.
    token_epoch: Mapped[int] = mapped_column(default=0)
    lock_version: Mapped[int] = mapped_column(default=1)

    roles: Mapped[list[Role]] = relationship(secondary="user_role", back_populates="users", order_by="Role.name")

    __mapper_args__ = {"version_id_col": lock_version}

    # Set on the user who was found through his session; the rest of what Flask-Login asks of a user stands below.
    session_token = ""
    session_confirmed_at = dt.datetime.min.replace(tzinfo=dt.UTC)
    # The name of the role through whose eyes this session looks at the console; it changes nothing meanwhile.
    viewing_as = ""
    is_authenticated = True
    is_anonymous = False

    def __str__(self) -> str:
        return self.label

    def get_id(self) -> str:
        """Return what the browser's cookie holds: the random token of the session, never the user's number."""
        return self.session_token

    @property
    def label(self) -> str:
        """What other people call this user."""
        return self.name or self.username

    @property
    def is_active(self) -> bool:
        return self.status is UserStatus.ACTIVE and self.deleted_at is None

    # Both are kept with the object, which lives as long as one request. Whoever is logged in has got them by one
    # statement (`queries.hold_rights()`); for others they are what the loaded roles say.
    @cached_property
    def role_ids(self) -> frozenset[int]:
        return frozenset(role.id for role in self.roles)

    @cached_property
    def rights(self) -> Rights:
        """The union over the roles."""
        return reduce(Rights.union, (role.rights for role in self.roles), Rights())

    def forget_rights(self) -> None:
        """Ask again the next time: the roles have changed."""
        for name in ("role_ids", "rights"):
            self.__dict__.pop(name, None)

    def crud(self, resource: str) -> str:
        """Return the letters held on `resource`, such as "CRU"."""
        return self.rights.letters(resource)


class SessionPlace(StrEnum):
    """Where a browser stands, as far as that can be known without asking anybody."""

    UNKNOWN = "unknown"
    THIS_MACHINE = "this_machine"
    LOCAL_NETWORK = "local_network"


class UserSession(Base):
    """A browser that is logged in. Its id is random; only the hash is kept, so a stolen table opens nothing."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    last_seen_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    # Where the browser stands, as far as its address tells by itself; the address is not kept.
    place: Mapped[SessionPlace] = mapped_column(enum_by_value(SessionPlace, "place"), default=SessionPlace.UNKNOWN)
    # "Keep me signed in": the session ends by its day alone, however long nobody uses it.
    kept: Mapped[bool] = mapped_column(default=False)
    # When the password was given last: what does the most harm asks for it again.
    confirmed_at: Mapped[dt.datetime] = mapped_column(default=now)
    view_as_role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="SET NULL"))

    user: Mapped[User] = relationship()


class LoginFailure(Base):
    """A failed login, counted to slow down guessing. Names and addresses are kept as keyed digests only."""

    __tablename__ = "login_failure"
    __table_args__ = (
        Index("ix_login_failure_username_digest_at", "username_digest", "at"),
        Index("ix_login_failure_address_digest_at", "address_digest", "at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=now, index=True)
    username_digest: Mapped[str] = mapped_column(String(64))
    address_digest: Mapped[str] = mapped_column(String(64))


class TokenPurpose(StrEnum):
    """What a one-time link is for."""

    SETUP = "setup"
    INVITE = "invite"
    RESET = "reset"


class OneTimeToken(Base):
    """A link that works once. Only the hash is kept. All but the one for setting up belong to a user."""

    __tablename__ = "one_time_token"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("(purpose = 'setup') = (user_id IS NULL)", name="whose"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[TokenPurpose] = mapped_column(enum_by_value(TokenPurpose, "purpose"))
    token_hash: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    # What the account was when the link was made: a link does not outlive a new password, address or status.
    state_digest: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]
