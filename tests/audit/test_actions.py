"""Whatever the program records has words, so that no page of the log shows a name of the program's own."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from admin_app.audit.actions import AUDIT_ACTIONS, words_for
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.core.permissions import ABILITIES, RESOURCES

PACKAGE = Path(__file__).parents[2] / "admin_app"
NAME = re.compile(rf"({'|'.join((*RESOURCES, 'section'))})\.[a-z_]+")
# Two make the name from a screen and its action (`test_bulk_actions_have_words` asks those), the others are given it.
MADE = {"console/bulk.py", "console/forms.py", "audit/typed.py", "jobs/rows.py"}


def recording(tree: ast.Module) -> Iterator[ast.expr]:
    """The first argument of every call that writes an entry or opens a batch."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in {"record", "record_selection", "open_batch", "enqueue_rows"} and node.args:
                yield node.args[0]


def recorded(path: Path) -> set[str]:
    """The names of the actions that a module records; a name that is looked up stands as a constant in the module."""
    tree = ast.parse(path.read_text())
    found = set()
    for argument in recording(tree):
        nodes = [argument] if isinstance(argument, ast.Constant) else ast.walk(tree)
        names = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        names = {name for name in names if NAME.fullmatch(name) and name not in set(ABILITIES) - set(AUDIT_ACTIONS)}
        assert names, f"{path}:{argument.lineno}: name the action with a constant of this module"
        found |= names
    return found


def test_every_recorded_action_has_words(app: Flask):
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if str(path.relative_to(PACKAGE)) not in MADE:
            found |= recorded(path)
    assert {"survey.open", "survey.publish", "user.deactivate", "reply.import", "job.cancel"} <= found
    assert sorted(found - set(AUDIT_ACTIONS)) == []
    assert sorted(set(AUDIT_ACTIONS) - found) == [], "nothing records these any more"


def test_bulk_actions_have_words(app: Flask):
    names = {
        f"{view.resource}.{action}"
        for view in app.extensions["admin"][0]._views
        for action, _label in getattr(view, "_actions", ())
    }
    assert "survey.close" in names
    assert sorted(names - set(AUDIT_ACTIONS)) == []


@pytest.mark.parametrize("name", ["", "A survey"])
def test_entries_speak(app: Flask, name: str):
    entry = AuditEntry(action="survey.publish", resource="survey", record_name=name)
    assert str(entry) == ("Survey published: A survey" if name else "Survey published")
    assert str(AuditBatch(action="survey.close", resource="survey", records=3)) == "Survey closed (3)"


def test_what_nobody_knows_any_more_keeps_its_name(app: Flask):
    assert words_for("survey.juggle") == "survey.juggle"
