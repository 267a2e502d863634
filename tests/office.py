"""LibreOffice without a window: what somebody sees who opens a file of ours."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
from pathlib import Path

import pytest

# Comma, double quote, UTF-8, from the first line, no column formats, language, quote no texts, as shown.
_AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"


def opened(path: Path, folder: Path, *, shown: str = _AS_SHOWN, reads: str = "") -> list[list[str]]:
    """Return the cells that LibreOffice shows of a file; the test is skipped where it is not installed."""
    folder.mkdir(exist_ok=True)
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (libreoffice-calc-nogui)")
    command = [office, "--headless", f"-env:UserInstallation=file://{folder}/profile", "--convert-to", shown]
    command += [*([f"--infilter={reads}"] if reads else []), "--outdir", str(folder), str(path)]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    found = folder / f"{path.stem}.csv"
    assert found.is_file(), done.stderr
    return list(csv.reader(io.StringIO(found.read_text("utf-8-sig"), newline="")))
