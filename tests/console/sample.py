"""A small domain to try the console on: boxes with labels, on shelves. Its tables are no part of the program."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from flask import Flask
from flask_admin import expose
from sqlalchemy import ColumnElement, ForeignKey, Index, Select, String, Text, or_, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from wtforms import Form, IntegerField, StringField, validators

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record
from admin_app.console import filters, formatters
from admin_app.console.base import (
    BulkResult,
    ConsoleModelView,
    ConsolePage,
    RecordTab,
    add_page,
    add_view,
    bulk_action,
    counted,
    record_tabs,
    visible_or_404,
)
from admin_app.console.lookup import Lookup, pick_one, pick_several
from admin_app.core.clock import now
from admin_app.core.db import UtcDateTime, db, enum_by_value
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import SCOPES, Actor, Letter, Scope


class SampleBase(DeclarativeBase):
    """Not the program's base: its migrations know nothing of these tables."""

    type_annotation_map = {dt.datetime: UtcDateTime}


class Kind(StrEnum):
    """Of boxes."""

    SMALL = "small"
    LARGE_ONE = "large_one"


class Shelf(SampleBase):
    """Where boxes stand."""

    __tablename__ = "sample_shelf"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(50))

    def __str__(self) -> str:
        return self.name


class Box(SampleBase):
    """What the tests are about."""

    __resource__ = "sample"
    __tablename__ = "sample_box"
    __table_args__ = tuple(Index(f"ix_sample_box_{one}_id", one, "id") for one in ("title", "size", "kind", "made_on"))
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    note: Mapped[str] = mapped_column(Text, default="")
    size: Mapped[int | None]
    kind: Mapped[Kind] = mapped_column(enum_by_value(Kind, "sample_kind"), default=Kind.SMALL)
    active: Mapped[bool] = mapped_column(default=True)
    made_on: Mapped[dt.date | None]
    made_at: Mapped[dt.datetime] = mapped_column(default=now)
    owner_id: Mapped[int | None]
    shelf_id: Mapped[int | None] = mapped_column(ForeignKey("sample_shelf.id"))
    hidden: Mapped[bool] = mapped_column(default=False)
    lock_version: Mapped[int] = mapped_column(default=1)

    shelf: Mapped[Shelf | None] = relationship()
    labels: Mapped[list[Label]] = relationship(cascade="all, delete-orphan", order_by="Label.id")

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return self.title


class Label(SampleBase):
    """Many on one box."""

    __tablename__ = "sample_label"
    id: Mapped[int] = mapped_column(primary_key=True)
    box_id: Mapped[int] = mapped_column(ForeignKey("sample_box.id"))
    text: Mapped[str] = mapped_column(String(50))

    def __str__(self) -> str:
        return self.text


class BoxScope:
    """One's own boxes are those one owns; none are shared."""

    def condition(self, actor: Actor, _scope: Scope, _letter: Letter) -> ColumnElement[bool]:
        return Box.owner_id == actor.id

    def holds(self, actor: Actor, _scope: Scope, _letter: Letter, obj: Any) -> bool:
        return bool(obj.owner_id == actor.id)


SCOPES.add("sample", BoxScope())


class BoxForm(Form):
    """What one types."""

    title = StringField("Title", [validators.InputRequired(), validators.Length(max=100)])
    note = StringField("Note")
    size = IntegerField("Size", [validators.Optional()])
    shelf = pick_one("Shelf", Shelf, resource="survey", order_by=Shelf.name, required=False)


class PickForm(Form):
    """Pick lists of boxes, which have owners."""

    one = pick_one("One", Box, resource="sample", order_by=Box.title)
    several = pick_several("Several", Box, resource="sample", order_by=Box.title, where=lambda: Box.hidden.is_(False))


class MarkForm(Form):
    """What a bulk action asks."""

    note = StringField("Note", [validators.InputRequired("Enter a mark."), validators.Length(max=20)])
    shelf = pick_one("Shelf", Shelf, resource="survey", order_by=Shelf.name, required=False)


