"""Every gate of `make test` is seen to fail: a check that cannot fail checks nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program, *arguments = command
    # What measures this run's own coverage must not reach into the tools.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST"))}
    return subprocess.run(
        [str(BIN / program), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


# gate, file, what passes, what fails, command with {file}
GATES = {
    "ruff format": (
        "one.py",
        "x = 1\n",
        "x=1\n",
        ("ruff", "format", "--check", "--config", f"{ROOT}/ruff.toml", "{file}"),
    ),
    "ruff check": ("one.py", "x = 1\n", "import os\n", ("ruff", "check", "--config", f"{ROOT}/ruff.toml", "{file}")),
    "naive time": (
        "one.py",
        "x = 1\n",
        "import datetime\n\nx = datetime.datetime.now()\n",
        ("ruff", "check", "--config", f"{ROOT}/ruff.toml", "{file}"),
    ),
    "mypy": (
        "one.py",
        "def double(n: int) -> int:\n    return n * 2\n",
        "def double(n):\n    return n * 2\n",
        ("mypy", "--config-file", f"{ROOT}/setup.cfg", "{file}"),
    ),
    "codespell": ("one.txt", "the\n", "t" + "eh\n", ("codespell", "--config", f"{ROOT}/setup.cfg", "{file}")),
    "djlint": (
        "one.html",
        '<p class="a">x</p>\n',
        "<p>x</div>\n",
        ("djlint", "{file}", "--lint", "--profile=jinja", "--configuration", f"{ROOT}/.djlintrc"),
    ),
    "warnings": (
        "test_one.py",
        "def test_one():\n    assert True\n",
        'import warnings\n\n\ndef test_one():\n    warnings.warn("old")\n',
        ("pytest", "-q", "-c", f"{ROOT}/setup.cfg", "--rootdir", ".", "-p", "no:cacheprovider", "{file}"),
    ),
}


@pytest.mark.parametrize("gate", GATES)
def test_the_gate_lets_good_pass_and_stops_bad(gate, tmp_path):
    name, good, bad, command = GATES[gate]
    file = tmp_path / name
    command = tuple(part.format(file=file) for part in command)
    file.write_text(good)
    passed = run(*command, cwd=tmp_path)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    file.write_text(bad)
    assert run(*command, cwd=tmp_path).returncode != 0


@pytest.fixture
def copy(tmp_path):
    """The package without its files for browsers, with a place for a violation."""
    shutil.copytree(ROOT / "admin_app", tmp_path / "admin_app", ignore=shutil.ignore_patterns("static", "__pycache__"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("core/clock.py", "from admin_app.accounts.models import User\n"),
        ("surveys/models.py", "from admin_app.surveys.operations import create_survey\n"),
        ("accounts/operations.py", "import flask\n"),
        ("accounts/guards.py", "from admin_app.web.forms import clean_line\n"),
        ("accounts/mail_operations.py", "x = 1\n"),
    ],
    ids=["between packages", "inside a package", "the web", "the web by way of ours", "a module of no layer"],
)
def test_import_linter_stops_an_import_the_wrong_way(copy, module, line):
    path = copy / "admin_app" / module
    path.write_text((path.read_text() if path.exists() else "") + "\n" + line)
    done = run("lint-imports", "--no-cache", cwd=copy)
    assert done.returncode != 0
    assert "BROKEN" in done.stdout


def test_a_gap_in_the_coverage_is_a_failure(tmp_path):
    (tmp_path / "half.py").write_text("import sys\n\nif len(sys.argv) > 5:\n    x = 1\n    y = 2\n    z = 3\n")
    assert run("coverage", "run", "--branch", "half.py", cwd=tmp_path).returncode == 0
    assert run("coverage", "report", "--include=half.py", "--fail-under=30", cwd=tmp_path).returncode == 0
    assert run("coverage", "report", "--include=half.py", "--fail-under=100", cwd=tmp_path).returncode != 0
