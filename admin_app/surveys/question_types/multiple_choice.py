"""Several choices, with "other, please specify" where it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.core.words import figure, mark, mark_counted, ngettext
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import (
    QUESTION_TYPES,
    AnswerError,
    Answers,
    Column,
    GetList,
    SettingSpec,
    Summary,
)
from admin_app.surveys.question_types.single_choice import OTHER_CODE, OTHER_SETTING, SingleChoice
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

_TOO_FEW = mark_counted("Choose at least %(number)s answer.", "Choose at least %(number)s answers.")
_TOO_MANY = mark_counted("Choose at most %(number)s answer.", "Choose at most %(number)s answers.")
_JUST = mark_counted("Choose %(number)s answer.", "Choose %(number)s answers.")
_BETWEEN = mark("Choose %(fewest)s to %(most)s answers.")


class MultipleChoice(SingleChoice):
    """Stored as the list of the choices' codes, in the order of the choices; "other" alone is an empty list beside the
    text under KEY__other. A choice that is exclusive ("none of these") stands alone."""

    name = "multiple_choice"
    label = mark("Multiple choice")
    keywords = mark("checkboxes, tick boxes, several answers")
    icon = "checkbox"
    template = "public/fields/checkboxes.html"
    settings = (
        OTHER_SETTING,
        SettingSpec("min_choices", int, mark("Fewest choices"), least=1, most=1_000),
        SettingSpec("max_choices", int, mark("Most choices"), least=1, most=1_000),
    )

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        raw = [value for value in getlist(question.key) if value]
        other = self.chosen_other(question, getlist, raw, needs_code=False)
        codes = self.clean_codes(question, [value for value in raw if not (question.other and value == OTHER_CODE)])
        self._exclusive(question, codes, other)
        if not codes and not other:
            if question.required:
                raise AnswerError(self.required_message(question), name=question.key)
            return {question.key: None}
        self._enough(question, codes, other)
        return {question.key: codes, question.other_key: other} if other else {question.key: codes}

    def chosen_codes(self, question: QuestionSpec, answers: Mapping[str, Any]) -> list[str]:
        return list(answers.get(question.key) or [])

    def clean(self, question: QuestionSpec, raw: str) -> Any:
        return self.clean_codes(question, [raw])

    def clean_codes(self, question: QuestionSpec, raw: list[str]) -> list[str]:
        """Return the codes in the order of the choices, each once; AnswerError for one that is not on offer."""
        chosen = set(raw)
        if not chosen <= question.labels.keys():
            raise AnswerError(_("Choose from the answers on offer."), name=question.key)
        return [choice.code for choice in question.choices if choice.code in chosen]

    def _exclusive(self, question: QuestionSpec, codes: list[str], other: str) -> None:
        if len(codes) + bool(other) < 2:
            return
        if alone := self._alone(question, codes):
            sentence = _("“%(label)s” cannot stand beside another answer.", label=alone)
            raise AnswerError(sentence, name=question.key)

    @staticmethod
    def _alone(question: QuestionSpec, codes: list[str]) -> str:
        """Return the label of a choice among `codes` that must stand alone, or an empty text."""
        return next((one.label for one in question.choices if one.exclusive and one.code in codes), "")

    def _enough(self, question: QuestionSpec, codes: list[str], other: str) -> None:
        """Raise AnswerError for too few choices or too many; one that stands alone says all there is to say."""
        fewest, most = question.settings.get("min_choices"), question.settings.get("max_choices")
        if (fewest is None and most is None) or self._alone(question, codes):
            return
        number = len(codes) + bool(other)
        if fewest is not None and number < fewest:
            sentence = ngettext(*_TOO_FEW, fewest)
        elif most is not None and number > most:
            sentence = ngettext(*_TOO_MANY, most)
        else:
            return
        raise self.invalid(question, sentence)

    def note(self, question: QuestionSpec) -> str:
        """Return what the form says about how many to choose."""
        fewest, most = question.settings.get("min_choices"), question.settings.get("max_choices")
        if fewest and most:
            return ngettext(*_JUST, most) if fewest == most else _(_BETWEEN, fewest=figure(fewest), most=figure(most))
        if fewest:
            return ngettext(*_TOO_FEW, fewest)
        return ngettext(*_TOO_MANY, most) if most else ""

    def contradictions(self, question: QuestionSpec) -> list[str]:
        beside = sum(not choice.exclusive for choice in question.choices) + question.other
        fewest = question.settings.get("min_choices") or 0
        if question.choices and fewest > beside:
            return [_("At least %(fewest)s are asked for, and %(number)s are there.", fewest=fewest, number=beside)]
        return []

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        labels = [question.labels.get(code, code) for code in answers.get(question.key) or []]
        return "; ".join([*labels, *filter(None, [answers.get(question.other_key)])])

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        """One column whose cells are lists, joined by the file's format; the "other" text in a column of its own."""

        def value(answers: Mapping[str, Any]) -> list[str] | None:
            codes: list[str] | None = answers.get(question.key)
            if codes is None or not labels:
                return codes
            return [question.labels.get(code, code) for code in codes]

        return [Column(question.key, question.label, value), *self.other_column(question)]

    def choice_columns(self, question: QuestionSpec) -> list[Column]:
        """1 where a choice was taken, 0 where another answer was given."""

        def column(choice: ChoiceSpec) -> Column:
            def value(answers: Mapping[str, Any]) -> int | None:
                codes = answers.get(question.key)
                if codes:
                    return int(choice.code in codes)
                return None if codes is None and not answers.get(question.other_key) else 0

            return Column(f"{question.key}__{choice.code}", f"{question.label}: {choice.label}", value)

        return list(map(column, question.choices))

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        for code in answers[question.key] or []:
            summary.tally(code, times)
        summary.other += times * bool(answers.get(question.other_key))


QUESTION_TYPES.add(MultipleChoice.name, MultipleChoice())
