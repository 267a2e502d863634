"""What the console asks about a survey. The rules stand in the operations."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateTimeLocalField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from admin_app.accounts.models import User
from admin_app.console.editor import RichTextField
from admin_app.console.lookup import pick_one
from admin_app.surveys.findings import TITLE_LIMIT
from admin_app.web.forms import Form
from admin_app.web.locale import reader_zone

_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,18}\s*\Z")


class WholeNumberField(IntegerField):
    """A whole number in plain digits; Python would also read "1_000" and digits of other scripts."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed; ValueError with a sentence when it is no number."""
        if valuelist and valuelist[0].strip() and not _WHOLE.match(valuelist[0]):
            self.data = None
            raise ValueError(gettext("Write a whole number in digits."))
        super().process_formdata(valuelist)


class MomentField(DateTimeLocalField):
    """A moment, shown and typed in the reader's time zone. Its data is in UTC."""

    data: dt.datetime | None

    def _value(self) -> str:
        return " ".join(self.raw_data) if self.raw_data else self._shown(self.data)

    def _shown(self, moment: dt.datetime | None) -> str:
        return moment.astimezone(reader_zone()).strftime(self.format[0]) if moment else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed. What was only sent back is the moment that it stood for, to the second."""
        super().process_formdata(valuelist)
        if not valuelist or self.data is None:
            return
        if valuelist[0] == self._shown(self.object_data):
            self.data = self.object_data
            return
        try:
            self.data = self.data.replace(tzinfo=reader_zone()).astimezone(dt.UTC)
        except OverflowError:  # at the ends of the calendar, where no survey is
            self.data = self.data.replace(tzinfo=dt.UTC)


class _Zone:
    """The reader's time zone in a sentence that is written before anybody reads it."""

    def __str__(self) -> str:
        return str(reader_zone())


def _moment(label: Any, help_text: Any) -> MomentField:
    return MomentField(label, [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], description=help_text)


class SurveyForm(Form):
    """All of a survey but its questions."""

    title = StringField(_("Title"), [InputRequired(_("Enter a title.")), Length(max=TITLE_LIMIT)])
    introduction = RichTextField(_("Introduction"), default="", description=_("Stands above the questions."))
    thanks = RichTextField(_("Thanks"), default="", description=_("Shown once the reply has been sent."))
    language = StringField(
        _("Language"),
        [InputRequired(_("Enter a language.")), Length(max=20)],
        default="en",
        description=_("The language of the questions as a tag, such as “en” or “pt-BR”. Screen readers go by it."),
    )
    opens_at = _moment(_("Opens"), _("Time zone: %(zone)s. Empty: as soon as the survey is open.", zone=_Zone()))
    closes_at = _moment(_("Closes"), _("Time zone: %(zone)s. Empty: when somebody closes it.", zone=_Zone()))
    reply_limit = WholeNumberField(_("Most replies"), [Optional()], description=_("Empty: as many as come."))
    listed = BooleanField(_("List on the front page"))
    anonymous = BooleanField(
        _("Anonymous"),
        description=_("Nothing is kept that tells who replied. This is fixed at the first reply."),
    )
    owner = pick_one(
        _("Owner"), User, resource="user", order_by=User.username_key, where=lambda: User.deleted_at.is_(None)
    )

    form_sections = (
        (_("Texts"), _("These reach respondents when the survey is published."), (
            "title", "introduction", "thanks", "language")),
        (_("Replies"), _("These act at once."), ("opens_at", "closes_at", "reply_limit", "listed", "anonymous")),
        (_("Rights"), "", ("owner",)),
    )  # fmt: skip


def fit_survey_form(form: Form, *, gives: bool, fixed: bool) -> None:
    """Leave out what the actor may not change: the owner without the right, anonymity once there are replies."""
    if not gives:
        del form["owner"]
    if fixed:
        del form["anonymous"]
