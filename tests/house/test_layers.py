"""Each package works without those that stand above it."""

from __future__ import annotations

import subprocess
import sys

import pytest

LAYERS = ("core", "web", "audit", "jobs", "console", "accounts", "surveys", "replies", "results")

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
