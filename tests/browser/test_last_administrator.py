"""Whoever administers an installation cannot shut himself out of it, whatever a page of his sends."""

from __future__ import annotations

from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from admin_app.accounts.models import User, UserStatus
from admin_app.core.db import db

# As a script on the page would, with the token of the page.
FORGED = """async ([path, fields]) => {
  const body = new URLSearchParams(fields);
  body.set("csrf_token", document.querySelector('meta[name="csrf-token"]').content);
  const answer = await fetch(path, { method: "POST", body });
  return await answer.text();
}"""


def test_he_is_offered_no_way_and_finds_none(staff: Page, served_app: Flask) -> None:
    with served_app.app_context():
        anna = db.session.scalars(select(User).where(User.username == "anna")).one()
        key, version, roles = str(anna.id), str(anna.lock_version), {role.name for role in anna.roles}
    staff.goto(f"/admin/user/edit/?id={key}")
    expect(staff.get_by_label("E-mail address")).to_be_visible()
    for name in ("status", "roles", "password"):
        expect(staff.locator(f'main [name="{name}"]')).to_have_count(0)
    expect(staff.get_by_role("heading", name="Delete")).to_have_count(0)
    fields = {
        "username": "anna",
        "email": "anna@example.org",
        "name": "",
        "status": "inactive",
        "lock_version": version,
    }
    staff.evaluate(FORGED, [f"/admin/user/edit/?id={key}", fields])
    for action in ("deactivate", "delete", "demand_new_password", "remove_role"):
        bulk = {"action": action, "rowid": key, "confirmed": "1", "expected_count": "1"}
        staff.evaluate(FORGED, ["/admin/user/action/", bulk])
    told = staff.evaluate(FORGED, ["/admin/user/delete/", {"id": key, "confirmed": "1"}])
    assert "cannot do this to yourself" in told
    staff.goto("/admin/user/")
    expect(staff.get_by_role("heading", name="Users", level=1)).to_be_visible()
    with served_app.app_context():
        anna = db.session.get_one(User, int(key))
        assert (anna.status, anna.deleted_at, anna.must_change_password) == (UserStatus.ACTIVE, None, False)
        assert {role.name for role in anna.roles} == roles
