"""A telephone number."""

from __future__ import annotations

import re

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES
from admin_app.surveys.question_types.text import Text
from admin_app.surveys.questionnaire import QuestionSpec

# E.164 has at most 15 digits with the code of the country. The fewest are those of short numbers inside a house.
LEAST, MOST = 4, 15
LONGEST = 40
# A "+" begins a number, perhaps behind a bracket; what divides the digits is everybody's own.
_NUMBER = re.compile(r"\(?\+?[0-9()\[\] ./-]+\Z")
# Hyphens and spaces as word processors and web pages write them.
_PLAIN = str.maketrans(dict.fromkeys("‐‑‒–−", "-"))


class Phone(Text):
    """Stored as it was typed, with single spaces and plain hyphens: nobody can tell which country's rules apply."""

    name = "phone"
    label = mark("Phone number")
    keywords = mark("telephone, mobile, contact")
    icon = "phone"
    settings = ()
    input_type = "tel"
    autocomplete = "tel"

    def clean(self, question: QuestionSpec, raw: str) -> str:
        number = " ".join(raw.translate(_PLAIN).split())[: LONGEST + 1]
        if any(character.isdigit() and not character.isascii() for character in number):
            raise self.invalid(question, _("Write the number with the digits 0 to 9."))
        if not _NUMBER.match(number):
            sentence = _("Write the phone number in digits, such as +49 30 901820. Spaces and brackets are fine.")
            raise self.invalid(question, sentence)
        digits = sum(character.isdigit() for character in number)
        if not LEAST <= digits <= MOST or len(number) > LONGEST:
            sentence = _("A phone number has %(least)s to %(most)s digits.", least=LEAST, most=MOST)
            raise self.invalid(question, sentence)
        return number


QUESTION_TYPES.add(Phone.name, Phone())
