"""Pick lists: what may be chosen is what the actor may see, in the list, in a look-up, and when it is posted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, jsonify, request, url_for
from flask_admin.base import expose
from flask_babel import gettext
from sqlalchemy import Select, or_, select
from werkzeug.wrappers import Response
from wtforms.validators import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget
from wtforms_sqlalchemy.fields import QuerySelectField, QuerySelectMultipleField

from admin_app.console.filter_base import contains
from admin_app.console.keys import key_of, parse_key, primary_key
from admin_app.core.db import db
from admin_app.core.permissions import Letter, can, visible
from admin_app.web.actor import current_actor
from admin_app.web.forms import arg_int, arg_line

MAX_OPTIONS = 50
MAX_OFFSET = 10_000
# What a page can show at once; beyond that a look-up serves better.
MAX_PICKED = 500
# What one can choose from by looking; beyond that typing is quicker.
MAX_LOOKED_THROUGH = 50


@dataclass(frozen=True)
class Lookup:
    """A list that is searched while one types: rows of `model` within `visible(actor, resource, letter)`."""

    model: Any
    fields: Sequence[str]
    resource: str
    letter: str = "R"
    where: Callable[[], Any] | None = None
    called: Callable[[Any], str] = str
    # The screen whose form makes a new one, and the field of it that what was typed goes into.
    maker: tuple[str, str] | None = None

    def statement(self) -> Select[Any]:
        """Return what the current actor may choose from."""
        statement = select(self.model).where(visible(current_actor(), self.resource, self.letter))
        return statement if self.where is None else statement.where(self.where())

    def first(self, limit: int) -> list[Any]:
        """Return the first rows in the first field's order."""
        return self._read(self.statement(), limit, 0)

    def find(self, text: str, *, limit: int, offset: int = 0) -> list[Any]:
        """Return the rows in which `text` occurs, the first field's order."""
        columns = [getattr(self.model, name) for name in self.fields]
        return self._read(self.statement().where(or_(*(contains(column, text) for column in columns))), limit, offset)

    def _read(self, statement: Select[Any], limit: int, offset: int) -> list[Any]:
        ordered = statement.order_by(getattr(self.model, self.fields[0]), primary_key(self.model))
        return list(db.session.scalars(ordered.limit(limit).offset(offset)).unique())

    def get(self, text: Any) -> Any | None:
        """Return the row with that key if the current actor may choose it, else None."""
        key = parse_key(self.model, str(text))
        if key is None:
            return None
        return db.session.scalar(self.statement().where(primary_key(self.model) == key))

    def key(self, row: Any) -> Any:
        """Return what stands for a row in forms and addresses."""
        return key_of(row)

    def several(self, texts: Collection[str]) -> list[Any]:
        """Return the rows with these keys that the current actor may choose, in no order; at most `MAX_PICKED`."""
        keys = {key for text in texts if (key := parse_key(self.model, text)) is not None}
        if not 0 < len(keys) <= MAX_PICKED:
            return []
        return list(db.session.scalars(self.statement().where(primary_key(self.model).in_(keys))).unique())


class LookupMixin:
    """GET /ajax/lookup/?name=&query=&limit=&offset= of a model view."""

    lookups: dict[str, Lookup] = {}

    @expose("/ajax/lookup/")  # type: ignore[untyped-decorator]
    def ajax_lookup(self) -> Response:
        """Answer [[key, name], ...] of what the actor may choose."""
        lookup = self.lookups.get(request.args.get("name", ""))
        if lookup is None:
            abort(404)
        if not can(current_actor(), lookup.resource, Letter(lookup.letter)):
            abort(403)
        text = arg_line("query", 100)
        limit = arg_int("limit", 20, minimum=1, maximum=MAX_OPTIONS)
        rows = lookup.find(text, limit=limit, offset=arg_int("offset", 0, maximum=MAX_OFFSET)) if text else []
        return jsonify([[lookup.key(row), lookup.called(row)] for row in rows])


class PickSeveral(QuerySelectMultipleField):
    """Several rows. Its parent drops posted keys that are not in the list, unless `data` was read before."""

    def pre_validate(self, form: Any) -> None:
        _ = self.data
        super().pre_validate(form)


