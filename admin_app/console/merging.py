"""Two people saved one record: what the form held first, what is stored now, what was typed, and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field, Form

from admin_app.audit.models import AuditEntry
from admin_app.console.conflicts import Clash, Version
from admin_app.console.field_values import belonging, is_kept, pairs_of, same, words_of_field
from admin_app.console.forms import OWN_FIELDS
from admin_app.core.wording import Fate, compare_words

MINE, THEIRS = "mine", "theirs"
CHOICES = frozenset({MINE, THEIRS})
# The radio buttons of a field that clashes are named after it.
TAKE = "canvass__take-"
# Shorter ones are read faster than a difference.
_WORDS_FEW = 4


@dataclass(frozen=True)
class Merge:
    """What a form is to hold now: each field as whoever changed it wants it, and as typed where both did."""

    pairs: list[tuple[str, Any]]
    clashes: list[str]
    # The fields that only they changed.
    theirs: list[str]
    # Whether something was typed that no page holds, and has to be typed again.
    retype: bool


def merge(base: Form | None, theirs: Form, mine: Form, sent: Sequence[tuple[str, Any]]) -> Merge:
    """Compare three states of one form field by field; `sent` is what was sent of `mine`.

    Without a base nobody can tell who changed what: then each field that differs clashes.
    """
    pairs: list[tuple[str, Any]] = []
    clashes, taken, retype = [], [], False
    for field in mine:
        if field.name in OWN_FIELDS:
            continue
        typed = belonging(sent, field)
        if not is_kept(field):
            pairs += typed
            retype = retype or any(value for _name, value in typed)
            continue
        other = theirs[field.short_name]
        stored = pairs_of(other)
        if not same(field, stored, other, typed):
            first = base[field.short_name] if base is not None else None
            if first is not None and same(first, typed, field, pairs_of(first)):
                typed = stored
                taken.append(field.short_name)
            elif first is None or not same(first, stored, other, pairs_of(first)):
                clashes.append(field.short_name)
        pairs += typed
    return Merge(pairs, clashes, taken, retype)


def clash_of(base: Field | None, theirs: Field, mine: Field, entries: Sequence[AuditEntry]) -> Clash:
    """Return what a page shows of a field that both changed; `entries` tell who did what since, the newest first."""
    name = mine.short_name
    names = {name, f"{name}_id"}
    entry = next((one for one in entries if names & one.changes.keys()), entries[0] if entries else None)
    before = None if base is None else words_of_field(base)
    return Clash(
        name=name,
        label=str(mine.label.text),
        base=before,
        theirs=_version(before, words_of_field(theirs)),
        mine=_version(before, words_of_field(mine)),
        who=entry.actor_name if entry else "",
        at=entry.at if entry else None,
    )


def _version(before: str | None, after: str) -> Version:
    if before is None or len(before.split()) < _WORDS_FEW:
        return Version(after, ())
    runs = compare_words(before, after)
    shared = any(run.fate is Fate.SAME and run.text.strip() for run in runs)
    return Version(after, runs if shared else ())
