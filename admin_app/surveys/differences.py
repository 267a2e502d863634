"""What differs between two questionnaires, part by part: what publishing will change, what a version changed.

Parts are the same when their uids are. Whatever makes the hash of a questionnaire another one makes a difference here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec
from admin_app.surveys.ranks import in_order

# A whole questionnaire stands for the texts around its questions.
Spec = Questionnaire | SectionSpec | QuestionSpec

# Of what is rich, the words are compared and not the markup.
RICH = frozenset({"description", "introduction", "thanks"})
_TEXTS = ("title", "label", "hint", "introduction", "description", "thanks")
_FLAGS = ("key", "type", "required", "personal", "language")


class Mark(StrEnum):
    """What happened to a part, or to a choice of one."""

    ADDED = "added"
    RETIRED = "retired"
    REWORDED = "reworded"
    CHOICES = "choices"
    SETTINGS = "settings"
    MOVED = "moved"


@dataclass(frozen=True)
class Change:
    """One text or setting that is another one; a setting of the question's type is named "settings.min"."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ChoiceChange:
    """What happened to one choice, or to one row of a matrix; None where it is not there."""

    mark: Mark
    row: bool
    before: ChoiceSpec | None
    after: ChoiceSpec | None


@dataclass(frozen=True)
class Part:
    """The survey itself, a section or a question that differs; None where it is not there.

    `section` is the title of the section in which a question stands, or stood; `left` that of the one which it left for
    it.
    """

    before: Spec | None
    after: Spec | None
    marks: tuple[Mark, ...]
    section: str = ""
    left: str | None = None
    texts: tuple[Change, ...] = ()
    settings: tuple[Change, ...] = ()
    choices: tuple[ChoiceChange, ...] = ()

    @property
    def spec(self) -> Any:
        """The part as it is, or as it was before it was taken out."""
        return self.after if self.after is not None else self.before

    @property
    def is_question(self) -> bool:
        """Whether it is a question, which may have answers."""
        return isinstance(self.spec, QuestionSpec)

    @property
    def is_section(self) -> bool:
        """Whether it is a section."""
        return isinstance(self.spec, SectionSpec)


@dataclass(frozen=True)
class Difference:
    """All parts that differ, in the order of the later questionnaire; what was taken out stands behind its siblings."""

    parts: tuple[Part, ...]

    def __bool__(self) -> bool:
        return bool(self.parts)

    def number(self, mark: Mark) -> int:
        """Return how many questions bear `mark`."""
        return sum(1 for part in self.parts if part.is_question and mark in part.marks)

    def asked_before(self) -> list[Part]:
        """Return the questions that were asked before: those which may have answers."""
        return [part for part in self.parts if part.is_question and part.before is not None]


def compare(before: Questionnaire, after: Questionnaire) -> Difference:
    """Return what is different in `after`."""
    return Difference(tuple(_parts(before, after)))


def _parts(before: Questionnaire, after: Questionnaire) -> Iterator[Part]:
    if around := _part(before, after, moved=False):
        yield around
    old_sections = {section.uid: section for section in before.sections}
    old_places = _places(before)
    new_places = _places(after)
    moved = _moved([one.uid for one in before.sections], [one.uid for one in after.sections])
    for section in after.sections:
        was = old_sections.pop(section.uid, None)
        if part := _part(was, section, moved=section.uid in moved):
            yield part
        yield from _questions(was, section, old_places, new_places)
    for section in old_sections.values():
        yield Part(section, None, (Mark.RETIRED,))
        yield from _retired(section, new_places)


def _places(questionnaire: Questionnaire) -> dict[str, tuple[SectionSpec, QuestionSpec]]:
    """Return where each question stands, by its uid."""
    return {question.uid: (section, question) for section in questionnaire.sections for question in section.questions}


def _questions(
    was: SectionSpec | None,
    section: SectionSpec,
    old_places: dict[str, tuple[SectionSpec, QuestionSpec]],
    new_places: dict[str, tuple[SectionSpec, QuestionSpec]],
) -> Iterator[Part]:
    old = [one.uid for one in was.questions] if was is not None else []
    moved = _moved(old, [one.uid for one in section.questions])
    for question in section.questions:
        stood, before = old_places.get(question.uid, (section, None))
        left = stood.title if stood.uid != section.uid else None
        if part := _part(before, question, moved=left is not None or question.uid in moved):
            yield replace(part, section=section.title, left=left)
    if was is not None:
        yield from _retired(was, new_places)


def _retired(section: SectionSpec, new_places: dict[str, tuple[SectionSpec, QuestionSpec]]) -> Iterator[Part]:
    for question in section.questions:
        if question.uid not in new_places:
            yield Part(question, None, (Mark.RETIRED,), section.title)


def _part(before: Spec | None, after: Spec, *, moved: bool) -> Part | None:
    """Return what differs, or None where nothing does."""
    if before is None:
        return Part(None, after, (Mark.ADDED,))
    texts, settings, choices = _changes(before, after, _TEXTS), _settings(before, after), _choices(before, after)
    found = {Mark.REWORDED: texts, Mark.CHOICES: choices, Mark.SETTINGS: settings, Mark.MOVED: moved}
    marks = tuple(mark for mark, there in found.items() if there)
    return Part(before, after, marks, texts=texts, settings=settings, choices=choices) if marks else None


def _changes(before: Spec, after: Spec, fields: Sequence[str]) -> tuple[Change, ...]:
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in fields if hasattr(after, name)]
    return tuple(Change(name, old, new) for name, old, new in pairs if old != new)


def _settings(before: Spec, after: Spec) -> tuple[Change, ...]:
    flags = _changes(before, after, _FLAGS)
    if not isinstance(before, QuestionSpec) or not isinstance(after, QuestionSpec):
        return flags
    old, new = before.settings, after.settings
    names = [*old, *(name for name in new if name not in old)]
    # A setting that is there without a value is another one than a setting that is not there: the hash says so too.
    differing = [name for name in names if (name in old, old.get(name)) != (name in new, new.get(name))]
    return (*flags, *(Change(f"settings.{name}", old.get(name), new.get(name)) for name in differing))


def _choices(before: Spec, after: Spec) -> tuple[ChoiceChange, ...]:
    if not isinstance(before, QuestionSpec) or not isinstance(after, QuestionSpec):
        return ()
    return (
        *_choice_changes(before.choices, after.choices, row=False),
        *_choice_changes(before.rows, after.rows, row=True),
    )


def _choice_changes(before: Sequence[ChoiceSpec], after: Sequence[ChoiceSpec], *, row: bool) -> Iterator[ChoiceChange]:
    old = {one.uid: one for one in before}
    moved = _moved([one.uid for one in before], [one.uid for one in after])
    for one in after:
        was = old.pop(one.uid, None)
        if was is None:
            yield ChoiceChange(Mark.ADDED, row, None, one)
        elif was.label != one.label:
            yield ChoiceChange(Mark.REWORDED, row, was, one)
        elif was != one:
            yield ChoiceChange(Mark.SETTINGS, row, was, one)
        elif one.uid in moved:
            yield ChoiceChange(Mark.MOVED, row, was, one)
    for one in old.values():
        yield ChoiceChange(Mark.RETIRED, row, one, None)


def _moved(before: Sequence[str], after: Sequence[str]) -> frozenset[str]:
    """Return those of both lists that stand elsewhere: as few as explain the new order."""
    places = {uid: place for place, uid in enumerate(before)}
    common = [uid for uid in after if uid in places]
    staying = {common[place] for place in in_order([places[uid] for uid in common])}
    return frozenset(common) - staying
