"""The doors for programs: no session opens any, none hands one out, and each takes the kind of token that it says."""

from __future__ import annotations

from admin_app.accounts import operations
from admin_app.classic_api.bearer import sign
from admin_app.core.db import unit_of_work
from tests.factories import make_user
from tests.walk.doors import PROGRAMS
from tests.walk.test_every_address import rules_of

METHODS = ("GET", "POST", "DELETE")


def calls(world):
    """Each address of a program with each of its methods, and what it wants to be shown."""
    for rule in rules_of(world.app):
        if rule.rule.startswith("/api/"):
            for method in set(METHODS) & rule.methods:
                yield world.address(rule), method, PROGRAMS[rule.endpoint]


def test_all_of_them_are_declared_as_such(app):
    assert {rule.endpoint for rule in rules_of(app) if rule.rule.startswith("/api/")} == set(PROGRAMS)


def test_a_session_opens_none_and_none_sets_a_cookie(world, personas, fingerprint):
    before = fingerprint()
    for path, method, shown in calls(world):
        for name, client in personas.items():
            answer = client.open(path, method=method)
            assert answer.is_json, (name, path)
            assert "Set-Cookie" not in answer.headers, (name, path)
            if shown in {"access", "refresh"}:
                assert answer.status_code == 401, (name, path)
    assert fingerprint() == before


def test_each_takes_its_own_kind_of_token(world, fingerprint):
    user = make_user("program", role=None)
    with unit_of_work():
        login = operations.start_program(user)
    signed = {"access": sign(login.access), "refresh": sign(login.refresh)}
    before = fingerprint()
    for path, method, shown in calls(world):
        wrong = "access" if shown == "refresh" else "refresh"
        for token in (signed[wrong], "nonsense"):
            answer = world.as_nobody().open(path, method=method, headers={"Authorization": f"Bearer {token}"})
            assert shown == "none" or answer.status_code == 401, (path, method)
    assert fingerprint() == before
