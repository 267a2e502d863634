"""The difference between two questionnaires as a page shows it: marks, names and words in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext

from admin_app.core.wording import Fate, Run, compare_words, plain_text
from admin_app.surveys.differences import RICH, Change, ChoiceChange, Difference, Mark, Part
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

MARKS: Mapping[Mark, tuple[Any, str]] = {
    Mark.ADDED: (lazy_gettext("Added"), "positive"),
    Mark.RETIRED: (lazy_gettext("Retired"), "danger"),
    Mark.REWORDED: (lazy_gettext("Reworded"), "accent"),
    Mark.CHOICES: (lazy_gettext("Choices"), "accent"),
    Mark.SETTINGS: (lazy_gettext("Settings"), "accent"),
    Mark.MOVED: (lazy_gettext("Moved"), "neutral"),
}
# Of one part: lists of a thousand are read on the build page.
CHOICES_SHOWN = 20
_FIELDS: Mapping[str, Any] = {
    "title": lazy_gettext("Title"),
    "label": lazy_gettext("Question"),
    "hint": lazy_gettext("Hint"),
    "description": lazy_gettext("Description"),
    "introduction": lazy_gettext("Introduction"),
    "thanks": lazy_gettext("Thanks"),
    "language": lazy_gettext("Language"),
    "key": lazy_gettext("Key"),
    "type": lazy_gettext("Type"),
    "required": lazy_gettext("Required"),
    "personal": lazy_gettext("Personal data"),
}


@dataclass(frozen=True)
class ShownChange:
    """One text or setting: what it is, and either its words or both values; `markup` where only the markup differs."""

    label: str
    runs: list[Run]
    before: str = ""
    after: str = ""
    markup: bool = False


@dataclass(frozen=True)
class ShownChoice:
    """One choice or row that differs; without `words` it is simply one of a question that is added."""

    mark: str
    words: str
    code: str
    row: bool
    runs: list[Run]


@dataclass(frozen=True)
class ShownPart:
    """One part that differs. `more` is the number of its choices beyond those that are shown.

    `answers` is how many there are to it, None where that is not told.
    """

    name: str
    kind: str
    key: str
    section: str
    left: str | None
    marks: list[tuple[str, str]]
    changes: list[ShownChange]
    choices: list[ShownChoice]
    more: int
    answers: int | None


def shown_parts(difference: Difference, answers: Mapping[str, int] | None = None) -> list[ShownPart]:
    """Return the parts in words; `answers` has the number for each question by its key."""
    return [_shown(part, answers or {}) for part in difference.parts]


def _shown(part: Part, answers: Mapping[str, int]) -> ShownPart:
    spec = part.spec
    kind = QUESTION_TYPES.get(spec.type) if part.is_question else None
    answered = part.before is not None and kind is not None and kind.asks
    choices = _offered(spec) if part.is_question and part.before is None else [*map(_choice, part.choices)]
    return ShownPart(
        name=_name(part),
        kind=_kind(part),
        key=spec.key if part.is_question else "",
        section=part.section,
        left=part.left,
        marks=[(str(MARKS[mark][0]), MARKS[mark][1]) for mark in part.marks],
        changes=[*map(_text, part.texts), *(_setting(part, change) for change in part.settings)],
        choices=choices[:CHOICES_SHOWN],
        more=max(0, len(choices) - CHOICES_SHOWN),
        answers=answers.get(spec.key) if answered else None,
    )


def _name(part: Part) -> str:
    spec = part.spec
    if isinstance(spec, Questionnaire):
        return str(gettext("Texts around the questions"))
    if part.is_question:
        return str(spec.label.strip() or gettext("(without a title)"))
    return str(spec.title.strip() or gettext("Section without a title"))


def _kind(part: Part) -> str:
    if part.is_section:
        return str(gettext("Section"))
    if not part.is_question:
        return ""
    return _type_words(part.spec.type)


def _type_words(name: str) -> str:
    kind = QUESTION_TYPES.get(name)
    return kind.words if kind is not None else name


def _text(change: Change) -> ShownChange:
    before, after = change.before, change.after
    if change.field in RICH:
        before, after = plain_text(before), plain_text(after)
    return ShownChange(str(_FIELDS[change.field]), compare_words(before, after), markup=before == after)


def _setting(part: Part, change: Change) -> ShownChange:
    label, before, after = change.field, _value(change.before), _value(change.after)
    if change.field in _FIELDS:
        label = str(_FIELDS[change.field])
        if change.field == "type":
            before, after = _type_words(change.before), _type_words(change.after)
    else:
        label = _setting_label(part, change.field.removeprefix("settings."))
    return ShownChange(label, [], before, after)


def _setting_label(part: Part, name: str) -> str:
    kind = QUESTION_TYPES.get(part.spec.type)
    spec = kind.known_settings.get(name) if kind is not None else None
    return str(gettext(spec.label)) if spec is not None else name


def _value(value: Any) -> str:
    if value is None or value == "":
        return str(gettext("not set"))
    if isinstance(value, bool):
        return str(gettext("yes") if value else gettext("no"))
    return str(value)


def _choice(change: ChoiceChange) -> ShownChoice:
    before = change.before.label if change.before is not None else ""
    after = change.after.label if change.after is not None else ""
    spec = change.after or change.before
    words = str(MARKS[change.mark][0])
    return ShownChoice(change.mark.value, words, spec.code if spec else "", change.row, compare_words(before, after))


def _offered(question: QuestionSpec) -> list[ShownChoice]:
    pairs = [(one, False) for one in question.choices] + [(one, True) for one in question.rows]
    return [ShownChoice("", "", one.code, row, [Run(Fate.SAME, one.label)]) for one, row in pairs]


def summary(difference: Difference) -> Iterator[tuple[str, str, int]]:
    """Yield (words, tone, number of questions) for each mark that there is."""
    for mark, (words, tone) in MARKS.items():
        if number := difference.number(mark):
            yield str(words), tone, number
