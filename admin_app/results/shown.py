"""What the results page shows of a question, in words: lines with counts and shares, figures, newest texts.

There is one group of replies, or two that are compared; each number stands once for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from admin_app.core.words import figure, mark
from admin_app.core.words import gettext as _
from admin_app.results.bins import moment_bins, number_bins
from admin_app.results.queries import QuestionResult, Results
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import Count, QuestionType, Summary
from admin_app.surveys.question_types.nps import Nps
from admin_app.surveys.question_types.number import Number, NumberSummary
from admin_app.surveys.question_types.points import Points
from admin_app.surveys.question_types.scale import Scale
from admin_app.surveys.question_types.when import MomentSummary, When

# Groups of fewer answers than this are not compared: one person would be ten per cent.
FEWEST = 10


@dataclass(frozen=True)
class Group:
    """Some replies, and what they say. Without words it is all that are shown."""

    words: str
    results: Results


@dataclass(frozen=True)
class Line:
    """One answer: how often each group gave it, and the token that chooses by it."""

    label: str
    token: str
    counts: list[int]
    shares: list[float | None]


@dataclass(frozen=True)
class Row:
    """One row of a matrix, or a scale, of one group: a bar of segments that are the answers."""

    label: str
    group: str
    answered: int
    lines: list[Line]


@dataclass(frozen=True)
class Numbers:
    """How many replies of one group answered, skipped and were not shown the question."""

    words: str
    replies: int
    answered: int
    skipped: int
    not_shown: int

    @property
    def asked(self) -> int:
        """Those who were shown the question."""
        return self.answered + self.skipped

    @property
    def too_few(self) -> bool:
        """Whether there is too little to compare."""
        return self.answered < FEWEST


@dataclass
class Card:
    """One question on the page. `shape` is "choices", "points", "matrix", "bins", "texts" or "none"."""

    result: QuestionResult
    type: QuestionType
    hidden: bool
    other_hidden: bool
    shape: str
    numbers: list[Numbers]
    lines: list[Line] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    figures: list[tuple[str, list[str]]] = field(default_factory=list)
    # Choices in an order that has a middle lie to both sides of it.
    diverging: bool = False

    @property
    def key(self) -> str:
        """The question's key."""
        return self.result.question.key

    @property
    def compared(self) -> bool:
        """Whether there are two groups."""
        return len(self.numbers) > 1

    @property
    def input(self) -> str:
        """The kind of field that takes a bound of the answers; an empty text where they have none."""
        if isinstance(self.type, When):
            return self.type.input_type
        return "number" if isinstance(self.type, Number) else ""

    @property
    def texts(self) -> list[str]:
        """The newest words of respondents, the newest first, as far as they may be seen."""
        seen = not self.compared and not (self.hidden or self.other_hidden)
        return list(reversed(self.result.texts)) if seen else []


def cards(groups: Sequence[Group], hidden: frozenset[str]) -> list[Card]:
    """Return the questions in order; `hidden` are the keys of answers that the reader may not see."""
    return [_card(results, groups, hidden) for results in zip(*(one.results.questions for one in groups), strict=True)]


def _card(results: Sequence[QuestionResult], groups: Sequence[Group], hidden: frozenset[str]) -> Card:
    question = results[0].question
    kind = QUESTION_TYPES[question.type]
    summaries = [one.summary for one in results]
    card = Card(
        result=results[0],
        type=kind,
        hidden=question.key in hidden,
        other_hidden=question.other_key in hidden and not kind.free_text,
        shape="none",
        numbers=[
            Numbers(group.words, group.results.replies, one.answered, one.skipped, one.not_shown)
            for group, one in zip(groups, summaries, strict=True)
        ],
    )
    if card.hidden or not any(one.answered for one in summaries):
        return card
    if kind.free_text:
        card.shape = "texts"
    elif kind.has_rows:
        card.shape, card.rows = "matrix", list(_matrix(card, summaries))
    elif summaries[0].choices or question.other:
        card.lines = _choices(card, summaries)
        card.shape = "points" if isinstance(kind, Points) else "choices"
        card.diverging = isinstance(kind, Scale)
        if isinstance(kind, Scale | Nps):
            card.rows = list(_stack(card))
    elif lines := _bins(summaries):
        card.shape, card.lines = "bins", lines
    card.figures = _figures(kind, summaries)
    return card


def _share(count: int, of: int) -> float | None:
    return count / of if of else None


