"""No answer holds a password's hash, a session's token or what opens an account: whoever asks, whatever the address."""

from __future__ import annotations

from admin_app.accounts import sessions
from admin_app.accounts.models import User
from admin_app.accounts.user_operations import update_user
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from tests.factories import make_user
from tests.walk.test_every_address import rules_of, session_token

# How every argon2 hash begins, whatever its parameters.
HASH = "$argon2"


def test_no_page_and_no_file_holds_a_secret(world):
    """Lists, details, forms, history, look-ups, downloads: every GET that an administrator can make."""
    admin = make_user("administrator_of_tests")
    client = world.as_user(admin)
    with unit_of_work():
        token = sessions.start_session(admin, hours=1)
        # The audit log has a change of a password to tell of, too.
        update_user(db.session.get_one(User, world.ids["user"]), {"password": "a new one for you"}, actor=SYSTEM)
    seen = 0
    for rule in rules_of(world.app):
        if "GET" not in rule.methods or rule.endpoint.endswith("static"):
            continue
        answer = client.get(world.address(rule))
        body = answer.get_data()
        for secret in (HASH, token, "password_hash"):
            assert secret.encode() not in body, rule
        seen += answer.status_code == 200
    assert seen > 20


def test_no_list_can_be_sorted_filtered_or_searched_by_a_hash(world):
    """A hash that orders a list tells itself, a bit at a time."""
    client = world.as_user(make_user("administrator_of_tests"))
    for query in ("g1.password_hash_contains=argon2", "g1.password_hash=x", "search=$argon2", "sort=password_hash"):
        found = client.get(f"/admin/user/?{query}")
        assert found.status_code == (200 if query.startswith("search") else 422), query
        assert "/admin/user/details/" not in found.text, query


def test_forms_hand_back_no_password(world):
    client = world.as_user(make_user("administrator_of_tests"))
    token = session_token(client)
    secret = "correct horse battery staple"
    for path in ("/admin/user/new/", f"/admin/user/edit/?id={world.ids['user']}", "/account/password", "/login"):
        fields = dict.fromkeys(("password", "password_again", "current"), secret)
        answer = client.post(path, data={**fields, "csrf_token": token, "username": "x", "email": "nobody"})
        assert answer.status_code in {303, 403, 409, 422}, path
        assert secret not in answer.text, path
