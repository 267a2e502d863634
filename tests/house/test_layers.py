"""Each package works without those that stand above it, and its rules without the web."""

from __future__ import annotations

import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = (
    "core", "web", "audit", "settings", "media", "jobs", "console", "notify", "accounts", "surveys", "replies",
    "results", "classic_api",
)  # fmt: skip

# Imports every module of one package while those above it do not exist.
PROGRAM = """
import importlib, pkgutil, sys, types, warnings
warnings.simplefilter("ignore")
from pathlib import Path
name, above = sys.argv[1], sys.argv[2].split(",")
root = types.ModuleType("admin_app")
root.__path__ = [str(Path("admin_app").resolve())]
root.__version__ = "0"
sys.modules["admin_app"] = root
for one in filter(None, above):
    sys.modules[f"admin_app.{one}"] = None
package = importlib.import_module(f"admin_app.{name}")
for module in pkgutil.walk_packages(package.__path__, f"admin_app.{name}."):
    importlib.import_module(module.name)
"""


@pytest.mark.parametrize("name", LAYERS)
def test_a_package_imports_without_those_above_it(name, request):
    above = ",".join(LAYERS[LAYERS.index(name) + 1 :])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, above],
        cwd=request.config.rootpath,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]


# The only modules of a domain that may know the web, by what they are called; all others are held to purity.
EDGES = re.compile(
    r"""
    \.(?:admin|admin_\w+|audited|auth|cli|\w+_cli|forms|public|public_pages|record_actions)
    |accounts\.(?:account_forms|account_pages|auth_browser|confirming|links|mail_jobs|mails|rights_words|role_forms|start)
    |jobs\.(?:builtin|doctor|engine|queue|serve|worker)
    |notify\.(?:letters|server)
    """,
    re.VERBOSE,
)
DOMAINS = ("accounts", "audit", "jobs", "media", "notify", "replies", "results", "settings", "surveys")


def modules_of_domains() -> list[str]:
    paths = [path for name in DOMAINS for path in (ROOT / "admin_app" / name).rglob("*.py")]
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
    return sorted(name.removesuffix(".__init__") for name in names)


def held_to_purity() -> list[re.Pattern[str]]:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg")
    sources = setup["importlinter:contract:pure"]["source_modules"].split()
    return [re.compile(re.escape(one).replace(r"\*", r"\w+") + r"(?:\.|\Z)") for one in sources]


@pytest.mark.parametrize("name", modules_of_domains())
def test_a_module_is_an_edge_or_held_to_purity(name):
    """A rule that nobody listed could import flask unnoticed."""
    is_edge = name.count(".") == 1 or EDGES.search(name) is not None
    assert is_edge != any(pattern.match(name) for pattern in held_to_purity())


def test_the_start_waits_for_no_library_of_a_single_command(tmp_path):
    """Reading a workbook or running the server needs them; every other start would only be slower."""
    program = (
        "import sys; from admin_app import cli, create_app; create_app({'INSTANCE': sys.argv[1]});"
        "print(*sorted({'openpyxl', 'xlrd', 'granian'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
