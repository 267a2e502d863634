"""The server that takes the installation's mail, and who it comes from, as one address says it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

EXAMPLE = "must be an address such as smtp://user:password@mail.example.org:587?from=Canvass <canvass@example.org>"
# What else would an operator have to guess: which sign it was that cut his password in two.
_SIGNS = "write the signs @ : / ? # % in a user name or password as %40 %3A %2F %3F %23 %25"

_PORTS = {"smtp": 587, "smtps": 465}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_NAMED = re.compile(r'"?(?P<name>[^"<>]*?)"? *<(?P<address>[^<>]*)>')
# Only its shape: on a closed network even mail from canvass@intranet is delivered.
_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~]{1,64}@[0-9A-Za-z](?:[0-9A-Za-z.-]{0,250}[0-9A-Za-z])?")
_HOST = re.compile(r"(?:[0-9a-z_-]{1,63}\.)*[0-9a-z_-]{1,63}|[0-9a-f:.]{2,45}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Encryption(StrEnum):
    """How the way to the server is kept from others."""

    TLS = "tls"
    STARTTLS = "starttls"
    # STARTTLS where the server offers it.
    AUTO = "auto"
    NONE = "none"


_STARTTLS = {"required": Encryption.STARTTLS, "auto": Encryption.AUTO, "never": Encryption.NONE}


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over, how, and who it comes from."""

    host: str
    port: int
    sender: str
    sender_name: str = ""
    encryption: Encryption = Encryption.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine, so that nobody listens on the way."""
        return self.host in _LOOPBACK


def parse_mail_url(text: str) -> MailServer:
    """Return the server that an address such as `smtp://user:password@host:587?from=Name <a@b>` stands for.

    Raises ValueError with the end of a sentence, which never quotes the address: a password stands in it.
    """
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise ValueError(f"{EXAMPLE}; {_SIGNS}") from None
    if parts.scheme not in _PORTS or not _HOST.fullmatch(host) or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(f"{EXAMPLE}; {_SIGNS}")
    user, password = _login(parts)
    options = _options(parts.query)
    name, sender = _sender(options.get("from", ""), user)
    return MailServer(
        host=host,
        port=port or _PORTS[parts.scheme],
        sender=sender,
        sender_name=name,
        encryption=_encryption(parts.scheme, host, options.get("starttls")),
        user=user,
        password=password,
    )


def _login(parts: SplitResult) -> tuple[str, str]:
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise ValueError("needs both a user and a password, or neither")
    if not (user + password).isascii() or _UNSEEN.search(user + password):
        raise ValueError("must have a user and a password of ASCII characters, for SMTP knows no others")
    return user, password


def _options(query: str) -> dict[str, str]:
    # Not parse_qs(): it reads the plus sign of an address as a space.
    found: dict[str, str] = {}
    for part in filter(None, query.split("&")):
        name, _equals, value = part.partition("=")
        if name not in {"from", "starttls"} or name in found:
            raise ValueError("takes the options from and starttls, each once")
        found[name] = unquote(value).strip()
    return found


def _sender(text: str, user: str) -> tuple[str, str]:
    """Return name and address of whoever the mail comes from; the user, where that is an address."""
    named = _NAMED.fullmatch(text)
    name, address = (named["name"].strip(), named["address"].strip()) if named else ("", text or user)
    if not _ADDRESS.fullmatch(address) or _UNSEEN.search(name):
        raise ValueError("must say who mail comes from, such as ?from=Canvass <canvass@example.org>")
    return name, address


def _encryption(scheme: str, host: str, starttls: str | None) -> Encryption:
    if starttls is not None and (scheme == "smtps" or starttls not in _STARTTLS):
        raise ValueError("takes starttls=required, auto or never, with smtp:// only; smtps:// is encrypted throughout")
    if scheme == "smtps":
        return Encryption.TLS
    # Whoever sits on the way could take an offer of STARTTLS away, and read the links.
    return _STARTTLS[starttls or ("auto" if host in _LOOPBACK else "required")]
