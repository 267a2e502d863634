"""Mail: what is in it, how it is written down, and how it is handed over to a server."""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from email_validator import EmailNotValidError, validate_email

from admin_app.core.clock import now
from admin_app.core.errors import DomainError
from admin_app.core.mailserver import Encryption, MailServer
from admin_app.core.words import gettext as _

TIMEOUT = 20
# In a header each of these would begin something new, or turn around what stands behind it.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# RFC 3463: tells operators why, and holds nothing about anybody.
_ENHANCED = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")


class MailError(DomainError):
    """A mail could not be handed over. The sentence names the server and never the login or the recipient.

    `temporary` where trying again later can help.
    """

    status = 503

    def __init__(self, message: str, *, temporary: bool) -> None:
        super().__init__(message)
        self.temporary = temporary


@dataclass(frozen=True)
class Mail:
    """A mail to one person. What would not stand in one line of a header raises ValueError: it is a fault of ours."""

    to: str
    subject: str
    text: str
    html: str = ""
    to_name: str = ""

    def __post_init__(self) -> None:
        if any(_UNFIT.search(part) for part in (self.to, self.to_name, self.subject)):
            raise ValueError("A header of a mail is one line of text.")


def compose(mail: Mail, server: MailServer, *, sender_name: str) -> EmailMessage:
    """Return `mail` as it goes over the wire, with what keeps it from being taken for junk, or answered by a robot."""
    user, _at, domain = server.sender.rpartition("@")
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address(sender_name, user, domain)
    message["To"] = _recipient(mail)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(now())
    message["Message-ID"] = make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text, cte="quoted-printable")
    if mail.html:
        message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    return message


def _recipient(mail: Mail) -> Address:
    """Return who it is for. Few servers take other signs than ASCII in a domain, so it is written in those."""
    try:
        found = validate_email(mail.to, check_deliverability=False)
    except EmailNotValidError:
        raise MailError(_("The address of the recipient is none."), temporary=False) from None
    return Address(mail.to_name, found.local_part, found.ascii_domain)


def hand_over(message: EmailMessage, server: MailServer) -> None:
    """Give `message` to the server. Raises MailError, with a sentence, when it does not take it."""
    with _sentences(server), _connection(server) as smtp:
        smtp.send_message(message)


def probe(server: MailServer) -> bool:
    """Connect and log in as if there were something to send; return whether the way was encrypted."""
    with _sentences(server), _connection(server) as smtp:
        smtp.noop()
        return isinstance(smtp.sock, ssl.SSLSocket)


@contextmanager
def _connection(server: MailServer) -> Iterator[smtplib.SMTP]:
    context = ssl.create_default_context()
    if server.encryption is Encryption.TLS:
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        _secure(smtp, server, context)
        if server.user:
            smtp.login(server.user, server.password)
        yield smtp
        # What was taken is taken: a server that breaks off now must not have it sent a second time.
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


def _secure(smtp: smtplib.SMTP, server: MailServer, context: ssl.SSLContext) -> None:
    smtp.ehlo_or_helo_if_needed()
    offered = smtp.has_extn("starttls")
    if server.encryption is Encryption.STARTTLS or (server.encryption is Encryption.AUTO and offered):
        smtp.starttls(context=context)
        smtp.ehlo()
    elif server.encryption is Encryption.AUTO and server.user and not server.is_here:
        raise MailError(
            _("The mail server %(server)s offers no encryption, so the password is not sent to it.", server=server),
            temporary=False,
        )


@contextmanager
def _sentences(server: MailServer) -> Iterator[None]:
    """Turn what goes wrong on the way into MailError, with a server's code only: its words may hold names."""
    try:
        yield
    except smtplib.SMTPException as error:
        raise _told(error, server) from None
    except ssl.SSLCertVerificationError as error:
        sentence = _(
            "The certificate of the mail server %(server)s cannot be trusted: %(reason)s.",
            server=server,
            reason=error.verify_message,
        )
        raise MailError(sentence, temporary=False) from None
    except ssl.SSLError:
        sentence = _(
            "The mail server %(server)s does not speak TLS here; for STARTTLS use smtp:// and its port.", server=server
        )
        raise MailError(sentence, temporary=False) from None
    except socket.gaierror:
        raise MailError(_("There is no mail server named %(host)s.", host=server.host), temporary=True) from None
    except OSError:
        raise MailError(_("The mail server %(server)s does not answer.", server=server), temporary=True) from None


def _told(error: smtplib.SMTPException, server: MailServer) -> MailError:
    if isinstance(error, smtplib.SMTPNotSupportedError):
        sentence = _(
            "The mail server %(server)s offers no encryption, no login, or no addresses such as this one.",
            server=server,
        )
        return MailError(sentence, temporary=False)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, answer = next(iter(error.recipients.values()))
        sentence = _(
            "The mail server %(server)s refused the recipient (%(code)s).", server=server, code=_code(code, answer)
        )
        return MailError(sentence, temporary=code < 500)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        sentence = _(
            "The mail server %(server)s refused the login (%(code)s).",
            server=server,
            code=_code(error.smtp_code, error.smtp_error),
        )
        return MailError(sentence, temporary=error.smtp_code < 500)
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        sentence = _(
            "The mail server %(server)s refused the mail (%(code)s).",
            server=server,
            code=_code(error.smtp_code, error.smtp_error),
        )
        return MailError(sentence, temporary=error.smtp_code < 500)
    return MailError(_("The mail server %(server)s broke off.", server=server), temporary=True)


def _code(code: int, answer: bytes | str) -> str:
    found = _ENHANCED.match(answer if isinstance(answer, bytes) else answer.encode("ascii", "replace"))
    return f"{code} {found.group().decode()}" if found else str(code)
