"""The sheet "choices" of an XLSForm: questions with the same choices share a list."""

from __future__ import annotations

from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

Cells = dict[str, str]


class Lists:
    """The lists by what is in them, each under the key of the first question that has it."""

    def __init__(self) -> None:
        self.rows: list[Cells] = []
        self._names: dict[tuple[tuple[str, str], ...], str] = {}

    def name_for(self, question: QuestionSpec) -> str:
        """Return the name of the list of a question's choices, or an empty text where it has none to name."""
        specs = self._specs(question)
        if specs is None:
            return ""
        content = tuple((spec.code, spec.label) for spec in specs)
        if content not in self._names:
            self._names[content] = question.key
            self.rows += [{"list_name": question.key, "name": code, "label": label} for code, label in content]
        return self._names[content]

    def _specs(self, question: QuestionSpec) -> tuple[ChoiceSpec, ...] | None:
        kind = QUESTION_TYPES.get(question.type)
        if question.type == "yes_no" and kind is not None:
            # In English whoever takes the file: it must not change with its reader.
            return kind.options(question)
        return question.choices if kind is not None and kind.has_choices else None
