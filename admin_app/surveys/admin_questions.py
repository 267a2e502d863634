"""The console's list of questions, across all surveys."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload
from wtforms import StringField
from wtforms.validators import InputRequired

from admin_app.console import filters, formatters
from admin_app.console.base import ConsoleModelView, add_view
from admin_app.core.permissions import Actor, can
from admin_app.core.text import shorten
from admin_app.surveys import operations
from admin_app.surveys.admin_question_bulk import QuestionBulkMixin
from admin_app.surveys.models import ChoiceAxis, Question, Survey
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import COMMON_SETTINGS
from admin_app.surveys.question_types.settings import KEPT_SETTINGS
from admin_app.web.actor import current_actor
from admin_app.web.forms import Form


def kind_of(name: str) -> Any:
    """Return the question type of that name, or None."""
    return QUESTION_TYPES.get(name)


def _type(_view: Any, _context: Any, question: Question, _name: str) -> str:
    kind = kind_of(question.type)
    return kind.words if kind else question.type


def _key(_view: Any, _context: Any, question: Question, _name: str) -> Any:
    return formatters.macro("code", question.key)


def _survey(view: Any, _context: Any, question: Question, _name: str) -> Any:
    title = shorten(question.survey.title, 60)
    if not can(current_actor(), "survey", "R", obj=question.survey):
        return title
    return Markup('<a href="{}">{}</a>').format(view.get_url("survey.details_view", id=question.survey_id), title)


def _survey_in_list(_view: Any, _context: Any, question: Question, _name: str) -> str:
    return shorten(question.survey.title, 60)


def _settings(_view: Any, _context: Any, question: Question, _name: str) -> str:
    kind = kind_of(question.type)
    labels = {spec.name: gettext(spec.label) for spec in (*(kind.settings if kind else ()), *COMMON_SETTINGS)}
    return "; ".join(
        f"{labels.get(name, name)}: {formatters.plain(value)}"
        for name, value in sorted(question.settings.items())
        if name not in KEPT_SETTINGS
    )


def _axis(axis: ChoiceAxis) -> Any:
    def show(_view: Any, _context: Any, question: Question, _name: str) -> Markup:
        lines = [
            Markup("<code>{}</code> {}").format(choice.code, choice.label)
            for choice in question.choices
            if choice.axis is axis and choice.retired_at is None
        ]
        return Markup("<br>").join(lines)

    return show


def _types() -> list[tuple[str, str]]:
    return [(name, kind.words) for name, kind in QUESTION_TYPES.items()]


class QuestionCellForm(Form):
    """What can be changed in the list; all else of a question is built on its survey's page."""

    label = StringField(lazy_gettext("Question"), [InputRequired(lazy_gettext("Write the question."))])


class QuestionsView(QuestionBulkMixin, ConsoleModelView):
    """Every question of every survey that one may see."""

    resource = "question"
    offers = "RD"
    delete_lead = lazy_gettext("It leaves the draft of its survey, where it can be brought back.")
    menu_group, menu_icon = "Surveys", "question-mark"
    shortcut = "q"

    column_list = ("label", "key", "type", "survey", "section", "required", "retired_at")
    column_details_list = (
        "label", "key", "type", "survey", "section", "hint", "description", "required", "personal", "settings",
        "choices", "rows", "uid", "published_at", "retired_at", "updated_at",
    )  # fmt: skip
    column_labels = {
        "label": lazy_gettext("Question"),
        "key": lazy_gettext("Key"),
        "type": lazy_gettext("Type"),
        "survey": lazy_gettext("Survey"),
        "section": lazy_gettext("Section"),
        "hint": lazy_gettext("Hint"),
        "description": lazy_gettext("Description"),
        "required": lazy_gettext("Required"),
        "personal": lazy_gettext("Personal"),
        "settings": lazy_gettext("Settings"),
        "choices": lazy_gettext("Choices"),
        "rows": lazy_gettext("Rows"),
        "uid": lazy_gettext("Identity"),
        "published_at": lazy_gettext("First published"),
        "retired_at": lazy_gettext("Retired"),
        "updated_at": lazy_gettext("Changed"),
    }
    column_classes = {"label": "wide", "key": "code"}
    edit_form_class = QuestionCellForm
    inline_fields = ("label",)
    column_sortable_list = ("key", "type", "retired_at")
    column_default_sort = ("id", True)
    column_searchable_list = ("label", "key", "hint", "description")
    column_filters = (
        filters.OneOf(Question.type, lazy_gettext("Type"), options=_types),
        *filters.related(Question.survey, filters.Contains(Survey.title, lazy_gettext("Survey"))),
        filters.YesNo(Question.required, lazy_gettext("Required")),
        filters.YesNo(Question.personal, lazy_gettext("Personal")),
        filters.Given(Question.retired_at, lazy_gettext("Retired")),
        filters.Given(Question.published_at, lazy_gettext("Published")),
    )
    column_formatters = {
        "label": formatters.link(".details_view"),
        "key": _key,
        "type": _type,
        "survey": _survey_in_list,
    }
    column_formatters_detail = {
        "key": _key,
        "type": _type,
        "survey": _survey,
        "description": formatters.rich_text,
        "settings": _settings,
        "choices": _axis(ChoiceAxis.CHOICE),
        "rows": _axis(ChoiceAxis.ROW),
    }
    empty_title = lazy_gettext("No questions yet")

    def perform_update(self, record: Question, data: dict[str, Any], *, actor: Actor) -> None:
        operations.update_question(record, data, actor=actor)

    def perform_delete(self, record: Question, *, actor: Actor) -> None:
        operations.delete_question(record, actor=actor)

    def palette_options(self) -> list[Any]:
        return [joinedload(Question.survey)]

    def palette_note(self, record: Question) -> str:
        return f"{record.key} · {record.survey.title}"

    def base_select(self) -> Select[Any]:
        alive = select(Survey.id).where(Survey.deleted_at.is_(None))
        return super().base_select().where(Question.deleted_at.is_(None), Question.survey_id.in_(alive))


def register(app: Flask) -> None:
    """Add /admin/question/ to `app`."""
    add_view(app, QuestionsView(Question, name=lazy_gettext("Questions"), endpoint="question"))
