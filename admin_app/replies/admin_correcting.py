"""The page on which staff change one answer: the question as respondents see it, filled with what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin_app.console.undo import undo_minutes, with_undo_at
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.replies.admin_answers import in_words
from admin_app.replies.editing_operations import REASON, edit_answer, editable_question, undo_edit
from admin_app.replies.masking import hidden_keys
from admin_app.replies.models import AnswerEdit, Reply
from admin_app.replies.public_pages import render_preview
from admin_app.replies.queries import edits_of
from admin_app.surveys.queries import public_survey, questionnaire_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from admin_app.web.actor import current_actor
from admin_app.web.forms import record_id, to_int

# The form's field for the reply's version; no question's key has two underscores in a row.
VERSION = "canvass__lock_version"


class CorrectingMixin:
    """/answer/?id=&question= of the replies' view, for those who may change answers."""

    flash_refusal: Any
    get_url: Any
    record_or_404: Any
    return_url: Any

    @expose("/answer/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def answer_view(self) -> Response:
        """Show the question with its answer, or put what was sent in its place."""
        reply, actor = self.record_or_404(), current_actor()
        page = self.return_url(self.get_url(".details_view", id=reply.id))
        key = request.args.get("question", "")
        try:
            question = editable_question(reply, key, actor=actor)
        except ConflictError as error:
            self.flash_refusal(error)
            return redirect(page, 303)
        if request.method != "POST":
            answers = _asked_answers(reply, question)
            return self._form(reply, question, page, values=QUESTION_TYPES[question.type].fill(question, answers))
        try:
            with unit_of_work():
                edit = edit_answer(
                    reply,
                    key,
                    request.form.getlist,
                    request.form.get(REASON, ""),
                    actor=actor,
                    lock_version=to_int(request.form.get(VERSION), -1, minimum=-1),
                )
        except InvalidError as error:
            return self._form(reply, question, page, values=dict(request.form.lists()), error=error)
        except ConflictError as error:
            self.flash_refusal(error)
        else:
            told = gettext("The answer was changed. What was given before is kept beside it.")
            undo = self.get_url(".undo_answer_view", id=reply.id, edit=edit.id)
            flash(with_undo_at(told, undo), "success")
        return redirect(page, 303)

    @expose("/answer/undo/", methods=("POST",))  # type: ignore[untyped-decorator]
    def undo_answer_view(self) -> Response:
        """Take back a change that one made oneself a moment ago, or say why not."""
        reply, number = self.record_or_404(), record_id(request.args.get("edit"))
        edit = db.session.scalar(select(AnswerEdit).where(AnswerEdit.id == number, AnswerEdit.reply_id == reply.id))
        if edit is None:
            abort(404)
        try:
            with unit_of_work():
                undo_edit(edit, actor=current_actor(), minutes=undo_minutes())
        except ConflictError as error:
            self.flash_refusal(error)
        else:
            flash(gettext("Undone: the answer is again what it was."), "success")
        return redirect(self.return_url(self.get_url(".details_view", id=reply.id)), 303)

    def _form(
        self,
        reply: Reply,
        question: QuestionSpec,
        page: str,
        *,
        values: Mapping[str, list[str]],
        error: InvalidError | None = None,
    ) -> Response:
        shown = public_survey(reply.survey.public_id)
        if shown is None:
            abort(404)
        asked = questionnaire_of(reply.version)
        alone = Questionnaire(asked.title, language=asked.language, sections=(SectionSpec("", "", "", (question,)),))
        hidden = hidden_keys(reply, actor=current_actor())
        given = next((one.before for one in edits_of(reply).get(question.key, ())), reply.answers)
        return render_preview(
            shown,
            alone,
            template="correct.html",
            status=422 if error else 200,
            values=values,
            errors={} if error is None else error.fields or {"": error.message},
            reply=reply,
            given=in_words(question, given, hidden),
            reason_field=REASON,
            version_field=VERSION,
            action=self.get_url(".answer_view", id=reply.id, question=question.key, url=page),
            page=page,
        )


def _asked_answers(reply: Reply, question: QuestionSpec) -> Mapping[str, Any]:
    """Return what the form is filled with: what is stored, or what stood there before the change `earlier`."""
    if "earlier" not in request.args:
        return reply.answers
    number = to_int(request.args["earlier"], 0, maximum=2**63 - 1)
    before = next((one.before for one in edits_of(reply).get(question.key, ()) if one.id == number), None)
    return before if before is not None else abort(404)
