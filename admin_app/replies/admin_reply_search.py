"""The search of the list of replies: by id, by receipt, and in what people wrote as far as the searcher may see it."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import aliased, joinedload

from admin_app.core.permissions import can
from admin_app.core.text import fold, shorten
from admin_app.replies.masking import hidden_keys
from admin_app.replies.models import Reply
from admin_app.replies.submission_keys import normalise_receipt, receipt_hash
from admin_app.replies.text_index import SHORTEST, has_unread, replies_with, written
from admin_app.surveys.queries import questionnaire_of
from admin_app.web.actor import current_actor

# What is shown before and after the words that were found.
_AROUND = 40


class ReplySearchMixin:
    """What the list searches in, what it says about that, and where in a reply it found something."""

    def _search_condition(self, term: str) -> ColumnElement[bool]:
        ways = _by_id(term)
        if (found := replies_with(term, actor=current_actor())) is not None:
            ways.append(found)
        return Reply.id.in_(union_all(*ways))

    def palette_condition(self, term: str) -> ColumnElement[bool]:
        """Take what names one reply: the words in all of them belong to the list, which shows where they stand."""
        return Reply.id.in_(union_all(*_by_id(term)))

    def palette_options(self) -> list[Any]:
        """Return what is loaded with the replies for their notes."""
        return [joinedload(Reply.survey)]

    def palette_note(self, record: Reply) -> str:
        """Return what the reply was given to."""
        return record.survey.title

    def search_placeholder(self) -> str:
        """Return what the search takes."""
        return str(gettext("Words, id or receipt") if _searches_words() else gettext("Id or receipt"))

    def search_note(self, search: str | None) -> str:
        """Return what somebody must know whose search finds less than he may think."""
        if not search or not _searches_words():
            return ""
        short = next((term for term in search.split() if len(fold(term)) < SHORTEST), None)
        if short is not None:
            return str(
                gettext("“%(word)s” is too short to be looked for in texts: type three letters or more.", word=short)
            )
        if has_unread():
            return str(gettext("What was written in the last moments cannot be found yet. Search again soon."))
        return ""

    def note_search(self, search: str | None) -> None:
        """Keep what is looked for while the page is made."""
        g.reply_search = [fold(term) for term in (search or "").split()]


def _by_id(term: str) -> list[Select[Any]]:
    """Return the ways to the replies that are called so."""
    one = aliased(Reply)
    ways: list[Select[Any]] = [select(one.id).where(one.public_id == term[:16])]
    if (receipt := normalise_receipt(term)) is not None:
        ways.append(select(one.id).where(one.receipt_hash == receipt_hash(receipt)))
    return ways


def _searches_words() -> bool:
    return can(current_actor(), "reply.free_text")


def found_in(reply: Reply) -> Markup:
    """Return the place in a reply where the words stand that the list was searched for; empty where none do."""
    terms = [term for term in g.get("reply_search", ()) if len(term) >= SHORTEST]
    if not terms or not _searches_words():
        return Markup()
    hidden = hidden_keys(reply, actor=current_actor())
    for question, key, text in written(questionnaire_of(reply.version), reply.answers):
        at = next((place for place in map(fold(text).find, terms) if place >= 0), -1)
        if key not in hidden and at >= 0:
            return _excerpt(question.label, text, at)
    return Markup()


def _excerpt(label: str, text: str, at: int) -> Markup:
    # Folding may make a text longer or shorter, so the place is about there.
    start = max(0, at - _AROUND)
    part: Any = shorten(text[start:], 2 * _AROUND)
    words = ("…" if start else "") + part
    return Markup('<div class="cv-found" dir="auto" title="{}">{}</div>').format(label, words)
