"""Random names for records that are shown outside: no order, no guessing."""

import secrets

# No vowels and no look-alikes (0 o, 1 l i), so that ids spell nothing and can be read out.
ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"


def public_id(length: int = 12) -> str:
    """Return a random identifier of `length` characters; 12 of them carry 57 bits."""
    return spell(secrets.randbelow(len(ALPHABET) ** length), length)


def spell(number: int, length: int) -> str:
    """Return the lowest `length` digits of `number` as letters, the last digit first."""
    letters = []
    for _ in range(length):
        number, letter = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[letter])
    return "".join(letters)
