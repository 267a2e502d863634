"""A real mail server for tests: it speaks SMTP on a port of this machine and keeps what it was given."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "canvass", "s3cret pass/word"


@dataclass
class Inbox:
    """What came in, and what the server is to answer in place of taking it."""

    port: int = 0
    messages: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    # Answers by the command that is refused with them: "RCPT", "DATA".
    refusals: dict[str, str] = field(default_factory=dict)
    # Close the connection in place of saying goodbye.
    rude: bool = False

    @property
    def url(self) -> str:
        """The server as CANVASS_MAIL_URL names it, without encryption."""
        return f"smtp://127.0.0.1:{self.port}?from=Canvass <canvass@example.org>&starttls=never"

    # The names are aiosmtpd's.
    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.refusals.get("RCPT"):
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if refusal := self.refusals.get("DATA"):
            return refusal
        content = envelope.content
        assert isinstance(content, bytes)
        self.messages.append(message_from_bytes(content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 OK"

    async def handle_QUIT(self, server: Any, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        if self.rude:
            server.transport.abort()
        return "221 Bye"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let the one user in."""
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, from_the_start: bool = False, login: bool = False, utf8: bool = True
) -> Iterator[Inbox]:
    """Run a server on a free port; with `tls` it offers STARTTLS, or speaks TLS from the start.

    With `login` it takes mail from USER only, and his password on an encrypted way only.
    """
    inbox, loop, ready = Inbox(), asyncio.new_event_loop(), threading.Event()
    held: list[asyncio.AbstractServer] = []
    options: dict[str, Any] = {"hostname": "mail.example.org", "loop": loop, "enable_SMTPUTF8": utf8}
    if tls and not from_the_start:
        options["tls_context"] = tls
    if login:
        options |= {"auth_required": True, "authenticator": inbox.authenticate}

    def protocol() -> SMTP:
        return SMTP(inbox, **options)

    async def start() -> None:
        server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if from_the_start else None)
        held.append(server)
        inbox.port = server.sockets[0].getsockname()[1]
        ready.set()

    def run() -> None:
        asyncio.set_event_loop(loop)
        # One run from start to stop: a stop that came between two would be lost.
        starting = loop.create_task(start())
        loop.run_forever()
        starting.result()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert ready.wait(20)
    yield inbox
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    assert not thread.is_alive()
    held[0].close()
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


def text_of(message: EmailMessage) -> str:
    """The part that is read where HTML is not shown."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    """The part that is HTML."""
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage) -> str:
    """The address that the mail wants to be opened."""
    found = re.findall(r"^https?://\S+$", text_of(message), re.MULTILINE)
    assert len(found) == 1
    return str(found[0])
