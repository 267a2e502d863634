"""What a request may hold: how many fields a form, and how a JSON document has to be made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, request
from flask_babel import gettext
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser

from admin_app.core.errors import DomainError
from admin_app.web.forms import has_bad_characters

# Of a JSON document, in bytes and in nested lists and objects.
JSON_LIMIT, JSON_DEPTH = 2_000_000, 8
# Beyond these neither databases nor browsers count exactly.
_WHOLE_MOST = 2**53


class BodyError(DomainError):
    """What was sent cannot be read."""

    def __init__(self, message: str, status: int = 400, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message, fields=fields)
        self.status = status


class CountingParser(FormDataParser):
    """Refuses a form of too many fields before it is taken apart, as the parent does with multipart bodies only."""

    def _parse_urlencoded(
        self, stream: IO[bytes], mimetype: str, content_length: int | None, options: dict[str, str]
    ) -> Any:
        body = stream.read()
        if self.max_form_parts is not None and body.count(b"&") >= self.max_form_parts:
            raise RequestEntityTooLarge
        return super()._parse_urlencoded(BytesIO(body), mimetype, content_length, options)


class CountingRequest(Request):
    """A request whose form is counted before it is read."""

    form_data_parser_class = CountingParser


def read_json() -> dict[str, Any]:
    """Return the JSON object that was sent; BodyError for anything else, by the rules of `parse_json()`."""
    if request.mimetype != "application/json":
        raise BodyError(gettext("Send this as JSON."), 415)
    # Counting bytes is cheap, taking megabytes of them apart is not.
    body = request.get_data()
    if len(body) > JSON_LIMIT:
        raise BodyError(gettext("What was sent is larger than this installation takes."), 413)
    document = parse_json(body)
    if not isinstance(document, dict):
        raise BodyError(gettext("Send an object with names and values."))
    return document


def parse_json(text: bytes | str) -> Any:
    """Return the value that stands in `text` as JSON; BodyError where there is none.

    Its texts hold nothing that cannot be stored, its numbers are finite and exact, and no name stands in it twice.
    """
    try:
        value = json.loads(
            text.decode() if isinstance(text, bytes) else text, parse_constant=_refuse, object_pairs_hook=_object
        )
    except (ValueError, RecursionError) as error:
        raise BodyError(gettext("What was sent is no sound JSON.")) from error
    _check(value, JSON_DEPTH)
    return value


def _refuse(name: str) -> None:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(pairs)  # a name stands there twice
    return found


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str) and has_bad_characters(value):
        raise BodyError(gettext("This contains characters that cannot be stored."), 422)
    if isinstance(value, int | float) and not abs(value) <= _WHOLE_MOST:
        raise BodyError(gettext("A number in this is too large."), 422)
    if isinstance(value, dict | list):
        if not depth:
            raise BodyError(gettext("This is nested too deeply."))
        for one in (*value, *value.values()) if isinstance(value, dict) else value:
            _check(one, depth - 1)


def register(app: Flask) -> None:
    """Let MAX_FORM_PARTS hold for every kind of form."""
    app.request_class = CountingRequest
