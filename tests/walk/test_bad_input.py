"""Every parameter of every address takes anything: the answer is below 500 and tells nothing of the inside."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest

from tests.factories import make_user
from tests.walk.doors import MODEL_VIEWS
from tests.walk.test_every_address import rules_of, session_token

BAD = {
    "empty": "",
    "a NUL": "a\0b",
    "only a NUL": "\0",
    "letters": "abc",
    "10^20": "1" + "0" * 20,
    "negative": "-1",
    "a fraction": "1.5",
    "two keys": "1,2",
    "a quote": "1'or'1",
    "wide digits": "１２",
    "a percent": "%_\\",
    "a long text": "x" * 5_000,
    "bidi": "\u202eabc",
    "markup": "<script>alert(1)</script>",
}
RAW = {"a lone surrogate": "%ED%A0%80", "broken utf-8": "%FF%FE", "a cut escape": "%E4%"}

LIST_PARAMETERS = (
    "page",
    "page_size",
    "sort",
    "desc",
    "search",
    "g1.0",
    "g0.name",
    "g1.name_equals",
    "after",
    "url",
    "id",
)
# What an error page must never show.
INSIDE = re.compile(
    r"Traceback|sqlalchemy|psycopg|sqlite3|SELECT .* FROM|INSERT INTO|/site-packages/|admin_app/", re.IGNORECASE
)


def check(answer, *about):
    assert answer.status_code < 500, (*about, answer.status_code)
    if answer.mimetype == "text/html":
        assert not INSIDE.search(answer.text), about
        assert "<script>alert(1)</script>" not in answer.text, about
    return answer


@pytest.fixture
def admin(world):
    return world.as_user(make_user("administrator_of_tests", role="administrator"))


@pytest.mark.parametrize("kind", [*BAD, *RAW])
def test_lists_take_any_parameter(world, admin, fingerprint, kind):
    before = fingerprint()
    value = RAW.get(kind) or urlencode({"": BAD.get(kind, "")})[1:]
    for resource in MODEL_VIEWS:
        for name in LIST_PARAMETERS:
            for query in (f"{name}={value}", f"{name}={value}&{name}={value}"):
                check(admin.get(f"/admin/{resource}/?{query}"), resource, query[:80])
    assert fingerprint() == before


@pytest.mark.parametrize("kind", [*BAD, *RAW])
def test_record_pages_take_any_key(world, admin, fingerprint, kind):
    before = fingerprint()
    value = RAW.get(kind) or urlencode({"": BAD.get(kind, "")})[1:]
    for resource in MODEL_VIEWS:
        for view in ("details", "edit", "delete"):
            answer = check(admin.get(f"/admin/{resource}/{view}/?id={value}"), resource, view)
            assert answer.status_code != 200, (resource, view, kind)
    for tail in ("results", "replies", "versions"):
        check(admin.get(f"/admin/survey/{value or 'x'}/{tail}"), tail)
    assert fingerprint() == before


@pytest.mark.parametrize("kind", [*BAD, *RAW])
def test_public_addresses_take_anything(world, client, kind):
    value = RAW.get(kind) or urlencode({"": BAD.get(kind, "")})[1:]
    for path in (
        f"/s/{value}",
        f"/s/{value}/done",
        f"/s/{world.public_id}/done?r={value}",
        f"/setup/{value}",
        f"/account/welcome/{value}",
        f"/account/reset/{value}",
        f"/account/forgot?asked={value}",
        f"/login?next={value}",
    ):
        check(client.get(path), path[:60])
    for path in (f"/s/{value}", f"/s/{world.public_id}?x={value}"):
        check(client.post(path, data={"submission_key": BAD.get(kind, "x")}), path[:60])


@pytest.mark.parametrize("kind", BAD)
def test_forms_take_anything_in_any_field(world, admin, kind):
    """Every field that each form of the console shows, filled with the same bad value, once and twice."""
    token = session_token(admin)
    for rule in rules_of(world.app):
        if not rule.endpoint.endswith(("create_view", "edit_view")):
            continue
        page = admin.get(world.address(rule))
        names = set(re.findall(r'name="([^"]+)"', page.text)) - {"csrf_token", "csrf-token", "viewport"}
        for values in ([BAD[kind]], [BAD[kind]] * 2):
            data = dict.fromkeys(names, values) | {"csrf_token": token}
            check(admin.post(world.address(rule), data=data), rule, kind)


@pytest.mark.parametrize("kind", BAD)
def test_bulk_actions_take_anything(world, admin, fingerprint, kind):
    before = fingerprint()
    token = session_token(admin)
    for rule in rules_of(world.app):
        if not rule.endpoint.endswith("action_view"):
            continue
        for data in ({"action": BAD[kind], "rowid": "1"}, {"action": "delete", "rowid": BAD[kind], "confirmed": "1"}):
            answer = check(admin.post(world.address(rule), data={**data, "csrf_token": token}), rule, kind)
            assert answer.status_code != 200 or data["rowid"] == "1", (rule, kind)
    assert fingerprint() == before


def test_a_megabyte_is_refused_or_harmless(world, admin, client):
    big = "x" * 1_000_000
    token = session_token(admin)
    for rule in rules_of(world.app):
        if "POST" in rule.methods and rule.endpoint not in {"public.submit"}:
            check(admin.post(world.address(rule), data={"csrf_token": token, "name": big, "title": big}), rule)
    check(client.post(f"/s/{world.public_id}", data={"name": big, "comment": big}))
    check(client.post(f"/s/{world.public_id}", data={"name": big * 3}))
    check(admin.get(f"/admin/user/?search={big[:60_000]}"))


def test_nothing_answers_to_a_body_of_the_wrong_kind(world, admin, client):
    bodies = {"application/json": b'{"a":', "multipart/form-data; boundary=x": b"--x\r\n\r\n", "text/plain": b"\xff\0"}
    for rule in rules_of(world.app):
        if "POST" in rule.methods:
            for kind, body in bodies.items():
                check(admin.post(world.address(rule), data=body, content_type=kind), rule, kind)
                check(client.post(world.address(rule), data=body, content_type=kind), rule, kind)
