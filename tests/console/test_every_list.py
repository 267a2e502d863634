"""Every list that the program has: few statements, and no address breaks it."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from admin_app.core.db import db
from tests.factories import login, make_user
from tests.helpers import count_statements

MOST = 12
SAMPLE = ("cell_box.index_view", "sample.index_view", "read_box.index_view", "loose_box.index_view")
ADDRESSES = ("", "?endpoint=x", "?at=-1&search=%00", "?page_size=100&search=a", "?last=1", "?count=exact")


def _is_list(endpoint: str) -> bool:
    """Whether it is a list of the program's; an administrator holds no right on the sample's."""
    return endpoint.endswith(".index_view") and endpoint not in SAMPLE


def test_every_list(app: Flask, client: FlaskClient) -> None:
    """A screen that is added is tried here without being named."""
    login(client, make_user())
    lists = [rule.rule for rule in app.url_map.iter_rules() if _is_list(rule.endpoint)]
    assert {"/admin/audit/", "/admin/job/"} < set(lists)
    for url in [*lists, "/admin/"]:
        for address in ADDRESSES:
            with count_statements(db.engine) as seen:
                answer = client.get(url + address)
            assert answer.status_code == 200, (url, address)
            assert len(seen) <= MOST, (url, seen)
        for name in re.findall(r'id="sort-([^"]+)"', client.get(url).text):
            for address in (f"?sort={name}", f"?sort={name}&desc=1", f"?sort={name}&last=1"):
                assert client.get(url + address).status_code == 200, (url, address)
