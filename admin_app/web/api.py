"""What every door for programs shares: how parameters are read, of which kinds they are, and how often one may ask.

A door has no session and sets no cookie, so nothing can be forged in anybody's name and there is no CSRF token to ask
for. What goes wrong is told by `web.errors`, in the shape that the door has chosen there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import g, request
from flask_babel import gettext
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from admin_app.core.words import mark
from admin_app.web.bodies import BodyError, parse_json, read_json
from admin_app.web.forms import has_bad_characters

BLANK = mark("This field cannot be blank")
_FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
# What a database's integer holds, and what nobody's number can be beyond.
_NUMBER_MOST = 2**31 - 1


class Sent(str):
    """A text that stood in a form or a header, where there is nothing but texts."""

    __slots__ = ()


class Text(fields.Field[str]):
    """A text, as it was sent."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(gettext("Send this as text."))
        return str(value)


class Number(fields.Field[int]):
    """A whole number that is not negative, also as its digits."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _NUMBER_MOST:
            raise ValidationError(gettext("Send a whole number."))
        return value


class Json(fields.Field[Any]):
    """Any JSON: a part of the document that was sent, or written out in a form or a header."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **_: Any) -> Any:
        if not isinstance(value, Sent):
            return value
        try:
            return parse_json(value)
        except BodyError as error:
            raise ValidationError(error.message) from error


class Parameters(Schema):
    """What one address takes: a field for each parameter. What it does not name is left alone."""

    class Meta:
        """Marshmallow's settings."""

        unknown = EXCLUDE

    @classmethod
    def read(cls) -> dict[str, Any]:
        """Return the parameters of the running request; BodyError with a sentence for each that cannot be taken."""
        schema = _schema(cls)
        sent = {name: value for name in schema.fields if not _is_blank(value := parameter(name))}
        missing = {name: BLANK for name, field in schema.fields.items() if field.required and name not in sent}
        try:
            values: dict[str, Any] = schema.load(sent, partial=True)
        except ValidationError as error:
            missing |= {name: str(sentences[0]) for name, sentences in error.messages_dict.items()}
        if missing:
            raise BodyError(gettext("Some fields need another look."), fields=missing)
        return values


@cache
def _schema(kind: type[Parameters]) -> Parameters:
    """Return the one schema of its kind: to make it takes longer than to read with it."""
    return kind()


def parameter(name: str) -> Any:
    """Return what was sent as `name`: in the JSON document or form, else in the header of that name; None without.

    Query strings are not read: they stand in the log of every proxy.
    """
    body = _body()
    if name in body:
        return body[name]
    header = request.headers.get(name)
    return None if header is None else _storable(name, _decoded(header))


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _body() -> Mapping[str, Any]:
    """Return the body by its names; read once for each request."""
    if "canvass_body" not in g:
        g.canvass_body = _read_body()
    found: Mapping[str, Any] = g.canvass_body
    return found


def _read_body() -> Mapping[str, Any]:
    if request.mimetype in _FORMS:
        return {name: _single(name, values) for name, values in request.form.lists()}
    # Who sends parameters as headers may name a kind of body all the same.
    return read_json() if request.get_data() else {}


def _single(name: str, values: list[str]) -> Sent:
    if len(values) > 1:
        raise BodyError(gettext("Some fields need another look."), fields={name: gettext("Send this once.")})
    return _storable(name, values[0])


def _storable(name: str, text: str) -> Sent:
    if has_bad_characters(text):
        sentence = gettext("This contains characters that cannot be stored.")
        raise BodyError(sentence, 422, fields={name: sentence})
    return Sent(text)


def _decoded(header: str) -> str:
    """Return a header's text: WSGI hands its bytes over as Latin-1, and most programs send UTF-8."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeError:
        return header
