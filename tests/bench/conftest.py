"""A database of PostgreSQL for a test of the benchmark."""

from __future__ import annotations

import os
from collections.abc import Iterator

import psycopg
import pytest

from tests.bench.servers import Postgres


@pytest.fixture
def scratch(postgres_server: str) -> Iterator[str]:
    """The address of a database of PostgreSQL's that goes with the test."""
    yield from _scratch(postgres_server, f"bench_{os.getpid()}")


@pytest.fixture
def another(postgres_server: str) -> Iterator[str]:
    """The address of a second one."""
    yield from _scratch(postgres_server, f"bench_{os.getpid()}_2")


def _scratch(postgres_server: str, name: str) -> Iterator[str]:
    yield Postgres(postgres_server, "").database(name)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
