"""What the console asks about a survey. The rules stand in the operations."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask import url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, DateTimeLocalField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from admin_app.accounts.admin_lookups import ROLES, roles_url
from admin_app.accounts.admin_user_bulk import PEOPLE
from admin_app.console.editor import RichTextField
from admin_app.console.lookup import TypedPicks, pick_typed
from admin_app.surveys.findings import TITLE_LIMIT
from admin_app.surveys.promises import ANONYMOUS, promise
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


class ReaderZone:
    """The reader's time zone in a sentence that is written before anybody reads it."""

    def __str__(self) -> str:
        return str(reader_zone())


def _moment(label: Any, help_text: Any) -> MomentField:
    return MomentField(label, [Optional()], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], description=help_text)


def _people_url() -> str:
    return url_for("user.ajax_lookup", name="person")


def _users(label: Any) -> TypedPicks:
    return TypedPicks(label, PEOPLE, _people_url)


def _roles(label: Any) -> TypedPicks:
    return TypedPicks(label, ROLES, roles_url)


# The fields of the form that say with whom a survey is shared, by what these may.
SHARING = {"edit": ("edit_users", "edit_roles"), "read": ("read_users", "read_roles")}


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
    opens_at = _moment(_("Opens"), _("Time zone: %(zone)s. Empty: as soon as the survey is open.", zone=ReaderZone()))
    closes_at = _moment(_("Closes"), _("Time zone: %(zone)s. Empty: when somebody closes it.", zone=ReaderZone()))
    reply_limit = WholeNumberField(_("Most replies"), [Optional()], description=_("Empty: as many as come."))
    listed = BooleanField(
        _("List on the front page"),
        description=_("While it is open. Otherwise only those find it who have the link."),
    )
    anonymous = BooleanField(
        _("Anonymous"),
        description=_(
            "Fixed at the first reply, for respondents are promised: “%(promise)s”",
            promise=_(ANONYMOUS),
        ),
    )
    owner = pick_typed(_("Owner"), PEOPLE, _people_url, [InputRequired(_("Choose the owner."))], creates=True)
    edit_users = _users(_("Users who may edit"))
    edit_roles = _roles(_("Roles that may edit"))
    read_users = _users(_("Users who may read"))
    read_roles = _roles(_("Roles that may read"))

    form_sections = (
        (_("Texts"), _("These reach respondents when the survey is published."), (
            "title", "introduction", "thanks", "language")),
        (_("Replies"), _("These act at once."), ("opens_at", "closes_at", "reply_limit", "listed", "anonymous")),
        (_("Owner"), _("Who may do with the survey what roles allow with one’s own."), ("owner",)),
        (_("Sharing"), _("Others may do with the survey what their roles allow with shared ones."), (
            "edit_users", "edit_roles", "read_users", "read_roles")),
    )  # fmt: skip


def fit_survey_form(form: Form, *, gives: bool, shares: bool, promised: bool | None) -> None:
    """Leave out what the actor may not change: the owner, the sharing, and whether the survey is anonymous once there
    are replies under that promise (`promised`; None where there are none)."""
    sharing = [name for names in SHARING.values() for name in names]
    for name in (
        *([] if gives else ["owner"]),
        *([] if shares else sharing),
        *([] if promised is None else ["anonymous"]),
    ):
        del form[name]
    form.form_sections = [
        (heading, _fixed(lead, names, promised=promised), names)
        for heading, lead, names in form.form_sections
        if any(name in form for name in names)
    ]


def _fixed(lead: Any, names: tuple[str, ...], *, promised: bool | None) -> Any:
    """Return the sentence above a section, with what cannot be changed any more."""
    if promised is None or "anonymous" not in names:
        return lead
    return gettext(
        "These act at once. Whether the survey is anonymous stays as it is: there are replies, which were given under "
        "the promise “%(promise)s”",
        promise=gettext(promise(anonymous=promised)),
    )


def sharing_of(data: dict[str, Any]) -> dict[str, list[Any]]:
    """Take the fields about sharing out of what the form holds, and return who shall have which access."""
    return {
        access: [receiver for name in names for receiver in data.pop(name)]
        for access, names in SHARING.items()
        if all(name in data for name in names)
    }