def _line(label: str, token: str, counts: list[int], totals: list[int]) -> Line:
    return Line(label, token, counts, [_share(count, of) for count, of in zip(counts, totals, strict=True)])


def _choices(card: Card, summaries: Sequence[Summary]) -> list[Line]:
    question, kind = card.result.question, card.type
    totals = [one.answered for one in summaries]
    counted = _together([one.choices for one in summaries])
    lines = [_line(kind.word(one), f"{question.key}.is.{one.code}", counts, totals) for one, counts in counted]
    if kind.is_long(question):
        # So many have no order that anybody reads; those that were taken most come first.
        lines.sort(key=lambda line: -sum(line.counts))
    if question.other:
        token = "" if card.other_hidden else f"{question.key}.other."
        lines.append(_line(_("Other, in their own words"), token, [one.other for one in summaries], totals))
    return lines


def _together(choices: Sequence[Sequence[Count]]) -> list[tuple[Count, list[int]]]:
    """Return each choice with how often each group took it; one group may know of codes that another does not."""
    known = {count.code: count for group in reversed(choices) for count in group}
    counts = [{count.code: count.count for count in group} for group in choices]
    order = list(dict.fromkeys(count.code for group in choices for count in group))
    return [(known[code], [group.get(code, 0) for group in counts]) for code in order]


def _matrix(card: Card, summaries: Sequence[Summary]) -> Iterator[Row]:
    question, kind = card.result.question, card.type
    for row in summaries[0].rows:
        for numbers, summary in zip(card.numbers, summaries, strict=True):
            found = next((one for one in summary.rows if one.code == row.code), None)
            counts = {one.code: one.count for one in found.choices} if found else {}
            answered = found.answered if found else 0
            lines = [
                _line(
                    kind.word(choice),
                    f"{question.key}.row.{row.code};{choice.code}",
                    [counts.get(choice.code, 0)],
                    [answered],
                )
                for choice in row.choices
            ]
            yield Row(row.label, numbers.words, answered, lines)


_PARTS = (
    (mark("Detractors (0 to 6)"), range(7)),
    (mark("Passives (7 and 8)"), range(7, 9)),
    (mark("Promoters (9 and 10)"), range(9, 11)),
)


def _stack(card: Card) -> Iterator[Row]:
    """Yield one bar for each group: the points of a scale, or the three parts of a likelihood to recommend."""
    for at, numbers in enumerate(card.numbers):
        counts = [line.counts[at] for line in card.lines]
        labels = [line.label for line in card.lines]
        if isinstance(card.type, Nps):
            counts = [sum(counts[point] for point in part) for _label, part in _PARTS]
            labels = [_(label) for label, _part in _PARTS]
        lines = [_line(label, "", [count], [numbers.answered]) for label, count in zip(labels, counts, strict=True)]
        yield Row(numbers.words, numbers.words, numbers.answered, lines)


def _bins(summaries: Sequence[Summary]) -> list[Line]:
    """Return the steps in which numbers or moments lie."""
    numbers = [one.values for one in summaries if isinstance(one, NumberSummary)]
    moments = [one.moments for one in summaries if isinstance(one, MomentSummary)]
    totals = [one.answered for one in summaries]
    bins = number_bins(numbers) if numbers else moment_bins(moments)
    return [_line(one.words, "", one.counts, totals) for one in bins]


_FIGURES = {
    "score": mark("Net Promoter Score"),
    "promoters": mark("Promoters (9 and 10)"),
    "passives": mark("Passives (7 and 8)"),
    "detractors": mark("Detractors (0 to 6)"),
    "mean": mark("Mean"),
    "median": mark("Median"),
    "min": mark("Least"),
    "max": mark("Most"),
    "sd": mark("Standard deviation"),
}
_MOMENTS = {"min": mark("Earliest"), "max": mark("Latest")}


def _figures(kind: QuestionType, summaries: Sequence[Summary]) -> list[tuple[str, list[str]]]:
    found = []
    for name, label in _FIGURES.items():
        values = [one.stats.get(name) for one in summaries]
        if any(value is not None for value in values):
            moment = any(isinstance(value, str) for value in values)
            found.append((_(_MOMENTS[name] if moment else label), [_spoken(kind, name, value) for value in values]))
    return found


def _spoken(kind: QuestionType, name: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return str(kind.spoken(value)) if hasattr(kind, "spoken") else value
    return figure(round(value, 1 if name == "score" else 2))
