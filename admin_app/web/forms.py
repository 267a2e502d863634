"""Reading what was sent: nothing in an address or a form may break a query, a log line or a page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import wtforms
from flask import Flask, abort, request
from werkzeug.datastructures import ImmutableMultiDict

from admin_app.web.form_words import FormWords

# PostgreSQL stores neither; no keyboard types them.
_BAD = re.compile("[\x00\ud800-\udfff]")
_WHOLE = re.compile(r"-?[0-9]{1,18}\Z")
_SPACES = re.compile(r"\s+")
# A path of ours in plain ASCII. `//host`, `/\\host` and control characters lead elsewhere in some browsers.
_OWN_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,2000}\Z")
# A control character in one line of text is a mistake of whatever sent it.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Form(wtforms.Form):
    """The base of every form of ours: it says what is wrong in the reader's language."""

    class Meta:
        """WTForms' settings of the form."""

        def get_translations(self, _form: wtforms.Form) -> FormWords:
            """Return what translates the sentences of fields and validators."""
            return FormWords()


def has_bad_characters(text: str) -> bool:
    """Whether `text` holds what no database takes: NUL or half of a surrogate pair."""
    return _BAD.search(text) is not None


def without_bad_characters(text: str) -> str:
    """Return `text` without what no database takes."""
    return _BAD.sub("", text)


def clean_line(text: str | None, limit: int = 200) -> str:
    """Return `text` as one line of at most `limit` characters: NFC, single spaces, no control characters."""
    plain = _CONTROL.sub("", _SPACES.sub(" ", text or ""))
    return unicodedata.normalize("NFC", plain).strip()[:limit]


def to_int(text: str | None, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    """Return the whole number in `text`, held within the limits; `default` where there is none."""
    if text is None or not text.isascii() or not _WHOLE.match(text):
        return default
    return min(max(int(text), minimum), maximum)


def arg_int(name: str, default: int, *, minimum: int = 0, maximum: int = 2**31 - 1) -> int:
    """Return a number of the query string by the rules of `to_int()`; the first of several counts."""
    return to_int(request.args.get(name), default, minimum=minimum, maximum=maximum)


def arg_line(name: str, limit: int = 200) -> str:
    """Return a text of the query string as one clean line; empty where it is missing."""
    return clean_line(request.args.get(name), limit)


def record_id(text: str | None) -> int | None:
    """Return the primary key in `text`, or None for what cannot be one (then the answer is 404)."""
    number = to_int(text, 0, minimum=-1, maximum=2**31)
    return number if 0 < number < 2**31 else None


def own_path(text: str | None) -> str | None:
    """Return `text` where it is a path of this installation to go on to, else None."""
    return text if text and _OWN_PATH.match(text) else None


def _without_bad(pairs: Iterable[tuple[str, str]]) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict(
        [(name, without_bad_characters(value)) for name, value in pairs if not has_bad_characters(name)]
    )


def _guard() -> None:
    """Refuse addresses and field names with bad characters; take them out of query strings.

    Form values are left as they came: their fields clean them, or say what is wrong with them.
    """
    if has_bad_characters(request.path):
        abort(400)
    pairs = list(request.args.items(multi=True)) if request.query_string else []
    if any(has_bad_characters(text) for pair in pairs for text in pair):
        request.args = _without_bad(pairs)
    # Without a type there is no form in it, and looking for one takes time.
    if request.content_type and any(has_bad_characters(name) for name in (*request.form, *request.files)):
        abort(400)


def register(app: Flask) -> None:
    """Guard every request to `app`."""
    app.before_request(_guard)
