"""What the pages of this package ask for. The rules stand in checks.py and in the operations."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, Field, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired

from admin_app.accounts.models import Role, User, UserStatus
from admin_app.accounts.queries import giveable_roles
from admin_app.console.editor import RichTextField
from admin_app.console.keys import key_of
from admin_app.console.lookup import PickBoxes
from admin_app.core.errors import DomainError
from admin_app.core.permissions import can
from admin_app.web.actor import current_actor
from admin_app.web.forms import Form


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
    kept = BooleanField(_("Keep me signed in"), description=_("Not on a computer that others use too."))


class ConfirmForm(Form):
    """The password again. Its field goes along with what another form sent, so it is named like none of theirs."""

    canvass__password = PasswordField(
        _("Password"),
        [InputRequired(_("Enter your password."))],
        render_kw={"autocomplete": "current-password", "autofocus": True},
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


class LinkForm(Form):
    """A password for oneself, by a link that proves who one is."""

    password = PasswordField(
        _("Password"),
        [InputRequired(_("Enter a password."))],
        description=_("At least 10 characters; a few words in a row are good."),
        render_kw={"autocomplete": "new-password", "autofocus": True},
    )
    password_again = _repeated("password")


class ForgotForm(Form):
    """Who wants a link to choose another password."""

    username = StringField(
        _("User name or e-mail address"),
        [InputRequired(_("Enter your user name or e-mail address."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "autofocus": True},
    )


_WHO = (_("Who it is"), "", ("username", "name", "email"))
_MAY = (_("What they may do"), "", ("status", "roles"))
_NOTES = (_("Notes"), _("For your colleagues; the user does not see them."), ("notes",))
_PASSWORDS = ("password", "password_again")


def _giveable() -> list[Role]:
    return giveable_roles(current_actor())


class UserForm(Form):
    """A user, as somebody else makes and changes him."""

    username = StringField(
        _("User name"),
        [InputRequired(_("Enter a user name."))],
        description=_("For logging in; the e-mail address works too."),
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )
    name = StringField(_("Name"), description=_("As others see it."), render_kw={"autocomplete": "off"})
    email = StringField(
        _("E-mail address"),
        [InputRequired(_("Enter an e-mail address."))],
        render_kw={"autocomplete": "off", "type": "email"},
    )
    status = SelectField(
        _("Status"),
        choices=[(UserStatus.ACTIVE.value, _("Active")), (UserStatus.INACTIVE.value, _("Inactive"))],
        description=_("Without a password a user stays new and cannot log in."),
    )
    roles = PickBoxes(_("Roles"), query_factory=_giveable, get_pk=key_of)
    password = PasswordField(
        _("Password"),
        description=_("At least 10 characters. Leave it empty and nothing changes."),
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        _("The same password again"),
        [EqualTo("password", _("Passwords must match."))],
        render_kw={"autocomplete": "new-password"},
    )
    notes = RichTextField(_("Notes"))


class NewUserForm(UserForm):
    """A user who is made."""

    form_sections = (
        _WHO,
        _MAY,
        (
            _("How they get in"),
            _("By an invitation; or by a password from you, which they change at the first login."),
            ("invite", *_PASSWORDS),
        ),
        _NOTES,
    )

    invite = BooleanField(
        _("Invite the user"),
        default=True,
        description=_(
            "You get a link to pass on, with which they choose a password. Where mail is set up, it is sent, and "
            "cannot be called back."
        ),
    )


class ChangedUserForm(UserForm):
    """A user who is there already."""

    form_sections = (
        _WHO,
        _MAY,
        (
            _("Reset Password"),
            _("A new password logs the user out everywhere and has to be changed at the next login."),
            _PASSWORDS,
        ),
        _NOTES,
    )


def fit_user_form(form: UserForm, user: User | None, *, own: bool, grants: bool) -> None:
    """Take out what may not be changed here: nobody's own rights, and roles by whoever may not grant any."""
    if user is not None and (kept := kept_roles(user)):
        names = ", ".join(role.name for role in kept)
        form.roles.description = _("Besides, and not for you to take away: %(roles)s.", roles=names)
    if user is not None and user.status is UserStatus.NEW:
        form.status.choices = [(UserStatus.NEW.value, _("New")), *UserForm.status.kwargs["choices"]]
    if own:
        for name in ("status", "roles", "password", "password_again"):
            del form[name]
    elif not grants:
        del form["roles"]


def leave_out_entry(form: UserForm) -> None:
    """Ask nothing of how a new user gets in: the link for it is shown once, on the page after an invitation."""
    for name in ("invite", *_PASSWORDS):
        del form[name]
    form.form_sections = [section for section in form.form_sections if any(name in form for name in section[2])]


def _is_offered(role: Role) -> bool:
    actor = current_actor()
    return can(actor, "role", "R", obj=role) and actor.rights.covers(role.rights)


def kept_roles(user: User) -> list[Role]:
    """Return the roles of `user` that his form does not offer, so that saving it does not take them away."""
    return [role for role in user.roles if not _is_offered(role)]


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
