"""Which replies are counted: a choice by their answers and by facts, and the rules that hold where nothing is chosen.

Each choice has a token, which stands in addresses: `KEY.is.CODE`, `KEY.row.ROW;CODE`, `KEY.from.NUMBER`, `.version.2`.
A dot cannot be in a key, nor a semicolon in a code.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import ColumnElement, false, func, not_, or_

from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _
from admin_app.replies.models import Reply
from admin_app.results import choosing
from admin_app.results.facts import FACTS, rules
from admin_app.results.join import JoinedQuestion
from admin_app.surveys.models import Survey

# More than so many nobody has chosen by hand.
MOST = 40
# In place of a token: everybody who is not in the group beside it.
OTHERS = "others"


@dataclass(frozen=True)
class Choice:
    """One thing that is chosen. Choices of one `group` widen each other, different groups narrow."""

    token: str
    subject: str
    words: str
    group: str
    condition: ColumnElement[bool] = field(compare=False)
    replaces: str = ""


@dataclass(frozen=True)
class Filters:
    """What is chosen; nothing means all replies that count. `also` are further conditions, from code."""

    choices: tuple[Choice, ...] = ()
    also: tuple[ColumnElement[bool], ...] = field(default=(), compare=False)

    def conditions(self, survey_id: int) -> list[ColumnElement[bool]]:
        """Return the conditions for the replies to a survey that are to be counted."""
        replaced = {choice.replaces for choice in self.choices}
        groups: dict[str, list[ColumnElement[bool]]] = {}
        for choice in self.choices:
            groups.setdefault(choice.group, []).append(choice.condition)
        return [
            Reply.survey_id == survey_id,
            Reply.deleted_at.is_(None),
            *(condition for name, condition in rules().items() if name not in replaced),
            *(or_(*conditions) for conditions in groups.values()),
            *self.also,
        ]

    def but(self, choice: Choice) -> Filters:
        """Return these filters for the replies that `choice` takes."""
        return replace(self, choices=(*self.choices, replace(choice, group=f"compared.{choice.group}")))

    def without(self, choice: Choice) -> Filters:
        """Return these filters for all replies that `choice` does not take, also where the question has no answer."""
        return replace(self, also=(*self.also, not_(func.coalesce(choice.condition, false()))))

    @property
    def tokens(self) -> list[str]:
        """The tokens of what is chosen."""
        return [choice.token for choice in self.choices]

    @property
    def replaced(self) -> frozenset[str]:
        """The rules of what counts that do not hold."""
        return frozenset(choice.replaces for choice in self.choices if choice.replaces)


NONE = Filters()


@dataclass(frozen=True)
class Known:
    """What choices are read against: a survey, its questions, what the reader may not see, and where his days begin."""

    survey: Survey
    questions: Mapping[str, JoinedQuestion]
    hidden: frozenset[str]
    zone: dt.tzinfo

    @classmethod
    def of(
        cls, survey: Survey, questions: Iterable[JoinedQuestion], *, hidden: frozenset[str], zone: dt.tzinfo
    ) -> Known:
        """Return it with the questions by their keys."""
        return cls(survey, {one.spec.key: one for one in questions}, hidden, zone)


def read_filters(getlist: Callable[[str], list[str]], known: Known) -> tuple[Filters, list[str]]:
    """Return what an address or a form chooses, and a sentence for each choice that cannot be: it is left out.

    `getlist` gives all values of a name: `f` for tokens; for what is typed into a form, the name of a fact or
    `KEY.from`, `KEY.to`, `KEY.contains`.
    """
    tokens = [f".{name}.{value}" for name in FACTS for value in getlist(name) if value]
    typed = [f"{key}.{way}" for key in known.questions for way in choosing.TYPED]
    tokens += [f"{name}.{value}" for name in typed for value in getlist(name) if value]
    choices: dict[str, Choice] = {}
    complaints = []
    for token in [*tokens, *getlist("f")][:MOST]:
        try:
            choice = read_choice(token, known)
        except InvalidError as error:
            complaints.append(str(error))
        else:
            choices[choice.token] = choice
    return Filters(tuple(choices.values())), complaints


def read_choice(token: str, known: Known) -> Choice:
    """Return what a token chooses; InvalidError for one that chooses nothing, or what may not be seen."""
    subject, _dot, rest = token.partition(".")
    name, _dot, value = rest.partition(".")
    try:
        if not subject:
            return _fact(name, value, known)
        return _answer(known.questions[subject], name, value, known.hidden)
    except (KeyError, ValueError, OverflowError):
        raise InvalidError(_("There is no filter “%(token)s”; it was left out.", token=token[:60])) from None


def _fact(name: str, value: str, known: Known) -> Choice:
    fact = FACTS[name]
    return Choice(
        token=f".{name}.{value}",
        subject=_(fact.label),
        words=fact.clean(value, known.survey),
        group=f".{name}",
        condition=fact.condition(value, known.zone),
        replaces=fact.replaces,
    )


def _answer(question: JoinedQuestion, name: str, value: str, hidden: frozenset[str]) -> Choice:
    key = question.spec.key
    way = choosing.WAYS[name]
    # Who may not see an answer may not find out by counting who gave it either; that there is one he sees.
    if name != "state" and (key in hidden or (name == "other" and question.spec.other_key in hidden)):
        raise InvalidError(_("Your roles do not allow you to choose by the answers to “%(key)s”.", key=key))
    words, condition = way(question, value)
    return Choice(
        token=f"{key}.{name}.{value}",
        subject=question.spec.label,
        words=words,
        group=f"{key}.{name}" + (f".{value.partition(';')[0]}" if name == "row" else ""),
        condition=condition,
    )


def compared(filters: Filters, first: str, second: str, known: Known) -> Sequence[tuple[Choice | None, Filters]]:
    """Return the two groups that tokens name, each with its filters; none unless `first` is there.

    The second is everybody else where it is `OTHERS`, or nothing. Raises InvalidError for what cannot be chosen.
    """
    if not first:
        return []
    one = read_choice(first, known)
    if second in ("", OTHERS):
        return [(one, filters.but(one)), (None, filters.without(one))]
    other = read_choice(second, known)
    return [(one, filters.but(one)), (other, filters.but(other))]
