"""Random names for records that are shown outside: no order, no guessing."""

import secrets

# No vowels and no look-alikes (0 o, 1 l i), so that ids spell nothing and can be read out.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"


def public_id(length: int = 12) -> str:
    """Return a random identifier of `length` characters; 12 of them carry 57 bits."""
    number, letters = secrets.randbelow(len(_ALPHABET) ** length), []
    for _ in range(length):
        number, letter = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[letter])
    return "".join(letters)
