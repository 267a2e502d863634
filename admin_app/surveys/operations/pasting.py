"""Choices pasted as text, one a line: a list out of a spreadsheet, a mail or another survey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from admin_app.core.errors import InvalidError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Choice, Question
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.choices import AXES
from admin_app.surveys.operations.drafts import lock_question
from admin_app.surveys.operations.fields import QUESTION_FIELDS
from admin_app.surveys.operations.questions import apply_changes
from admin_app.surveys.operations.saving import tell
from admin_app.surveys.proposals import Pasted, read_choices

PASTE_LIMIT = 500_000


def paste_choices(question: Question, name: str, text: Any, *, replace: bool, actor: Actor) -> Pasted:
    """Add the choices (or the rows) in `text` to those that are there, or put them in their place.

    Returns what was read. When they are replaced, a choice that is there already stays what it is: the one with the
    code of the line, else with its label.
    """
    require(actor, "question", "U", obj=question)
    lines = _lines(text)
    lock_question(question, choices=True)
    there = [one for one in question.choices if one.axis is AXES[name]]
    shown = sorted((one for one in there if one.retired_at is None), key=lambda one: (one.rank, one.id))
    if replace:
        pasted = read_choices(lines, {one.code for one in there if one.retired_at is not None})
        wanted = [_known_or_new(shown, code, label) for code, label in pasted.choices]
    else:
        pasted = read_choices(lines, {one.code for one in there}, {one.label for one in shown})
        wanted = [_described(one.uid, one.code, one.label, one) for one in shown]
        wanted += [_described("", code, label) for code, label in pasted.choices]
    if not pasted.choices:
        raise InvalidError(_("There is no choice in this text that is not there already."))
    clean = checks.clean_fields({name: wanted}, QUESTION_FIELDS)
    tell("question.update", question, apply_changes(question, clean), actor=actor)
    return pasted


def _lines(text: Any) -> str:
    try:
        lines = checks.text_of(text)
        if len(lines) > PASTE_LIMIT:
            raise ValueError(_("Use at most %(number)s characters.", number=figure(PASTE_LIMIT)))
    except ValueError as error:
        raise InvalidError(_("This text cannot be taken."), fields={"text": str(error)}) from error
    return lines


def _known_or_new(shown: Sequence[Choice], code: str, label: str) -> dict[str, Any]:
    known = next((one for one in shown if one.code == code), None)
    known = known or next((one for one in shown if one.label == label), None)
    if known is None:
        return _described("", code, label)
    return _described(known.uid, known.code if known.published_at else code, label, known)


def _described(uid: str, code: str, label: str, choice: Choice | None = None) -> dict[str, Any]:
    return {"uid": uid, "code": code, "label": label, "exclusive": choice is not None and choice.exclusive}
