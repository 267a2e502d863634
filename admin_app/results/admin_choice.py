"""What the address of the results page chooses, and the addresses that lead on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import abort, request, url_for
from flask_babel import gettext

from admin_app.console.base import visible_or_404
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import require
from admin_app.replies.masking import masked_keys
from admin_app.results.choosing import offered
from admin_app.results.facts import Fact, Options, options_of
from admin_app.results.filters import OTHERS, Choice, Filters, Known, compared, read_filters
from admin_app.results.join import JoinedQuestion
from admin_app.results.queries import joined_questions
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import versions_of
from admin_app.web.actor import current_actor
from admin_app.web.forms import clean_line
from admin_app.web.locale import reader_zone

# A list to pick a group from grows no longer than this; every answer has a link of its own too.
MOST_OPTIONS = 30


def survey_at(key: str) -> Survey:
    """Return the survey in the address, where the actor may see it and the replies to it."""
    survey: Survey = visible_or_404(Survey, key, "survey")
    if survey.deleted_at is not None:
        abort(404)
    require(current_actor(), "reply", "R", obj=survey)
    return survey


@dataclass(frozen=True)
class Field:
    """A field of the form that chooses replies."""

    name: str
    fact: Fact
    options: Options
    value: str


@dataclass
class Chosen:
    """Which replies are shown, of which survey, and how to get to others."""

    survey: Survey
    questions: Sequence[JoinedQuestion]
    hidden: frozenset[str]
    filters: Filters
    complaints: list[str]
    groups: Sequence[tuple[Choice | None, Filters]]
    known: Known

    @classmethod
    def of_request(cls, survey: Survey) -> Chosen:
        """Read the query string."""
        questions = joined_questions(versions_of(survey))
        hidden = masked_keys((one.spec for one in questions), actor=current_actor(), obj=survey)
        known = Known.of(survey, questions, hidden=hidden, zone=reader_zone())
        filters, complaints = read_filters(_values, known)
        try:
            first, second = (next(iter(_values(name)), "") for name in ("a", "b"))
            groups = compared(filters, first, second, known)
        except InvalidError as error:
            groups = []
            complaints.append(str(error))
        return cls(survey, questions, hidden, filters, complaints, groups, known)

    @property
    def first(self) -> str:
        """The token of the first of two groups."""
        choice = self.groups[0][0] if self.groups else None
        return choice.token if choice else ""

    @property
    def second(self) -> str:
        """The token of the second of two groups."""
        choice = self.groups[1][0] if self.groups else None
        return choice.token if choice else OTHERS

    def words_of(self, choice: Choice | None) -> str:
        """Return what a group is called."""
        return f"{choice.subject}: {choice.words}" if choice else gettext("All others")

    # Addresses
    def url(self, endpoint: str = ".index", **more: Any) -> str:
        """Return the address of a page of these results with what is chosen."""
        return self._url(endpoint, self.filters.tokens, self.first, **more)

    def narrowed(self, token: str) -> str:
        """Return the address for those only whom `token` chooses."""
        return self._url(".index", [*self.filters.tokens, token], self.first)

    def widened(self, token: str) -> str:
        """Return the address without that choice."""
        return self._url(".index", [one for one in self.filters.tokens if one != token], self.first)

    def against_others(self, token: str) -> str:
        """Return the address that compares those whom `token` chooses with all others; none without a token."""
        return self._url(".index", self.filters.tokens, token, b=OTHERS if token else None)

    def cleared(self) -> str:
        """Return the address of all replies that count."""
        return url_for(".index", id=self.survey.id)

    def _url(self, endpoint: str, tokens: Sequence[str], first: str, **more: Any) -> str:
        known: dict[str, Any] = {"a": first or None, "b": self.second if first else None}
        return url_for(endpoint, id=self.survey.id, f=list(dict.fromkeys(tokens)), **known | more)

    # What the forms are made of
    @property
    def answer_tokens(self) -> list[str]:
        """The tokens of what is chosen by answers; the form for facts keeps them."""
        return [token for token in self.filters.tokens if not token.startswith(".")]

    @cached_property
    def fields(self) -> list[Field]:
        """The fields of the form for facts."""
        values = {one.token.split(".")[1]: one.token.split(".", 2)[2] for one in self.filters.choices if not _key(one)}
        return [Field(name, fact, options, values.get(name, "")) for name, fact, options in options_of(self.survey)]

    @cached_property
    def groups_on_offer(self) -> list[tuple[str, Options]]:
        """What two groups may be made of: (heading, options as tokens and words)."""
        found = [
            (str(gettext(one.fact.label)), [(f".{one.name}.{value}", words) for value, words in one.options])
            for one in self.fields
            if one.fact.compares and len(one.options) > 1
        ]
        for question in self.questions:
            options = offered(question)
            if 1 < len(options) <= MOST_OPTIONS and question.spec.key not in self.hidden:
                tokens = [(f"{question.spec.key}.is.{code}", label) for code, label in options.items()]
                found.append((question.spec.label, tokens))
        return found


def _key(choice: Choice) -> str:
    return choice.token.partition(".")[0]


def _values(name: str) -> list[str]:
    """Return the clean values of one name in the query string, or in a form that was sent."""
    return [text for text in (clean_line(value, 400) for value in request.values.getlist(name)) if text]
