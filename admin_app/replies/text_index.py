"""What respondents wrote, in one place to be searched: read from the replies by a job, a moment after they came.

Whoever sends a reply does not wait for it. What may be seen by whom is decided here as well: words under questions that
are marked as personal, in the reply's version or in the present one, stand apart.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, can
from admin_app.core.text import fold
from admin_app.replies.models import Reply, ReplyText, ReplyTextMark
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import questionnaire_at, questionnaire_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# Replies that are read in one unit of work: on SQLite others wait as long to write.
CHUNK = 250
# An index of trigrams knows nothing shorter.
SHORTEST = 3
# No transaction that stores replies takes this long.
LATE = dt.timedelta(hours=1)

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
# The index of SQLite is a table of its own, which SQLAlchemy does not know.
_MATCH = text("reply_text_index MATCH :wanted")


def personal_keys(*questionnaires: Questionnaire) -> frozenset[str]:
    """Return the keys of the questions that any of them marks as personal."""
    return frozenset(one.key for each in questionnaires for one in each.questions() if one.personal)


def written(questionnaire: Questionnaire, answers: Mapping[str, Any]) -> Iterator[tuple[QuestionSpec, str, str]]:
    """Yield each text in own words: its question, the key that it stands under, and the text."""
    for question in questionnaire.questions():
        # Also where no "other" is offered: an import may have kept such words.
        keys = [question.key] if QUESTION_TYPES[question.type].free_text else []
        for key in (*keys, question.other_key):
            value = answers.get(key)
            if isinstance(value, str) and value:
                yield question, key, value


def words_of(questionnaire: Questionnaire, answers: Mapping[str, Any], personal: frozenset[str]) -> tuple[str, str]:
    """Return what was written in own words, folded: under questions that are not in `personal`, and under those."""
    found: tuple[list[str], list[str]] = ([], [])
    for question, _key, text_ in written(questionnaire, answers):
        found[question.key in personal].append(fold(text_))
    return "\n".join(found[0]), "\n".join(found[1])


def has_unread() -> bool:
    """Whether replies came since the last reading, or others may have appeared among those of the hour before."""
    last = select(func.coalesce(func.max(Reply.id), 0)).scalar_subquery()
    mark = db.session.execute(select(ReplyTextMark.seen_id, ReplyTextMark.done_id, ReplyTextMark.next_at, last)).one()
    came: bool = mark[3] > mark.seen_id
    return came or (mark[3] > mark.done_id and now() - mark.next_at > LATE)


def read_texts(after: int) -> tuple[int, int]:
    """Read at most `CHUNK` replies above `after` that were not read yet; return the last number, and how many.

    Whoever reads holds the mark, so that nobody publishes meanwhile what this goes by.
    """
    _hold_mark()
    unread = ~exists().where(ReplyText.reply_id == Reply.id)
    found = select(Reply.id, Reply.version_id, Reply.answers).where(Reply.id > after, unread)
    rows = db.session.execute(found.order_by(Reply.id).limit(CHUNK)).all()
    if rows:
        # One whose answers somebody changed meanwhile was read by him.
        db.session.execute(_insert().on_conflict_do_nothing(), list(_read(rows)))
    return (rows[-1][0] if rows else after), len(rows)


def read_text(reply: Reply) -> None:
    """Read one reply again: its answers were changed."""
    statement = _insert()
    values = {name: statement.excluded[name] for name in ("words", "personal_words")}
    found = list(_read([(reply.id, reply.version_id, reply.answers)]))
    db.session.execute(statement.on_conflict_do_update(index_elements=["reply_id"], set_=values), found)


def _insert() -> Any:
    return _INSERT[db.session.get_bind().dialect.name](ReplyText)


def _read(rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    present = aliased(SurveyVersion)
    found = (
        select(SurveyVersion.id, SurveyVersion.sha256, present.id, present.sha256)
        .join(Survey, Survey.id == SurveyVersion.survey_id)
        .join(present, present.id == Survey.current_version_id)
        .where(SurveyVersion.id.in_({row[1] for row in rows}))
    )
    asked, personal = {}, {}
    for number, sha256, present_number, present_sha256 in db.session.execute(found).all():
        asked[number] = questionnaire_at(number, sha256)
        personal[number] = personal_keys(asked[number], questionnaire_at(present_number, present_sha256))
    for reply_id, version_id, answers in rows:
        words, personal_words = words_of(asked[version_id], answers, personal[version_id])
        yield {"reply_id": reply_id, "words": words, "personal_words": personal_words}


def _hold_mark() -> ReplyTextMark:
    return db.session.scalars(select(ReplyTextMark).with_for_update()).one()


def begin_reading() -> tuple[int, int]:
    """Return the number above which replies may be unread, and that of the last reply there is."""
    mark = db.session.get_one(ReplyTextMark, 1)
    return mark.done_id, db.session.scalar(select(func.max(Reply.id))) or 0


def end_reading(last: int) -> None:
    """Note that all replies were read that were there when `last` was the last one."""
    mark = _hold_mark()
    mark.seen_id = max(mark.seen_id, last)
    if now() - mark.next_at > LATE:
        mark.done_id, mark.next_id, mark.next_at = mark.next_id, last, now()


def read_again() -> None:
    """Let the next reading look for replies from the first one on."""
    db.session.execute(
        update(ReplyTextMark).values(done_id=0, seen_id=0, next_id=0, next_at=now()),
        execution_options={"synchronize_session": False},
    )


def look_late() -> None:
    """Let the next reading look for replies that came together, with numbers that were given long before."""
    db.session.execute(update(ReplyTextMark).values(seen_id=0), execution_options={"synchronize_session": False})


def note_published(survey: Survey, before: SurveyVersion | None, version: SurveyVersion) -> None:
    """Have the replies to a survey read again where other questions than before are marked as personal.

    The mark is held first, so no reading is under way.
    """
    if before is None or personal_keys(questionnaire_of(before)) == personal_keys(questionnaire_of(version)):
        return
    read_again()
    replies = select(Reply.id).where(Reply.survey_id == survey.id)
    db.session.execute(
        delete(ReplyText).where(ReplyText.reply_id.in_(replies)), execution_options={"synchronize_session": False}
    )


def replies_with(word: str, *, actor: Actor) -> Select[Any] | None:
    """Return the query for the ids of the replies in which `word` was written, as far as `actor` may see the place.

    None where he may see no such words, or the word is shorter than `SHORTEST`. Take it by IN alone: beside an OR,
    PostgreSQL may run it once for every row.
    """
    wanted = fold(word)
    if len(wanted) < SHORTEST or not can(actor, "reply.free_text"):
        return None
    personal = can(actor, "reply.personal_data")
    if db.session.get_bind().dialect.name == "sqlite":
        return _matching(wanted, personal=personal)
    # As one value: of a pattern that it must put together the planner knows nothing.
    pattern = "%" + re.sub(r"([%_/])", r"/\1", wanted) + "%"
    columns = [ReplyText.words, ReplyText.personal_words] if personal else [ReplyText.words]
    return select(ReplyText.reply_id).where(or_(*(column.like(pattern, escape="/") for column in columns)))


def _matching(wanted: str, *, personal: bool) -> Select[Any]:
    """Return the query for the index of SQLite: the words as one phrase, in all columns or in those not personal."""
    phrase = '"' + wanted.replace('"', '""') + '"'
    match = _MATCH.bindparams(bindparam("wanted", phrase if personal else "{words} : " + phrase, unique=True))
    return select(text("rowid")).select_from(text("reply_text_index")).where(match)
