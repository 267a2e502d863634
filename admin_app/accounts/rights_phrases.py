"""What each right is called in the middle of a sentence. Whole phrases: glued parts do not translate."""

from __future__ import annotations

from collections.abc import Mapping

from admin_app.core.permissions import ABILITIES, RESOURCES, Letter, Rights, Scope
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

LETTER_PHRASES: Mapping[tuple[str, Letter], str] = {
    ("user", Letter.CREATE): mark("create users"),
    ("user", Letter.READ): mark("see users"),
    ("user", Letter.UPDATE): mark("change users"),
    ("user", Letter.DELETE): mark("delete users"),
    ("role", Letter.CREATE): mark("create roles"),
    ("role", Letter.READ): mark("see roles"),
    ("role", Letter.UPDATE): mark("change roles"),
    ("role", Letter.DELETE): mark("delete roles"),
    ("survey", Letter.CREATE): mark("create surveys"),
    ("survey", Letter.READ): mark("see surveys"),
    ("survey", Letter.UPDATE): mark("change surveys"),
    ("survey", Letter.DELETE): mark("delete surveys"),
    ("question", Letter.CREATE): mark("create questions"),
    ("question", Letter.READ): mark("see questions"),
    ("question", Letter.UPDATE): mark("change questions"),
    ("question", Letter.DELETE): mark("delete questions"),
    ("reply", Letter.CREATE): mark("create replies"),
    ("reply", Letter.READ): mark("see replies"),
    ("reply", Letter.UPDATE): mark("change replies"),
    ("reply", Letter.DELETE): mark("delete replies"),
    ("invitation", Letter.CREATE): mark("create invitations"),
    ("invitation", Letter.READ): mark("see invitations"),
    ("invitation", Letter.UPDATE): mark("change invitations"),
    ("invitation", Letter.DELETE): mark("delete invitations"),
    ("view", Letter.CREATE): mark("create saved views"),
    ("view", Letter.READ): mark("see saved views"),
    ("view", Letter.UPDATE): mark("change saved views"),
    ("view", Letter.DELETE): mark("delete saved views"),
    ("media", Letter.CREATE): mark("upload files"),
    ("media", Letter.READ): mark("see files"),
    ("media", Letter.UPDATE): mark("change files"),
    ("media", Letter.DELETE): mark("delete files"),
    ("audit", Letter.CREATE): mark("write to the audit log"),
    ("audit", Letter.READ): mark("see the audit log"),
    ("audit", Letter.UPDATE): mark("change the audit log"),
    ("audit", Letter.DELETE): mark("delete from the audit log"),
    ("job", Letter.CREATE): mark("start jobs"),
    ("job", Letter.READ): mark("see jobs"),
    ("job", Letter.UPDATE): mark("change jobs"),
    ("job", Letter.DELETE): mark("delete jobs"),
    ("setting", Letter.CREATE): mark("create settings"),
    ("setting", Letter.READ): mark("see settings"),
    ("setting", Letter.UPDATE): mark("change settings"),
    ("setting", Letter.DELETE): mark("delete settings"),
}
ABILITY_PHRASES: Mapping[str, str] = {
    "survey.publish": mark("publish surveys"),
    "survey.share": mark("share surveys"),
    "reply.export": mark("download replies"),
    "reply.personal_data": mark("see personal answers"),
    "reply.free_text": mark("see what people wrote"),
    "reply.edit_answers": mark("change answers"),
    "record.restore": mark("bring back what was deleted"),
    "record.purge": mark("remove for good what was deleted"),
    "role.grant": mark("give roles and take them away"),
    "user.impersonate": mark("see the console as another user"),
    "setting.change": mark("change the settings of the installation"),
}
_SCOPES = {
    Scope.OWN: mark("their own"),
    Scope.SHARED: mark("their own and shared ones"),
    Scope.ALL: mark("all"),
}

# A cell of the matrix, or the name of an ability.
Right = tuple[str, Letter] | str

# In the order in which they are shown.
ALL_RIGHTS: tuple[Right, ...] = (*((name, letter) for name in RESOURCES for letter in Letter), *ABILITIES)


def phrase_of(right: Right) -> str:
    """Return a right in the words of a sentence, such as "delete replies"."""
    return _(ABILITY_PHRASES[right] if isinstance(right, str) else LETTER_PHRASES[right])


def scope_in_words(scope: Scope) -> str:
    """Return how far a right reaches, such as "their own"."""
    return _(_SCOPES[scope])


def reach_of(rights: Rights, right: Right) -> Scope | None:
    """Return how far `rights` reach with this one, None where they do not hold it. Abilities have no scope."""
    if isinstance(right, str):
        return Scope.ALL if right in rights.abilities else None
    return rights.grants.get(right)
