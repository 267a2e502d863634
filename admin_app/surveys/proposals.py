"""Names that the program proposes: keys of questions and codes of choices, made of what people read.

They follow the words as long as nothing was published under them; a name that somebody chose by hand stays.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from itertools import chain, count

from admin_app.surveys.findings import CODE_LIMIT, KEY_LIMIT, code_fault, column_name, key_fault

# Longer names are no help in a file's header; there is room left for a number.
KEY_LENGTH, CODE_LENGTH = 40, 50
# How much of a label a name is made of.
READ = 300
NAMELESS_KEY, NAMELESS_CODE = "question", "choice"

_NO_ASCII = re.compile(r"[^a-z0-9]+")
_NO_WORD = re.compile(r"[\W_]+")
_NUMBERED = re.compile(r"(.+?)_[0-9]{1,4}\Z")
# Letters that carry no accent that could be taken off.
_SPELLED = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "œ": "oe", "đ": "d", "ł": "l", "þ": "th", "ð": "d"})


def propose_key(label: str, taken: Collection[str]) -> str:
    """Return a key for a question with this label, unlike all that are taken, also where files compare names."""
    return _free(_key_of(label), {column_name(one) for one in taken}, KEY_LIMIT, column_name)


def propose_code(label: str, taken: Collection[str]) -> str:
    """Return a code for a choice with this label, unlike all that are taken."""
    return _free(_code_of(label), {one.casefold() for one in taken}, CODE_LIMIT, str.casefold)


def another_key(key: str, taken: Collection[str]) -> str:
    """Return a key for a copy: `age_2` for `age`, `age_3` for `age_2`."""
    numbered = _NUMBERED.match(key)
    return _free(numbered[1] if numbered else key, {column_name(one) for one in taken}, KEY_LIMIT, column_name)


def follows_key(key: str, label: str) -> bool:
    """Whether `key` is what was proposed for `label`, so that it goes along when the label changes."""
    return _without_number(key, _key_of(label)) in {_key_of(label), NAMELESS_KEY}


def follows_code(code: str, label: str) -> bool:
    """Whether `code` is what was proposed for `label`."""
    return _without_number(code, _code_of(label)) in {_code_of(label), NAMELESS_CODE}


def _without_number(name: str, expected: str) -> str:
    """Return `name` without the number that told it from another one; a number that belongs to it stays."""
    numbered = _NUMBERED.match(name)
    return numbered[1] if numbered and name != expected else name


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text[:READ].casefold().translate(_SPELLED))
    return "".join(one for one in plain if not unicodedata.combining(one))


def _cut(words: str, limit: int) -> str:
    """Return as many whole words as fit."""
    if len(words) <= limit:
        return words
    cut = words[: limit + 1]
    return cut.rsplit("_", 1)[0] if "_" in cut else words[:limit]


def _key_of(label: str) -> str:
    words = _cut(_NO_ASCII.sub("_", _folded(label)).strip("_"), KEY_LENGTH)
    if words and not words[0].isalpha():
        words = f"q_{words}"
    return words if words and not key_fault(words) else NAMELESS_KEY


def _code_of(label: str) -> str:
    """In Latin letters where there are any, else in the script of the label."""
    own_script = unicodedata.normalize("NFC", label[:READ].casefold())
    for pattern, text in ((_NO_ASCII, _folded(label)), (_NO_WORD, own_script)):
        words = _cut(pattern.sub("_", text).strip("_"), CODE_LENGTH)
        if words and not code_fault(words):
            return words
    return NAMELESS_CODE


def _free(name: str, taken: Collection[str], limit: int, fold: Callable[[str], str]) -> str:
    return next(one for one in _numbered(name, limit) if fold(one) not in taken)


def _numbered(name: str, limit: int) -> Iterator[str]:
    """Yield the name and then itself with numbers behind it; one that was made of nothing has a number always."""

    def with_number(number: int) -> str:
        tail = f"_{number}"
        return name[: limit - len(tail)].rstrip("_-") + tail

    if name in {NAMELESS_KEY, NAMELESS_CODE}:
        return map(with_number, count(1))
    return chain([name[:limit]], map(with_number, count(2)))


@dataclass
class Pasted:
    """Choices read from text: (code, label) in order, and how many lines were not taken as they stood."""

    choices: list[tuple[str, str]] = field(default_factory=list)
    repeated: int = 0
    renamed: int = 0


def read_choices(text: str, taken: Collection[str] = (), known: Collection[str] = ()) -> Pasted:
    """Return the choices in `text`, one a line: `code<TAB>label`, `code|label`, or a label alone.

    A line that stands there twice counts once, and one whose label is `known` not at all. A code that cannot be one, or
    that is taken, becomes another one.
    """
    found, lines = Pasted(), set()
    used, labels = {one.casefold() for one in taken}, set(known)
    for line in text.splitlines():
        code, label = _parts(line)
        if not label:
            continue
        if (code, label) in lines or label in labels:
            found.repeated += 1
            continue
        lines.add((code, label))
        chosen = code if code and not code_fault(code) and code.casefold() not in used else ""
        if not chosen:
            chosen = _free(_code_of(code or label), used, CODE_LIMIT, str.casefold)
            found.renamed += bool(code)
        used.add(chosen.casefold())
        found.choices.append((chosen, label))
    return found


def _parts(line: str) -> tuple[str, str]:
    """Return the code, or an empty text, and the label of a line."""
    if "\t" in line:
        code, _tab, label = (part.strip() for part in line.partition("\t"))
        label = " ".join(label.split())
        return (code, label) if code and label else ("", code or label)
    code, bar, label = (part.strip() for part in line.partition("|"))
    # "Yes | no" is a label with a bar in it: what stands before the bar would be no code.
    if bar and label and code and not code_fault(code):
        return code, label
    return "", line.strip()
