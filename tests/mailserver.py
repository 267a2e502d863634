"""A real mail server for tests: it speaks SMTP on a port of this machine and keeps what it was given."""

from __future__ import annotations

import asyncio
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
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


class _Server(threading.Thread):
    """The loop that serves, in a thread of its own from its first step to its last."""

    def __init__(self, inbox: Inbox, tls: ssl.SSLContext | None, options: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.inbox, self.tls, self.options = inbox, tls, options
        self.loop, self.ready, self.ended = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    def run(self) -> None:
        with closing(self.loop):
            self.loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await self.loop.create_server(
            lambda: SMTP(self.inbox, loop=self.loop, **self.options), "127.0.0.1", 0, ssl=self.tls
        )
        self.inbox.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.ended.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.05)

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.ended.set)
        self.join(20)
        assert not self.is_alive()


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, from_the_start: bool = False, login: bool = False, utf8: bool = True
) -> Iterator[Inbox]:
    """Run a server on a free port; with `tls` it offers STARTTLS, or speaks TLS from the start.

    With `login` it takes mail from USER only, and his password on an encrypted way only.
    """
    inbox = Inbox()
    options: dict[str, Any] = {"hostname": "mail.example.org", "enable_SMTPUTF8": utf8}
    if tls and not from_the_start:
        options["tls_context"] = tls
    if login:
        options |= {"auth_required": True, "authenticator": inbox.authenticate}
    server = _Server(inbox, tls if from_the_start else None, options)
    server.start()
    assert server.ready.wait(20)
    try:
        yield inbox
    finally:
        server.stop()


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
