"""Real questionnaires and replies, which lie beside the project and are no part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with the real files; without it these tests are skipped."""
    if not DATA.is_dir():
        pytest.skip(f"the real files are not there: {DATA.parent.name}/{DATA.name} beside the project")
    return DATA
