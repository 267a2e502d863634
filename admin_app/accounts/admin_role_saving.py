"""Saving a role whose change people will notice: first it is shown what happens to whom, then it is done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from flask import flash, request
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import Form

from admin_app.accounts import role_guards
from admin_app.accounts.impact import Impact
from admin_app.accounts.models import Role
from admin_app.accounts.role_forms import role_data
from admin_app.accounts.role_operations import rights_wanted
from admin_app.console.records import Answer
from admin_app.core.errors import DomainError
from admin_app.web.actor import current_actor

# What belongs to the question, not to the role.
_OF_THE_QUESTION = ("csrf_token", "confirmed", "seen", "asking", "revise")


class SavingMixin:
    """The edit page of a role: a form, a question where anybody is affected, and the way back from it."""

    # Rights that two people changed make a role that nobody has seen yet.
    merges_at_once = False

    typed_form: Any
    edit_template: str
    validate_form: Any
    _form_page: Any
    draft_name: Any
    _page: Any
    _record_values: Any
    get_url: Any

    def save_or_ask(self, role: Role) -> Answer | None:
        """Return the page that comes before saving what was posted, or None where nothing stands in the way of it."""
        if request.method != "POST":
            return None
        form = self.typed_form(role)
        if "revise" in request.form:
            answer: Answer = self._form_page(
                self.edit_template,
                form,
                200,
                model=role,
                conflict=None,
                draft=self.draft_name(role),
                **self._record_values(role),
            )
            return answer
        impact = self._impact(role, form)
        if impact is None or not impact.affected:
            # A script that only asks, to show the question as a dialog, sends the form anew when there is none.
            return Response(status=204) if "asking" in request.form else None
        seen = fingerprint(impact)
        if request.form.get("confirmed") == "1":
            if request.form.get("seen") == seen:
                return None
            flash(gettext("Whom this affects has changed meanwhile. Please look again."), "error")
        return self._question(role, impact, seen)

    def _impact(self, role: Role, form: Form) -> Impact | None:
        """Return what saving would do; None where it is refused, which saving says best."""
        if request.form.get("lock_version") != str(role.lock_version) or not self.validate_form(form):
            return None
        try:
            rights = rights_wanted(role, role_data(form.data))
            role_guards.check_given(rights, actor=current_actor())
            return role_guards.check_impact(role, rights, actor=current_actor())
        except DomainError:
            return None

    def _question(self, role: Role, impact: Impact, seen: str) -> Answer:
        page: Answer = self._page(
            "roles/difference.html",
            title=gettext("Save the role “%(name)s”?", name=role.name),
            verb=gettext("Save the role"),
            tone="primary",
            impact=impact,
            revise=True,
            post_url=self.get_url(".edit_view", id=role.id),
            cancel_url=self.get_url(".details_view", id=role.id),
            hidden=[*self._carried(), ("confirmed", "1"), ("seen", seen)],
        )
        return page

    @staticmethod
    def _carried() -> Iterator[tuple[str, str]]:
        for name, value in request.form.items(multi=True):
            if name not in _OF_THE_QUESTION:
                yield name, value


def fingerprint(impact: Impact) -> str:
    """Return what changes when the question would: the sentences, in short."""
    said = "\n".join(effect.sentence for effect in impact.effects())
    return hashlib.sha256(said.encode()).hexdigest()[:16]
