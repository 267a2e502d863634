"""Who is asking: the logged-in user, or nobody."""

from __future__ import annotations

from typing import cast

from flask_login import current_user

from admin_app.core.permissions import Actor, Rights, SystemActor

NOBODY = SystemActor(label="nobody", is_active=False, rights=Rights())


def current_actor() -> Actor:
    """Return the logged-in user; `NOBODY`, who may do nothing, for a stranger."""
    if not current_user.is_authenticated:
        return NOBODY
    return cast(Actor, current_user._get_current_object())
