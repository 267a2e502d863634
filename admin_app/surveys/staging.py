"""A file that is imported in two steps: what was found in it is shown first, then it becomes a survey or does not."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select

from admin_app.accounts.models import User
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.surveys.importers import Imported, Level, Remark
from admin_app.surveys.models import StagedImport, Survey
from admin_app.surveys.operations import import_survey
from admin_app.surveys.questionnaire import Questionnaire

# So long what was read waits for an answer.
KEPT = dt.timedelta(days=1)


def stage_import(file_name: str, imported: Imported, *, actor: User) -> StagedImport:
    """Keep what was read of a file for the actor, so that he can look at it; what nobody came back to is forgotten."""
    _require_making(actor)
    db.session.execute(delete(StagedImport).where(StagedImport.created_at < now() - KEPT))
    staged = StagedImport(
        user_id=actor.id,
        file_name=file_name[:200],
        content=imported.questionnaire.to_json(),
        remarks=[[one.level.value, one.place, one.sentence] for one in imported.remarks],
    )
    db.session.add(staged)
    db.session.flush()
    return staged


def find_staged(public_id: str, *, actor: User) -> StagedImport:
    """Return what the actor has sent under that id; NotFoundError when it was imported or forgotten, or is not his."""
    found = select(StagedImport).where(StagedImport.public_id == public_id, StagedImport.user_id == actor.id)
    staged = db.session.scalar(found)
    if staged is None:
        raise NotFoundError(_("This file was imported already, or it has waited too long. Send it again."))
    return staged


def read_staged(staged: StagedImport) -> Imported:
    """Return what was read of the file."""
    remarks = [Remark(Level(level), place, sentence) for level, place, sentence in staged.remarks]
    return Imported(Questionnaire.from_json(staged.content), remarks)


def import_staged(staged: StagedImport, *, without: bool, actor: User) -> Survey:
    """Make a survey of it, the actor's own; with `without` also where something cannot be carried over."""
    _require_making(actor)
    imported = read_staged(staged)
    if imported.of(Level.ERROR):
        raise ConflictError(_("The file has faults. Mend them and send it again."))
    if imported.of(Level.UNSUPPORTED) and not without:
        raise ConflictError(_("Some of the file cannot be carried over. Say that you want the rest without it."))
    # Whoever comes second, from another window, finds nothing.
    gone = delete(StagedImport).where(StagedImport.id == staged.id).returning(StagedImport.id)
    if db.session.scalar(gone) is None:
        raise NotFoundError(_("This file was imported already, or it has waited too long. Send it again."))
    return import_survey(imported.questionnaire, owner=actor, actor=actor)


def _require_making(actor: Actor) -> None:
    require(actor, "survey", "C")
    require(actor, "question", "C")
