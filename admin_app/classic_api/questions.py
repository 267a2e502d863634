"""Questions as the flaskForms API has them, and as surveys have them: types by their words, choices as they came."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from admin_app.core.errors import InvalidError
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.surveys.proposals import propose_code, propose_key
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import clean_text
from admin_app.surveys.question_types.points import Points
from admin_app.surveys.question_types.scale import Scale
from admin_app.surveys.question_types.settings import SENT_CHOICES, SENT_TYPE
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

# What clients call the types; every type also goes by its own name.
ALIASES: Mapping[str, str] = {
    "longtext": "long_text",
    "number": "decimal",
    "single": "single_choice",
    "radio": "single_choice",
    "multiple": "multiple_choice",
    "checkbox": "multiple_choice",
    "select": "single_choice",
}
# Settings that go without saying under such a word.
_LOOKS: Mapping[str, Mapping[str, Any]] = {"select": {"appearance": "dropdown"}, "radio": {"appearance": "radio"}}
WORD_LIMIT, CHOICES_MOST = 50, 1_000
# Of choices that are kept as they came, in characters of JSON.
CONTENT_LIMIT = 100_000
# Where choices came as objects: what their text may be called.
_TEXTS = ("label", "text", "content", "name", "title", "value")


def question_from(content: str, word: str, came: Any) -> QuestionSpec:
    """Return the question that a client means; its key is still to be made.

    What no type of that word can ask, such as a choice out of nothing, is asked as a short text, and goes by its word
    all the same.
    """
    word = clean_text(word)
    if len(word) > WORD_LIMIT:
        sentence = _("Use at most %(number)s characters.", number=figure(WORD_LIMIT))
        raise InvalidError(sentence, fields={"type": sentence})
    if len(elements_of(came)) > CHOICES_MOST:
        raise InvalidError(_("A question has at most %(number)s choices.", number=figure(CHOICES_MOST)))
    wanted = _question(content, word.casefold(), came)
    kept: dict[str, Any] = {}
    if wanted.type != word:
        kept[SENT_TYPE] = word
    if came is not None and came != [choice.label for choice in wanted.choices]:
        kept[SENT_CHOICES] = _kept(came)
    return replace(wanted, settings={**wanted.settings, **kept})


def _question(content: str, word: str, came: Any) -> QuestionSpec:
    plain = QuestionSpec("", "", "text", content)
    name = ALIASES.get(word, word)
    kind = QUESTION_TYPES.get(name)
    if kind is None:
        return plain
    labels = labels_of(came)
    wanted = replace(plain, type=name, settings=dict(_LOOKS.get(word, {})))
    if kind.has_choices:
        wanted = replace(wanted, choices=_choices(labels))
    elif isinstance(kind, Scale):
        wanted = replace(wanted, settings=_scale(came, labels))
    return plain if kind.find_faults(replace(wanted, label="?")) else wanted


def _choices(labels: Sequence[str]) -> tuple[ChoiceSpec, ...]:
    taken: set[str] = set()
    choices = []
    for label in labels:
        code = propose_code(label, taken)
        taken.add(code)
        choices.append(ChoiceSpec("", code, label))
    return tuple(choices)


def _scale(came: Any, labels: Sequence[str]) -> dict[str, Any]:
    """Return the settings of a scale with these points: numbers in a row, or words for its ends."""
    if isinstance(came, dict) and {"min", "max"} <= came.keys():
        return {name: came[name] for name in ("min", "max")}
    if not labels:
        return {}
    if isinstance(came, list) and came == list(range(came[0], came[0] + len(came)) if _is_whole(came[0]) else ()):
        return {"min": came[0], "max": came[-1]}
    return {"min": 1, "max": len(labels), "min_label": labels[0], "max_label": labels[-1]}


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kept(came: Any) -> Any:
    """Return JSON that came, after a look at whether it can be kept as it is; InvalidError when not."""
    if len(json.dumps(came, ensure_ascii=False)) > CONTENT_LIMIT:
        raise InvalidError(_("Use at most %(number)s characters.", number=figure(CONTENT_LIMIT)))
    return came


def elements_of(came: Any) -> list[Any]:
    """Return the choices in what came: the members of a list, or the values of an object."""
    if isinstance(came, list):
        return came
    return list(came.values()) if isinstance(came, dict) else []


def labels_of(came: Any) -> list[str]:
    """Return what people read of the choices that came."""
    return [_label(one) for one in elements_of(came)]


def _label(element: Any) -> str:
    if isinstance(element, dict):
        named = [element[name] for name in _TEXTS if isinstance(element.get(name), str | int | float)]
        element = named[0] if named else element
    return clean_text(element) if isinstance(element, str) else json.dumps(element, ensure_ascii=False)


def with_keys(questions: Sequence[QuestionSpec], taken: Collection[str] = ()) -> tuple[QuestionSpec, ...]:
    """Return questions with keys that are made of their labels, unlike each other and all that are taken."""
    used, found = set(taken), []
    for question in questions:
        key = propose_key(question.label, used)
        used.add(key)
        found.append(replace(question, key=key))
    return tuple(found)


def data_of(question: QuestionSpec) -> dict[str, Any]:
    """Return a question as the operation that adds one takes it."""
    return {
        "key": question.key,
        "type": question.type,
        "label": question.label,
        "settings": dict(question.settings),
        "choices": [{"code": choice.code, "label": choice.label} for choice in question.choices],
    }


def offers_of(question: QuestionSpec) -> list[tuple[str, Any]]:
    """Return (code, element) for each choice: what the form sends of it, and what clients know it by."""
    kind = QUESTION_TYPES[question.type]
    options = kind.options(question)
    elements: list[Any] = [option.label for option in options]
    labels = list(elements)
    if isinstance(kind, Points):
        elements = [int(option.code) for option in options]
    sent = question.settings.get(SENT_CHOICES)
    # Choices that were changed since are told as they are now.
    if len(elements_of(sent)) == len(options) and (isinstance(kind, Points) or labels_of(sent) == labels):
        elements = elements_of(sent)
    return [(option.code, element) for option, element in zip(options, elements, strict=True)]


def document_of(question: QuestionSpec, number: int) -> dict[str, Any]:
    """Return a question as clients read it."""
    return {
        "id": number,
        "content": question.label,
        "type": word_of(question),
        "replyContent": _content(question),
    }


def word_of(question: QuestionSpec) -> str:
    """Return what clients call the question's type."""
    return str(question.settings.get(SENT_TYPE) or question.type)


def _content(question: QuestionSpec) -> Any:
    elements = [element for _code, element in offers_of(question)]
    sent = question.settings.get(SENT_CHOICES)
    if not elements or elements == elements_of(sent):
        return sent
    return elements
