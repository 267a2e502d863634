"""A wheel holds everything the clone has and serves the same pages."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = {"admin_app": "admin_app", "templates": "admin_app/templates", "migrations": "admin_app/migrations"}


def tracked() -> list[Path]:
    """What git knows, or everything where there is no git (a source archive)."""
    done = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode == 0 and done.stdout:
        return [Path(name) for name in done.stdout.splitlines() if (ROOT / name).is_file()]
    return [path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A wheel built from a clean copy of the tree."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in tracked():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, source / path)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), str(source)]
    subprocess.run(command, check=True)
    return next(target.glob("*.whl"))


def test_it_holds_every_file_of_the_tree(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(Path(FOLDERS[path.parts[0]], *path.parts[1:]))
        for path in tracked()
        if path.parts[0] in FOLDERS and path.suffix != ".pyc"
    }
    assert wanted - names == set()


def fetch(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def without_tokens(text: str) -> str:
    """The page without what differs from one answer to the next."""
    text = re.sub(r'(name="csrf[-_]token" (?:content|value)|content)="[^"]*"', r"\1", text)
    return re.sub(r"\b[0-9a-f]{16}\b", "", text)


def serve_and_read(program: list[str], folder: Path, paths: list[str]) -> dict[str, tuple[int, str]]:
    """Start `canvass serve` in `folder`, read `paths`, stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CANVASS_", "COV"))}
    environment["CANVASS_INSTANCE"] = str(folder / "instance")
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            [*program, "serve", "--port", str(port)], cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(150):
            try:
                if fetch(address + "/healthz")[0] == 200:
                    break
            except OSError:
                time.sleep(0.2)
        return {path: fetch(address + path) for path in paths}
    finally:
        server.terminate()
        server.wait(20)


def test_it_serves_the_same_pages_from_an_empty_environment(wheel, tmp_path):
    home = tmp_path / "environment"
    venv.create(home, with_pip=True)
    command = [home / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel)]
    subprocess.run([str(part) for part in command], check=True)
    paths = ["/", "/login", "/static/css/canvass.css", "/static/css/public.css", "/s/nothing", "/readyz"]
    for name in ("clone", "installed"):
        (tmp_path / name).mkdir()
    clone = serve_and_read([str(Path(sys.executable).parent / "canvass")], tmp_path / "clone", paths)
    installed = serve_and_read([str(home / "bin/canvass")], tmp_path / "installed", paths)
    assert [clone[path][0] for path in paths] == [200, 200, 200, 200, 404, 200]
    for path in paths:
        assert installed[path][0] == clone[path][0]
        assert without_tokens(installed[path][1]) == without_tokens(clone[path][1])
