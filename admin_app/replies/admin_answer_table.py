"""The list of the replies to one survey with their answers as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from admin_app.console.list_query import ListQuery
from admin_app.core.db import db
from admin_app.core.permissions import can
from admin_app.core.text import shorten
from admin_app.replies.admin_answers import ANSWERED, MASKED, SKIPPED, Words, in_words
from admin_app.replies.masking import masked_keys
from admin_app.replies.models import Reply
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import questionnaire_of, versions_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec
from admin_app.web.actor import current_actor

# Of what is known of a reply beside its answers the table keeps what one goes by.
KEPT = ("public_id", "submitted_at", "review_status")
_PREFIX = "answer."
_HEADER, _CELL = 60, 100


@dataclass(frozen=True)
class AnswerColumns:
    """The questions that any version of a survey asks, each by its latest wording; the retired ones stand last."""

    questions: Mapping[str, QuestionSpec]
    asked: Mapping[int, Questionnaire]
    hidden: frozenset[str]

    @classmethod
    def of(cls, survey: Survey) -> AnswerColumns:
        """Return the columns of a survey, as the current actor may see them."""
        asked = {version.id: questionnaire_of(version) for version in versions_of(survey)}
        questions: dict[str, QuestionSpec] = {}
        for questionnaire in asked.values():
            for question in questionnaire.questions():
                if QUESTION_TYPES[question.type].asks:
                    questions.setdefault(question.key, question)
        every = [question for questionnaire in asked.values() for question in questionnaire.questions()]
        return cls(questions, asked, masked_keys(every, actor=current_actor(), obj=survey))

    def headers(self) -> list[tuple[str, str]]:
        """Return name and heading of each column."""
        return [(_PREFIX + key, shorten(question.label, _HEADER)) for key, question in self.questions.items()]

    def cell(self, reply: Reply, name: str) -> Any:
        """Return the answer of a reply to the question of that column, under the wording it was given to."""
        question = self.asked[reply.version_id].by_key.get(name.removeprefix(_PREFIX))
        return _drawn(Words("not_shown") if question is None else in_words(question, reply.answers, self.hidden))


def _drawn(words: Words) -> Markup:
    if words.state == ANSWERED:
        return Markup('<span dir="auto">{}</span>').format(shorten(words.text, _CELL))
    told = {SKIPPED: gettext("Skipped"), MASKED: gettext("Hidden from you")}.get(words.state, gettext("Not shown"))
    return Markup('<span class="cv-none">{}</span>').format(told)


class AnswerTableMixin:
    """`answers=1` in the address of the list, where it shows one survey."""

    _list_columns: Any
    address: Any
    column_classes: Mapping[str, str]
    get_list_value: Any
    look_of: Any

    def asked_survey(self, query: ListQuery) -> Survey | None:
        """Return the one survey that the filters leave, where the actor may see its replies."""
        named = [{chip.value for chip in group if chip.name == "survey"} for group in query.groups]
        if not named or len(named[0]) != 1 or any(one != named[0] for one in named):
            return None
        survey = db.session.get(Survey, int(min(named[0])))
        if survey is None or survey.deleted_at is not None or not can(current_actor(), "reply", "R", obj=survey):
            return None
        return survey

    def answer_values(self, survey: Survey | None, query: ListQuery) -> dict[str, Any]:
        """Return what the template shows of one survey, and its columns where answers are asked for."""
        table = bool(query.extra) and survey is not None and bool(survey.current_version_id)
        shown: dict[str, Any] = {"one_survey": survey, "answer_table": table}
        if survey is None:
            return shown
        # Each row says the same of the survey; that is no preference of anybody's.
        liked = self.look_of(query).hidden
        hidden = (*liked, "survey")
        plain, full = (replace(query, extra=extra) for extra in ((), (("answers", "1"),)))
        shown.update(facts_url=self.address(plain), answers_url=self.address(full))
        shown.update(hidden_columns=hidden, liked_hidden=liked)
        if not table:
            return shown
        columns = AnswerColumns.of(survey)
        headers = columns.headers()
        names = [str(name) for name, _label in self._list_columns]
        shown.update(
            list_columns=[*self._list_columns, *headers],
            hidden_columns=(*hidden, *(name for name in names if name not in KEPT)),
            column_classes={
                **self.column_classes,
                **dict.fromkeys((name for name, _label in headers), "cv-answer-cell"),
            },
            get_value=self._value_of(columns),
        )
        return shown

    def _value_of(self, columns: AnswerColumns) -> Any:
        @pass_context
        def value(context: Context, reply: Reply, name: str) -> Any:
            return columns.cell(reply, name) if name.startswith(_PREFIX) else self.get_list_value(context, reply, name)

        return value
