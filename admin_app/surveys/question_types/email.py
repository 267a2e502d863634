"""An e-mail address."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES
from admin_app.surveys.question_types.text import Text
from admin_app.surveys.questionnaire import QuestionSpec

# Longer than any address there is (RFC 5321, 4.5.3.1): not even looked at.
LONGEST = 320


class Email(Text):
    """Stored as one address, its domain in lower case and in its own letters. Whether anybody reads it is not asked."""

    name = "email"
    label = mark("E-mail address")
    keywords = mark("mail, contact")
    icon = "mail"
    settings = ()
    input_type = "email"
    autocomplete = "email"

    def clean(self, question: QuestionSpec, raw: str) -> str:
        try:
            address = raw.strip() if len(raw) <= LONGEST else ""
            return str(validate_email(address, check_deliverability=False).normalized)
        except (EmailNotValidError, UnicodeError):
            sentence = _("Give an e-mail address such as name@example.org.")
            raise self.invalid(question, sentence) from None


QUESTION_TYPES.add(Email.name, Email())
