"""Two wordings of one text, word by word, for people to read: what stayed, what went, what came."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

import nh3

# Beyond this many words comparing takes longer than anybody waits for; the two texts then stand one behind the other.
WORDS_MOST = 2_000
_PIECES = re.compile(r"\s+|\w+|[^\w\s]")
_BREAKS = re.compile(r"</(?:p|h[2-4]|li|tr|div|blockquote|pre|caption)>|<[bh]r ?/?>|</t[hd]>", re.IGNORECASE)


class Fate(StrEnum):
    """What became of a run of words."""

    SAME = "same"
    OUT = "out"
    IN = "in"


class Run(NamedTuple):
    """Words that share their fate."""

    fate: Fate
    text: str


def plain_text(rich: str) -> str:
    """Return the words of a rich text, each block on a line of its own."""
    bare = html.unescape(nh3.clean(_BREAKS.sub(" \n", rich), tags=set()))
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return "\n".join(line for line in lines if line)


def compare_words(before: str, after: str) -> list[Run]:
    """Return the runs that make `before` of those that stayed and went, and `after` of those that stayed and came."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if max(len(old), len(new)) > WORDS_MOST:
        return [run for run in (Run(Fate.OUT, before), Run(Fate.IN, after)) if run.text]
    return list(_runs(old, new))


def _runs(old: list[str], new: list[str]) -> Iterator[Run]:
    out, came = "", ""
    for what, start, end, other_start, other_end in SequenceMatcher(None, old, new).get_opcodes():
        same = "".join(old[start:end])
        if what == "equal" and (same.strip() or not (out or came)):
            yield from _changed(out, came)
            yield Run(Fate.SAME, same)
            out, came = "", ""
        else:
            # The space between two words that were replaced is read with them.
            out, came = out + same, came + "".join(new[other_start:other_end])
    yield from _changed(out, came)


def _changed(out: str, came: str) -> Iterator[Run]:
    if out:
        yield Run(Fate.OUT, out)
    if came:
        yield Run(Fate.IN, came)
