"""Every page of the console in both themes and at both widths: policy, accessibility, no sideways scrolling."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import Page

from admin_app.core.db import db
from tests.browser.accessibility import problems


def addresses(app: Flask) -> list[str]:
    """The pages of every view: lists full and empty, a record and its parts, forms, the question before deleting."""
    found = ["/login", "/account/password", "/admin/", "/admin/nothing-here", "/admin/setting/"]
    found += ["/account/", "/account/confirm", "/account/sessions", "/account/rights", "/admin/customise"]
    found += ["/admin/search/?q=reader", "/admin/audit/chain/", "/admin/trash/"]
    found += [f"/admin/survey/1/{tab}" for tab in ("build", "share", "share/poster", "versions", "replies", "results")]
    with app.test_request_context():
        for view in app.extensions["admin"][0]._views:
            model = getattr(view, "model", None)
            if model is None:
                continue
            found += [f"{view.url}/", f"{view.url}/?search=nobody-has-this-name"]
            if "C" in view.offers:
                found.append(f"{view.url}/new/")
            # The newest: the first user is the one who looks, and nobody deletes himself.
            record = db.session.scalar(db.select(model).order_by(model.id.desc()).limit(1))
            for name in ("details", "edit") if "U" in view.offers else ("details",):
                found += [f"{view.url}/{name}/?id={record.id}"] if record else []
            if record and view.has_history:
                found.append(f"{view.url}/history/?id={record.id}")
            if "D" in view.offers and record:
                found.append(f"{view.url}/delete/?id={record.id}")
    return found


@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_keep_the_policy(
    staff: Page, served_app: Flask, base_url: str, theme: str, width: int
):
    staff.context.add_cookies([{"name": "theme", "value": theme, "url": base_url}])
    staff.set_viewport_size({"width": width, "height": 900})
    found: list[str] = []
    for address in addresses(served_app):
        answer = staff.goto(address)
        assert answer is not None
        assert answer.status in {200, 404}, address
        found += problems(staff)
        if staff.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{address} is wider than the screen")
    assert found == []


def test_nothing_comes_from_another_host(staff: Page, base_url: str):
    asked: list[str] = []
    staff.on("request", lambda request: asked.append(request.url))
    staff.goto("/admin/user/new/")
    staff.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith((base_url, "data:"))] == []
    assert any("canvass.css" in url for url in asked)
