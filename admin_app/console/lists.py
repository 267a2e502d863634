"""Lists: what an address may ask for, the one statement that answers it, a count that is capped, no row twice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import g
from flask_admin.model.template import TemplateLinkRowAction
from flask_babel import format_decimal, gettext
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from admin_app.console.filters import contains, through
from admin_app.console.keys import primary_key
from admin_app.console.listargs import ListArgsMixin
from admin_app.core.db import db
from admin_app.core.permissions import Letter, Scope, can, visible
from admin_app.web.actor import current_actor

COUNT_CAP = 10_000
MAX_TERMS = 8


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


class ListMixin(ListArgsMixin):
    """Reading lists. Everything goes through `base_select()` and `visible()`."""

    resource: str
    offers: str
    column_select_related_list: Any
    column_sortable_list: Any
    _actions: Any
    _search_fields: Any
    _sortable_joins: Any
    _template_args: Any
    get_url: Any
    name: Any

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
        return or_(*(through(path, contains(column, term)) for column, path in self._search_fields))

    def list_select(self, search: str | None, filters: Iterable[tuple[int, str, str]] | None) -> Select[Any]:
        """Return the rows of a list with its search and filters, in no order: what a bulk action can take, too."""
        statement = self.visible_select()
        if search and self._search_fields:
            statement = statement.where(*(self._search_condition(term) for term in search.split()[:MAX_TERMS]))
        for index, _name, value in filters or ():
            chosen = self._filters[index]
            statement = statement.where(chosen.condition(chosen.clean(value)))
        return statement

    def _sort_fields(self, column: str | None, *, descending: bool) -> list[tuple[Any, Any, bool]]:
        if column is None:
            return list(self._get_default_order())  # type: ignore[attr-defined]
        field, path = self._sortable_columns[column], self._sortable_joins.get(column)
        if isinstance(field, list):
            return [(one, steps, descending) for one, steps in zip(field, path or [[]] * len(field), strict=True)]
        return [(field, path, descending)]

    def _ordered(self, statement: Select[Any], column: str | None, *, descending: bool) -> Select[Any]:
        """Order by the column, and last by the key: without it rows repeat or vanish from page to page."""
        last = True
        for field, path, last in self._sort_fields(column, descending=descending):
            entity: Any = None
            for relation in path or ():
                step = relation if entity is None else getattr(entity, relation.key)
                entity = aliased(relation.property.mapper.class_)
                statement = statement.outerjoin(step.of_type(entity))
            chosen = field if entity is None else getattr(entity, field.key)
            order = chosen.desc() if last else chosen.asc()
            # SQLite puts what is empty first, PostgreSQL last.
            statement = statement.order_by(order.nulls_last() if path or getattr(field, "nullable", True) else order)
        key = primary_key(self.model)
        return statement.order_by(key.desc() if last else key.asc())

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

    def count(self, statement: Select[Any]) -> int:
        """Return how many rows there are, at most one more than `COUNT_CAP`."""
        keys = self._keys(statement).limit(COUNT_CAP + 1).subquery()
        return db.session.scalar(select(func.count()).select_from(keys)) or 0

    def get_list(
        self,
        page: int | None,
        sort_column: str | None,
        sort_desc: bool,  # noqa: FBT001 - Flask-Admin's signature
        search: str | None,
        filters: Sequence[tuple[int, str, str]] | None,
        execute: bool = True,  # noqa: FBT001, FBT002
        page_size: int | None = None,
    ) -> tuple[int, list[Any]]:
        statement = self.list_select(search, filters)
        column = sort_column if sort_column in self._sortable_columns else None
        ordered = self._ordered(statement, column, descending=bool(sort_desc)).options(*self._load_options())
        size, wanted = page_size or self.page_size, page or 0
        rows = self._rows(ordered, wanted, size)
        # A first page that is not full says itself how many there are.
        count = len(rows) if wanted == 0 and len(rows) < size else self.count(statement)
        if not rows and 0 < count <= COUNT_CAP:
            wanted = (count - 1) // size
            rows = self._rows(ordered, wanted, size)
        self._note_page(wanted, size, count, len(rows))
        self._note_rights(rows)
        return min(count, COUNT_CAP), rows

    def _rows(self, statement: Select[Any], page: int, size: int) -> list[Any]:
        return list(db.session.scalars(statement.limit(size).offset(page * size)).unique())

    def _note_page(self, page: int, size: int, count: int, shown: int) -> None:
        """Leave for the template what it shows beside the rows."""
        args, capped = self._get_list_extra_args(), count > COUNT_CAP
        self._template_args.update(
            page=page,
            count_capped=capped,
            count_label=format_decimal(min(count, COUNT_CAP)) + ("+" if capped else ""),
            clear_url=self.get_url(".index_view"),
            bulk_url=self.get_url(".action_view") if self._actions else None,
            may=self.may,
        )
        liked = self.list_preference()
        self._template_args.update(
            hidden_columns=liked.hidden,
            default_page_size=liked.page_size or self.page_size,
            # Where to go on to once the rest is remembered: the same rows.
            same_rows_url=self.get_url(".index_view", search=args.search, **self._get_filters(args.filters)),  # type: ignore[attr-defined]
        )
        self._template_args.setdefault("caption", str(self.name))
        if capped:
            before = self._get_list_url(args.clone(page=page - 1)) if page else None  # type: ignore[attr-defined]
            after = self._get_list_url(args.clone(page=page + 1)) if shown == size else None  # type: ignore[attr-defined]
            self._template_args.update(previous_url=before, next_url=after)

    # Rights on the rows of a page
    def _note_rights(self, rows: Sequence[Any]) -> None:
        """Find out in one statement for each letter which of the rows may be changed or deleted."""
        actor, key = current_actor(), primary_key(self.model)
        keys = [getattr(row, key.key) for row in rows]
        rights: dict[str, set[Any]] = {}
        for letter in (Letter.UPDATE, Letter.DELETE):
            if letter not in self.offers or not can(actor, self.resource, letter) or not keys:
                rights[letter] = set()
            elif actor.rights.grants[self.resource, letter] is Scope.ALL:
                rights[letter] = set(keys)
            else:
                reached = select(key).where(key.in_(keys), visible(actor, self.resource, letter))
                rights[letter] = set(db.session.scalars(reached))
        g.console_row_rights = {self.endpoint: rights}

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
        return ""

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
