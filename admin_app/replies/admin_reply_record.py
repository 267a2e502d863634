"""The page of one reply: its answers, what staff say of it, and the way to the replies before and after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, request
from flask_admin import expose
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import Actor, can
from admin_app.replies.admin_answers import shown_sections
from admin_app.replies.models import Reply, ReplyNote
from admin_app.replies.note_operations import NOTE_LIMIT, add_note, delete_note
from admin_app.replies.queries import notes_of
from admin_app.web.actor import current_actor
from admin_app.web.forms import record_id


class ReplyRecordMixin:
    """What the page of a reply shows and does beside what every record's page does."""

    asked: Any
    back: Any
    flash_refusal: Any
    get_url: Any
    matching: Any
    record_or_404: Any

    def list_state(self) -> dict[str, Any]:
        """Return what the address says of the list that the reply was opened from, for addresses of other replies."""
        state: dict[str, Any] = {}
        for name, value in self.asked().arguments():
            state.setdefault(name, []).append(value)
        return state

    def neighbours(self, reply: Reply) -> tuple[str | None, str | None]:
        """Return the addresses of the replies before and after this one in the list that it was opened from.

        They go by arrival, the newest first, or the oldest where the list is sorted like that.
        """
        query = self.asked()
        ids = self.matching(query).with_only_columns(Reply.id)
        newer = db.session.scalar(ids.where(Reply.id > reply.id).order_by(Reply.id).limit(1))
        older = db.session.scalar(ids.where(Reply.id < reply.id).order_by(Reply.id.desc()).limit(1))
        before, after = (older, newer) if query.sort and not query.descending else (newer, older)
        return self._address(before), self._address(after)

    def _address(self, key: int | None) -> str | None:
        if key is None:
            return None
        address: str = self.get_url(".details_view", id=key, **self.list_state())
        return address

    def reply_values(self, reply: Reply) -> dict[str, Any]:
        """Return what the template of the page shows of a reply."""
        actor = current_actor()
        before, after = self.neighbours(reply)
        return {
            # Its name in the log is the id alone, for that does not change with who reads it.
            "record_name": gettext("Reply %(id)s", id=reply.public_id),
            "sections": list(shown_sections(reply, actor=actor)),
            "notes": notes_of(reply),
            "note_limit": NOTE_LIMIT,
            "may_review": can(actor, "reply", "U", obj=reply),
            "actor_id": actor.id,
            "before_url": before,
            "after_url": after,
            "here": request.full_path,
        }

    # Notes
    @expose("/note/", methods=("POST",))  # type: ignore[untyped-decorator]
    def note_view(self) -> Response:
        """Write a note about a reply."""
        reply = self.record_or_404("U")
        text = request.form.get("note", "")
        return self._noted(reply, lambda actor: add_note(reply, text, actor=actor), gettext("The note was written."))

    @expose("/note/delete/", methods=("POST",))  # type: ignore[untyped-decorator]
    def note_delete_view(self) -> Response:
        """Take a note of one's own away."""
        reply, number = self.record_or_404("U"), record_id(request.form.get("note"))
        note = db.session.scalar(select(ReplyNote).where(ReplyNote.id == number, ReplyNote.reply_id == reply.id))
        if note is None:
            abort(404)
        return self._noted(reply, lambda actor: delete_note(reply, note, actor=actor), gettext("The note was deleted."))

    def _noted(self, reply: Reply, work: Callable[[Actor], Any], told: str) -> Response:
        page = self.get_url(".details_view", id=reply.id)
        try:
            with unit_of_work():
                work(current_actor())
        except (InvalidError, ConflictError) as error:
            self.flash_refusal(error)
        else:
            flash(told, "success")
        answer: Response = self.back(page)
        return answer
