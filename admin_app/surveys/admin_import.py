"""Importing a questionnaire: a file is sent, its findings are shown, and then it becomes a survey."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from flask import Flask, current_app, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from werkzeug.datastructures import FileStorage

from admin_app.accounts.models import User
from admin_app.audit.operations import batched, open_batch
from admin_app.console.base import PALETTE_COMMANDS, Command, ConsolePage, add_page
from admin_app.console.undo import with_undo
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError, InvalidError
from admin_app.core.permissions import can, require
from admin_app.surveys.importers import IMPORTERS, Imported, Level, Remark, importer_for
from admin_app.surveys.importers.workbook import MAX_BYTES
from admin_app.surveys.models import StagedImport
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.staging import find_staged, import_staged, read_staged, stage_import
from admin_app.web.actor import current_actor
from admin_app.web.forms import clean_line

ENDPOINT = "survey_import"
# Nobody reads more; what it is worth saying beyond that is said by the number.
MOST_SHOWN = 500

PALETTE_COMMANDS.add(
    "survey.import", Command(lazy_gettext("Import a survey"), "file-import", ("survey", "C"), f"{ENDPOINT}.index")
)


class ImportPage(ConsolePage):
    """Two steps, so that nobody is surprised by what was left out."""

    permission = ("survey", "C")
    menu_group, menu_icon = "Surveys", "upload"
    in_menu = False

    @expose("/import", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def index(self) -> Any:
        """Ask for a file, read it, and lead to what was found."""
        require(current_actor(), "question", "C")
        if request.method == "GET":
            return self._asking()
        try:
            file, name = _sent()
            imported = _read(file, name)
            with unit_of_work():
                staged = stage_import(name, imported, actor=_me())
        except DomainError as error:
            return self._asking(error.message), error.status
        return redirect(url_for(".findings", id=staged.public_id), 303)

    @expose("/import/<id>", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def findings(self, id: str) -> Any:
        """Show what was found; then import it."""
        try:
            staged = find_staged(id, actor=_me())
        except DomainError as error:
            flash(error.message, "error")
            return redirect(url_for(".index"), 303)
        if request.method == "GET":
            return self._found(staged)
        try:
            with unit_of_work() as session:
                batch = open_batch("survey.import", "survey", actor=_me())
                session.flush()
                with batched(batch):
                    survey = import_staged(staged, without=request.form.get("without") == "1", actor=_me())
        except DomainError as error:
            flash(error.message, "error")
            return redirect(url_for(".findings", id=id), 303)
        told = gettext("“%(title)s” was imported. It is a draft: look at it, then publish it.", title=survey.title)
        flash(with_undo(told, batch), "success")
        return redirect(url_for("survey.details_view", id=survey.id), 303)

    def _asking(self, fault: str = "") -> str:
        extensions = sorted({one for importer in IMPORTERS.values() for one in importer.extensions})
        page: str = self.render(
            "surveys/import.html", fault=fault, extensions=extensions, megabytes=MAX_BYTES // 1024 // 1024
        )
        return page

    def _found(self, staged: StagedImport) -> str:
        imported = read_staged(staged)
        remarks = imported.remarks
        page: str = self.render(
            "surveys/import_findings.html",
            staged=staged,
            questionnaire=imported.questionnaire,
            number=len(list(imported.questionnaire.questions())),
            faults=len(imported.of(Level.ERROR)),
            lost=len(imported.of(Level.UNSUPPORTED)),
            remarks=_by_sheet(remarks[:MOST_SHOWN]),
            more=max(len(remarks) - MOST_SHOWN, 0),
            kinds=QUESTION_TYPES,
        )
        return page


_WORDS = {
    Level.ERROR: (lazy_gettext("Fault"), "danger"),
    Level.UNSUPPORTED: (lazy_gettext("Left out"), "warning"),
    Level.NOTE: (lazy_gettext("Note"), "neutral"),
}


def _by_sheet(remarks: list[Remark]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return what was found, sheet by sheet in the order of the file."""
    sheets: dict[str, list[dict[str, Any]]] = {}
    for remark in remarks:
        (sheet, row, column), (words, tone) = remark.cell, _WORDS[remark.level]
        shown = {"row": row, "column": column, "words": words, "tone": tone, "sentence": remark.sentence}
        sheets.setdefault(sheet, []).append(shown)
    return list(sheets.items())


def _me() -> User:
    """Return who is logged in; before the page is opened others were turned away."""
    actor = current_actor()
    assert isinstance(actor, User)
    return actor


def _sent() -> tuple[FileStorage, str]:
    """Return the file that was sent and what it is called, without folders and what no name has."""
    file = request.files.get("file")
    name = (
        clean_line((file.filename or "") if file is not None else "", 1000).replace("\\", "/").rpartition("/")[2][-100:]
    )
    if file is None or not name.strip(". "):
        raise InvalidError(gettext("Choose a file first."))
    return file, name


def _read(file: FileStorage, name: str) -> Imported:
    importer = importer_for(Path(name))
    with closing(file), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        # One byte more than may be is enough to know that it is too large.
        path.write_bytes(file.stream.read(MAX_BYTES + 1))
        return importer.read(path)


def _make_room(endpoint: str | None, _values: Any) -> None:
    """Let those who may make surveys send more than a form may hold, before anybody has looked into the body."""
    if endpoint == f"{ENDPOINT}.index" and can(current_actor(), "survey", "C"):
        request.max_content_length = MAX_BYTES + current_app.config["MAX_CONTENT_LENGTH"]


def register(app: Flask) -> None:
    """Add /admin/survey/import to `app`."""
    app.url_value_preprocessor(_make_room)
    add_page(app, ImportPage(name=lazy_gettext("Import"), endpoint=ENDPOINT, url="/admin/survey"))
