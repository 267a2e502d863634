"""The house rules that no linter knows, each with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "admin_app"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "vendor" not in path.parts)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(path: Path, method: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node.lineno


def test_only_unit_of_work_commits():
    """A second commit would part a change from its audit entry."""
    found = [f"{name_of(path)}:{line}" for path in MODULES for line in calls(path, "commit")]
    assert {place.split(":")[0] for place in found} == {"admin_app/core/db.py"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_and_files_stay_readable(path):
    """Nobody reads a function of 60 lines or a file of 400; the cure is a better noun, not a bigger screen."""
    text = path.read_text()
    assert text.count("\n") <= 300, "split it by noun"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 50, f"{node.name} is too long"


def test_each_module_says_what_it_is_for():
    assert [name_of(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))] == []


# What the policy would block, and what would smuggle text past the escaping.
FORBIDDEN = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", re.IGNORECASE),
    "an inline style": re.compile(r"<style|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"'{]", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "htmx code in an attribute": re.compile(r"hx-on|hx-vals\s*=\s*[\"']js:|hx-trigger\s*=\s*[\"'][^\"']*\["),
    "another host": re.compile(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", re.IGNORECASE),
}


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_keep_the_policy(path):
    """The Content-Security-Policy blocks all of these without a word; a page would just not work."""
    text = path.read_text()
    assert {what for what, pattern in FORBIDDEN.items() if pattern.search(text)} == set()


def test_no_markup_from_python_but_the_known():
    """`|safe` puts text on a page as it is; rich text goes through core.html.render()."""
    assert [name_of(path) for path in TEMPLATES if re.search(r"\|\s*safe\b", path.read_text())] == []


def test_every_setting_is_in_the_readme():
    from admin_app import declare_settings
    from admin_app.config import names

    declare_settings()
    readme = (ROOT / "README.md").read_text()
    assert [name for name in sorted(names()) if f"`CANVASS_{name}`" not in readme] == []


def test_the_project_names_no_machine():
    """A path or a host of whoever wrote it is noise to everybody else."""
    words = [
        "/".join(("", "work", "main")),
        ".".join(("registry", "npmjs", "org")),
        ".".join(("files", "pythonhosted", "org")),
    ]
    import subprocess

    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    names = [ROOT / name for name in listed if not name.endswith((".png", ".woff2", ".xlsx"))]
    found = [
        name_of(path)
        for path in names
        if path.is_file() and any(word in path.read_text(errors="ignore") for word in words)
    ]
    assert found == []
