"""Storing the replies of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import open_batch, record
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.replies.operations import store_replies
from admin_app.replies.text_index import look_late
from admin_app.surveys.models import Survey, SurveyState, SurveyVersion

IMPORT = "reply.import"
# So many rows are in memory at once.
CHUNK = 1_000


def version_for_import(survey: Survey, *, actor: Actor) -> SurveyVersion:
    """Return the version whose questions the imported replies answer; raise where none can be imported."""
    require(actor, "reply", "C", obj=survey)
    if survey.deleted_at is not None:
        raise NotFoundError(_("“%(title)s” was deleted. Bring it back first.", title=survey.title))
    if survey.state is SurveyState.ARCHIVED:
        raise ConflictError(_("“%(title)s” is archived and takes no replies any more.", title=survey.title))
    if survey.current_version is None:
        raise ConflictError(
            _("“%(title)s” has never been published. Publish it, then import the replies.", title=survey.title)
        )
    return survey.current_version


def import_replies(
    survey: Survey,
    version: SurveyVersion,
    records: Iterable[Mapping[str, Any]],
    *,
    actor: Actor,
) -> AuditBatch:
    """Store checked replies as one batch with one audit entry, which tells their number and none of their answers.

    `version` is what `version_for_import` gave. Returns the batch, which has the number; raises ConflictError when
    another version was published meanwhile.
    """
    db.session.refresh(survey)
    if version_for_import(survey, actor=actor).id != version.id:
        raise ConflictError(_("A new version was published meanwhile. Import the file again."))
    batch = open_batch(IMPORT, "reply", actor=actor)
    db.session.flush()
    stored, source = 0, iter(records)
    while chunk := list(islice(source, CHUNK)):
        stored += store_replies(survey, version, chunk, source="import", batch=batch)
    record(IMPORT, survey, actor=actor, changes={"replies": (None, stored)}, batch=batch)
    batch.records = stored
    look_late()
    db.session.flush()
    return batch
