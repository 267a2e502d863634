"""Replies and surveys in the trash."""

from __future__ import annotations

from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext, ngettext
from sqlalchemy import ColumnElement, select

from admin_app.accounts.queries import name_of
from admin_app.console.trash import TRASH, TrashKind
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.trash import counted
from admin_app.replies.bulk_operations import restore_replies
from admin_app.replies.models import AnswerEdit, Reply, ReplyNote, reply_tag
from admin_app.replies.purging import purge_reply, purge_survey
from admin_app.surveys.models import Question, Survey, SurveyShare, SurveyVersion
from admin_app.surveys.operations.restoring import restore_survey


def _restore_reply(reply: Reply, actor: Actor) -> str:
    result = restore_replies(select(Reply).where(Reply.id == reply.id), actor=actor)
    if not result.done:
        raise ConflictError(
            result.skipped[0].reason if result.skipped else gettext("This reply is not in the trash any more.")
        )
    return str(gettext("The reply is back, and counts again."))


def _purge_reply(reply: Reply, actor: Actor) -> str:
    purge_reply(reply, actor=actor)
    return str(gettext("The reply was deleted for ever."))


def _restore_survey(survey: Survey, actor: Actor) -> str:
    restore_survey(survey, actor=actor)
    return str(gettext("“%(name)s” is back with its replies. It takes none until it is opened.", name=survey.title))


def _purge_survey(survey: Survey, actor: Actor) -> str:
    title, number = survey.title, purge_survey(survey, actor=actor)
    return str(
        ngettext(
            "“%(name)s” is being deleted for ever, with %(number)s reply. This goes on in the background.",
            "“%(name)s” is being deleted for ever, with %(number)s replies. This goes on in the background.",
            number,
            name=title,
            number=format_decimal(number),
        )
    )


def _survey_title() -> ColumnElement[Any]:
    return select(Survey.title).where(Survey.id == Reply.survey_id).correlate(Reply).scalar_subquery()


REPLIES = TrashKind(
    place=20,
    resource="reply",
    label=lazy_gettext("Replies"),
    model=Reply,
    name=Reply.public_id.expression,
    within=_survey_title(),
    deleted_by=name_of(Reply.deleted_by_id),
    typed=lambda reply: str(reply.public_id),
    typed_words=lazy_gettext("Type the reply's number to go on:"),
    restore=_restore_reply,
    purge=_purge_reply,
    consequence=lazy_gettext("Its answers, notes and tags are gone for good. Nobody can bring them back."),
    hangs=(
        (lazy_gettext("Notes"), counted(ReplyNote, ReplyNote.reply_id, Reply)),
        (lazy_gettext("Tags"), counted(reply_tag, reply_tag.c.reply_id, Reply)),
        (lazy_gettext("Changed answers"), counted(AnswerEdit, AnswerEdit.reply_id, Reply)),
    ),
)
SURVEYS = TrashKind(
    place=10,
    resource="survey",
    label=lazy_gettext("Surveys"),
    model=Survey,
    name=Survey.title.expression,
    deleted_by=name_of(Survey.deleted_by_id),
    typed=lambda survey: " ".join(survey.title.split()),
    typed_words=lazy_gettext("Type the survey's title to go on:"),
    restore=_restore_survey,
    purge=_purge_survey,
    consequence=lazy_gettext(
        "Its questions, versions and all replies to it, also test replies, are gone for good. Once begun, it cannot be"
        " stopped, and nobody can bring anything back."
    ),
    hangs=(
        (lazy_gettext("Replies"), counted(Reply, Reply.survey_id, Survey, Reply.test.is_(False))),
        (lazy_gettext("Test replies"), counted(Reply, Reply.survey_id, Survey, Reply.test.is_(True))),
        (lazy_gettext("Questions"), counted(Question, Question.survey_id, Survey, Question.deleted_at.is_(None))),
        (lazy_gettext("Versions"), counted(SurveyVersion, SurveyVersion.survey_id, Survey)),
        (lazy_gettext("Shares"), counted(SurveyShare, SurveyShare.survey_id, Survey)),
    ),
)


def register() -> None:
    """Add both to the trash."""
    TRASH.add("replies", REPLIES)
    TRASH.add("surveys", SURVEYS)
