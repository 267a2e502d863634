"""Many users, made by one statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, insert, select

from admin_app.accounts.models import User, UserRole, UserStatus
from admin_app.core.db import db, unit_of_work
from admin_app.core.ids import public_id
from tests.factories import builtin_role, password_hash


def many_users(number: int, prefix: str, *, role: str | None = "viewer", **fields: Any) -> Select[Any]:
    """Make `number` users with a role, and return what selects them."""
    names = [f"{prefix}{one:05}" for one in range(number)]
    values = {"name": "", "password_hash": password_hash(), "status": UserStatus.ACTIVE, "notes": "", **fields}
    held = builtin_role(role) if role is not None else None
    with unit_of_work():
        db.session.execute(
            insert(User),
            [
                {
                    **values, "public_id": public_id(), "username": name, "username_key": name,
                    "email": f"{name}@example.org", "email_key": f"{name}@example.org",
                }
                for name in names
            ],
        )  # fmt: skip
        chosen = select(User).where(User.username.startswith(prefix, autoescape=True))
        if held is not None:
            ids = db.session.scalars(chosen.with_only_columns(User.id)).all()
            db.session.execute(insert(UserRole), [{"user_id": one, "role_id": held.id} for one in ids])
    return chosen
