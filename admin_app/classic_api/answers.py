"""Answers as clients send and read them: the choices by what these know them by, all else as JSON has it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from admin_app.classic_api.questions import offers_of
from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _
from admin_app.replies.answers import collect_one
from admin_app.results.answer_lists import Document, Writer
from admin_app.results.join import JoinedQuestion
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import Answers
from admin_app.surveys.question_types.settings import SENT_TYPE
from admin_app.surveys.question_types.single_choice import OTHER_CODE
from admin_app.surveys.question_types.yes_no import code_of
from admin_app.surveys.questionnaire import QuestionSpec

# Of answers that come again: how many are remembered of a question, and how long they may be.
_KNOWN, _SHORT = 2_000, 200


def answers_from(question: QuestionSpec, sent: Any) -> Answers:
    """Return the answers of a reply that says `sent` to a question; InvalidError with the reason if it does not fit."""
    fields = _fields(question, sent)
    return collect_one(question, lambda name: fields.get(name, []))


def _fields(question: QuestionSpec, sent: Any) -> dict[str, list[str]]:
    """Return what the form would hold."""
    if QUESTION_TYPES[question.type].has_rows:
        return _rows(question, sent)
    offers = offers_of(question)
    if offers:
        return _choices(question, offers, sent if isinstance(sent, list) else [sent])
    if _takes_anything(question) and not isinstance(sent, str):
        return {question.key: [json.dumps(sent, ensure_ascii=False)]}
    return {question.key: [_text(one) for one in (sent if isinstance(sent, list) else [sent])]}


def _takes_anything(question: QuestionSpec) -> bool:
    """Whether it is asked as a short text because nobody here knows the client's word for its type."""
    return question.type == "text" and SENT_TYPE in question.settings


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, dict | list | None):
        raise InvalidError(_("This is no answer to the question."))
    return json.dumps(value)


def _choices(question: QuestionSpec, offers: list[tuple[str, Any]], sent: list[Any]) -> dict[str, list[str]]:
    found = [(_code(offers, one), one) for one in sent]
    codes = [code for code, _one in found if code is not None]
    words = [_text(one) for code, one in found if code is None]
    if question.other and words:
        return {question.key: [*codes, OTHER_CODE], question.other_key: words}
    return {question.key: [*codes, *words]}


def _code(offers: list[tuple[str, Any]], sent: Any) -> str | None:
    """Return the code of what was chosen, by what it came as, by its words, or by the code itself."""
    wanted = json.dumps(sent, sort_keys=True)
    words = sent.strip() if isinstance(sent, str) else "yes" if sent is True else "no" if sent is False else wanted
    for code, element in offers:
        if json.dumps(element, sort_keys=True) == wanted or element == words:
            return code
    return next((code for code, _element in offers if code == words), None)


def _rows(question: QuestionSpec, sent: Any) -> dict[str, list[str]]:
    if not isinstance(sent, dict):
        raise InvalidError(_("Send an object with an answer for each row."))
    names = {row.label: row for row in question.rows} | {row.code: row for row in question.rows}
    offers = offers_of(question)
    fields = {}
    for name, value in sent.items():
        if name not in names:
            raise InvalidError(_("There is no row “%(name)s”.", name=name[:80]))
        fields[question.row_key(names[name])] = [_code(offers, value) or _text(value)]
    return fields


def writer_of(question: JoinedQuestion) -> Writer:
    """Return what makes the JSON text of the answer in a reply, as clients know it; of nothing where there is none."""
    spec = question.spec
    key, other_key = spec.key, spec.other_key
    shown = _reader(question, dict(offers_of(spec)))
    # The same few answers come again and again.
    known: dict[str | int, str] = {}

    def write(document: Document) -> str | None:
        value = document.get(key)
        other = document.get(other_key) if len(document) > 1 else None
        if other:
            given = [] if value is None else shown(value)
            return _json([*given, other] if question.type.name == "multiple_choice" else other)
        if value is None:
            return None
        if type(value) not in {str, int}:
            return _json(shown(value))
        text = known.get(value)
        if text is None:
            text = _json(shown(value))
            if len(known) < _KNOWN and len(text) < _SHORT:
                known[value] = text
        return text

    return write


def _reader(question: JoinedQuestion, elements: Mapping[str, Any]) -> Callable[[Any], Any]:
    if question.type.has_rows:
        rows = question.spec.row_labels
        return lambda value: {rows.get(row, row): elements.get(code, code) for row, code in value.items()}
    if elements:
        return lambda value: _elements(value, elements)
    return _parsed if _takes_anything(question.spec) else lambda value: value


def _elements(value: Any, elements: Mapping[str, Any]) -> Any:
    if isinstance(value, list):
        return [elements.get(code, code) for code in value]
    return elements.get(str(code_of(value)) if isinstance(value, bool) else str(value), value)


def _parsed(value: str) -> Any:
    """Return what was sent to a question of an unknown type: a list or an object is kept as its text."""
    if value[:1] not in {"[", "{"}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
