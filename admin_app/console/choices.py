"""What a bulk action is to act on: rows that were ticked, or all that the address of a list means.

All that match travel as that address, signed: the server asks again who they are whenever it acts.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from flask import abort, current_app, request
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, func
from werkzeug.datastructures import MultiDict

from admin_app.console.keys import parse_key, primary_key
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError
from admin_app.core.permissions import Letter, visible
from admin_app.core.signing import Signer
from admin_app.core.sql import among
from admin_app.web.actor import current_actor

MAX_CHOSEN = 1000
# So long a page with a list, or with the question, may stay open.
KEEP_SECONDS = 12 * 3600
PURPOSE = "console.matching"

Pairs = tuple[tuple[str, str], ...]


class Choice(Protocol):
    """Rows that were chosen in a list."""

    def rows(self, letter: Letter | str = Letter.READ) -> Select[Any]:
        """Return those of them that the current actor may see and on which he holds `letter`."""

    def gone(self, there: int) -> int:
        """Return how many of them are not there, or not for the actor to see, where `there` are."""

    def frozen(self) -> Choice:
        """Return the choice as it is when somebody is asked: what comes later does not belong to it."""

    def anew(self) -> Choice:
        """Return the choice with what came since, for whoever is asked again."""

    def has_more(self, letter: Letter | str) -> bool:
        """Return whether something came since that would belong to it."""

    def fields(self) -> list[tuple[str, Any]]:
        """Return the hidden fields that carry it on."""


@dataclass(frozen=True)
class Ticked:
    """Rows that were ticked, by their keys."""

    view: Any
    keys: Sequence[Any]

    def rows(self, letter: Letter | str = Letter.READ) -> Select[Any]:
        key = primary_key(self.view.model)
        return _reached(self.view, self.view.visible_select(Letter.READ).where(key.in_(self.keys)), letter)

    def gone(self, there: int) -> int:
        return len(self.keys) - there

    def frozen(self) -> Ticked:
        return self

    def anew(self) -> Ticked:
        return self

    def has_more(self, letter: Letter | str) -> bool:
        return False

    def fields(self) -> list[tuple[str, Any]]:
        return [("rowid", key) for key in self.keys]


@dataclass(frozen=True)
class Matching:
    """All rows that the words and filters of a list mean, up to the last one that there was when somebody was asked."""

    view: Any
    pairs: Pairs
    upto: int | None = None

    def _all(self, letter: Letter | str, *conditions: ColumnElement[bool]) -> Select[Any]:
        found = self.view.matching(self.view.query_of(MultiDict(self.pairs))).where(*conditions)
        return _reached(self.view, found, letter)

    def rows(self, letter: Letter | str = Letter.READ, *conditions: ColumnElement[bool]) -> Select[Any]:
        within = () if self.upto is None else (primary_key(self.view.model) <= self.upto,)
        return self._all(letter, *within, *conditions)

    def keys(self, after: int, most: int) -> list[int]:
        """Return the next keys behind `after`."""
        key = primary_key(self.view.model)
        following = self.rows(Letter.READ, key > after).with_only_columns(key).order_by(key).limit(most)
        return list(db.session.scalars(following))

    def among(self, keys: Collection[int], letter: Letter | str = Letter.READ) -> Select[Any]:
        """Return the rows with these keys, as far as they match still."""
        return self.rows(letter, among(primary_key(self.view.model), keys))

    def gone(self, there: int) -> int:
        return 0

    def frozen(self) -> Matching:
        if self.upto is not None:
            return self
        last = self.rows().with_only_columns(func.max(primary_key(self.view.model))).order_by(None)
        return replace(self, upto=db.session.scalar(last) or 0)

    def anew(self) -> Matching:
        return replace(self, upto=None).frozen()

    def has_more(self, letter: Letter | str) -> bool:
        key = primary_key(self.view.model)
        later = self._all(letter, key > (self.upto or 0)).with_only_columns(key).order_by(key).limit(1)
        return db.session.scalar(later) is not None

    def fields(self) -> list[tuple[str, Any]]:
        return [("all_matching", seal(self))]


def _reached(view: Any, found: Select[Any], letter: Letter | str) -> Select[Any]:
    return found if letter == Letter.READ else found.where(visible(current_actor(), view.resource, letter))


def posted_choice(view: Any) -> Choice:
    """Return what the form of a list, or the page with the question, chooses; a key that cannot be one is refused."""
    if token := request.form.get("all_matching"):
        return unseal(view, token)
    keys = [parse_key(view.model, text) for text in request.form.getlist("rowid")]
    if None in keys or len(keys) > MAX_CHOSEN:
        abort(400)
    return Ticked(view, list(dict.fromkeys(keys)))


# As it travels
def seal(choice: Matching) -> str:
    """Return a choice as a text that only this actor can bring back, to this screen and for some hours."""
    said = {
        "view": choice.view.endpoint,
        "actor": current_actor().id,
        "at": int(time.time()),
        "query": choice.pairs,
        "upto": choice.upto,
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    return _signer().sign(base64.urlsafe_b64encode(text.encode()).decode("ascii"))


def unseal(view: Any, token: str) -> Matching:
    """Return the choice that `seal()` made; what was forged, is too old or somebody else's is refused."""
    text = _signer().unsign(token) if token.isascii() else None
    if text is None:
        raise InvalidError(gettext("What was chosen cannot be read. Open the list and choose again."))
    said = json.loads(base64.urlsafe_b64decode(text))
    if said["actor"] != current_actor().id or said["view"] != view.endpoint:
        raise ForbiddenError(gettext("This was chosen by somebody else, or in another list. Choose here again."))
    if said["at"] < time.time() - KEEP_SECONDS:
        raise ConflictError(gettext("This page has been open for too long. Open the list and choose again."))
    return Matching(view, tuple((name, value) for name, value in said["query"]), said["upto"])


def _signer() -> Signer:
    return Signer(current_app.config["SECRET_KEY"], PURPOSE)
