"""How much a form may hold: counting its fields is cheap, taking two megabytes of them apart is not."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from flask import Flask, Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser


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


def register(app: Flask) -> None:
    """Let MAX_FORM_PARTS hold for every kind of form."""
    app.request_class = CountingRequest
