"""What the pages of this package ask for. The rules stand in checks.py and in the operations."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import Field, Form, PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired

from admin_app.core.errors import DomainError


def _new_password(label: Any, help_text: Any = "") -> PasswordField:
    return PasswordField(
        label,
        [InputRequired(_("Enter a password."))],
        description=help_text,
        render_kw={"autocomplete": "new-password"},
    )


def _repeated(name: str) -> PasswordField:
    return PasswordField(
        _("The same password again"),
        [EqualTo(name, _("Passwords must match."))],
        render_kw={"autocomplete": "new-password", "required": True},
    )


class LoginForm(Form):
    """Name and password."""

    username = StringField(
        _("User name or e-mail address"),
        [InputRequired(_("Enter your user name or e-mail address."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    password = PasswordField(
        _("Password"), [InputRequired(_("Enter your password."))], render_kw={"autocomplete": "current-password"}
    )


class SetupForm(Form):
    """The first administrator."""

    username = StringField(
        _("User name"),
        [InputRequired(_("Enter a user name."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )
    name = StringField(_("Your name"), description=_("As others see it."), render_kw={"autocomplete": "name"})
    email = StringField(
        _("E-mail address"),
        [InputRequired(_("Enter an e-mail address."))],
        render_kw={"autocomplete": "email", "type": "email"},
    )
    password = _new_password(_("Password"), _("At least 10 characters; a few words in a row are good."))
    password_again = _repeated("password")


class PasswordForm(Form):
    """A new password for oneself."""

    current = PasswordField(
        _("Current password"),
        [InputRequired(_("Enter your current password."))],
        render_kw={"autocomplete": "current-password", "autofocus": True},
    )
    password = _new_password(_("New password"), _("At least 10 characters; a few words in a row are good."))
    password_again = _repeated("password")


def show_refusal(form: Form, error: DomainError) -> None:
    """Put the sentences of a refusal at the fields they are about; the others on top."""
    for name, sentence in error.fields.items():
        if name in form:
            field: Field = form[name]
            field.errors = [*field.errors, sentence]
        else:
            form.form_errors.append(sentence)
    if not error.fields:
        form.form_errors.append(error.message)
