"""Reading what the build page sends: strictly, by name, within one survey."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from sqlalchemy import select

from admin_app.core.db import db
from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.surveys.models import Question, Section, Survey
from admin_app.surveys.operations import Edge, Edit


class Body:
    """The fields of one request; each is read once, and `end()` refuses those that nobody asked for."""

    def __init__(self, survey: Survey, document: Mapping[str, Any]) -> None:
        self.survey = survey
        self._left = dict(document)

    def end(self) -> None:
        """Raise InvalidError for fields that were not read: a typing error should not pass for nothing."""
        if self._left:
            raise InvalidError(
                gettext("Some of this cannot be taken."),
                fields={name[:60]: gettext("There is no such field.") for name in self._left},
            )

    def text(self, name: str) -> str:
        """Return a text that must be there."""
        value = self._left.pop(name, None)
        if not isinstance(value, str):
            raise self._wrong(name, gettext("This must be a text."))
        return value

    def flag(self, name: str) -> bool:
        """Return a yes or no that must be there."""
        value = self._left.pop(name, None)
        if not isinstance(value, bool):
            raise self._wrong(name, gettext("This is yes or no."))
        return value

    def number(self, name: str) -> int:
        """Return a whole number that must be there."""
        value = self._left.pop(name, None)
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._wrong(name, gettext("Give a whole number."))
        return value

    def fields(self, name: str) -> dict[str, Any]:
        """Return an object; the operation checks what is in it."""
        value = self._left.pop(name, None)
        if not isinstance(value, dict):
            raise self._wrong(name, gettext("Send an object with names and values."))
        return value

    def one_of(self, name: str, *allowed: str) -> str:
        """Return one of a few words."""
        value = self.text(name)
        if value not in allowed:
            raise self._wrong(name, gettext("There is no such choice."))
        return value

    def edits(self, name: str) -> dict[str, Edit]:
        """Return changes of fields: each a list of what it held and what it is to hold."""
        pairs = self.fields(name)
        for field, pair in pairs.items():
            if not isinstance(pair, list) or len(pair) != 2:
                raise self._wrong(field, gettext("Send what the field held and what it is to hold."))
        if not pairs:
            raise self._wrong(name, gettext("There is nothing to save."))
        return {field: Edit(*pair) for field, pair in pairs.items()}

    def question(self, name: str = "question") -> Question:
        """Return the question of this survey with the uid that was sent, also one that was deleted."""
        found = select(Question).where(Question.survey_id == self.survey.id, Question.uid == self.text(name))
        record = db.session.scalar(found)
        if record is None:
            raise NotFoundError(gettext("There is no such question in this survey."))
        return record

    def section(self, name: str = "section") -> Section:
        """Return the section of this survey with the uid that was sent, also one that was deleted."""
        found = select(Section).where(Section.survey_id == self.survey.id, Section.uid == self.text(name))
        record = db.session.scalar(found)
        if record is None:
            raise NotFoundError(gettext("There is no such section in this survey."))
        return record

    def after_question(self) -> Question | Edge:
        """Return the question that something is to stand behind: at the start for null, at the end without one."""
        return self._edge() or self.question("after")

    def after_section(self) -> Section | Edge:
        """Return the section that something is to stand behind: at the start for null, at the end without one."""
        return self._edge() or self.section("after")

    def _edge(self) -> Edge | None:
        if "after" not in self._left:
            return Edge.END
        if self._left["after"] is None:
            del self._left["after"]
            return Edge.START
        return None

    @staticmethod
    def _wrong(name: str, sentence: str) -> InvalidError:
        return InvalidError(gettext("Some of this cannot be taken."), fields={name[:60]: sentence})
