"""A questionnaire as plain frozen data: what a version's snapshot holds and what a draft looks like.

The public form, submissions, results and exports read this, never the tables. It is built from a snapshot once and kept
in the process by the snapshot's hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

FORMAT = 1


@dataclass(frozen=True)
class ChoiceSpec:
    """One choice, or one row of a matrix."""

    uid: str
    code: str
    label: str
    exclusive: bool = False


@dataclass(frozen=True)
class QuestionSpec:
    """One question with everything that its type needs to ask it, check an answer and count answers."""

    uid: str
    key: str
    type: str
    label: str
    hint: str = ""
    description: str = ""
    required: bool = False
    personal: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    choices: tuple[ChoiceSpec, ...] = ()
    rows: tuple[ChoiceSpec, ...] = ()

    @cached_property
    def labels(self) -> dict[str, str]:
        """Choice labels by code."""
        return {choice.code: choice.label for choice in self.choices}

    @cached_property
    def row_labels(self) -> dict[str, str]:
        """Row labels by code."""
        return {row.code: row.label for row in self.rows}

    @property
    def other(self) -> bool:
        """Whether "other, please specify" is offered."""
        return bool(self.settings.get("other"))

    @property
    def other_key(self) -> str:
        """The name of the "other" text in forms, answers and files."""
        return f"{self.key}__other"

    def row_key(self, row: ChoiceSpec) -> str:
        """The name of one matrix row in forms and files."""
        return f"{self.key}__{row.code}"


@dataclass(frozen=True)
class SectionSpec:
    """One page of the questionnaire."""

    uid: str
    title: str
    description: str = ""
    questions: tuple[QuestionSpec, ...] = ()


@dataclass(frozen=True)
class Questionnaire:
    """The whole questionnaire; rich texts are sanitised already."""

    title: str
    introduction: str = ""
    thanks: str = ""
    language: str = "en"
    sections: tuple[SectionSpec, ...] = ()

    def questions(self) -> Iterator[QuestionSpec]:
        """Yield all questions in order."""
        for section in self.sections:
            yield from section.questions

    @cached_property
    def by_key(self) -> dict[str, QuestionSpec]:
        """Questions by key."""
        return {question.key: question for question in self.questions()}

    def to_json(self) -> str:
        """Return the canonical JSON text: sorted keys, no white space, so that equal content has one hash."""
        document = {"format": FORMAT, **asdict(self)}
        return json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> Questionnaire:
        """Return the questionnaire of a snapshot; ValueError when it is of a format not known here."""
        document = json.loads(text)
        if document.pop("format", None) != FORMAT:
            raise ValueError("This snapshot was written by another version of Canvass.")
        sections = tuple(
            SectionSpec(**{**section, "questions": tuple(_question(one) for one in section["questions"])})
            for section in document.pop("sections")
        )
        return cls(**document, sections=sections)


def _question(document: dict[str, Any]) -> QuestionSpec:
    lists = {name: tuple(ChoiceSpec(**one) for one in document[name]) for name in ("choices", "rows")}
    return QuestionSpec(**{**document, **lists})


def sha256_of(text: str) -> str:
    """Return the hexadecimal SHA-256 of a snapshot."""
    return hashlib.sha256(text.encode()).hexdigest()
