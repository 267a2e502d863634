"""GET /media/<public_id>: pictures to whoever has their address, anything else only to staff and only to be saved."""

from __future__ import annotations

import logging

from flask import Blueprint, Flask, Response, abort, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from admin_app.media.content import IMAGES
from admin_app.media.models import MediaFile
from admin_app.media.queries import file_at
from admin_app.media.storage import storage
from admin_app.web.actor import NOBODY, current_actor
from admin_app.web.downloads import chunks, disposition

logger = logging.getLogger(__name__)

# Opened by itself a file is a document of this origin: it may load and run nothing, and has no origin.
POLICY = "default-src 'none'; sandbox"
_YEAR = 365 * 24 * 3600

blueprint = Blueprint("media", __name__)


@blueprint.get("/media/<public_id>")
def file(public_id: str) -> BaseResponse:
    """Send a file. What lies under an address never changes, so browsers need not ask for it twice."""
    found = file_at(public_id)
    if found is None:
        abort(404)
    is_image = found.media_type in IMAGES
    if not is_image and current_actor() is NOBODY:
        return redirect(url_for("auth.login", next=request.path), 303)
    response = _answer(found)
    g.canvass_csp = POLICY
    response.headers["Content-Disposition"] = disposition("inline" if is_image else "attachment", found.name)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if is_image else "private, no-cache"
    return response


def _answer(found: MediaFile) -> Response:
    """Return the file, or that the browser's copy is still good."""
    if request.if_none_match.contains_weak(found.sha256):
        response = Response(status=304)
    else:
        stream = storage().open(found.public_id)
        if stream is None:
            logger.error("The file %s is not in the storage.", found.public_id)
            abort(404)
        response = Response(chunks(stream), mimetype=found.media_type)
        # Also where nobody reads it: a HEAD, or somebody who has left.
        response.call_on_close(stream.close)
        response.content_length = found.size
    response.set_etag(found.sha256)
    return response


def register(app: Flask) -> None:
    """Serve uploads at `app`."""
    app.register_blueprint(blueprint)