def write(box: Box, data: dict[str, Any], action: str, *, actor: Actor) -> Box:
    """The operation: refuses some titles in the ways in which operations can fail."""
    title = data["title"]
    if title == "refused":
        raise InvalidError(
            "This title is refused.", fields={"title": "Take another title.", "nowhere": "No such field."}
        )
    if title == "taken":
        raise ConflictError("Another box has this title.", fields={"title": "It is taken."})
    if title == "broken":
        raise RuntimeError("secret of the inside")
    if title == "wrong type":
        raise TypeError("secret of the inside")
    for name, value in data.items():
        setattr(box, name, value)
    db.session.add(box)
    db.session.flush()
    record(action, box, actor=actor, changes={"title": (None, title)})
    return box


class BoxView(ConsoleModelView):
    """Everything that a screen can offer."""

    resource = "sample"
    offers = "CRUD"
    menu_group, menu_icon = "Surveys", "inbox"
    form = BoxForm
    column_list = ("title", "note", "size", "kind", "active", "made_on", "made_at", "shelf.name", "labels")
    column_labels = {"shelf.name": "Shelf"}
    column_sortable_list = ("title", "size", ("kind", Box.kind), "made_on")
    column_default_sort = ("made_on", True)
    column_searchable_list = ("title", "size", "labels.text", "shelf.name")
    column_formatters = {"note": formatters.rich_text, "title": formatters.link(".details_view")}
    column_filters = (
        "title",
        "kind",
        "active",
        "size",
        "made_on",
        *filters.DateBetween(Box.made_at, "Made at"),
        filters.OneOf(
            Box.shelf_id, "Shelf", options=lambda: [(one.id, one.name) for one in db.session.scalars(select(Shelf))]
        ),
        *filters.related(Box.labels, filters.Contains(Label.text, "Label")),
        *filters.related(Box.shelf, filters.Contains(Shelf.name, "Shelf name")),
    )
    lookups = {"box": Lookup(Box, fields=("title", "note"), resource="sample", where=lambda: Box.hidden.is_(False))}
    view_permissions = {"publish_view": "survey.publish", "touch_view": "U"}

    def base_select(self) -> Select[Any]:
        return super().base_select().where(Box.hidden.is_(False))

    def perform_create(self, data: dict[str, Any], *, actor: Actor) -> Box:
        return write(Box(owner_id=actor.id), data, "sample.create", actor=actor)

    def perform_update(self, record: Any, data: dict[str, Any], *, actor: Actor) -> None:
        write(record, data, "sample.update", actor=actor)

    def perform_delete(self, record: Any, *, actor: Actor) -> None:
        if record.title == "kept":
            raise ConflictError("It is needed.")
        record_entry(record, "sample.delete", actor)
        db.session.delete(record)
        db.session.flush()

    def get_record_facts(self, record: Any) -> list[tuple[str, Any]]:
        return [("Size", record.size)]

    @bulk_action(
        "switch_off",
        "Switch off",
        permission="U",
        confirm=counted("Switch off %(number)s box?", "Switch off %(number)s boxes?"),
        done=counted("%(number)s box switched off", "%(number)s boxes switched off"),
        refusals=lambda _actor: [
            (Box.title == "kept", "It is needed."),
            (Box.active.is_(False), "It is off already."),
        ],
        lead="They can be switched on again.",
    )
    def switch_off(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        result = BulkResult()
        for box in db.session.scalars(selection.order_by(Box.id)):
            if not box.active:
                result.skip(box.title, "It is off already.", box.id)
                continue
            box.active = False
            # Without batch=: the engine sees to that.
            record_entry(box, "sample.off", actor)
            result.done += 1
        return result

    def fit_bulk_form(self, name: str, form: Form, selection: Select[Any]) -> Form | None:
        """Of small boxes nothing is asked."""
        large = selection.where(Box.kind == Kind.LARGE_ONE)
        return form if db.session.scalars(large).first() is not None else None

    @bulk_action(
        "mark",
        "Mark",
        permission="U",
        confirm=counted("Mark %(number)s box?", "Mark %(number)s boxes?"),
        done=counted("%(number)s box marked", "%(number)s boxes marked"),
        form=MarkForm,
        offered=lambda: not db.session.scalars(select(Box).where(Box.title == "the end")).first(),
    )
    def mark(self, selection: Select[Any], data: dict[str, Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        boxes = list(db.session.scalars(selection.order_by(Box.id)))
        for box in boxes:
            box.note = data.get("note", "small")
            record_entry(box, "sample.mark", actor)
        if data.get("note") == "refused":
            raise InvalidError("It cannot be this mark.", fields={"note": "Take another mark.", "nowhere": "Nor this."})
        if data.get("note") == "never":
            raise ConflictError("Nothing can be marked now.")
        return BulkResult(done=len(boxes))

    @bulk_action("at_once", "At once", permission="R", confirm=None)
    def at_once(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        return BulkResult(done=len(db.session.scalars(selection).all()))

    @bulk_action(
        "publish", "Publish", permission="survey.publish", confirm=counted("Publish %(number)s?", "Publish %(number)s?")
    )
    def publish(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        raise InvalidError("None of these can be published.")

    @expose("/publish/", methods=("POST",))
    def publish_view(self) -> Any:
        """Takes an ability."""
        return self.back()

    @expose("/touch/", methods=("POST",))
    def touch_view(self) -> Any:
        """Takes a letter, on the record."""
        return str(self.record_or_404("U"))


def record_entry(box: Box, action: str, actor: Actor) -> None:
    """Write an entry without a batch."""
    record(action, box, actor=actor)


class ReadView(ConsoleModelView):
    """Nothing but reading."""

    resource = "sample"
    menu_group, menu_icon = "Replies", "inbox"
    on_dashboard = False
    column_list = ("title",)


class CellsView(ConsoleModelView):
    """Boxes whose titles and sizes are changed in the list."""

    resource = "sample"
    offers = "RU"
    menu_group, menu_icon = "Replies", "inbox"
    on_dashboard = False
    form = BoxForm
    column_list = ("title", "note", "size")
    column_formatters = {"title": formatters.link(".details_view")}
    inline_fields = ("title", "size")

    def perform_update(self, record: Any, data: dict[str, Any], *, actor: Actor) -> None:
        write(record, {"title": record.title, **data}, "sample.update", actor=actor)


class LooseView(ConsoleModelView):
    """Labels in unusual ways."""

    resource = "sample"
    menu_group = "System"
    on_dashboard = False
    column_list = ("title", "labels", "shelf")
    column_select_related_list = ("labels", Box.shelf)


class LabelsPage(ConsolePage):
    """A page of one record."""

    permission = ("sample", "R")
    menu_group = "Surveys"
    in_menu = False

    @expose("/<id>/labels")
    def index(self, id: str) -> str:
        box = visible_or_404(Box, id, "sample")
        tabs = record_tabs("sample", box, active="sample.labels")
        return "|".join(f"{tab['label']}{'*' if tab['active'] else ''}={tab['url']}" for tab in tabs)

    @expose("/<id>/labels/new", methods=("POST",))
    def add(self, id: str) -> str:
        return str(visible_or_404(Box, id, "sample", "U"))


LABELS_TAB = RecordTab(resource="sample", label="Labels", endpoint="sample_labels.index", permission=("sample", "R"))
SECRET_TAB = RecordTab(resource="sample", label="Secret", endpoint="sample_labels.index", permission="record.purge")


def register(app: Flask) -> None:
    """Put the sample's screens on `app`."""
    add_view(app, BoxView(Box, name="Boxes", endpoint="sample"))
    add_view(app, ReadView(Box, name="Boxes to read", endpoint="read_box"))
    add_view(app, CellsView(Box, name="Boxes to change", endpoint="cell_box"))
    add_view(app, LooseView(Box, name="Loose boxes", endpoint="loose_box"))
    add_page(app, LabelsPage(name="Labels", endpoint="sample_labels", url="/admin/sample"))


def make_box(title: str = "Box", **fields: Any) -> Box:
    """A box, straight in the database."""
    from admin_app.core.db import unit_of_work

    box = Box(title=title, **fields)
    with unit_of_work() as session:
        session.add(box)
    return box


def titles(condition: Any = None) -> list[str]:
    """The titles of all boxes in the database, in their order."""
    statement = select(Box.title).order_by(Box.id)
    return list(db.session.scalars(statement if condition is None else statement.where(or_(condition))))
