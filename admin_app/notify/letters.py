"""Letters: mails that say one thing and ask for one click, written down once and shown as text and as plain HTML."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from admin_app.notify.mail import Mail
from admin_app.settings.queries import value

_WIDTH = 76


@dataclass(frozen=True)
class Letter:
    """What stands in a letter, in the language of its reader: paragraphs, one link with its verb, paragraphs."""

    subject: str
    greeting: str
    before: tuple[str, ...]
    verb: str
    link: str
    after: tuple[str, ...]


def write(letter: Letter, *, to: str, to_name: str = "") -> Mail:
    """Return the mail. It loads nothing from anywhere, so nobody learns when it was read."""
    footer = _("%(organisation)s, %(host)s", organisation=value("organisation"), host=host())
    locale = get_locale()
    html = current_app.jinja_env.get_template("mail/letter.html").render(
        letter=letter,
        footer=footer,
        language=str(locale).replace("_", "-"),
        direction=locale.text_direction,
    )
    return Mail(to=to, to_name=to_name, subject=letter.subject, text=_as_text(letter, footer), html=html)


def host() -> str:
    """Return the name under which people know this installation."""
    return str(urlsplit(current_app.config["PUBLIC_URL"]).netloc)


def _as_text(letter: Letter, footer: str) -> str:
    # The link stands alone in its line and is never broken: a half link opens nothing.
    said = [letter.greeting, *letter.before]
    parts = [*map(_wrapped, said), f"{letter.verb}:\n{letter.link}", *map(_wrapped, letter.after), f"-- \n{footer}"]
    return "\n\n".join(parts) + "\n"


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False)
