"""What the pages of one's own account ask for."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired

from admin_app.accounts.models import User
from admin_app.core.readers import LANGUAGES, time_zones
from admin_app.settings.installation import time_zone
from admin_app.web.forms import Form


class ProfileForm(Form):
    """Who one is, and how pages come to oneself."""

    form_sections = (
        (_("Who you are"), "", ("name",)),
        (
            _("E-mail address"),
            _("Mail to it can open this account, so changing it takes your password."),
            ("email", "current"),
        ),
        (_("How pages come to you"), _("In every browser that you log in with."), ("locale", "time_zone", "theme")),
    )

    name = StringField(_("Name"), description=_("As others see it."), render_kw={"autocomplete": "name"})
    email = StringField(
        _("E-mail address"),
        [InputRequired(_("Enter an e-mail address."))],
        render_kw={"autocomplete": "email", "type": "email"},
    )
    current = PasswordField(
        _("Current password"),
        description=_("Only to change the e-mail address."),
        render_kw={"autocomplete": "current-password"},
    )
    locale = SelectField(_("Language"))
    time_zone = SelectField(_("Time zone"), render_kw={"data-select": True, "data-select-empty": True})
    theme = RadioField(
        _("Colours"),
        choices=[("system", _("As this device has them")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    lock_version = HiddenField()


def fit_profile_form(form: ProfileForm, user: User) -> None:
    """Offer what can be chosen; the colours of somebody who never chose are the system's."""
    form.locale.choices = [("", gettext("As the browser asks for it")), *LANGUAGES.items()]
    form.time_zone.choices = [
        ("", gettext("As the installation has it: %(zone)s", zone=time_zone())),
        *((name, name.replace("_", " ")) for name in time_zones()),
    ]
    form.theme.data = form.theme.data or user.theme or "system"
