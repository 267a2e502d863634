"""A walk over every address: who may open it, with every method, and that nothing changes for those who may not."""

from __future__ import annotations

from admin_app.core.permissions import ABILITIES, can
from tests.factories import make_user
from tests.helpers import token_of
from tests.walk.conftest import ROLES
from tests.walk.doors import BESIDE, DECLARED, LOGGED_IN, MINE, OWN, PROGRAMS, PUBLIC, RIGHTS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def rules_of(app):
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, str(rule)))


def status_of(answer):
    """The status; the file that a static answer holds open is closed."""
    answer.close()
    return answer.status_code


def test_every_rule_is_declared(app):
    """Whoever adds an address says here who may open it."""
    assert {rule.endpoint for rule in rules_of(app)} - DECLARED == set()


def test_no_declaration_is_left_over(app):
    gone = DECLARED - {rule.endpoint for rule in rules_of(app)}
    assert {name for name in gone if not name.endswith(".action_view")} == set()


def test_no_method_of_any_address_is_a_fault_of_ours(world, personas):
    """Each address, each method, each kind of person: never a 500, and a method that is not offered is a 405."""
    found = []
    for rule in rules_of(world.app):
        path = world.address(rule)
        methods = {method for other in rules_of(world.app) if str(other) == str(rule) for method in other.methods}
        for name, client in personas.items():
            for method in METHODS:
                status = status_of(client.open(path, method=method))
                if status >= 500 or (method not in methods and status not in {400, 405}):
                    found.append((method, path, name, status))
    assert found == []


def test_strangers_and_the_inactive_are_sent_to_the_login_page(world, personas):
    for rule in rules_of(world.app):
        if rule.endpoint in PUBLIC | set(PROGRAMS) or "GET" not in rule.methods:
            continue
        for name in ("stranger", "inactive"):
            answer = personas[name].get(world.address(rule))
            assert answer.status_code in {302, 303}, (name, rule)
            assert answer.location.startswith("/login"), (name, rule)


def test_public_pages_ask_for_nobody(world, personas):
    pages = ("web.healthz", "web.readyz", "public.index", "public.form", "auth.login", "media.file", "static")
    for endpoint in pages:
        rule = next(rule for rule in rules_of(world.app) if rule.endpoint == endpoint)
        for name, client in personas.items():
            logged_in_already = endpoint == "auth.login" and name not in {"stranger", "inactive"}
            expected = {200, 302, 303} if logged_in_already else {200}
            assert status_of(client.get(world.address(rule))) in expected, (endpoint, name)


def test_each_role_opens_what_its_letters_say_and_nothing_else(world, personas):
    """Expected from the grants in the database, asked of the addresses."""
    people = {role: make_user(f"judge_{role}", role=role) for role in ROLES} | {
        "without a role": make_user("judge", role=None)
    }
    for rule in rules_of(world.app):
        if rule.endpoint not in RIGHTS or "GET" not in rule.methods:
            continue
        right = RIGHTS[rule.endpoint]
        for name, user in people.items():
            allowed = can(user, right) if isinstance(right, str) else can(user, *right)
            allowed = allowed and (rule.endpoint not in BESIDE or can(user, *BESIDE[rule.endpoint]))
            status = personas[name].get(world.address(rule)).status_code
            # 404: the right is there, but not on this record, which is somebody else's.
            assert status in ({200, 302, 303, 404} if allowed else {403, 404}), (name, rule, status)
            if name == "administrator":
                # Nothing was done in bulk here.
                nothing = rule.endpoint in MINE | {"audit.batch_view"}
                assert status in ({404} if nothing else {200, 302, 303}), (rule, status)


def test_everybody_who_is_logged_in_opens_the_dashboard(world, personas):
    for endpoint in LOGGED_IN:
        rule = next(rule for rule in rules_of(world.app) if rule.endpoint == endpoint)
        if "GET" not in rule.methods:
            continue
        for name, client in personas.items():
            if name not in {"stranger", "inactive"}:
                expected = {404} if endpoint in OWN else {200, 204}
                assert client.get(world.address(rule)).status_code in expected, (endpoint, name)


def test_a_stranger_to_the_row_is_told_that_there_is_none(world, personas):
    """The survey is somebody else's and not shared: for those whose rights end at their own it does not exist."""
    for role in ("own_surveys", "editor"):
        for resource in ("survey", "question", "reply"):
            for view in ("details", "edit", "delete"):
                answer = personas[role].get(f"/admin/{resource}/{view}/?id={world.ids[resource]}")
                assert answer.status_code in {403, 404, 405}, (role, resource, view)
        for tail in ("results", "replies", "versions"):
            assert personas[role].get(f"/admin/survey/{world.ids['survey']}/{tail}").status_code == 404, (role, tail)


def test_unsafe_requests_without_a_token_change_nothing(world, personas, fingerprint):
    before = fingerprint()
    for rule in rules_of(world.app):
        if rule.endpoint in PUBLIC - {"auth.logout"} or "POST" not in rule.methods:
            continue
        for name, client in personas.items():
            status = client.post(world.address(rule), data={"id": "1", "action": "delete", "rowid": "1"}).status_code
            # No program: 401, or the parameters that are missing.
            expected = {400, 401, 403} if rule.endpoint in PROGRAMS else {400, 302, 303, 403}
            assert status in expected, (name, rule, status)
    assert fingerprint() == before


def session_token(client):
    """A token that every form takes from this client."""
    return token_of(client.get("/account/password").text)


def test_unsafe_requests_of_those_who_may_not_change_nothing(world, personas, fingerprint):
    """With a good token and every field that could matter; the viewer holds no letter but R."""
    before = fingerprint()
    for name in ("viewer", "without a role", "analyst"):
        client = personas[name]
        token = session_token(client)
        for rule in rules_of(world.app):
            if (
                rule.endpoint in PUBLIC | LOGGED_IN | {"reply_export.take"} | set(PROGRAMS)
                or "POST" not in rule.methods
            ):
                continue
            # How wide a column is on one's own screen.
            if rule.endpoint.endswith(".width_view"):
                continue
            data = {
                "csrf_token": token,
                "confirmed": "1",
                "expected_count": "1",
                "lock_version": "1",
                "title": "Taken over",
                "do": "delete",
            }
            for action in ("delete", "close", "deactivate", "approve"):
                resource = rule.endpoint.split(".")[0]
                key = str(world.ids.get(resource, 1))
                answer = client.post(world.address(rule), data={**data, "action": action, "rowid": key, "id": key})
                assert answer.status_code in {302, 303, 400, 403, 404}, (name, rule, answer.status_code)
    assert fingerprint() == before


def test_every_ability_is_known_to_some_address_or_operation():
    assert {right for right in RIGHTS.values() if isinstance(right, str)} <= set(ABILITIES)
