"""Notes that staff write about a reply, for each other."""

from __future__ import annotations

from admin_app.audit.operations import record
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, InvalidError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.replies.models import Reply, ReplyNote
from admin_app.surveys.question_types.base import clean_text

NOTE_LIMIT = 5_000


def add_note(reply: Reply, text: str, *, actor: Actor) -> ReplyNote:
    """Write a note. The audit log tells that there is one, and not what it says: a note goes with its reply."""
    require(actor, "reply", "U", obj=reply)
    clean = clean_text(text)
    if not clean:
        raise InvalidError(_("Write something into the note."))
    if len(clean) > NOTE_LIMIT:
        raise InvalidError(_("Use at most %(number)s characters.", number=figure(NOTE_LIMIT)))
    note = ReplyNote(reply_id=reply.id, text=clean, author_id=actor.id, author_name=actor.label[:200])
    db.session.add(note)
    record("reply.add_note", reply, actor=actor)
    db.session.flush()
    return note


def delete_note(reply: Reply, note: ReplyNote, *, actor: Actor) -> None:
    """Take a note of one's own away."""
    require(actor, "reply", "U", obj=reply)
    if note.author_id != actor.id:
        raise ForbiddenError(_("Only whoever wrote a note can delete it."))
    db.session.delete(note)
    record("reply.delete_note", reply, actor=actor)
