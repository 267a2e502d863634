"""What the search over everything offers: pages, actions, and records, each only to those who may open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, select

from admin_app.audit.models import AuditEntry
from admin_app.console.access import Permission, holds
from admin_app.console.keys import key_of, primary_key
from admin_app.console.pages import GROUPS
from admin_app.core.db import db
from admin_app.core.limits import SlowError, time_limit
from admin_app.core.permissions import Actor
from admin_app.core.registry import Registry
from admin_app.core.search import MOST_TERMS
from admin_app.core.text import fold, shorten, words_of

# Of one kind; the list of that kind has the rest.
MOST_RECORDS = 5
# Among so many of the newest the best are chosen.
_CANDIDATES = 20
# What one kind of record may take, in milliseconds: somebody is typing.
_PATIENCE = 400
# Among one's last changes, so many different records are looked for.
_LAST_CHANGES = 60


@dataclass(frozen=True)
class Hit:
    """One thing to go to or to do. `post` sends a form there; `theme` is a choice of colours, made in the browser."""

    label: str
    url: str = ""
    icon: str = "list"
    note: str = ""
    post: bool = False
    theme: str = ""


@dataclass(frozen=True)
class HitGroup:
    """Hits under one title; `more_url` leads to the list that has them all."""

    title: str
    hits: Sequence[Hit]
    more_url: str = ""


@dataclass(frozen=True)
class Command:
    """An action for those who hold `permission`; `words` are other words that it is looked for by."""

    label: Any
    icon: str
    permission: Permission
    endpoint: str = ""
    words: Any = ""
    post: bool = False
    theme: str = ""

    def hit(self) -> Hit:
        """Return it as something to choose."""
        url = url_for(self.endpoint) if self.endpoint else ""
        return Hit(str(self.label), url, self.icon, post=self.post, theme=self.theme)


PALETTE_COMMANDS: Registry[Command] = Registry("palette commands")
# What else can be found: each is given what was typed, which may be nothing, and by whom.
SEARCH_PROVIDERS: Registry[Callable[[str, Actor], HitGroup | None]] = Registry("search providers")


class PaletteMixin:
    """What a model view gives to the search over everything."""

    model: Any
    name: Any
    endpoint: str
    menu_icon: str
    in_palette = True
    _search_condition: Callable[[str], Any]
    _search_fields: Any
    visible_select: Callable[[], Select[Any]]

    def palette_condition(self, term: str) -> ColumnElement[bool]:
        """Return what the records must fulfil for a word."""
        condition: ColumnElement[bool] = self._search_condition(term)
        return condition

    def palette_options(self) -> Sequence[Any]:
        """Return what to load with the records for their notes."""
        return ()

    def palette_note(self, record: Any) -> str:
        """Return what tells a record from others of the same name."""
        return ""

    def palette_hits(self, statement: Select[Any], words: str) -> list[Hit]:
        """Return the records of `statement` to choose from: what is called so, what begins so, then the newest."""
        newest = statement.order_by(primary_key(self.model).desc()).limit(_CANDIDATES)
        rows = list(db.session.scalars(newest.options(*self.palette_options())))
        wanted = fold(words)
        names = {row: fold(str(row)) for row in rows}
        rows.sort(key=lambda row: (names[row] != wanted, not names[row].startswith(wanted)))
        return [self._hit(row) for row in rows[:MOST_RECORDS]]

    def _hit(self, record: Any) -> Hit:
        url = url_for(f"{self.endpoint}.details_view", id=key_of(record))
        return Hit(
            shorten(str(record)) or gettext("(no name)"), url, self.menu_icon, shorten(self.palette_note(record))
        )

    def palette_group(self, words: str) -> HitGroup | None:
        """Return the records that are found by `words`."""
        conditions = [self.palette_condition(term) for term in words.split()[:MOST_TERMS]]
        hits = self.palette_hits(self.visible_select().where(*conditions), words)
        more = url_for(f"{self.endpoint}.index_view", search=words) if len(hits) == MOST_RECORDS else ""
        return HitGroup(str(self.name), hits, more) if hits else None


@dataclass(frozen=True)
class Found:
    """What there is to choose from; `slow` where something could not be looked through in time."""

    groups: Sequence[HitGroup]
    slow: bool = False


def find(words: str, *, actor: Actor) -> Found:
    """Return what `actor` may go to or do that `words` mean; without words what is near at hand."""
    groups: list[HitGroup | None] = [] if words else [_last_changed(actor)]
    groups += [_matching(gettext("Actions"), _commands(actor), words), _matching(gettext("Pages"), _pages(), words)]
    slow = False
    for search in _searches(words, actor):
        try:
            with time_limit(_PATIENCE):
                groups.append(search())
        except SlowError:
            slow = True
    return Found([one for one in groups if one is not None], slow)


def _searches(words: str, actor: Actor) -> Iterator[Callable[[], HitGroup | None]]:
    for provider in SEARCH_PROVIDERS.values():
        yield partial(provider, words, actor)
    for view in _record_views() if words else ():
        yield partial(view.palette_group, words)


def _views() -> list[Any]:
    """Return the screens that the actor may open, in the order of the menu."""
    views = [view for view in current_app.extensions["admin"][0]._views if view.is_accessible()]
    return sorted(views, key=lambda view: GROUPS.index(view.menu_group))


def _record_views() -> Iterator[Any]:
    for view in _views():
        if isinstance(view, PaletteMixin) and view.in_palette and view._search_fields:
            yield view


def _pages() -> Iterator[tuple[Hit, str]]:
    for view in _views():
        if getattr(view, "in_menu", True):
            url = url_for(f"{view.endpoint}.{view._default_view}")
            yield Hit(str(view.name), url, view.menu_icon, gettext(view.menu_group)), ""


def _commands(actor: Actor) -> Iterator[tuple[Hit, str]]:
    for view in _views():
        if getattr(view, "can_create", False):
            yield Hit(str(view.create_label), url_for(f"{view.endpoint}.create_view"), "plus"), ""
    for command in PALETTE_COMMANDS.values():
        if holds(actor, "", command.permission):
            yield command.hit(), str(command.words)


def _matching(title: str, offers: Iterator[tuple[Hit, str]], words: str) -> HitGroup | None:
    terms = fold(words).split()
    hits = [hit for hit, others in offers if has_terms(f"{hit.label} {others}", terms)]
    return HitGroup(title, hits) if hits else None


def has_terms(text: str, terms: Sequence[str]) -> bool:
    """Whether some word of `text` begins with each of the terms."""
    known = words_of(text)
    return all(f"  {term}" in known for term in terms)


def _last_changed(actor: Actor) -> HitGroup | None:
    """Return the records that the actor changed last, as far as he still sees them."""
    views = {view.resource: view for view in _record_views()}
    entries = select(AuditEntry.resource, AuditEntry.record_id).where(AuditEntry.actor_id == actor.id)
    try:
        with time_limit(_PATIENCE):
            rows = db.session.execute(entries.order_by(AuditEntry.id.desc()).limit(_LAST_CHANGES)).all()
    except SlowError:
        return None
    last = list(dict.fromkeys((one, number) for one, number in rows if one in views))[:MOST_RECORDS]
    found: dict[tuple[str, Any], Hit] = {}
    for resource in {one for one, _number in last}:
        view = views[resource]
        keys = [number for one, number in last if one == resource]
        chosen = view.visible_select().where(primary_key(view.model).in_(keys)).options(*view.palette_options())
        found.update({(resource, key_of(record)): view._hit(record) for record in db.session.scalars(chosen)})
    hits = [found[one] for one in last if one in found]
    return HitGroup(gettext("You changed last"), hits) if hits else None
