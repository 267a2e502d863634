"""What forms say when something is wrong, in the reader's language: the sentences that WTForms has of its own."""

from __future__ import annotations

from flask_babel import get_translations, gettext

from admin_app.core.words import mark, mark_counted

# Each as WTForms writes it, so that our catalogues know it. A test compares them with what it can say.
SENTENCES = (
    mark("Field must be between %(min)d and %(max)d characters long."),
    mark("Field must be equal to %(other_name)s."),
    mark("Invalid Choice: could not coerce."),
    mark("Invalid IP address."),
    mark("Invalid Mac address."),
    mark("Invalid URL."),
    mark("Invalid UUID."),
    mark("Invalid choice(s): one or more data inputs could not be coerced."),
    mark("Invalid email address."),
    mark("Invalid input."),
    mark("Invalid value, can't be any of: %(values)s."),
    mark("Invalid value, must be one of: %(values)s."),
    mark("Not a valid choice"),
    mark("Not a valid choice."),
    mark("Not a valid date value."),
    mark("Not a valid datetime value."),
    mark("Not a valid decimal value."),
    mark("Not a valid float value."),
    mark("Not a valid integer value."),
    mark("Not a valid time value."),
    mark("Not a valid week value."),
    mark("Number must be at least %(min)s."),
    mark("Number must be at most %(max)s."),
    mark("Number must be between %(min)s and %(max)s."),
    mark("This field cannot be edited."),
    mark("This field is disabled and cannot have a value."),
    mark("This field is required."),
)
COUNTED = (
    mark_counted(
        "'%(value)s' is not a valid choice for this field.", "'%(value)s' are not valid choices for this field."
    ),
    mark_counted(
        "Field cannot be longer than %(max)d character.", "Field cannot be longer than %(max)d characters."
    ),
    mark_counted(
        "Field must be at least %(min)d character long.", "Field must be at least %(min)d characters long."
    ),
    mark_counted(
        "Field must be exactly %(max)d character long.", "Field must be exactly %(max)d characters long."
    ),
)  # fmt: skip


class FormWords:
    """What WTForms asks for translations. Placeholders are filled in by whoever asks."""

    def gettext(self, string: str) -> str:
        """Return `string` in the reader's language."""
        return str(gettext(string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        """Return the form for `n` in the reader's language."""
        return str(get_translations().ungettext(singular, plural, n))
