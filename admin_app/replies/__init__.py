"""Taking replies from people and from files."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, current_app

from admin_app.replies.upload_files import UploadFolder, install

EXTENSION = "canvass.imports"


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.audit.actions import add_actions
    from admin_app.audit.reverting import REVERTERS
    from admin_app.audit.undo import UNDO_RECORDS, add_ways
    from admin_app.core.permissions import SCOPES
    from admin_app.replies import (  # noqa: F401 - some register themselves
        admin,
        admin_import,
        admin_import_jobs,
        admin_preview,
        admin_trash,
        admin_trials,
        doctor,
        public,
        purge_jobs,
        text_jobs,
    )
    from admin_app.replies.audited import ACTIONS
    from admin_app.replies.importer_operations import IMPORT
    from admin_app.replies.queries import COUNTS
    from admin_app.replies.reverting import REVERTER
    from admin_app.replies.scopes import SCOPE
    from admin_app.replies.text_index import note_published
    from admin_app.replies.undoing import WAYS, imported_ids
    from admin_app.surveys.seams import PUBLISHED, REPLY_FACTS

    app.extensions[EXTENSION] = UploadFolder(Path(app.instance_path) / "imports")
    install(_folder)
    SCOPES.add("reply", SCOPE)
    REVERTERS.add("reply", REVERTER)
    REPLY_FACTS.add("replies", COUNTS)
    PUBLISHED.add("replies.texts", note_published)
    public.register(app)
    admin.register(app)
    admin_preview.register(app)
    admin_import.register(app)
    admin_trash.register()
    admin_trials.register(app)
    add_actions(ACTIONS)
    add_ways(WAYS)
    UNDO_RECORDS.add(IMPORT, imported_ids)


def _folder() -> UploadFolder:
    found: UploadFolder = current_app.extensions[EXTENSION]
    return found
