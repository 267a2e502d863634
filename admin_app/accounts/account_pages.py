"""One's own account in the console: profile, sessions, rights; and the end of another user's sessions."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, flash, redirect, request, url_for
from flask_admin.base import expose
from flask_babel import gettext, lazy_gettext, ngettext
from werkzeug.wrappers import Response

from admin_app.accounts import operations, sessions
from admin_app.accounts.account_forms import ProfileForm, fit_profile_form
from admin_app.accounts.api_token_models import ApiToken
from admin_app.accounts.api_tokens import tokens_of
from admin_app.accounts.auth_browser import check_own_password, give_theme
from admin_app.accounts.forms import show_refusal
from admin_app.accounts.models import User, UserSession
from admin_app.accounts.provenance import provenance_of
from admin_app.accounts.queries import roles_of
from admin_app.accounts.rights_words import LETTER_WORDS, RESOURCE_WORDS, SCOPE_WORDS
from admin_app.console.base import LOGGED_IN, ConsolePage, console_of, visible_or_404
from admin_app.console.conflicts import conflict_of
from admin_app.console.forms import FormMixin
from admin_app.console.keys import parse_key
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, DomainError, NotFoundError
from admin_app.core.permissions import ABILITIES, can
from admin_app.core.signing import hash_token
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int
from admin_app.web.locale import note_reader

# More browsers than anybody has; whoever has still more ends them all.
MOST_SHOWN = 100

_TABS = (
    ("profile", lazy_gettext("Profile"), "account.profile"),
    ("password", lazy_gettext("Password"), "auth.password"),
    ("sessions", lazy_gettext("Sessions"), "account.sessions"),
    ("rights", lazy_gettext("Rights"), "account.rights"),
)


class AccountPage(FormMixin, ConsolePage):
    """/account/"""

    permission = LOGGED_IN
    menu_group, menu_icon = "Overview", "user-circle"
    in_menu = False

    def show(self, template: str, tab: str, **values: Any) -> str:
        """Return a page of the account, under its tabs."""
        tabs = [{"label": label, "url": url_for(endpoint), "active": name == tab} for name, label, endpoint in _TABS]
        page: str = self.render(template, account_tabs=tabs, account=_owner(), **values)
        return page

    @expose("/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def profile(self) -> Response | str | tuple[str, int]:
        """Show and change what one says of oneself."""
        user, status = _owner(), 200
        form = ProfileForm(self._form_data(), obj=user)
        fit_profile_form(form, user)
        if request.method == "POST":
            status = self._save(form, user)
            if status == 200:
                note_reader()
                flash(gettext("Your profile was saved."), "success")
                return give_theme(redirect(url_for(".profile"), 303), user)
        if request.method != "POST" or status == ConflictError.status:
            form.lock_version.data = str(user.lock_version)
        page = self.show("account/profile.html", "profile", form=form)
        return (page, status) if status != 200 else page

    def _save(self, form: ProfileForm, user: User) -> int:
        """Return 200 when it was saved, else the status of what stands in the way."""
        valid = self.validate_form(form)
        if to_int(request.form.get("lock_version"), -1) != user.lock_version:
            return self._lost(form, user)
        if not valid:
            return 422
        attempt = check_own_password(user, form.current.data) if form.current.data else None
        done, result = self._perform(
            form, lambda actor: operations.update_own_profile(user, self._data(form), actor=actor, attempt=attempt)
        )
        if not done:
            db.session.refresh(user)
            return self._lost(form, user) if isinstance(result, ConflictError) else cast(DomainError, result).status
        if not result:
            form.current.errors = [gettext("This is not your current password.")]
            return 422
        return 200

    def flash_refusal(self, error: DomainError, form: Any = None) -> None:
        """Show what is wrong with fields once: the summary above the form names them."""
        if error.fields:
            show_refusal(form, error)
        else:
            super().flash_refusal(error, form)

    def _lost(self, form: ProfileForm, user: User) -> int:
        """Say who was first: another window of one's own, or somebody who administers users."""

        def label(name: str) -> str:
            return str(form[name].label.text) if name in form else name.replace("_", " ")

        flash(conflict_of(user, label).sentence, "error")
        return ConflictError.status

    @expose("/rights")  # type: ignore[untyped-decorator]
    def rights(self) -> str:
        """Show what one may do, and through which role."""
        user = _owner()
        roles = list(db.session.scalars(roles_of(user)))
        return self.show(
            "account/rights.html",
            "rights",
            roles=roles,
            held=provenance_of(roles),
            resource_words=RESOURCE_WORDS,
            letter_words=LETTER_WORDS,
            scope_words=SCOPE_WORDS,
            abilities=ABILITIES,
            may_open_roles=can(user, "role", "R"),
        )

    @expose("/sessions")  # type: ignore[untyped-decorator]
    def sessions(self) -> str:
        """Show where one is logged in."""
        user = _owner()
        rows = list(db.session.scalars(sessions.sessions_of(user).limit(MOST_SHOWN)))
        tokens = list(db.session.scalars(tokens_of(user).limit(MOST_SHOWN)))
        this = hash_token(user.session_token)
        return self.show("account/sessions.html", "sessions", rows=rows, this=this, tokens=tokens)

    @expose("/sessions/end", methods=("POST",))  # type: ignore[untyped-decorator]
    def end_session(self) -> Response:
        """End one of one's own sessions."""
        user, key = _owner(), parse_key(UserSession, request.form.get("id"))
        if key is None:
            raise NotFoundError(gettext("This session has ended already."))
        with unit_of_work():
            operations.end_own_session(user, key, actor=user)
        flash(gettext("That browser is logged out."), "success")
        return redirect(url_for(".sessions"), 303)

    @expose("/sessions/end-others", methods=("POST",))  # type: ignore[untyped-decorator]
    def end_others(self) -> Response:
        """End all of one's own sessions but this one."""
        user = _owner()
        with unit_of_work():
            ended = operations.end_other_sessions(user, user.session_token, actor=user)
        flash(_logged_out(ended), "success" if ended else "message")
        return redirect(url_for(".sessions"), 303)

    @expose("/tokens/revoke", methods=("POST",))  # type: ignore[untyped-decorator]
    def revoke(self) -> Response:
        """End one token of one's own programs, or all."""
        _revoke(_owner())
        return redirect(url_for(".sessions"), 303)

    @expose("/theme", methods=("POST",))  # type: ignore[untyped-decorator]
    def theme(self) -> Response:
        """Note the colours that were switched to, so that they come along to other browsers."""
        user = _owner()
        with unit_of_work():
            operations.choose_theme(user, request.form.get("theme", ""), actor=user)
        return Response(status=204)

    @expose("/here")  # type: ignore[untyped-decorator]
    def here(self) -> Response:
        """Answer that one is logged in. Who types asks now and then, so that filling in a form is no idling."""
        return Response(status=204)


