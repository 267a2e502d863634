"""The pages that respondents see. They are drawn without session and user, so that no cookie is read or set."""

from __future__ import annotations

import secrets
import threading
import zlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from flask import Response, current_app, request
from flask_babel import gettext

from admin_app.core import html
from admin_app.core.words import figure
from admin_app.replies.form_checks import default_missing, sentences_for
from admin_app.settings.definitions import SETTINGS_REGISTRY
from admin_app.settings.installation import language, organisation
from admin_app.surveys.promises import promise
from admin_app.surveys.queries import PublicSurvey
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec
from admin_app.web.headers import static_url

# The name of the field that people do not see and programs fill in. No question's key has two underscores in a row.
TRAP = "canvass__website"
# Stands where the key belongs while a form is kept; nobody can write it into a questionnaire.
_KEY_MARK = secrets.token_hex(24)


class Problem(NamedTuple):
    """One line of the summary on top: what is wrong, and the field it leads to (empty: none)."""

    message: str
    name: str = ""


def render(template: str, status: int = 200, **context: Any) -> Response:
    """Return a public page. Not render_template(): its context processors would look for a logged-in user."""
    return Response(_draw(template, context), status, mimetype="text/html")


def _draw(template: str, context: Mapping[str, Any]) -> str:
    known = {
        "static_url": static_url, "rich": html.render, "root": request.script_root, "figure": figure,
        "direction": direction,
    }  # fmt: skip
    return current_app.jinja_env.get_template(f"public/{template}").render(known, **context)


def render_form(
    survey: PublicSurvey,
    questionnaire: Questionnaire,
    key: str,
    *,
    status: int = 200,
    values: Mapping[str, list[str]] | None = None,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    """Return the form with what was typed, the sentences at the fields, and `problem` on top of them."""
    text = _form(survey, questionnaire, key, values or {}, errors or {}, problem)
    return Response(text, status, mimetype="text/html")


def render_preview(
    survey: PublicSurvey,
    questionnaire: Questionnaire,
    *,
    template: str = "preview.html",
    status: int = 200,
    values: Mapping[str, list[str]] | None = None,
    errors: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return a form as respondents get it; it has no key, so nothing that is sent with it counts."""
    text = _form(survey, questionnaire, "", values or {}, errors or {}, "", template=template, more=more)
    return Response(text, status, mimetype="text/html")


def _form(
    survey: PublicSurvey,
    questionnaire: Questionnaire,
    key: str,
    values: Mapping[str, list[str]],
    errors: Mapping[str, str],
    problem: str,
    *,
    template: str = "form.html",
    more: Mapping[str, Any] | None = None,
) -> str:
    problems = [Problem(problem)] if problem else []
    problems += [Problem(message, name) for name, message in errors.items()]
    return _draw(
        template,
        {
            "survey": survey,
            "questionnaire": questionnaire,
            "key": key,
            "values": values,
            "first": lambda name: (values.get(name) or [""])[0],
            "errors": errors,
            "problems": problems,
            "kinds": QUESTION_TYPES,
            "told": sentences_for(questionnaire),
            "default_missing": default_missing(),
            "asking": _asking(),
            "promise": gettext(promise(anonymous=survey.anonymous)),
            "trap": TRAP,
            "asked": [one for one in questionnaire.questions() if QUESTION_TYPES[one.type].asks],
            "minutes": minutes_for(questionnaire),
            "at": _fields(questionnaire),
            **(more or {}),
        },
    )


def _asking() -> str:
    """Return who asks; nothing while the installation has only the program's own name."""
    name = organisation()
    return "" if name == SETTINGS_REGISTRY["organisation"].default else name


def direction(code: str) -> str:
    """Return in which direction the language of that code is written, for HTML; "auto" for one that is not known."""
    try:
        return str(Locale.parse(code, sep="-").text_direction)
    except (ValueError, UnknownLocaleError):
        return "auto"


class Field(NamedTuple):
    """Where an error's link leads to, and what stands there."""

    anchor: str
    label: str


def _fields(questionnaire: Questionnaire) -> dict[str, Field]:
    """The fields of the page by their names; a matrix has one for each row."""
    fields = {TRAP: Field(f"f-{TRAP}", gettext("Website"))}
    for question in questionnaire.questions():
        for name in (question.key, *QUESTION_TYPES[question.type].field_names(question)):
            fields[name] = Field(f"f-{name}", question.label)
        for row in question.rows:
            fields[question.row_key(row)] = Field(f"f-{question.row_key(row)}", row.label)
    return fields


def minutes_for(questionnaire: Questionnaire) -> int:
    """Return roughly how long the form takes: people read and choose in 8 seconds and write for 25."""
    return max(1, round(sum(map(_seconds_for, questionnaire.questions())) / 60))


def _seconds_for(question: QuestionSpec) -> int:
    kind = QUESTION_TYPES[question.type]
    return 25 if kind.free_text else 8 * max(1, len(question.rows))


class _Kept(NamedTuple):
    """An empty form, cut in two where its key belongs; as it is and as raw deflate streams."""

    head: bytes
    tail: bytes
    packed_head: bytes
    packed_tail: bytes


class FormCache:
    """Empty forms, drawn once. A version never changes, so what is kept is never stale; the least used go first."""

    def __init__(self, size: int = 50) -> None:
        self._size, self._lock = size, threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], _Kept] = OrderedDict()

    def response(self, survey: PublicSurvey, questionnaire: Questionnaire, key: str) -> Response:
        """Return the empty form with `key` in its place, compressed where the browser takes that."""
        kept = self._get(survey, questionnaire)
        if "gzip" not in request.headers.get("Accept-Encoding", ""):
            response = Response(b"".join((kept.head, key.encode(), kept.tail)), mimetype="text/html")
        else:
            response = Response(_joined(kept, key.encode()), mimetype="text/html")
            response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def _get(self, survey: PublicSurvey, questionnaire: Questionnaire) -> _Kept:
        name = (
            survey.sha256, survey.public_id, survey.anonymous, request.script_root, language(), organisation(),
        )  # fmt: skip
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
                return self._kept[name]
        head, _, tail = _form(survey, questionnaire, _KEY_MARK, {}, {}, "").encode().partition(_KEY_MARK.encode())
        kept = _Kept(head, tail, _deflated(head, zlib.Z_FULL_FLUSH), _deflated(tail, zlib.Z_FINISH))
        with self._lock:
            self._kept[name] = kept
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return kept


def _deflated(part: bytes, flush: int, level: int = 9) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(flush)


def _joined(kept: _Kept, key: bytes) -> bytes:
    """Return one gzip file of three parts that were compressed each for itself (RFC 1952): only the key is new."""
    check = zlib.crc32(kept.tail, zlib.crc32(key, zlib.crc32(kept.head)))
    size = len(kept.head) + len(key) + len(kept.tail)
    begin = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    packed_key = _deflated(key, zlib.Z_FULL_FLUSH, level=1)
    return b"".join(
        (begin, kept.packed_head, packed_key, kept.packed_tail, check.to_bytes(4, "little"), size.to_bytes(4, "little"))
    )
