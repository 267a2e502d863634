"""Tags by their names: a survey has its own, and the same word means the same in all of them."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import Actor
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.replies.models import TAG_LIMIT, Reply, Tag, reply_tag
from admin_app.replies.queries import visible_to
from admin_app.surveys.question_types.base import clean_text

# As many as a list to pick from can hold.
PICKED = 200


def clean_tag(text: str) -> str:
    """Return a tag as it is stored, on one line; InvalidError for what cannot be one."""
    name = unicodedata.normalize("NFC", " ".join(clean_text(text).split()))
    if not name:
        raise InvalidError(_("Some of this cannot be taken."), fields={"tag": _("Write a tag.")})
    if len(name) > TAG_LIMIT:
        sentence = _("Use at most %(number)s characters.", number=figure(TAG_LIMIT))
        raise InvalidError(_("Some of this cannot be taken."), fields={"tag": sentence})
    return name


def key_of_tag(name: str) -> str:
    """Return by what two tags count as the same."""
    return unicodedata.normalize("NFC", name.casefold())


def has_tag(name: str) -> ColumnElement[bool]:
    """Return the condition for replies with that tag."""
    tagged = select(reply_tag.c.reply_id).join(Tag, Tag.id == reply_tag.c.tag_id)
    return Reply.id.in_(tagged.where(Tag.name_key == key_of_tag(name)))


def tag_names(*, actor: Actor) -> list[str]:
    """Return the tags of replies that `actor` may see, by their names, each word once."""
    seen = visible_to(actor).join(reply_tag, reply_tag.c.reply_id == Reply.id).with_only_columns(Reply.id)
    return _names(seen.where(reply_tag.c.tag_id == Tag.id).correlate(Tag).exists())


def tags_on(replies: Select[Any]) -> list[str]:
    """Return the tags that any of the replies has, by their names, each word once."""
    chosen = reply_tag.c.reply_id.in_(replies.with_only_columns(Reply.id).order_by(None))
    return _names(Tag.id.in_(select(reply_tag.c.tag_id).where(chosen)))


def _names(condition: ColumnElement[bool]) -> list[str]:
    names = select(func.min(Tag.name)).where(condition).group_by(Tag.name_key)
    return list(db.session.scalars(names.order_by(Tag.name_key).limit(PICKED)))
