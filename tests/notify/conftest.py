"""Mail servers of several kinds, and certificates for them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.mailserver import Inbox, mail_server


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Who signs the servers' certificates."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process trust the authority, as an operator does with one of his own."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))


def context_of(authority: trustme.CA, name: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


@pytest.fixture
def plain() -> Iterator[Inbox]:
    """A server without encryption or login."""
    with mail_server() as inbox:
        yield inbox


@pytest.fixture
def starttls(authority: trustme.CA) -> Iterator[Inbox]:
    """A server that offers STARTTLS."""
    with mail_server(tls=context_of(authority, "127.0.0.1")) as inbox:
        yield inbox


@pytest.fixture
def throughout(authority: trustme.CA) -> Iterator[Inbox]:
    """A server that speaks TLS from the first byte."""
    with mail_server(tls=context_of(authority, "127.0.0.1"), from_the_start=True) as inbox:
        yield inbox


@pytest.fixture
def locked(authority: trustme.CA) -> Iterator[Inbox]:
    """A server that wants a login, and for that STARTTLS."""
    with mail_server(tls=context_of(authority, "127.0.0.1"), login=True) as inbox:
        yield inbox
