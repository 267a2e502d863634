"""The choices and matrix rows of one question: codes that were published are never used for something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.ids import public_id
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import code_fault
from admin_app.surveys.models import Choice, ChoiceAxis, Question
from admin_app.surveys.operations import checks
from admin_app.surveys.proposals import follows_code, propose_code
from admin_app.surveys.ranks import reorder

# More than anybody reads; longer lists than that are looked up elsewhere.
CHOICES_MOST = 5_000
AXES = {"choices": ChoiceAxis.CHOICE, "rows": ChoiceAxis.ROW}


def choices_of(value: Any) -> list[dict[str, Any]]:
    """Return clean {uid, code, label, exclusive, new}; ValueError names the first that cannot be taken.

    An empty code asks for one that is made of the label. `new` says that the uid is one that a page made for it.
    """
    if not isinstance(value, list | tuple) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError(_("Give a list of choices, each with a code and a label."))
    if len(value) > CHOICES_MOST:
        raise ValueError(_("A question has at most %(number)s choices.", number=figure(CHOICES_MOST)))
    wanted = [_choice(one) for one in value]
    for name in ("code", "uid"):
        given = Counter(one[name] for one in wanted if one[name])
        for twice in (one for one, times in given.items() if times > 1):
            raise ValueError(_("“%(text)s” stands there twice.", text=twice))
    return wanted


def _choice(value: Mapping[str, Any]) -> dict[str, Any]:
    code, label = checks.text_of(value.get("code")), checks.label(value.get("label", ""))
    if code and (fault := code_fault(code)):
        raise ValueError(_("“%(text)s”: %(fault)s", text=code, fault=fault))
    new, uid = checks.flag(value.get("new", False)), checks.text_of(value.get("uid", ""))
    exclusive = checks.flag(value.get("exclusive", False))
    return {
        "uid": checks.uid(uid) if new else uid,
        "code": code,
        "label": label,
        "exclusive": exclusive,
        "new": new,
    }


def set_choices(
    question: Question, name: str, wanted: Sequence[Mapping[str, Any]], *, follow: bool = False
) -> dict[str, tuple[Any, Any]]:
    """Make `wanted` the question's choices (or rows), in that order; return what changed for the audit log.

    One with a uid is that choice, also a retired one, which comes back. One without is new; with the code of a choice
    that is on offer now it is that choice. With `follow`, a code that was made of a label goes along with the label.
    """
    axis = AXES[name]
    there = [choice for choice in question.choices if choice.axis is axis]
    before = described(there)
    found = _find(there, wanted)
    codes = _codes(there, found, wanted, follow=follow)
    _drop(question, _missing(there, found))
    _free_codes(found, codes)
    kept = [choice or _add(question, axis, one["uid"]) for choice, one in zip(found, wanted, strict=True)]
    ranks = reorder([choice.rank for choice in kept])
    for choice, one, code, rank in zip(kept, wanted, codes, ranks, strict=True):
        choice.code, choice.label, choice.exclusive = code, one["label"], one["exclusive"]
        choice.rank, choice.retired_at = rank, None
    _require_unused(question, axis)
    after = described(sorted((one for one in question.choices if one.axis is axis), key=lambda one: one.rank))
    return {name: (before, after)} if before != after else {}


def _codes(
    there: Sequence[Choice], found: Sequence[Choice | None], wanted: Sequence[Mapping[str, Any]], *, follow: bool
) -> list[str]:
    """Return the code for each of `wanted`: the one it names, or one that is made of its label."""
    codes = [
        "" if follow and choice is not None and _goes_along(choice, one) else one["code"]
        for choice, one in zip(found, wanted, strict=True)
    ]
    # Also those that were published and are retired: their codes are never used again.
    staying = {choice.code for choice in _missing(there, found) if choice.published_at is not None}
    taken = {*filter(None, codes), *staying}
    for place, one in enumerate(wanted):
        if not codes[place]:
            codes[place] = propose_code(one["label"], taken)
            taken.add(codes[place])
    return codes


def _missing(there: Sequence[Choice], found: Sequence[Choice | None]) -> list[Choice]:
    """Return those of `there` that nobody wants any more."""
    wanted = {id(choice) for choice in found}
    return [choice for choice in there if id(choice) not in wanted]


def _goes_along(choice: Choice, one: Mapping[str, Any]) -> bool:
    unchanged = choice.published_at is None and one["code"] == choice.code
    return unchanged and one["label"] != choice.label and follows_code(choice.code, choice.label)


def _find(there: Sequence[Choice], wanted: Sequence[Mapping[str, Any]]) -> list[Choice | None]:
    """Return the choice that each of `wanted` is; None for a new one."""
    by_uid = {choice.uid: choice for choice in there}
    given = {one["uid"] for one in wanted if not one["new"] or one["uid"] in by_uid}
    if not given - {""} <= by_uid.keys():
        raise InvalidError(_("A choice is not there any more. Reload and try again."))
    by_code = {choice.code: choice for choice in there if choice.retired_at is None and choice.uid not in given}
    return [by_uid.get(one["uid"]) if one["uid"] else by_code.get(one["code"]) for one in wanted]


def _add(question: Question, axis: ChoiceAxis, uid: str) -> Choice:
    choice = Choice(axis=axis, uid=uid or public_id())
    question.choices.append(choice)
    return choice


def _drop(question: Question, gone: Sequence[Choice]) -> None:
    for choice in gone:
        if choice.published_at is None:
            question.choices.remove(choice)
        elif choice.retired_at is None:
            choice.retired_at = now()


def _free_codes(found: Sequence[Choice | None], codes: Sequence[str]) -> None:
    """Take away the codes that change, so that two choices can exchange theirs under the unique constraint."""
    for choice, code in zip(found, codes, strict=True):
        if choice is None or choice.code == code:
            continue
        if choice.published_at is not None:
            sentence = _(
                "The code “%(code)s” is fixed: “%(label)s” has been published.",
                code=choice.code,
                label=choice.label[:80],
            )
            raise InvalidError(_("A code cannot change once it has been published."), fields={"choices": sentence})
        choice.code = f"~{choice.uid}"
    db.session.flush()


def _require_unused(question: Question, axis: ChoiceAxis) -> None:
    seen: dict[str, Choice] = {}
    for choice in question.choices:
        if choice.axis is axis and seen.setdefault(choice.code, choice) is not choice:
            old = choice if choice.retired_at else seen[choice.code]
            sentence = _(
                "The code “%(code)s” belonged to “%(label)s”. Bring that back or take another code.",
                code=old.code,
                label=old.label[:80],
            )
            raise InvalidError(_("A code is never used for something else."), fields={"choices": sentence})


def described(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    """Return what the audit log keeps of choices: enough to have them again as they were."""
    return [_described(choice) for choice in choices]


def _described(choice: Choice) -> dict[str, Any]:
    one: dict[str, Any] = {"uid": choice.uid, "code": choice.code, "label": choice.label}
    marks = {"exclusive": choice.exclusive, "retired": choice.retired_at is not None}
    return one | {name: True for name, set_ in marks.items() if set_}


def choices_again(_question: Question, value: Any) -> list[dict[str, Any]]:
    """Return choices as `described()` told of them, for `set_choices()`; retired ones are left out and stay retired.

    ValueError for what an older program wrote down in words alone.
    """
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        raise ValueError(_("This was written down in words alone, without what is needed to have it again."))
    on_offer = [one for one in value if not one.get("retired")]
    # `new`: one that was removed meanwhile comes back under the identity that it had.
    return [
        {"uid": one["uid"], "code": one["code"], "label": one["label"], "exclusive": "exclusive" in one, "new": True}
        for one in on_offer
    ]
