"""The address of a web page."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import idna

from admin_app.core.words import figure, mark
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import QUESTION_TYPES, TEXT_LIMIT
from admin_app.surveys.question_types.text import Text
from admin_app.surveys.questionnaire import QuestionSpec

_SCHEME = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.*)\Z", re.IGNORECASE | re.DOTALL)
# No address has these; the last ones make it look like another one.
_NEVER = re.compile('[\\s<>"\\\\\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]')
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_NUMERIC = re.compile(r"[0-9.]+\Z")


class Url(Text):
    """Stored as an address that begins with http:// or https://; without either, https:// is put in front.

    The name of the host is in lower case; all that follows stays as it was typed.
    """

    name = "url"
    label = mark("Web address")
    keywords = mark("link, website")
    icon = "link"
    settings = ()
    input_type = "url"
    autocomplete = "url"

    def clean(self, question: QuestionSpec, raw: str) -> str:
        if len(raw) > TEXT_LIMIT:
            raise self.invalid(question, _("Use at most %(number)s characters.", number=figure(TEXT_LIMIT)))
        try:
            return web_address(raw.strip())
        except ValueError:
            sentence = _("Give a web address such as https://example.org/page.")
            raise self.invalid(question, sentence) from None


def web_address(text: str) -> str:
    """Return an address as it is stored; ValueError when it is none, or names a user or a password."""
    found = _SCHEME.match(text)
    scheme, rest = (found["scheme"].lower(), found["rest"]) if found else ("https", text)
    parts = urlsplit(f"{scheme}://{rest}")
    if scheme not in ("http", "https") or _NEVER.search(text) or parts.username is not None:
        raise ValueError(text)
    place = _host(parts.hostname or "")
    if parts.port is not None:
        place = f"{place}:{parts.port}"
    return f"{scheme}://{place}{rest[len(parts.netloc) :]}"


def _host(name: str) -> str:
    """Return the name or number of a host as it is stored; ValueError when it is none."""
    if ":" in name:
        return f"[{ipaddress.IPv6Address(name)}]"
    if _NUMERIC.match(name):
        return str(ipaddress.IPv4Address(name))
    if not name.isascii():
        name = idna.decode(idna.encode(name, uts46=True))
        _refuse_labels(idna.encode(name).decode())
    else:
        _refuse_labels(name)
    return name


def _refuse_labels(name: str) -> None:
    """Raise ValueError where `name` is not that of a host of the internet: words, at least two, joined by dots."""
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or labels[-1].isdigit() or not all(map(_LABEL.match, labels)):
        raise ValueError(name)


QUESTION_TYPES.add(Url.name, Url())
