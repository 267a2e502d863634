"""The words for what somebody may do: resources, letters, scopes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext

from admin_app.core.permissions import Letter, Rights, Scope

LETTER_WORDS: Mapping[Letter, Any] = {
    Letter.CREATE: lazy_gettext("Create"),
    Letter.READ: lazy_gettext("See"),
    Letter.UPDATE: lazy_gettext("Change"),
    Letter.DELETE: lazy_gettext("Delete"),
}
SCOPE_WORDS: Mapping[Scope, Any] = {
    Scope.OWN: lazy_gettext("own"),
    Scope.SHARED: lazy_gettext("own and shared"),
    Scope.ALL: lazy_gettext("all"),
}
RESOURCE_WORDS: Mapping[str, Any] = {
    "user": lazy_gettext("Users"),
    "role": lazy_gettext("Roles"),
    "survey": lazy_gettext("Surveys"),
    "question": lazy_gettext("Questions"),
    "reply": lazy_gettext("Replies"),
    "invitation": lazy_gettext("Invitations"),
    "view": lazy_gettext("Saved views"),
    "media": lazy_gettext("Files"),
    "audit": lazy_gettext("Audit log"),
    "job": lazy_gettext("Jobs"),
    "setting": lazy_gettext("Settings"),
}


def letters_in_words(rights: Rights, resource: str) -> str:
    """Return what `rights` allow on a resource, such as "Create: all, See: own and shared"."""
    held = [(letter, rights.grants[resource, letter]) for letter in Letter if (resource, letter) in rights.grants]
    said = (
        gettext("%(letter)s: %(scope)s", letter=LETTER_WORDS[letter], scope=SCOPE_WORDS[scope])
        for letter, scope in held
    )
    return ", ".join(said) or gettext("nothing")
