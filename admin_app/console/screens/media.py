"""Where the editor sends pictures: POST /admin/media/upload, answered in JSON."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, jsonify, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext

from admin_app.console.base import ConsolePage, add_page
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError, InvalidError
from admin_app.core.permissions import can
from admin_app.media.models import MediaFile
from admin_app.media.operations import most_bytes, store_file
from admin_app.web.actor import current_actor

ENDPOINT = "media_upload"


class UploadPage(ConsolePage):
    """One address, for scripts of the console."""

    permission = ("media", "C")
    menu_group, menu_icon = "System", "upload"
    in_menu = False

    @expose("/upload", methods=("POST",))  # type: ignore[untyped-decorator]
    def upload(self) -> Response:
        """Store the one file that was sent as `file`; say where it is, or in a sentence why it is not taken."""
        try:
            with unit_of_work():
                file = store_file(*_sent(), actor=current_actor())
        except DomainError as error:
            return _answer({"message": error.message}, error.status)
        return _answer(_shown(file), 201)


def _sent() -> tuple[str, bytes]:
    files = list(request.files.items(multi=True))
    if [name for name, _file in files] != ["file"]:
        raise InvalidError(gettext("Send one file at a time, and name its field “file”."))
    file = files[0][1]
    # One byte more than may be is enough to know that it is too large.
    return file.filename or "", file.stream.read(most_bytes() + 1)


def _shown(file: MediaFile) -> dict[str, Any]:
    return {"url": f"/media/{file.public_id}", "name": file.name, "width": file.width, "height": file.height}


def _answer(content: dict[str, Any], status: int) -> Response:
    response: Response = jsonify(content)
    response.status_code = status
    return response


def _make_room(endpoint: str | None, _values: Any) -> None:
    """Let those who may upload send more than a form may hold; this comes before anybody has looked into the body.

    A file that is a little too large is still read, so that the answer can say how large it may be.
    """
    if endpoint == f"{ENDPOINT}.upload" and can(current_actor(), "media", "C"):
        request.max_content_length = most_bytes() + current_app.config["MAX_CONTENT_LENGTH"]


def register(app: Flask) -> None:
    """Add /admin/media/upload to `app`."""
    app.url_value_preprocessor(_make_room)
    add_page(app, UploadPage(name=lazy_gettext("Uploads"), endpoint=ENDPOINT, url="/admin/media"))
