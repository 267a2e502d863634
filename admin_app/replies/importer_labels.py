"""From labels, as other programs write them into their files, to codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_QUOTES = str.maketrans(dict.fromkeys("’‘‚‛`´", "'") | dict.fromkeys("“”„‟«»", '"'))
_BRACKET = re.compile(r"[(\[]")
_SEPARATOR = re.compile(r"[,;\n]")


def normal(text: str) -> str:
    """Return a label as it is compared: without regard to case, white space, trailing dots and the style of quotes."""
    return " ".join(text.translate(_QUOTES).split()).rstrip(".… ").casefold()


def beginnings(label: str) -> list[str]:
    """Return what stands before each bracket of a label, as it is compared."""
    return [text for found in _BRACKET.finditer(label) if (text := normal(label[: found.start()]))]


@dataclass(frozen=True)
class Split:
    """The codes found in a cell, in its order, each once, and the words that are nobody's label."""

    codes: tuple[str, ...]
    rest: str = ""


class LabelMatcher:
    """Finds the labels of one question in cells."""

    def __init__(self, labels: Iterable[tuple[str, str]]) -> None:
        pairs = list(labels)
        whole = _unambiguous((normal(label), code) for code, label in pairs)
        begun = _unambiguous((text, code) for code, label in pairs for text in dict.fromkeys(beginnings(label)))
        # A label as a whole always wins over another one's beginning; a label that two choices share is nobody's.
        shared = {normal(label) for _, label in pairs}
        self._codes = {**{text: code for text, code in begun.items() if text not in shared}, **whole}
        self._codes.pop("", None)
        self._longest = max((len(_SEPARATOR.findall(label)) for _, label in pairs), default=0) + 1

    def one(self, cell: str) -> Split:
        """Return the choice that the whole cell names."""
        code = self._codes.get(normal(cell))
        return Split((code,)) if code is not None else Split((), cell.strip())

    def several(self, cell: str) -> Split:
        """Return the choices that a cell names, joined by commas or semicolons, which may stand in labels too.

        Of all ways to read the cell it takes the one that leaves the fewest words over, then the one with the longest
        labels: so neither a label with commas in it nor one that begins another is lost.
        """
        spans = list(_spans(cell))
        codes: list[str] = []
        rest: list[tuple[int, int]] = []
        for start, end, code in self._best(cell, spans):
            if code is not None:
                codes.append(code)
            elif rest and rest[-1][1] == start:
                rest[-1] = (rest[-1][0], end)
            elif cell[slice(*spans[start])].strip():
                rest.append((start, end))
        words = (cell[spans[start][0] : spans[end - 1][1]].strip(" \t\n,;") for start, end in rest)
        return Split(tuple(dict.fromkeys(codes)), ", ".join(words))

    def _best(self, cell: str, spans: list[tuple[int, int]]) -> list[tuple[int, int, str | None]]:
        """Return (first span, span after the last, code or None for words that are left over), in order."""
        size = len(spans)
        # For each place the cost from there on (words left over, pieces) and how the first piece is taken.
        costs: list[tuple[int, int]] = [(0, 0)] * (size + 1)
        taken: list[tuple[int, str | None]] = [(size, None)] * (size + 1)
        for start in range(size - 1, -1, -1):
            own_words = bool(cell[slice(*spans[start])].strip())
            costs[start] = (costs[start + 1][0] + own_words, costs[start + 1][1] + 1)
            taken[start] = (start + 1, None)
            for end in range(min(size, start + self._longest), start, -1):
                code = self._codes.get(normal(cell[spans[start][0] : spans[end - 1][1]]))
                cost = (costs[end][0], costs[end][1] + 1)
                if code is not None and (cost < costs[start] or (taken[start][1] is None and cost == costs[start])):
                    costs[start], taken[start] = cost, (end, code)
        pieces, place = [], 0
        while place < size:
            end, code = taken[place]
            pieces.append((place, end, code))
            place = end
        return pieces


class CodeMatcher:
    """Finds codes in cells, as Canvass writes them itself."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = frozenset(codes)

    def one(self, cell: str) -> Split:
        """Return the choice that the whole cell names."""
        return Split((cell,)) if cell in self._codes else Split((), cell)

    def several(self, cell: str) -> Split:
        """Return the choices of a cell, joined by commas, semicolons or white space, none of which a code can hold."""
        words = [word for word in re.split(r"[,;\s]+", cell) if word]
        codes = tuple(dict.fromkeys(word for word in words if word in self._codes))
        return Split(codes, ", ".join(word for word in words if word not in self._codes))


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return the code of each text that stands for one code only."""
    found: dict[str, set[str]] = {}
    for text, code in pairs:
        found.setdefault(text, set()).add(code)
    return {text: next(iter(codes)) for text, codes in found.items() if len(codes) == 1}


def _spans(cell: str) -> Iterable[tuple[int, int]]:
    """Yield where each piece between separators starts and ends."""
    start = 0
    for found in _SEPARATOR.finditer(cell):
        yield start, found.start()
        start = found.end()
    yield start, len(cell)