class PickBoxes(PickSeveral):
    """Several rows, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class TypedSelectField(QuerySelectField):
    """One row of a look-up: a plain list where it is short, else one that is searched while one types.

    Without a script the first rows are there to choose from. Whatever is posted is looked up among what may be chosen.
    """

    def __init__(
        self, label: Any, lookup: Lookup, url: Callable[[], str], validators: Any = None, *, creates: bool = False,
        **kwargs: Any,
    ):  # fmt: skip
        super().__init__(
            label, validators, get_pk=key_of, get_label=lookup.called, allow_blank=True, blank_text="–",
            blank_value="", **kwargs,
        )  # fmt: skip
        self.lookup, self.url, self.creates = lookup, url, creates
        self._formdata: str | None = None
        self._object_list: list[tuple[str, Any]] | None = None

    def __call__(self, **kwargs: Any) -> Any:
        if len(self._get_object_list()) > MAX_LOOKED_THROUGH:
            kwargs["data-select-url"] = self.url()
        if self.creates and self.lookup.maker and can(current_actor(), self.lookup.resource, "C"):
            endpoint, name = self.lookup.maker
            kwargs["data-select"], kwargs["data-create-field"] = "1", name
            kwargs["data-create-url"] = url_for(f"{endpoint}.create_view", picked="1")
        return super().__call__(**kwargs)

    def _get_data(self) -> Any:
        if self._formdata is not None:
            stands = self.object_data is not None and self._formdata == str(key_of(self.object_data))
            # What stands there may stay, also where one could not choose it.
            self._data = self.object_data if stands else self.lookup.get(self._formdata)
            self._formdata = None
        return self._data

    def _set_data(self, data: Any) -> None:
        self._data, self._formdata = data, None

    data = property(_get_data, _set_data)

    def _get_object_list(self) -> list[tuple[str, Any]]:
        if self._object_list is None:
            rows = self.lookup.first(MAX_LOOKED_THROUGH + 1)
            chosen = [] if self.data is None or self.data in rows else [self.data]
            self._object_list = [(str(key_of(row)), row) for row in (*chosen, *rows)]
        return self._object_list

    def pre_validate(self, form: Any) -> None:
        if self.data is None and self.raw_data and self.raw_data[0]:
            raise ValidationError(gettext("Choose one of the list."))


class TypedPicks(PickSeveral):
    """Several rows of a look-up, searched while one types where there are many."""

    def __init__(self, label: Any, lookup: Lookup, url: Callable[[], str], validators: Any = None, **kwargs: Any):
        kwargs.setdefault("render_kw", {"data-select": "1"})
        super().__init__(label, validators, get_pk=key_of, get_label=lookup.called, **kwargs)
        self.lookup, self.url = lookup, url
        self._object_list: list[tuple[str, Any]] | None = None

    def __call__(self, **kwargs: Any) -> Any:
        if len(self._get_object_list()) > MAX_LOOKED_THROUGH:
            kwargs["data-select-url"] = self.url()
        return super().__call__(**kwargs)

    def _get_object_list(self) -> list[tuple[str, Any]]:
        if self._object_list is None:
            rows = self.lookup.first(MAX_LOOKED_THROUGH + 1)
            shown = {str(key_of(row)) for row in rows}
            posted = self.lookup.several([text for text in self._formdata or () if text not in shown])
            chosen = [row for row in self._data or () if row not in rows and row not in posted]
            self._object_list = [(str(key_of(row)), row) for row in (*chosen, *posted, *rows)]
        return self._object_list


def _options(model: Any, resource: str, letter: str, order_by: Any, where: Any) -> Callable[[], list[Any]]:
    def read() -> list[Any]:
        statement = select(model).where(visible(current_actor(), resource, letter))
        if where is not None:
            statement = statement.where(where())
        return list(db.session.scalars(statement.order_by(order_by).limit(MAX_PICKED)).unique())

    return read


def pick_one(
    label: Any, model: Any, *, resource: str, order_by: Any, letter: str = "R", required: bool = True,
    where: Callable[[], Any] | None = None, **kwargs: Any,
) -> QuerySelectField:  # fmt: skip
    """Return a field that chooses one row the actor may see; a posted key outside of it is an error of the field."""
    return QuerySelectField(
        label,
        query_factory=_options(model, resource, letter, order_by, where),
        get_pk=key_of,
        allow_blank=not required,
        blank_text="–",
        blank_value="",
        **kwargs,
    )


def pick_from(
    label: Any, source: Callable[[], Sequence[Any]], validators: Any = None, **kwargs: Any
) -> QuerySelectField:  # fmt: skip
    """Return a field that chooses one of the rows that `source` returns; at first none is chosen."""
    return QuerySelectField(
        label, validators, query_factory=source, get_pk=key_of, allow_blank=True, blank_text="–", blank_value="",
        **kwargs,
    )  # fmt: skip


def pick_typed(
    label: Any, lookup: Lookup, url: Callable[[], str], validators: Any = None, **kwargs: Any
) -> TypedSelectField:  # fmt: skip
    """Return a field that chooses one row of `lookup`, which answers at `url()`; at first none is chosen.

    With `creates=True` whoever may make a new one can do so in place, where the look-up names a `maker`.
    """
    return TypedSelectField(label, lookup, url, validators, **kwargs)


def pick_several(
    label: Any, model: Any, *, resource: str, order_by: Any, letter: str = "R", boxes: bool = False,
    where: Callable[[], Any] | None = None, **kwargs: Any,
) -> QuerySelectMultipleField:  # fmt: skip
    """Return a field that chooses any number of rows the actor may see; with `boxes` all of them are in sight."""
    if not boxes:
        kwargs.setdefault("render_kw", {"data-select": "1"})
    kind = PickBoxes if boxes else PickSeveral
    return kind(label, query_factory=_options(model, resource, letter, order_by, where), get_pk=key_of, **kwargs)
