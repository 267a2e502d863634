"""What else than answers replies can be chosen by: when, version, language, and what staff made of them.

A fact is one line of `FACTS`; the results page, its address and everything that takes its filters know it then.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, select

from admin_app.core.db import db
from admin_app.core.registry import Registry
from admin_app.core.words import day, mark
from admin_app.core.words import gettext as _
from admin_app.replies.models import Reply, ReplyKind, ReviewStatus, Tag, reply_tag
from admin_app.surveys.models import Survey, SurveyVersion

Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a reply.

    `options` are (value, words) of a survey, the words in the reader's language; None for a day. `replaces` names the
    rule of what counts that a choice stands in place of.
    """

    label: str
    condition: Callable[[str, dt.tzinfo], ColumnElement[bool]]
    options: Callable[[Survey], Options] | None = None
    replaces: str = ""
    # Whether two of its values can be set against each other.
    compares: bool = True
    # Whether it can be chosen by where it has one value only: others than those with it are there too.
    partial: bool = False

    def clean(self, value: str, survey: Survey) -> str:
        """Return the words for a value; ValueError for one that it does not have."""
        if self.options is None:
            return day(_day(value))
        return dict(self.options(survey))[value]


FACTS: Registry[Fact] = Registry("facts of replies")


def _day(value: str) -> dt.date:
    found = dt.date.fromisoformat(value)
    if not 1900 <= found.year <= 2999:
        raise ValueError("not a day of these centuries")
    return found


def _start(day_: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day_, dt.time(), zone)


def _versions(survey: Survey) -> Options:
    numbers = select(SurveyVersion.number).where(SurveyVersion.survey_id == survey.id)
    found = db.session.scalars(numbers.order_by(SurveyVersion.number.desc()))
    return [(str(number), _("Version %(number)s", number=number)) for number in found]


def _of_version(value: str, _zone: dt.tzinfo) -> ColumnElement[bool]:
    # The column is the version's id; its number is what people know.
    number = select(SurveyVersion.number).where(SurveyVersion.id == Reply.version_id).scalar_subquery()
    return number == int(value)


def _languages(survey: Survey) -> Options:
    used = select(Reply.language).where(Reply.survey_id == survey.id).group_by(Reply.language)
    return [(one, one) for one in db.session.scalars(used.order_by(Reply.language))]


def _tags(survey: Survey) -> Options:
    used = select(Tag.id, Tag.name).where(Tag.survey_id == survey.id, Tag.id.in_(select(reply_tag.c.tag_id)))
    return [(str(number), name) for number, name in db.session.execute(used.order_by(Tag.name_key))]


def _tagged(value: str, _zone: dt.tzinfo) -> ColumnElement[bool]:
    return Reply.id.in_(select(reply_tag.c.reply_id).where(reply_tag.c.tag_id == int(value)))


def _fixed(words: dict[Any, str]) -> Callable[[Survey], Options]:
    return lambda _survey: [(str(value), _(text)) for value, text in words.items()]


_SOURCES = {"form": mark("Form"), "import": mark("File")}
_STATUSES = {
    ReviewStatus.NEW.value: mark("New"),
    ReviewStatus.APPROVED.value: mark("Approved"),
    ReviewStatus.FLAGGED.value: mark("Flagged"),
    ReviewStatus.SPAM.value: mark("Spam"),
}
_KINDS = {
    ReplyKind.COMPLETE.value: mark("Complete"),
    ReplyKind.PARTIAL.value: mark("Partial"),
    ReplyKind.SCREENED_OUT.value: mark("Screened out"),
}
_TESTS = {"1": mark("Tests only")}

FACTS.add(
    "from",
    Fact(
        mark("On or after"),
        lambda value, zone: func.coalesce(Reply.submitted_at, Reply.started_at) >= _start(_day(value), zone),
        compares=False,
    ),
)
FACTS.add(
    "to",
    Fact(
        mark("On or before"),
        lambda value, zone: (
            func.coalesce(Reply.submitted_at, Reply.started_at) < _start(_day(value) + dt.timedelta(days=1), zone)
        ),
        compares=False,
    ),
)
FACTS.add("version", Fact(mark("Version"), _of_version, _versions))
FACTS.add("language", Fact(mark("Language"), lambda value, _zone: Reply.language == value, _languages))
FACTS.add(
    "status",
    Fact(
        mark("Review"),
        lambda value, _zone: Reply.review_status == ReviewStatus(value),
        _fixed(_STATUSES),
        replaces="spam",
    ),
)
FACTS.add(
    "kind",
    Fact(mark("Kind"), lambda value, _zone: Reply.kind == ReplyKind(value), _fixed(_KINDS), replaces="kind"),
)
FACTS.add(
    "test",
    Fact(mark("Test"), lambda _value, _zone: Reply.test.is_(True), _fixed(_TESTS), replaces="test", compares=False),
)
FACTS.add("tag", Fact(mark("Tag"), _tagged, _tags, partial=True))
FACTS.add("source", Fact(mark("Came by"), lambda value, _zone: Reply.source == value, _fixed(_SOURCES)))


def rules() -> dict[str, ColumnElement[bool]]:
    """Return what keeps a reply from being counted where no filter says otherwise, by name."""
    return {
        "kind": Reply.kind == ReplyKind.COMPLETE,
        "test": Reply.test.is_(False),
        "spam": Reply.review_status != ReviewStatus.SPAM,
    }


def options_of(survey: Survey) -> Sequence[tuple[str, Fact, Options]]:
    """Return every fact with its options for a survey; one that offers no choice is left out."""
    found = [(name, fact, fact.options(survey) if fact.options else []) for name, fact in FACTS.items()]
    return [
        (name, fact, options)
        for name, fact, options in found
        if not fact.options or len(options) > 1 or (options and (fact.replaces or fact.partial))
    ]
