"""Storing uploads: the row and the file together, or neither."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from admin_app.audit.operations import record
from admin_app.core.db import db, on_rollback
from admin_app.core.errors import ForbiddenError, InvalidError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.media.content import Kind, TooLargeError, recognise
from admin_app.media.models import MediaFile
from admin_app.media.storage import storage
from admin_app.settings.queries import value

MEGABYTE = 1024 * 1024
NAME_BYTES = 255
# Controls, half surrogates, and what turns the direction of writing: a name could read backwards.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def most_bytes() -> int:
    """Return how many bytes a file may have."""
    return int(value("upload_megabytes")) * MEGABYTE


def store_file(name: str, data: bytes, *, actor: Actor) -> MediaFile:
    """Store what `actor` uploaded under a random name and return it; `name` is only shown.

    Raises TooLargeError, InvalidError and UnknownKindError for what is not taken.
    """
    require(actor, "media", "C")
    if actor.id is None:
        raise ForbiddenError(_("A file belongs to somebody, so somebody has to upload it."))
    if len(data) > most_bytes():
        raise TooLargeError(
            _("This file is larger than %(number)s MB. Make it smaller.", number=figure(int(value("upload_megabytes"))))
        )
    if not data:
        raise InvalidError(_("This file is empty. Choose another one."))
    kind, size = recognise(data)
    file = MediaFile(
        owner_id=actor.id,
        name=shown_name(name, kind),
        media_type=kind.media_type,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        width=size.width,
        height=size.height,
    )
    db.session.add(file)
    db.session.flush()
    # Nobody can ask for it before the row is there for everybody.
    where, public_id = storage(), file.public_id
    on_rollback(lambda: where.delete(public_id))
    where.save(public_id, data)
    facts = ("name", "media_type", "size", "sha256")
    record("media.create", file, actor=actor, changes={fact: (None, getattr(file, fact)) for fact in facts})
    return file


def shown_name(name: str, kind: Kind) -> str:
    """Return `name` without folders and odd characters, in at most 255 bytes, with an ending of its true kind."""
    text = unicodedata.normalize("NFC", _UNFIT.sub("", name.replace("\\", "/").rpartition("/")[2]))
    text = " ".join(text.split()).strip(". ") or _("picture")
    own = next((one for one in kind.extensions if text.lower().endswith(one)), "")
    stem, ending = text[: len(text) - len(own)], text[len(text) - len(own) :] or kind.extensions[0]
    return stem.encode()[: NAME_BYTES - len(ending)].decode(errors="ignore").rstrip() + ending
