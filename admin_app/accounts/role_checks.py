"""What a role's name, description and rights may be. Each check returns what is stored, or raises ValueError."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

from admin_app.accounts.checks import has_unseen
from admin_app.core.permissions import ABILITIES, RESOURCES, SCOPES, Letter, Scope
from admin_app.core.words import figure
from admin_app.core.words import gettext as _

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 1000

Grants = Mapping[tuple[str, Letter], Scope]

# What is created inside of something else is one's own or shared as that is; the rest has no owner before it is there.
_CREATED_WITHIN = {"question", "reply", "invitation"}


def scopes_for(resource: str, letter: Letter) -> tuple[Scope, ...]:
    """Return how far a grant can reach: own and shared mean something only where rows belong to somebody."""
    alone = letter is Letter.CREATE and resource not in _CREATED_WITHIN
    return (Scope.ALL,) if alone or resource not in SCOPES else tuple(Scope)


def clean_role_name(text: str) -> str:
    """Return a role's name as it is stored."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()
    if not name:
        raise ValueError(_("Enter a name."))
    if len(name) > NAME_LENGTH:
        raise ValueError(_("Use at most %(number)s characters.", number=figure(NAME_LENGTH)))
    if has_unseen(name):
        raise ValueError(_("Use letters, digits and signs that can be seen."))
    return name


def clean_description(text: str) -> str:
    """Return a role's description as it is stored; it may be empty and have several lines."""
    plain = unicodedata.normalize("NFC", text).replace("\r\n", "\n").strip()
    if len(plain) > DESCRIPTION_LENGTH:
        raise ValueError(_("Use at most %(number)s characters.", number=figure(DESCRIPTION_LENGTH)))
    if has_unseen(re.sub(r"[\n\t]", " ", plain)):
        raise ValueError(_("Use letters, digits and signs that can be seen."))
    return plain


def clean_grants(given: Mapping[Any, Any], *, kept: Grants) -> dict[tuple[str, Letter], Scope]:
    """Return the grants in `given`: {(resource, letter): scope}, None for none.

    A scope that makes no sense there is taken only where it stands among those that the role has already (`kept`).
    """
    cleaned = {}
    for key, value in given.items():
        resource, letter = _known(key)
        if value is None:
            continue
        scope = _scope(value)
        if scope not in scopes_for(resource, letter) and kept.get((resource, letter)) is not scope:
            raise ValueError(_("There is no such reach for one of these rights; reload the page and choose again."))
        cleaned[resource, letter] = scope
    return cleaned


def _known(key: Any) -> tuple[str, Letter]:
    resource, letter = key
    if resource not in RESOURCES or letter not in set(Letter):
        raise ValueError(_("There is no such right; reload the page and choose again."))
    return resource, Letter(letter)


def _scope(value: Any) -> Scope:
    try:
        return Scope(value)
    except ValueError:
        raise ValueError(_("There is no such reach; reload the page and choose again.")) from None


def clean_abilities(given: Collection[Any]) -> frozenset[str]:
    """Return the names of abilities in `given`."""
    if not set(given) <= set(ABILITIES):
        raise ValueError(_("There is no such right; reload the page and choose again."))
    return frozenset(given)
