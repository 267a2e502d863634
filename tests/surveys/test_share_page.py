"""The page from which a survey is passed on."""

from __future__ import annotations

import datetime as dt
import struct
import zlib

import pytest
import segno
from sqlalchemy import update

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations, qr_codes
from admin_app.surveys.models import Survey
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import send

ADDRESS = "https://surveys.example.org/s/AbCdEfGhIjKl"


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


@pytest.fixture
def public_url(app, monkeypatch):
    """An installation that knows where people reach it."""
    monkeypatch.setitem(app.config, "PUBLIC_URL", "https://surveys.example.org")
    monkeypatch.setitem(app.config, "CANVASS", {**app.config["CANVASS"], "PUBLIC_URL": "https://surveys.example.org"})


def page_of(client, survey, tail=""):
    answer = client.get(f"/admin/survey/{survey.id}/share{tail}")
    assert answer.status_code == 200
    return answer


def squares(picture: bytes) -> list[list[bool]]:
    """The dark pixels of a PNG with one bit for each."""
    width, height, depth, kind = struct.unpack(">IIBB", picture[16:26])
    assert (depth, kind) in {(1, 0), (1, 3)}
    parts, place = b"", 8
    while place < len(picture):
        length, name = struct.unpack(">I4s", picture[place : place + 8])
        parts += picture[place + 8 : place + 8 + length] if name == b"IDAT" else b""
        place += length + 12
    raw, size, rows = zlib.decompress(parts), (width + 7) // 8 + 1, [bytes(width)]
    for row in (raw[place : place + size] for place in range(0, height * size, size)):
        # As it stands, or as the difference to the row above: what this writer makes.
        above = {0: bytes(width), 2: rows[-1]}[row[0]]
        rows.append(bytes((one + over) % 256 for one, over in zip(row[1:], above, strict=False)))
    return [[not row[column // 8] >> (7 - column % 8) & 1 for column in range(width)] for row in rows[1:]]


class TestCode:
    def test_the_picture_holds_the_address_with_a_white_edge(self):
        wanted = [[bool(dark) for dark in row] for row in segno.make_qr(ADDRESS, error="q").matrix_iter(border=4)]
        found = squares(qr_codes.qr_png(ADDRESS))
        scale = len(found) // len(wanted)
        assert scale >= 20
        assert [row[scale // 2 :: scale] for row in found[scale // 2 :: scale]] == wanted
        assert not any(wanted[0])
        assert not any(row[0] for row in wanted)

    def test_what_stands_in_a_page_has_no_style_and_no_script(self):
        drawn = qr_codes.qr_inline(ADDRESS)
        assert drawn.startswith("<svg ")
        assert "style" not in drawn
        assert "script" not in drawn


class TestAddress:
    def test_it_is_the_installation_s_and_not_what_a_request_calls_it(self, client, root, public_url):
        survey = make_survey(opened=True)
        page = page_of(client, survey).text
        address = f"https://surveys.example.org/s/{survey.public_id}"
        assert f'data-copy="{address}"' in page
        assert "localhost" not in page
        assert qr_codes.qr_inline(address) in page
        assert "CANVASS_PUBLIC_URL" not in page

    def test_where_nobody_set_it_the_page_says_so(self, client, root):
        assert "CANVASS_PUBLIC_URL" in page_of(client, make_survey(opened=True)).text

    def test_the_details_hand_out_the_same(self, client, root, public_url):
        survey = make_survey(opened=True)
        page = client.get(f"/admin/survey/details/?id={survey.id}").text
        assert f'data-copy="https://surveys.example.org/s/{survey.public_id}"' in page


class TestWhatIsThere:
    """Said as it is now, and as respondents would find it."""

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({}, "Whoever opens the address now can answer."),
            ({"closes_at": now() + dt.timedelta(days=1)}, "Whoever opens the address now can answer, until"),
            ({"opens_at": now() + dt.timedelta(days=1)}, "reads when the survey opens."),
            ({"closes_at": now() - dt.timedelta(days=1)}, "reads that the survey is closed."),
            ({"state": "paused"}, "reads that the survey is paused."),
            ({"state": "closed"}, "reads that the survey is closed."),
            ({"state": "archived"}, "reads that the survey is closed."),
            ({"reply_limit": 3, "reply_count": 3}, "reads that the survey is full."),
            ({"state": "draft"}, "the survey is published, but not open."),
            ({"state": "draft", "current_version_id": None}, "publish the survey and open it first."),
        ],
    )
    def test_in_a_sentence(self, client, root, values, sentence):
        survey = make_survey(opened=True)
        with unit_of_work() as session:
            session.execute(update(Survey).values(**values))
        page = page_of(client, survey).text
        assert sentence in page
        assert (f'href="/s/{survey.public_id}"' in page) == (values.get("state") != "draft")


class TestMail:
    def test_the_words_are_in_the_language_of_the_survey(self, client, root):
        survey = make_survey(opened=True, language="de-AT", title="Essen & Trinken", anonymous=True)
        page = page_of(client, survey).text
        assert "Essen &amp; Trinken" in page
        assert 'href="mailto:?subject=' in page
        assert "Essen%20%26%20Trinken" in page

    def test_a_language_that_nobody_speaks_here(self, client, root):
        assert "Thank you for taking part." in page_of(client, make_survey(opened=True, language="fr")).text

    def test_the_end_is_told_with_its_zone(self, client, root):
        survey = make_survey(opened=True, closes_at=dt.datetime(2030, 5, 1, 12, tzinfo=dt.UTC))
        assert "It is open until May 1, 2030" in page_of(client, survey).text
        assert "(UTC)" in page_of(client, survey).text


class TestListing:
    def test_on_and_off(self, client, root):
        survey = make_survey(opened=True)
        path = f"/admin/survey/{survey.id}/share/listing"
        assert send(client, path, {"listed": "1"}).location.endswith("/share")
        assert survey.listed
        assert "Take it off the front page" in page_of(client, survey).text
        send(client, path, {"listed": ""})
        assert not survey.listed

    def test_not_with_reading_alone(self, client):
        survey = make_survey(opened=True)
        login(client, make_user("vera", "viewer"))
        assert "List it on the front page" not in page_of(client, survey).text
        assert send(client, f"/admin/survey/{survey.id}/share/listing", {"listed": "1"}).status_code == 403
        db.session.refresh(survey)
        assert not survey.listed

    def test_not_of_a_survey_that_one_may_only_read(self, client):
        survey = make_survey(opened=True)
        login(client, make_user("half", make_role("Half", survey="R:all U:own")))
        assert "List it on the front page" not in page_of(client, survey).text
        assert send(client, f"/admin/survey/{survey.id}/share/listing", {"listed": "1"}).status_code == 403
        assert not survey.listed

    def test_not_of_an_archived_survey(self, client, root):
        survey = make_survey(opened=True)
        for change in (operations.close_survey, operations.archive_survey):
            with unit_of_work():
                change(survey, actor=SYSTEM)
        assert "List it on the front page" not in page_of(client, survey).text
        answer = send(client, f"/admin/survey/{survey.id}/share/listing", {"listed": "1"}, follow_redirects=True)
        assert "archived and cannot be changed" in answer.text
        assert not survey.listed


class TestFiles:
    def test_they_are_sent_to_be_kept(self, client, root, public_url):
        survey = make_survey()
        address = f"https://surveys.example.org/s/{survey.public_id}"
        for kind, media_type, content in (
            ("svg", "image/svg+xml", qr_codes.qr_svg(address)),
            ("png", "image/png", qr_codes.qr_png(address)),
        ):
            answer = page_of(client, survey, f"/qr.{kind}")
            assert answer.mimetype == media_type
            assert answer.data == content
            assert answer.headers["Content-Disposition"] == f"attachment; filename=qr-{survey.public_id}.{kind}"

    def test_the_poster_has_what_a_passer_by_needs(self, client, root, public_url):
        survey = make_survey(opened=True, title="<b>Lunch</b>", anonymous=True, closes_at=now() + dt.timedelta(days=9))
        page = page_of(client, survey, "/poster").text
        assert "&lt;b&gt;Lunch&lt;/b&gt;" in page
        assert qr_codes.qr_inline(f"https://surveys.example.org/s/{survey.public_id}") in page
        assert f">surveys.example.org/s/{survey.public_id}<" in page
        assert "It is open until" in page
        assert "This survey is anonymous" in page


class TestWhoMay:
    def test_a_stranger_to_the_survey_finds_nothing(self, client):
        survey = make_survey(opened=True)
        login(client, make_user("anna", make_role(survey="CRUD:own", question="CRUD:own")))
        for tail in ("", "/qr.svg", "/qr.png", "/poster"):
            assert client.get(f"/admin/survey/{survey.id}/share{tail}").status_code == 404
        assert send(client, f"/admin/survey/{survey.id}/share/listing", {"listed": "1"}).status_code == 404
        assert not survey.listed

    def test_a_deleted_survey_is_gone(self, client, root):
        survey = make_survey(opened=True)
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        assert client.get(f"/admin/survey/{survey.id}/share").status_code == 404

    def test_who_works_with_it_is_told_to_those_who_see_users(self, client, root):
        owner, ben = make_user("owner"), make_user("ben", None, name="Ben Brown")
        survey, readers, gone = make_survey(owner), make_role("Readers"), make_user("gone", None, name="Gone Girl")
        with unit_of_work():
            operations.share_survey(survey, {"edit": [ben], "read": [readers, gone]}, actor=SYSTEM)
        with unit_of_work():
            gone.deleted_at = now()
        page = page_of(client, survey).text
        assert "Gone Girl" not in page
        for text in ("Ben Brown", "May edit", "Readers", "May read", "Change who works with it"):
            assert text in page
        with unit_of_work():
            operations.update_survey(survey, {"owner": ben}, actor=SYSTEM)
        assert page_of(client, survey).text.count("Ben Brown") == 1
        login(client, make_user("half", make_role("Half", survey="R:all")))
        assert "Ben Brown" not in page_of(client, survey).text