class UserSessionsPage(ConsolePage):
    """/admin/user/<id>/..."""

    permission = ("user", "U")
    menu_group = "People"
    in_menu = False

    @expose("/<id>/end-sessions", methods=("POST",))  # type: ignore[untyped-decorator]
    def end(self, id: str) -> Response:
        """Log a user out everywhere."""
        user = visible_or_404(User, id, "user", "U")
        with unit_of_work():
            ended = operations.end_sessions_of(user, actor=current_actor())
        flash(_logged_out(ended), "success" if ended else "message")
        return redirect(url_for("user.details_view", id=user.id), 303)

    @expose("/<id>/revoke", methods=("POST",))  # type: ignore[untyped-decorator]
    def revoke(self, id: str) -> Response:
        """End one token of the user's programs, or all."""
        user = visible_or_404(User, id, "user", "U")
        _revoke(user)
        return redirect(url_for("user.details_view", id=user.id), 303)


def _revoke(user: User) -> None:
    """End the token that the form names; all where it names none."""
    named, ended = request.form.get("id"), 1
    with unit_of_work():
        if named is None:
            ended = operations.revoke_tokens(user, actor=current_actor())
        else:
            operations.revoke_token(user, parse_key(ApiToken, named), actor=current_actor())
    if ended:
        flash(ngettext("%(num)s token is revoked.", "%(num)s tokens are revoked.", ended), "success")
    else:
        flash(gettext("There was no token left to revoke."), "message")


def show_in_account(template: str, tab: str, **values: Any) -> str:
    """Return a page of the account that has an address elsewhere."""
    page = next(view for view in console_of(current_app)._views if isinstance(view, AccountPage))
    return page.show(template, tab, **values)


def _owner() -> User:
    return cast(User, current_actor())


def _logged_out(number: int) -> str:
    if not number:
        return str(gettext("There was no other browser to log out."))
    return str(ngettext("%(num)s browser is logged out.", "%(num)s browsers are logged out.", number))
