"""The one place that decides, tried on every combination of letters and scopes."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain, combinations

import pytest
from sqlalchemy import literal, select, union_all

from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.permissions import (
    ABILITIES,
    EVERYTHING,
    RESOURCES,
    SCOPES,
    SYSTEM,
    Letter,
    Rights,
    Scope,
    can,
    require,
    visible,
)

ME, COLLEAGUE, STRANGER = "mine", "shared", "foreign"
ROWS = union_all(*(select(literal(name).label("name")) for name in (ME, COLLEAGUE, STRANGER))).subquery("row")
LETTER_SETS = ["".join(chosen) for chosen in chain.from_iterable(combinations("CRUD", size) for size in range(5))]


@dataclass(frozen=True)
class Row:
    name: str


@dataclass(frozen=True)
class Person:
    rights: Rights
    id: int = 1
    label: str = "Anna"
    is_active: bool = True
    role_ids: frozenset[int] = field(default_factory=frozenset)


class ByName:
    """Rows called "mine" are own, those called "shared" are shared."""

    def names(self, scope):
        return {ME} if scope is Scope.OWN else {ME, COLLEAGUE}

    def condition(self, actor, scope, letter):
        return ROWS.c.name.in_(self.names(scope))

    def holds(self, actor, scope, letter, obj):
        return obj.name in self.names(scope)


@pytest.fixture
def resolver(monkeypatch):
    """A resource whose rows need no table."""
    monkeypatch.setitem(SCOPES._members, "media", ByName())


def person(letters="", scope=Scope.ALL, abilities=(), **more):
    return Person(Rights({("media", Letter(letter)): scope for letter in letters}, frozenset(abilities)), **more)


def reaches(scope, row):
    return {ME: True, COLLEAGUE: scope >= Scope.SHARED, STRANGER: scope is Scope.ALL}[row]


@pytest.mark.parametrize("scope", Scope, ids=lambda scope: scope.name)
@pytest.mark.parametrize("letters", LETTER_SETS, ids=lambda letters: letters or "none")
class TestLetters:
    def test_can(self, resolver, letters, scope):
        actor = person(letters, scope)
        for letter in Letter:
            assert can(actor, "media", letter) == (letter in letters)
            for row in (ME, COLLEAGUE, STRANGER):
                assert can(actor, "media", letter, obj=Row(row)) == (letter in letters and reaches(scope, row))

    def test_require_says_the_same_and_hides_what_may_not_be_read(self, resolver, letters, scope):
        actor = person(letters, scope)
        for letter in Letter:
            for row in (ME, COLLEAGUE, STRANGER):
                if letter in letters and reaches(scope, row):
                    require(actor, "media", letter, obj=Row(row))
                    continue
                readable = "R" in letters and reaches(scope, row)
                with pytest.raises(ForbiddenError if readable else NotFoundError):
                    require(actor, "media", letter, obj=Row(row))

    def test_the_letters_are_spelled_in_order(self, letters, scope):
        assert person(letters[::-1], scope).rights.letters("media") == letters

    def test_whoever_is_not_active_may_nothing(self, resolver, letters, scope):
        actor = person(letters, scope, ABILITIES, is_active=False)
        assert not any(can(actor, "media", letter) for letter in Letter)
        assert not any(can(actor, ability) for ability in ABILITIES)


def seen(actor, letter):
    return set(db.session.scalars(select(ROWS.c.name).where(visible(actor, "media", letter))))


def test_visible_is_the_same_rule_in_sql(app, resolver):
    for letters in LETTER_SETS:
        for scope in Scope:
            actor = person(letters, scope)
            for letter in Letter:
                allowed = {row for row in (ME, COLLEAGUE, STRANGER) if can(actor, "media", letter, obj=Row(row))}
                assert seen(actor, letter) == allowed, (letters, scope, letter)
            assert seen(person(letters, scope, is_active=False), "R") == set()


class TestWithoutResolver:
    def test_only_all_reaches_a_record(self, app, monkeypatch):
        monkeypatch.delitem(SCOPES._members, "media", raising=False)
        for scope in (Scope.OWN, Scope.SHARED):
            actor = person("R", scope)
            assert can(actor, "media", "R")
            assert not can(actor, "media", "R", obj=Row(ME))
            assert seen(actor, "R") == set()
        assert seen(person("R"), "R") == {ME, COLLEAGUE, STRANGER}
        assert can(person("R"), "media", "R", obj=Row(STRANGER))


class TestAbilities:
    @pytest.mark.parametrize("name", ABILITIES)
    def test_each_stands_alone(self, name):
        actor = person(abilities=[name])
        assert [other for other in ABILITIES if can(actor, other)] == [name]
        for other in set(ABILITIES) - {name}:
            with pytest.raises(ForbiddenError):
                require(actor, other)

    @pytest.mark.parametrize("name", ABILITIES)
    def test_with_a_record_its_letter_must_reach_it_too(self, name, monkeypatch):
        ability = ABILITIES[name]
        for resource in RESOURCES:
            monkeypatch.setitem(SCOPES._members, resource, ByName())
        rights = Rights({(ability.resource, ability.letter): Scope.SHARED}, frozenset({name}))
        for row in (ME, COLLEAGUE, STRANGER):
            assert can(Person(rights), name, obj=Row(row)) == (not ability.resource or row != STRANGER)
            assert can(person(abilities=[name]), name, obj=Row(row)) == (not ability.resource)

    def test_an_unseen_record_is_not_there_and_a_seen_one_is_not_allowed(self, monkeypatch):
        monkeypatch.setitem(SCOPES._members, "survey", ByName())
        reader = Person(Rights({("survey", Letter.READ): Scope.SHARED}, frozenset({"survey.publish"})))
        with pytest.raises(ForbiddenError, match="Publish, open, pause"):
            require(reader, "survey.publish", obj=Row(ME))
        with pytest.raises(NotFoundError):
            require(reader, "survey.publish", obj=Row(STRANGER))

    def test_an_ability_for_itself_is_refused_as_itself(self):
        with pytest.raises(ForbiddenError):
            require(person(), "setting.change", obj=Row(ME))

    @pytest.mark.parametrize("name", ["survey.publsh", "", "survey"])
    def test_a_name_that_is_none_is_a_fault_of_ours(self, name):
        with pytest.raises(KeyError):
            can(SYSTEM, name)

    def test_a_letter_that_is_none_is_a_fault_of_ours(self):
        with pytest.raises(ValueError, match="X"):
            can(SYSTEM, "survey", "X")


class TestSentences:
    @pytest.mark.parametrize(
        ("resource", "letter", "sentence"),
        [
            ("survey", "U", "Your roles do not allow you to change surveys here."),
            ("reply", "D", "Your roles do not allow you to delete replies here."),
            ("audit", "R", "Your roles do not allow you to see the audit log here."),
            ("media", "C", "Your roles do not allow you to create files here."),
        ],
    )
    def test_a_refusal_is_a_sentence(self, resource, letter, sentence):
        with pytest.raises(ForbiddenError) as refused:
            require(person(), resource, letter)
        assert refused.value.message == sentence


class TestRights:
    def test_everything_covers_everything(self):
        assert EVERYTHING.covers(EVERYTHING)
        assert EVERYTHING.covers(Rights())
        assert not Rights().covers(EVERYTHING)

    @pytest.mark.parametrize("mine", Scope)
    @pytest.mark.parametrize("given", Scope)
    def test_a_wider_scope_covers_a_narrower_one(self, mine, given):
        assert person("R", mine).rights.covers(person("R", given).rights) == (mine >= given)

    def test_letters_and_abilities_are_not_made_up(self):
        assert not person("R").rights.covers(person("RU").rights)
        assert not person("R").rights.covers(person("R", abilities=["role.grant"]).rights)

    def test_the_system_may_everything(self):
        assert all(can(SYSTEM, resource, letter) for resource in RESOURCES for letter in Letter)
        assert all(can(SYSTEM, ability) for ability in ABILITIES)


def test_intersection_is_what_each_allows_by_itself():
    some = Rights(
        {("survey", Letter.READ): Scope.ALL, ("survey", Letter.UPDATE): Scope.OWN, ("reply", Letter.READ): Scope.ALL},
        frozenset({"a", "b"}),
    )
    other = Rights({("survey", Letter.READ): Scope.SHARED, ("survey", Letter.UPDATE): Scope.ALL}, frozenset({"b", "c"}))
    both = Rights({("survey", Letter.READ): Scope.SHARED, ("survey", Letter.UPDATE): Scope.OWN}, frozenset({"b"}))
    assert some.intersection(other) == other.intersection(some) == both
    assert some.covers(both)
    assert other.covers(both)
