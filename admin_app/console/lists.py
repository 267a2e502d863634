"""Lists: the one statement that answers an address, a count that is capped, no row twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g
from flask_admin.model.template import TemplateLinkRowAction
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, UniqueConstraint, and_, func, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload

from admin_app.console.keys import primary_key
from admin_app.console.keyset import Order, Page, read_page
from admin_app.console.list_query import Group, ListQuery
from admin_app.console.listargs import ListArgsMixin
from admin_app.console.search import found, short_note
from admin_app.core.db import db
from admin_app.core.permissions import Letter, Scope, can, visible
from admin_app.core.search import MOST_TERMS
from admin_app.web.actor import current_actor

COUNT_CAP = 10_000


def relation_path(model: type, name: str) -> list[Any]:
    """Return the relationships that a dotted column name leads through: "survey.owner.name" has two."""
    path: list[Any] = []
    current: Any = model
    for part in name.split("."):
        attribute = getattr(current, part, None)
        prop = getattr(attribute, "property", None)
        if prop is None or not hasattr(prop, "direction"):
            break
        path.append(attribute)
        current = prop.mapper.class_
    return path


def _loading(path: Sequence[Any]) -> Any:
    option: Any = None
    for relation in path:
        # To-many in a statement of its own: a join would multiply the rows that LIMIT counts.
        many = relation.property.uselist
        if option is None:
            option = selectinload(relation) if many else joinedload(relation)
        else:
            option = option.selectinload(relation) if many else option.joinedload(relation)
    return option


def _indexed(model: type) -> set[str]:
    """Return the columns of `model` that begin an index, which can be read in their order."""
    table: Any = inspect(model).local_table
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    return {next(iter(one.columns)).key for one in (*table.indexes, *unique, table.primary_key)}


class ListMixin(ListArgsMixin):
    """Reading lists. Everything goes through `base_select()` and `visible()`."""

    resource: str
    offers: str
    column_select_related_list: Any
    inline_fields: tuple[str, ...]
    _list_columns: Any
    _search_fields: Any
    look_of: Any

    # What is read
    def base_select(self) -> Select[Any]:
        """Return the rows that this screen knows at all; what of them the actor may see is not its concern."""
        return select(self.model)

    def visible_select(self, letter: Letter | str = Letter.READ) -> Select[Any]:
        """Return the rows of this screen on which the current actor holds `letter`."""
        return self.base_select().where(visible(current_actor(), self.resource, letter))

    def get_query(self) -> Any:
        query = db.session.query(self.model)
        return query.filter(primary_key(self.model).in_(self._keys(self.visible_select())))

    def get_count_query(self) -> Any:
        return db.session.query(func.count()).select_from(self._keys(self.visible_select()).subquery())

    def _keys(self, statement: Select[Any]) -> Select[Any]:
        return statement.order_by(None).with_only_columns(primary_key(self.model))

    # The statement
    def _search_condition(self, term: str) -> Any:
        return found(self.model, self._search_fields, term, actor=current_actor())

    def _group_condition(self, group: Group) -> ColumnElement[bool]:
        chosen = [(self._filter_args[chip.name][1], chip.value) for chip in group]
        return and_(*(one.condition(one.clean(value)) for one, value in chosen))

    def matching(self, query: ListQuery) -> Select[Any]:
        """Return the rows that `query` means and the actor may see, in no order: what a bulk action can take, too."""
        statement = self.visible_select()
        if query.search and self._search_fields:
            statement = statement.where(*(self._search_condition(term) for term in query.search.split()[:MOST_TERMS]))
        if query.groups:
            statement = statement.where(or_(*(self._group_condition(group) for group in query.groups)))
        return statement

    # The order
    def get_sortable_columns(self) -> dict[str, InstrumentedAttribute[Any]]:
        """Return what can be sorted by; TypeError for what has no index, which is no order for many rows."""
        found: dict[str, InstrumentedAttribute[Any]] = {}
        for one in getattr(self, "column_sortable_list", None) or ():
            name, column = one if isinstance(one, tuple) else (one, getattr(self.model, one))
            if column.key not in _indexed(self.model):
                raise TypeError(f"{type(self).__name__} cannot be sorted by {name}: {column} begins no index.")
            found[name] = column
        return found

    def order_of(self, query: ListQuery) -> Order:
        """Return the order that `query` asks for, or the usual one."""
        key = primary_key(self.model)
        if query.sort:
            return Order(query.sort, self.sorts()[query.sort], key, query.descending)
        usual = getattr(self, "column_default_sort", None) or key.key
        name, descending = usual if isinstance(usual, tuple) else (usual, False)
        return Order("", self.sorts().get(name, getattr(self.model, name)), key, descending)

    def scaffold_auto_joins(self) -> list[Any]:
        """Return what to load with the rows, so that no cell asks the database for itself."""
        paths = {}
        for column, _label in self._list_columns:
            path = relation_path(self.model, str(column))
            paths[tuple(str(step) for step in path)] = path
        return [_loading(path) for path in paths.values() if path]

    def _load_options(self) -> list[Any]:
        given = [
            getattr(self.model, one) if isinstance(one, str) else one for one in self.column_select_related_list or ()
        ]
        return [*self.scaffold_auto_joins(), *(_loading([one]) for one in given)]

    def count(self, statement: Select[Any]) -> tuple[int, bool]:
        """Return how many rows there are, at most `COUNT_CAP`, and whether there are more."""
        keys = self._keys(statement).limit(COUNT_CAP + 1).subquery()
        found = db.session.scalar(select(func.count()).select_from(keys)) or 0
        return min(found, COUNT_CAP), found > COUNT_CAP

    def read_page(self, query: ListQuery) -> Page:
        """Return the rows of the page that `query` asks for, with what their cells show."""
        statement = self.matching(query).options(*self._load_options())
        return read_page(statement, self.order_of(query), query.place, self.rows_per_page(query))

    def rows_per_page(self, query: ListQuery) -> int:
        """Return how many rows a page has: as the address says, as the user likes it, or as usual."""
        return query.size or self.look_of(query).page_size or self.page_size

    # Rights on the rows of a page
    def _note_rights(self, rows: Sequence[Any]) -> None:
        """Find out in one statement for each letter which of the rows may be changed or deleted."""
        actor, key = current_actor(), primary_key(self.model)
        keys = [getattr(row, key.key) for row in rows]
        rights: dict[str, set[Any]] = {}
        for letter in (Letter.UPDATE, Letter.DELETE):
            if letter not in self.row_letters() or not can(actor, self.resource, letter) or not keys:
                rights[letter] = set()
            elif actor.rights.grants[self.resource, letter] is Scope.ALL:
                rights[letter] = set(keys)
            else:
                reached = select(key).where(key.in_(keys), visible(actor, self.resource, letter))
                rights[letter] = set(db.session.scalars(reached))
        g.console_row_rights = {self.endpoint: rights}

    def row_letters(self) -> str:
        """Return the letters that rows may offer something for: what has no edit page can have cells to change."""
        return f"{self.offers}U" if self.inline_fields else self.offers

    def may(self, row: Any, letter: str) -> bool:
        """Whether the current actor holds `letter` on a row of the list that was read last."""
        rights = g.get("console_row_rights", {}).get(self.endpoint, {})
        return getattr(row, primary_key(self.model).key) in rights.get(letter, ())

    def search_placeholder(self) -> str | None:
        if not self._search_fields:
            return None
        return str(gettext("Search"))

    def search_note(self, search: str | None) -> str:
        """Return what somebody must know whose search finds less than he may think; nothing, as a rule."""
        return short_note(self.model, self._search_fields, search)

    def get_list_row_actions(self) -> list[Any]:
        """Return the links of each row; they are left out on rows that the actor may not change."""
        offered = (
            (self.can_edit, RowAction(self, "U", "row_actions.edit_row", gettext("Edit"))),  # type: ignore[attr-defined]
            (self.can_delete, RowAction(self, "D", "row_actions.delete_row", gettext("Delete"))),  # type: ignore[attr-defined]
        )
        return [action for possible, action in offered if possible]


class RowAction(TemplateLinkRowAction):
    """What a row's button does, drawn by a macro of ours; not on rows that the actor may not change."""

    def __init__(self, view: ListMixin, letter: str, macro: str, title: str) -> None:
        super().__init__(macro, title)
        self._view, self._letter = view, letter

    def render(self, context: Any, row_id: str, row: Any) -> Any:
        return super().render(context, row_id, row) if self._view.may(row, self._letter) else ""
