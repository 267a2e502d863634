"""What a user name, a name, an e-mail address and a password may be. Each check returns what is stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from email_validator import EmailNotValidError, validate_email

from admin_app.accounts.passwords import MAX_BYTES
from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _

USERNAME_LENGTH = 80
NAME_LENGTH = 200
PASSWORD_LENGTH = 10

# Marks that reorder what stands around them, so that a name looks like another one, and what stands in place of bytes
# that were no text.
_MISLEADING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffd]")
_UNSEEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
# Long enough, and among the first that anybody tries.
_COMMON = {
    "1234567890", "0123456789", "12345678910", "123456789a", "1q2w3e4r5t", "1qaz2wsx3edc", "abcdefghij",
    "administrator", "changeme123", "iloveyou123", "letmein123", "password01", "password12", "password123",
    "password1234", "passwordpassword", "q1w2e3r4t5", "qwerty12345", "qwerty123456", "qwertyuiop", "welcome123",
}  # fmt: skip


def lookup_key(text: str) -> str:
    """Return the form in which two names that look alike are equal."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def has_unseen(text: str, *categories: str) -> bool:
    """Whether `text` holds what nobody sees, or what makes it look like another text."""
    return bool(_MISLEADING.search(text)) or any(
        unicodedata.category(char) in _UNSEEN | set(categories) for char in text
    )


def clean_username(text: str, email: str) -> str:
    """Return the user name as it is stored; `email` is the user's own address, the only one it may be."""
    name = re.sub(" {2,}", " ", unicodedata.normalize("NFC", text)).strip()
    if not name:
        raise ValueError(_("Enter a user name."))
    if len(name) > USERNAME_LENGTH or len(lookup_key(name)) > USERNAME_LENGTH * 2:
        raise ValueError(_("Use at most %(number)s characters.", number=USERNAME_LENGTH))
    if has_unseen(name, "Cf") or not lookup_key(name):
        raise ValueError(_("Use letters, digits and signs that can be seen."))
    # People log in with either, so one user's name must never be another user's address.
    if "@" in name and lookup_key(name) != lookup_key(email):
        raise ValueError(_("Leave out the @, or use your own e-mail address."))
    return name


def clean_name(text: str) -> str:
    """Return a person's name as it is stored; it may be empty."""
    name = unicodedata.normalize("NFC", text).strip()
    if len(name) > NAME_LENGTH:
        raise ValueError(_("Use at most %(number)s characters.", number=NAME_LENGTH))
    if has_unseen(name):
        raise ValueError(_("Use letters, digits and signs that can be seen."))
    return name


def clean_email(text: str) -> str:
    """Return the e-mail address as it is stored. Whether anybody reads it is not asked."""
    if not text.strip():
        raise ValueError(_("Enter an e-mail address."))
    try:
        return str(validate_email(text.strip()[:400], check_deliverability=False).normalized)
    except (EmailNotValidError, UnicodeError):
        raise ValueError(_("Enter an e-mail address such as name@example.org.")) from None


def check_password_rules(password: str, *, known: Iterable[str] = ()) -> None:
    """Refuse a password that is short, common or one of the `known` words about its user (name, address)."""
    if len(password) < PASSWORD_LENGTH:
        raise ValueError(_("Use at least %(number)s characters.", number=PASSWORD_LENGTH))
    if len(password.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise ValueError(_("Use at most %(number)s bytes, that is about as many characters.", number=MAX_BYTES))
    key = lookup_key(password)
    if key in _COMMON or len(set(key)) == 1:
        raise ValueError(_("Choose a password that is harder to guess."))
    if key in {lookup_key(word) for word in known if word}:
        raise ValueError(_("Choose a password that is not your name or e-mail address."))


def refuse_fields(errors: dict[str, str]) -> None:
    """Raise when there are any `errors`, one sentence for each field."""
    if errors:
        raise InvalidError(_("Some fields need another look."), fields=errors)
