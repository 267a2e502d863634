"""Whose file it is: his who uploaded it. Files are not shared; whoever has the address of an image sees it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, false

from admin_app.core.permissions import Actor, Letter, Scope
from admin_app.media.models import MediaFile


class MediaScope:
    """Own, and shared, is what one uploaded oneself."""

    def condition(self, actor: Actor, scope: Scope, letter: Letter) -> ColumnElement[bool]:
        return false() if actor.id is None else MediaFile.owner_id == actor.id

    def holds(self, actor: Actor, scope: Scope, letter: Letter, obj: Any) -> bool:
        return actor.id is not None and obj.owner_id == actor.id


MEDIA_SCOPE = MediaScope()
