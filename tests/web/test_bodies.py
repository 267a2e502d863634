"""A body of very many fields costs nothing but its reading."""

from __future__ import annotations

import pytest

from admin_app.web import bodies


def form(count: int) -> str:
    return "&".join(f"f{number}=1" for number in range(count))


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=x"])
def test_a_form_of_too_many_fields_is_refused_before_it_is_taken_apart(make, monkeypatch, kind):
    monkeypatch.setattr(bodies.FormDataParser, "_parse_urlencoded", lambda *_: pytest.fail("it was taken apart"))
    answer = make().test_client().post("/try/form", data=form(5001), content_type=kind)
    assert answer.status_code == 413


def test_the_same_name_counts_each_time(make):
    data, kind = "a&" * 5001, "application/x-www-form-urlencoded"
    assert make().test_client().post("/try/form", data=data, content_type=kind).status_code == 413


def test_as_many_as_a_large_form_has_are_read(make):
    answer = make().test_client().post(
        "/try/form", data=form(5000), content_type="application/x-www-form-urlencoded"
    )  # fmt: skip
    assert len(answer.get_json()["form"]) == 5000
