"""What the tests of this package share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from sqlalchemy import event

from admin_app.core.db import db


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collect the SQL statements that run inside the block."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        run: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            run.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield run
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return collect
