"""The words for what people did, by the name that entries carry. Each domain adds those of its own actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.core.registry import Registry

# Names stand in the log for ever and never change; the words follow the reader's language.
AUDIT_ACTIONS: Registry[Any] = Registry("audit actions")


def add_actions(words: Mapping[str, Any]) -> None:
    """Add the actions of one domain: name to words, such as "survey.publish" to "Survey published"."""
    for name, word in words.items():
        AUDIT_ACTIONS.add(name, word)


def words_for(action: str) -> str:
    """Return the words for an action, or its name where an older program wrote what nobody knows any more."""
    return str(AUDIT_ACTIONS.get(action) or action)
