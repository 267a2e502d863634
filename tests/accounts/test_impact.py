"""What a change of a role does to people, by the union of all their roles."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from admin_app.accounts.impact import Kind, impact_of
from admin_app.accounts.models import User, UserRole
from admin_app.accounts.rights_phrases import ABILITY_PHRASES, ALL_RIGHTS, LETTER_PHRASES, phrase_of, reach_of
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import ABILITIES, EVERYTHING, RESOURCES, SYSTEM, Letter, Rights, Scope
from tests.factories import make_role, make_user
from tests.helpers import count_statements

C, R, U, D = Letter
OWN, SHARED, ALL = Scope


@pytest.fixture
def admin(app):
    return make_user()


@pytest.fixture
def role(app):
    """Reads surveys, publishes, deletes replies."""
    return make_role("Desk", "survey.publish", survey="R:all", reply="R:own D:all")


def members(role, number, *others, start=0):
    people = [make_user(f"member{start + one}", role) for one in range(number)]
    if others:
        with unit_of_work():
            for person in people:
                person.roles = [role, *others]
    return people


def sentences(role, grants, abilities=(), *, actor):
    return [effect.sentence for effect in impact_of(role, Rights(grants, frozenset(abilities)), actor=actor).effects()]


def test_what_is_gained_and_what_is_lost(admin, role):
    members(role, 12)
    grants = {("survey", R): ALL, ("reply", R): OWN, ("job", R): ALL}
    assert sentences(role, grants, ["survey.publish", "survey.share"], actor=admin) == [
        "12 users gain: see jobs, share surveys",
        "12 users lose: delete replies",
    ]


def test_one_user_is_one_user(admin, role):
    members(role, 1)
    lost = "see surveys, see replies, delete replies, publish surveys"
    assert sentences(role, {}, actor=admin) == [f"1 user loses: {lost}"]


def test_reach(admin, role):
    members(role, 2)
    grants = {("survey", R): OWN, ("reply", R): ALL, ("reply", D): SHARED, ("question", U): SHARED, ("user", U): OWN}
    assert sentences(role, grants, ["survey.publish"], actor=admin) == [
        "2 users gain: change users (their own), change questions (their own and shared ones)",
        "2 users reach further: see replies, now all instead of their own",
        "2 users reach less far: see surveys, now their own instead of all, "
        "delete replies, now their own and shared ones instead of all",
    ]


def test_what_another_role_allows_too_is_neither_gained_nor_lost(admin, role):
    members(role, 2)
    members(role, 3, make_role("Reader", survey="R:all", job="R:all"), start=2)
    grants = {("job", R): ALL, ("reply", R): OWN, ("reply", D): ALL}
    assert sentences(role, grants, ["survey.publish"], actor=admin) == [
        "2 users gain: see jobs",
        "2 users lose: see surveys",
    ]
    impact = impact_of(role, Rights(grants, frozenset(["survey.publish"])), actor=admin)
    assert (impact.holders, impact.affected) == (5, 2)


def test_the_same_right_can_be_gained_by_one_and_widened_for_another(admin):
    role = make_role("Empty")
    members(role, 1)
    members(role, 2, make_role("Own", survey="R:own"), start=1)
    assert sentences(role, {("survey", R): ALL}, actor=admin) == [
        "1 user gains: see surveys",
        "2 users reach further: see surveys, now all instead of their own",
    ]


def test_those_who_differ_in_reach_lose_the_same(admin):
    role = make_role("Wide", survey="R:all")
    members(role, 1)
    members(role, 2, make_role("Own", survey="R:own", job="R:all"), start=1)
    members(role, 4, make_role("Jobs", job="R:all"), start=3)
    assert sentences(role, {}, actor=admin) == [
        "5 users lose: see surveys",
        "2 users reach less far: see surveys, now their own instead of all",
    ]


def test_nobody_has_it(admin, role):
    impact = impact_of(role, Rights(), actor=admin)
    assert (impact.holders, impact.affected, impact.effects(), impact.yours) == (0, 0, [], None)
    assert impact.out_of_reach(admin) == 0


def test_those_in_the_trash_do_not_count(admin, role):
    people = members(role, 2)
    with unit_of_work():
        people[0].deleted_at = now()
    assert impact_of(role, Rights(), actor=admin).affected == 1


def test_no_change_is_no_effect(admin, role):
    members(role, 2)
    impact = impact_of(role, role.rights, actor=admin)
    assert (impact.holders, impact.affected, impact.effects()) == (2, 0, [])


def test_you_are_told_that_you_are_among_them(role):
    anna = make_user("anna", role)
    members(role, 2)
    impact = impact_of(role, Rights(), actor=anna)
    assert impact.concerns_you
    assert [effect.yours for effect in impact.effects()] == [True]
    # The others may do as much as she; she herself is not counted among those out of reach.
    assert impact.out_of_reach(anna) == 2
    other = make_user("other", make_role("Other", survey="R:all"))
    impact = impact_of(role, Rights(), actor=other)
    assert not impact.concerns_you
    assert [effect.yours for effect in impact.effects()] == [False]
    assert impact_of(role, Rights(), actor=SYSTEM).yours is None


def test_you_have_it_and_notice_nothing(role):
    anna, same = make_user("anna", role), make_role("Same", "survey.publish", survey="R:all", reply="R:own D:all")
    with unit_of_work():
        anna.roles = [role, same]
        anna.forget_rights()
    impact = impact_of(role, Rights(), actor=anna)
    assert impact.yours is not None
    assert not impact.concerns_you


def test_the_most_people_first(admin):
    role = make_role("Desk", survey="R:all", job="R:all")
    members(role, 1)
    members(role, 3, make_role("Jobs", job="R:all"), start=1)
    impact = impact_of(role, Rights(), actor=admin)
    assert [(one.kind, one.users) for one in impact.effects()] == [(Kind.LOSE, 4), (Kind.LOSE, 1)]


def test_ten_thousand_users_cost_as_many_statements_as_ten(admin, role):
    others = [make_role(f"Other {number}", job="R:all") for number in range(3)]
    members(role, 3, *others)

    def statements():
        db.session.expire_all()
        _ = (role.id, role.rights, admin.id, admin.role_ids)
        with count_statements(db.engine) as seen:
            impact = impact_of(role, Rights(), actor=admin)
        return len(seen), impact

    few, _impact = statements()
    with unit_of_work() as session:
        people = [
            {"username": f"u{n}", "username_key": f"u{n}", "email": f"u{n}@x.y", "email_key": f"u{n}@x.y"}
            for n in range(10_000)
        ]
        ids = session.scalars(insert(User).returning(User.id), people).all()
        # Stored in every order: the same roles are the same combination.
        given = [[role.id, others[n % 3].id][:: 1 if n % 2 else -1] for n in range(10_000)]
        rows = [
            {"user_id": user_id, "role_id": one} for user_id, roles in zip(ids, given, strict=True) for one in roles
        ]
        session.execute(insert(UserRole), rows)
    many, impact = statements()
    assert many == few <= 4
    assert (impact.affected, len(impact.groups)) == (10_003, 4)


def test_every_right_has_its_words(app):
    assert set(LETTER_PHRASES) == {(resource, letter) for resource in RESOURCES for letter in Letter}
    assert set(ABILITY_PHRASES) == set(ABILITIES)
    phrases = [phrase_of(right) for right in ALL_RIGHTS]
    assert len(set(phrases)) == len(phrases) == 44 + len(ABILITIES)
    assert {reach_of(EVERYTHING, right) for right in ALL_RIGHTS} == {ALL}
    assert {reach_of(Rights(), right) for right in ALL_RIGHTS} == {None}
