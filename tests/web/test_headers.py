"""Headers of every answer."""

from __future__ import annotations

import pytest

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {}"
)


@pytest.mark.parametrize("path", ["/try/read", "/try/fault", "/try/status/404", "/nowhere", "/healthz", "/a%00b"])
def test_every_answer_has_them(site, path):
    headers = site.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY.format("'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert len(headers["X-Request-Id"]) == 16
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/", "/s/abc", "/r/abc"])
def test_nobody_frames_the_public_side(site, path):
    headers = site.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY.format("'none'")
    assert "no-store" not in headers["Cache-Control"]


def test_a_view_may_have_a_policy_of_its_own(site):
    assert site.get("/try/policy").headers["Content-Security-Policy"] == "default-src 'none'"


def test_two_requests_have_two_ids(site):
    assert site.get("/healthz").headers["X-Request-Id"] != site.get("/healthz").headers["X-Request-Id"]


def test_https_stays_https(make):
    client = make(PUBLIC_URL="https://surveys.example.org").test_client()
    answer = client.get("/try/read", headers={"Host": "surveys.example.org"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


class TestProxies:
    FORWARDED = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}

    def test_nobody_is_believed_by_default(self, site):
        assert site.get("/try/address", headers=self.FORWARDED).text == "127.0.0.1 http"

    def test_as_many_as_are_set_are(self, make):
        client = make(TRUSTED_PROXIES=1).test_client()
        assert client.get("/try/address", headers=self.FORWARDED).text == "203.0.113.9 https"
        forged = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
        assert client.get("/try/address", headers=forged).text == "203.0.113.9 http"


class TestStatic:
    def test_an_address_with_a_version_is_kept_for_ever(self, make):
        app = make()
        with app.test_request_context():
            from flask import url_for

            address = url_for("static", filename="css/errors.css")
            assert url_for("static", filename="css/none.css") == "/static/css/none.css"
            assert url_for("static", filename="css/errors.css", v="x").endswith("?v=x")
        assert "?v=" in address
        answer = app.test_client().get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_one_without_is_asked_for_again(self, site):
        answer = site.get("/static/css/errors.css")
        assert answer.headers["Cache-Control"] == "no-cache"
        again = site.get("/static/css/errors.css", headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304

    def test_one_that_is_missing_is_not_kept(self, site):
        answer = site.get("/static/css/none.css?v=1")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")

    def test_the_version_is_the_content_s(self, make, tmp_path):
        from admin_app.web.headers import version_of

        file = tmp_path / "a.css"
        file.write_text("a{}")
        first = version_of(tmp_path, "a.css")
        file.write_text("a{} b{}")
        assert version_of(tmp_path, "a.css") not in {first, None}
        assert version_of(None, "none.css") is None
        assert version_of(tmp_path, "a\0") is None
