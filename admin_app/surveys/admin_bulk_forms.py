"""What bulk actions on surveys and questions ask for."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _
from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired, StopValidation

from admin_app.accounts.admin_user_bulk import PEOPLE
from admin_app.console.lookup import pick_typed
from admin_app.surveys.forms import MomentField, ReaderZone, WholeNumberField
from admin_app.web.forms import Form

SET, EXTEND, NEVER = "set", "extend", "never"


class _For:
    """The field is asked for with one answer to `how` alone."""

    field_flags: dict[str, Any] = {}

    def __init__(self, how: str, sentence: Any) -> None:
        self.how, self.sentence = how, sentence

    def __call__(self, form: Any, field: Any) -> None:
        if form.how.data != self.how:
            field.data, field.errors = None, []
            raise StopValidation
        if not field.raw_data or not field.raw_data[0].strip():
            field.errors = []
            raise StopValidation(str(self.sentence))


class ClosingForm(Form):
    """When surveys close."""

    how = RadioField(
        _("They close"),
        [InputRequired(_("Choose one."))],
        choices=[
            (SET, _("At this date and time")),
            (EXTEND, _("Later than now, by some days")),
            (NEVER, _("When somebody closes them")),
        ],
        default=SET,
    )
    closes_at = MomentField(
        _("Date and time"),
        [_For(SET, _("Enter a date and time."))],
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        description=_("Time zone: %(zone)s.", zone=ReaderZone()),
    )
    days = WholeNumberField(
        _("Days"),
        [_For(EXTEND, _("Enter how many days."))],
        description=_("Surveys without a closing date are skipped."),
    )


class OwnerForm(Form):
    """Who owns surveys from now on."""

    owner = pick_typed(
        _("New owner"),
        PEOPLE,
        lambda: url_for("user.ajax_lookup", name="person"),
        [InputRequired(_("Choose the owner."))],
    )


class SectionForm(Form):
    """One section of one survey; which there are is known when somebody has chosen questions."""

    section = SelectField(
        _("Section"),
        [InputRequired(_("Choose a section."))],
        coerce=int,
        description=_("They are put at its end. Questions of other surveys stay where they are."),
    )
